#!/bin/bash
mkdir -p /mnt/shared
echo "fs-0123:/ /mnt/shared efs _netdev,tls,iam 0 0" >> /etc/fstab
mount -a -t efs
