#!/bin/bash
UUID=$(blkid -s UUID -o value /dev/nvme1n1)
grep -q "$UUID" /etc/fstab || echo "UUID=$UUID /data xfs defaults,nofail 0 2" >> /etc/fstab
mount -a
chown app:app /data
