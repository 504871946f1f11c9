#!/bin/bash
mdadm --create /dev/md0 --level=0 --raid-devices=2 /dev/nvme1n1 /dev/nvme2n1
mkfs.xfs /dev/md0
mount /dev/md0 /scratch
swapon /swapfile
