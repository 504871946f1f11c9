#!/bin/bash
su - ubuntu -c 'curl -o- https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.7/install.sh | bash'
su - ubuntu -c '. ~/.nvm/nvm.sh && nvm install 20 && npm install -g yarn'
systemctl start web
