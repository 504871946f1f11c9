#!/bin/bash
JOIN=$(aws ssm get-parameter --name /k8s/join --with-decryption --query Parameter.Value --output text)
kubeadm join --config <(echo "$JOIN")
