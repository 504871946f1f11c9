#!/usr/bin/env python3
import boto3, subprocess
ssm = boto3.client("ssm", region_name="eu-west-1")
value = ssm.get_parameter(Name="/shop/db", WithDecryption=True)["Parameter"]["Value"]
with open("/run/shop.env", "w") as handle:
    handle.write(f"DB_PASSWORD={value}\n")
subprocess.check_call(["systemctl", "restart", "shop"])
