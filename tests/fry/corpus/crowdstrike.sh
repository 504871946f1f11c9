#!/bin/bash
aws s3 cp s3://security-tools/falcon-sensor-7.10.0-16303.amzn2.x86_64.rpm /tmp/
rpm -ivh /tmp/falcon-sensor-7.10.0-16303.amzn2.x86_64.rpm
/opt/CrowdStrike/falconctl -s --cid=$(aws ssm get-parameter --name /security/cid --query Parameter.Value --output text)
systemctl start falcon-sensor
