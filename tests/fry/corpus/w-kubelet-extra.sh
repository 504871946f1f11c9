#!/bin/bash
set -ex
cat <<< "$(jq '.maxPods=58 | .evictionHard={"memory.available":"200Mi"}' /etc/kubernetes/kubelet/kubelet-config.json)" > /etc/kubernetes/kubelet/kubelet-config.json
/etc/eks/bootstrap.sh 'prod' --use-max-pods false --kubelet-extra-args '--register-with-taints=gpu=true:NoSchedule'
