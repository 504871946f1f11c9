#!/usr/bin/env bash
set -eu
aws ssm get-parameters-by-path --path "/shop/$ENV" --with-decryption --query 'Parameters[*].[Name,Value]' --output text |
while read -r name value; do
  printf '%s=%s\n' "$(basename "$name")" "$value"
done > /etc/shop/env
chmod 600 /etc/shop/env
systemctl restart shop
