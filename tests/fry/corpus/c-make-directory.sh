#!/bin/bash
mkdir -p /opt/make /var/lib/gcc
touch /opt/make/yum.update
ln -sf /opt/app-4.2/bin/app /usr/local/bin/app
