#!/bin/bash
curl -fsSL https://get.docker.com -o get-docker.sh
sh get-docker.sh
usermod -aG docker ubuntu
docker run -d --name web --restart unless-stopped -p 80:8080 -e ENV=prod registry.example.com/web:latest
