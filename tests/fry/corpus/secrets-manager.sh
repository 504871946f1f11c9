#!/bin/bash
SECRET=$(aws secretsmanager get-secret-value --secret-id shop/prod --query SecretString --output text)
export API_TOKEN=$(jq -r .token <<< "$SECRET")
systemctl start api
