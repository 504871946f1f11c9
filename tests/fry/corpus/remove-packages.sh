#!/bin/bash
apt-get remove -y unattended-upgrades
yum clean all
snap remove lxd
systemctl disable --now yum-cron.timer
