#!/bin/bash
git clone --depth 1 https://github.com/example/shop.git /srv/shop
cd /srv/shop
go build -o /usr/local/bin/shop ./cmd/shop
systemctl start shop
