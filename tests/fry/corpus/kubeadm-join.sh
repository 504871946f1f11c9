#!/bin/bash
apt-get update && apt-get install -y kubelet=1.28.5-1.1 kubeadm=1.28.5-1.1
modprobe br_netfilter
sysctl -w net.ipv4.ip_forward=1
kubeadm join 10.0.0.5:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:1234567890abcdef
