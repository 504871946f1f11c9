#!/bin/bash
INSTANCE_ID=$(wget -q -O - http://169.254.169.254/latest/meta-data/instance-id)
aws ec2 attach-volume --region eu-west-1 --volume-id vol-1 --instance-id $INSTANCE_ID --device /dev/xvdf
aws ec2 wait volume-in-use --volume-ids vol-1
blkid /dev/xvdf || mkfs -t ext4 /dev/xvdf
mount /dev/xvdf /var/lib/data
