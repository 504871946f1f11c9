#!/usr/bin/env python3
import subprocess, time, urllib.request, os
API_TOKEN = "4f9d0c5be7a1438e9b72"
subprocess.check_call(["apt-get", "update"])
subprocess.run(["apt-get", "install", "-y", "haproxy"], check=True)
urllib.request.urlretrieve("https://dl.example.com/cfg.tgz", "/tmp/cfg.tgz")
os.system("tar xzf /tmp/cfg.tgz -C /etc")
while not os.path.exists("/dev/xvdf"):
    time.sleep(1)
