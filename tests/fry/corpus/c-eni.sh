#!/bin/bash
aws ec2 attach-network-interface --network-interface-id eni-0abc --instance-id "$(ec2-metadata -i | cut -d' ' -f2)" --device-index 1
ip addr add 10.0.9.9/24 dev eth1
