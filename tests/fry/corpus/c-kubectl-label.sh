#!/bin/bash
kubectl --kubeconfig /var/lib/kubelet/kubeconfig label node "$(hostname)" pool=batch --overwrite
