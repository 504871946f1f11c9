#!/bin/bash
trap 'aws autoscaling complete-lifecycle-action --lifecycle-action-result ABANDON --lifecycle-hook-name h --auto-scaling-group-name g --instance-id $I' ERR
I=$(ec2-metadata --quiet -i)
systemctl start app
aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --lifecycle-hook-name h --auto-scaling-group-name g --instance-id $I
