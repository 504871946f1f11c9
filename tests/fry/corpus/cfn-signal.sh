#!/bin/bash
systemctl start web
/opt/aws/bin/cfn-signal --exit-code $? --stack prod --resource Group --region eu-west-1
