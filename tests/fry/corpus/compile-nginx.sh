#!/bin/bash
set -ex
yum groupinstall -y "Development Tools"
cd /usr/src
wget https://nginx.org/download/nginx-1.24.0.tar.gz
tar xzf nginx-1.24.0.tar.gz
cd nginx-1.24.0
./configure --with-http_ssl_module
make -j"$(nproc)" && make install
/usr/local/nginx/sbin/nginx
