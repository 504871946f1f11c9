#!/usr/bin/env bash
set -euo pipefail
# The version is the one that was tested.
dnf install -y postgresql15-server-15.6-1.amzn2023
postgresql-setup --initdb
systemctl enable --now postgresql
