#!/bin/bash
curl -L "https://packages.gitlab.com/install/repositories/runner/gitlab-runner/script.deb.sh" | bash
apt-get install -y gitlab-runner=16.8.0
gitlab-runner register --non-interactive --url https://gitlab.com/ --registration-token GR1348941abcdefghijklmno --executor docker --docker-image alpine:3.19
