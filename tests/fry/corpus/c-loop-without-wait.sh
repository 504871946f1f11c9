#!/bin/bash
for disk in /dev/nvme{1..4}n1; do
  mkfs.xfs -f "$disk"
done
while read -r key value; do
  echo "$key=$value" >> /etc/app.env
done < <(jq -r 'to_entries[] | "\(.key) \(.value)"' /etc/app.json)
systemctl start app
