#!/bin/bash
git clone https://github.com/example/api /srv/api
docker build -t api /srv/api
docker run -itd --env-file /etc/api.env -p 127.0.0.1:3000:3000 api:latest
