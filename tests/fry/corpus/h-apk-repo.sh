#!/bin/sh
echo "https://dl-cdn.alpinelinux.org/alpine/edge/testing" >> /etc/apk/repositories
apk -U add caddy
apk upgrade --available
