#!/bin/bash
echo "ubuntu:Sommer-2026-x" | chpasswd
systemctl restart sshd
