#!/usr/bin/python3
import json, subprocess
print("apt-get install is not done here")
with open("/etc/role", "w") as f:
    f.write("web")
subprocess.run(["systemctl", "start", "web"], check=True)
