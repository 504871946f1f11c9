#!/bin/bash
systemctl enable codedeploy-agent
systemctl start codedeploy-agent amazon-ssm-agent
