#!/bin/bash
ID=$(cloud-init query instance_id)
aws elbv2 register-targets --target-group-arn "$TG" --targets Id=$ID
