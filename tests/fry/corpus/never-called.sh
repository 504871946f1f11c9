#!/bin/bash
upgrade() {
  yum -y update
}
install_docker() { curl -fsSL https://get.docker.com | sh; }
start() { systemctl start "$1"; }
start web
