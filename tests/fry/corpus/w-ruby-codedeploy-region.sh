#!/bin/bash
REGION=$(curl -s http://169.254.169.254/latest/meta-data/placement/region)
wget -q https://aws-codedeploy-${REGION}.s3.${REGION}.amazonaws.com/latest/install -O /tmp/install
chmod +x /tmp/install && /tmp/install auto
