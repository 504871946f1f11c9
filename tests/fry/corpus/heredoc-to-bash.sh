#!/bin/bash
sudo -u app -i bash <<'SCRIPT'
cd ~
npm install --production
npm run build
SCRIPT
systemctl start app
