#!/bin/bash
timedatectl set-timezone Europe/Berlin
systemctl restart rsyslog crond
