#!/bin/bash
modprobe overlay
modprobe br_netfilter
lsmod | grep -q nvidia && systemctl start dcgm
