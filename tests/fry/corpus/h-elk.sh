#!/bin/bash
wget -qO - https://artifacts.elastic.co/GPG-KEY-elasticsearch | sudo apt-key add -
sudo add-apt-repository -y "deb https://artifacts.elastic.co/packages/8.x/apt stable main"
sudo apt update && sudo apt install filebeat=8.11.4 -y
sudo service filebeat start
