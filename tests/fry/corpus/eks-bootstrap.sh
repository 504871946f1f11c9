#!/bin/bash
set -o xtrace
/etc/eks/bootstrap.sh shop-prod --b64-cluster-ca LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t --apiserver-endpoint https://ABCD.gr7.eu-west-1.eks.amazonaws.com --kubelet-extra-args '--node-labels=team=shop'
