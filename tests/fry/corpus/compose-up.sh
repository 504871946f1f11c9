#!/bin/bash
mkdir -p /opt/stack
cat > /opt/stack/docker-compose.yml <<'EOF'
version: "3.8"
services:
  web:
    image: nginx:1.25.3
    ports: ["80:80"]
  cache:
    image: redis
  db:
    image: postgres:latest
    environment:
      POSTGRES_PASSWORD: correct-horse-battery
EOF
cd /opt/stack && docker compose up -d
