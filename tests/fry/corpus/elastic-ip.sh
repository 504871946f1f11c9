#!/bin/bash
ID=$(ec2metadata --instance-id)
aws ec2 associate-address --instance-id "$ID" --allocation-id eipalloc-0123 --allow-reassociation
