#!/bin/bash
cat >> /etc/hosts <<EOF
10.0.1.10 db.internal
10.0.1.11 cache.internal
EOF
