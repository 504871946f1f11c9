#!/bin/bash
git config --system safe.directory /srv/app
git -C /srv/app rev-parse HEAD > /etc/app-revision
