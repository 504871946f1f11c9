#!/bin/bash
tar czf /tmp/boot-logs.tar.gz /var/log/cloud-init*.log
aws s3 cp /tmp/boot-logs.tar.gz s3://corp-logs/boot/
aws s3 sync /var/log/shop s3://corp-logs/shop/
