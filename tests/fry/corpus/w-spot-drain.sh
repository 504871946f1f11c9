#!/bin/bash
cat > /usr/local/bin/spot-watch <<'EOF'
#!/bin/bash
while sleep 5; do
  curl -sf http://169.254.169.254/latest/meta-data/spot/instance-action && systemctl stop app
done
EOF
chmod +x /usr/local/bin/spot-watch
systemctl enable --now spot-watch.service
