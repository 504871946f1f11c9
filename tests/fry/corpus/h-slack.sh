#!/bin/bash
systemctl start web
curl -X POST -H 'Content-type: application/json' --data '{"text":"up"}' https://hooks.slack.com/services/T00000000/B00000000/XXXXabcdefghijklmnopqrst
