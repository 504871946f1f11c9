#!/bin/bash
cat <<'BANNER' >/etc/issue.net
Authorised use only. Passwords: never. Token: none.
BANNER
sed -i 's/^#\?PasswordAuthentication .*/PasswordAuthentication no/; s/^#\?PermitRootLogin .*/PermitRootLogin no/' /etc/ssh/sshd_config
systemctl reload sshd
