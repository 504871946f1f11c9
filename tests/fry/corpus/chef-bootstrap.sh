#!/bin/bash -x
curl -L https://omnitruck.chef.io/install.sh | sudo bash -s -- -v 17.10.0
mkdir -p /etc/chef
aws s3 cp s3://corp-chef/validator.pem /etc/chef/validation.pem
cat > /etc/chef/first-boot.json <<EOF
{"run_list": ["role[web]"]}
EOF
chef-client -j /etc/chef/first-boot.json -E production
