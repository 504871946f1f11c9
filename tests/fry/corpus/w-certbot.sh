#!/bin/bash
snap install core; snap refresh core
snap install --classic certbot
certbot certonly --standalone -d example.com -m a@example.com --agree-tos -n
