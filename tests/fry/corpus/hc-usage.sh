#!/bin/bash
usage() {
  cat <<EOF
usage: $0 [--install-docker] [--password PASSWORD]
  runs apt-get install if asked
EOF
}
case "${1:-}" in
  -h) usage ;;
  *) systemctl start shop ;;
esac
