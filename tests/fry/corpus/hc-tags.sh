#!/bin/bash
eval "$(aws ec2 describe-tags --filters Name=resource-id,Values=$(ec2-metadata -i | cut -d ' ' -f 2) --query 'Tags[].[Key,Value]' --output text | awk '{print "TAG_"$1"="$2}')"
hostnamectl set-hostname "$TAG_Name"
