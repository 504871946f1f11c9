#!/bin/bash
aws s3 cp s3://corp-bootstrap/linux/bootstrap.sh /tmp/bootstrap.sh
chmod +x /tmp/bootstrap.sh
/tmp/bootstrap.sh --role worker
