#!/bin/bash
curl -fsSL https://deb.nodesource.com/setup_20.x | sudo -E bash -
sudo apt-get install -y nodejs build-essential
cd /home/ubuntu/app && sudo -u ubuntu npm i && sudo -u ubuntu npm run build
