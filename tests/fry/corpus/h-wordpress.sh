#!/bin/bash
dnf upgrade --refresh -y
dnf -y install php8.2 php8.2-mysqlnd mariadb105
cd /tmp && wget https://wordpress.org/latest.tar.gz && tar -xzf latest.tar.gz
cp -r wordpress/* /var/www/html/
sed -i "s/password_here/Sup3rS3cret99/" /var/www/html/wp-config.php
chown -R apache:apache /var/www/html
systemctl enable --now httpd
