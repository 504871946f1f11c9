#!/bin/bash
VOLUME=vol-0abc12345
INSTANCE=$(ec2-metadata -i | cut -d' ' -f2)
aws ec2 attach-volume --volume-id $VOLUME --instance-id $INSTANCE --device /dev/sdf
while [ ! -e /dev/nvme1n1 ]; do
  sleep 2
done
mount /dev/nvme1n1 /data
