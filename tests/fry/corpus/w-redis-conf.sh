#!/bin/bash
sed -i 's/^bind .*/bind 0.0.0.0/' /etc/redis/redis.conf
REDIS_PASS=$(aws secretsmanager get-secret-value --secret-id redis --query SecretString --output text)
echo "requirepass $REDIS_PASS" >> /etc/redis/redis.conf
systemctl restart redis
