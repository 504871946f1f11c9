#!/bin/bash
systemctl start nginx
if [ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/health)" != 200 ]; then
  systemctl status nginx
fi
