#!/bin/bash
apt-get update -y && apt-get install -y git binutils
git clone https://github.com/aws/efs-utils
cd efs-utils && ./build-deb.sh
apt-get -y install ./build/amazon-efs-utils*deb
mount -t efs fs-1234:/ /mnt
