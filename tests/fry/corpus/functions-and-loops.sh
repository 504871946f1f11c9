#!/bin/bash
log() { echo "$(date -Is) $*" | tee -a /var/log/boot.log; }
retry() {
  local n=0
  until "$@"; do
    n=$((n+1)); [ $n -ge 5 ] && return 1
    sleep 10
  done
}
ensure() {
  for pkg in "$@"; do
    rpm -q "$pkg" || retry dnf -y install "$pkg"
  done
}
unused() {
  dnf -y upgrade
}
log "dnf install starts"
ensure jq chrony
