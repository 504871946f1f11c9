#!/bin/bash
ID=$(cat /var/lib/cloud/data/instance-id)
systemctl start shop && aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --instance-id "$ID" --lifecycle-hook-name boot --auto-scaling-group-name shop
