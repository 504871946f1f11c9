#!/bin/bash
echo "license_key: 0123456789abcdef0123456789abcdef0123NRAL" | sudo tee -a /etc/newrelic-infra.yml
sudo yum -q makecache -y --disablerepo='*' --enablerepo='newrelic-infra'
sudo systemctl start newrelic-infra
