#!/bin/bash
yum -y install epel-release
yum -y install openvpn easy-rsa
aws s3 cp s3://vpn/server.conf /etc/openvpn/server/
systemctl start openvpn-server@server
