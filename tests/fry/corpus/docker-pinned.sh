#!/bin/bash
aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com
docker run -d --restart=always -p 443:8443 -v /etc/tls:/tls:ro 123456789012.dkr.ecr.eu-west-1.amazonaws.com/gate:2.14.3 --verbose latest
