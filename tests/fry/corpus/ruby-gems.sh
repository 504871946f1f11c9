#!/bin/bash
gem install bundler -v 2.5.4
cd /srv/shop && bundle install --deployment --without development test
systemctl start puma
