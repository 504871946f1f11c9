#!/bin/bash
cat > /etc/cron.weekly/patch <<'EOF'
#!/bin/bash
yum -y update
reboot
EOF
chmod +x /etc/cron.weekly/patch
systemctl start web
