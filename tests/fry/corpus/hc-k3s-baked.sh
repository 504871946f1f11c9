#!/bin/bash
export K3S_TOKEN=$(aws ssm get-parameter --name /k3s/token --with-decryption --query Parameter.Value --output text)
cat > /etc/rancher/k3s/config.yaml <<EOF
server: https://k3s.corp.internal:6443
token: ${K3S_TOKEN}
EOF
systemctl enable --now k3s-agent
