#!/bin/bash
set -euo pipefail
REGION=$(curl -s http://169.254.169.254/latest/dynamic/instance-identity/document | jq -r .region)
DB_PASSWORD=$(aws ssm get-parameter --region "$REGION" --name /shop/prod/db --with-decryption --query Parameter.Value --output text)
install -m 0600 /dev/null /etc/shop.env
echo "DB_PASSWORD=${DB_PASSWORD}" > /etc/shop.env
systemctl start shop
