#!/bin/bash
cat > /etc/consul.d/local.hcl <<EOF
node_name = "$(hostname)"
retry_join = ["provider=aws tag_key=role tag_value=consul"]
EOF
chown consul: /etc/consul.d/local.hcl
systemctl restart consul
