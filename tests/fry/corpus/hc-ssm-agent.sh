#!/bin/bash
systemctl enable amazon-ssm-agent || snap start amazon-ssm-agent
systemctl start amazon-ssm-agent
amazon-ssm-agent -register -code "$(aws secretsmanager get-secret-value --secret-id act --query SecretString --output text)" -id "$ACT_ID" -region eu-west-1
