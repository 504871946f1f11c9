#!/bin/bash
IP=$(hostname -I | awk '{print $1}')
sed -i "s/^listen_address:.*/listen_address: $IP/" /etc/cassandra/cassandra.yaml
mount /dev/nvme1n1 /var/lib/cassandra
systemctl start cassandra
