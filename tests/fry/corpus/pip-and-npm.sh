#!/bin/bash
cd /srv/app
python3 -m pip install --upgrade pip
pip3 install -r requirements.txt
npm install -g pm2
npm ci --omit=dev
pm2 start ecosystem.config.js
