#!/bin/bash
TOKEN=$(aws ssm get-parameter --name /ci/runner --with-decryption --query Parameter.Value --output text)
cd /opt/actions-runner
sudo -u runner /opt/actions-runner/config.sh --unattended --url https://github.com/example --token "$TOKEN" --ephemeral
systemctl start actions-runner
