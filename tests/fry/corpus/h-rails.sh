#!/bin/bash
set -e
APP=/var/www/shop
if [ ! -d "$APP" ]; then
  git clone -b main git@github.com:example/shop.git "$APP"
fi
cd $APP
runuser -u deploy -- bundle install --jobs 4
runuser -l deploy -c "cd $APP && yarn install --frozen-lockfile"
systemctl restart puma nginx
