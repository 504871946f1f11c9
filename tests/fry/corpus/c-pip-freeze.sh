#!/bin/bash
/opt/venv/bin/pip freeze > /var/log/versions.txt
npm ls -g --depth=0 >> /var/log/versions.txt
gem list >> /var/log/versions.txt
go version >> /var/log/versions.txt
