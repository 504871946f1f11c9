#!/bin/bash
apt-get update
apt-get install -y gcc linux-headers-$(uname -r)
aws s3 cp --recursive s3://ec2-linux-nvidia-drivers/latest/ .
chmod +x NVIDIA-Linux-x86_64*.run
/bin/sh ./NVIDIA-Linux-x86_64-535.run -s
shutdown -r now
