#!/bin/bash
yum update -y
yum install -y httpd mod_ssl
systemctl enable --now httpd
echo "<h1>$(hostname -f)</h1>" > /var/www/html/index.html
