#!/bin/bash
# yum update -y && yum install -y httpd
echo "yum update is done in the image"
echo 'curl https://example.com/install.sh | bash' > /dev/null
logger "apt-get upgrade: not here"
: <<'COMMENT'
apt-get install -y everything
COMMENT
grep -q "docker pull" /var/log/messages || true
systemctl start web
