#!/bin/bash
aws secretsmanager get-secret-value --secret-id ci/runner --query SecretString --output text > /etc/gitlab-runner/config.toml
chmod 600 /etc/gitlab-runner/config.toml
systemctl start gitlab-runner
