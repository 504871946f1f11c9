#!/bin/bash
docker --version
rpm -qa | grep kernel
dpkg -l nginx
pip3 list
apt-cache policy nginx
yum list installed
snap list
uname -r
