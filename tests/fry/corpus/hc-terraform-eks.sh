#!/bin/bash -e
%{ if length(pre_bootstrap) > 0 ~}
${pre_bootstrap}
%{ endif ~}
/etc/eks/bootstrap.sh ${cluster_name} --b64-cluster-ca ${cluster_auth_base64} --apiserver-endpoint ${cluster_endpoint} ${bootstrap_extra_args}
