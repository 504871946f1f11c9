#!/bin/bash
semanage port -a -t http_port_t -p tcp 8443
restorecon -Rv /data
setsebool -P httpd_can_network_connect 1
systemctl start httpd
