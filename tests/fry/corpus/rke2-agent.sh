#!/bin/bash
mkdir -p /etc/rancher/rke2
aws secretsmanager get-secret-value --secret-id rke2/token --query SecretString --output text > /etc/rancher/rke2/token
cat > /etc/rancher/rke2/config.yaml <<EOF
server: https://rke2.corp.internal:9345
token-file: /etc/rancher/rke2/token
EOF
systemctl enable --now rke2-agent
