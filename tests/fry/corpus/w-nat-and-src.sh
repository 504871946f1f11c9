#!/bin/bash
sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.eth0.send_redirects=0
iptables -C POSTROUTING -t nat -o eth0 -j MASQUERADE 2>/dev/null || iptables -A POSTROUTING -t nat -o eth0 -j MASQUERADE
aws ec2 modify-instance-attribute --no-source-dest-check --instance-id "$(ec2-metadata -i | awk '{print $2}')"
