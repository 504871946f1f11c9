#!/bin/bash
debconf-set-selections <<< "mysql-server mysql-server/root_password password rootpw123"
apt-get install -y mysql-server
mysql -uroot -prootpw123 -e "CREATE DATABASE shop"
