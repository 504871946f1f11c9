#!/bin/bash
rm -f /var/run/reboot-required
needs-restarting -r || logger "reboot needed"
echo "@reboot root /opt/app/start" > /etc/cron.d/app
