#!/bin/bash
aws s3 cp s3://releases-prod/shop/shop-4.2.1.jar /opt/shop/shop.jar
chown shop: /opt/shop/shop.jar
systemctl start shop
