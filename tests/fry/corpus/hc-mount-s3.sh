#!/bin/bash
mkdir -p /mnt/data
mount-s3 corp-data /mnt/data --read-only
systemctl start jupyter
