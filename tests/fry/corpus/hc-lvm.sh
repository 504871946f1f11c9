#!/bin/bash
pvcreate /dev/nvme1n1 /dev/nvme2n1
vgcreate data /dev/nvme1n1 /dev/nvme2n1
lvcreate -l 100%FREE -n db data
mkfs.xfs /dev/data/db && mount /dev/data/db /var/lib/pgsql
