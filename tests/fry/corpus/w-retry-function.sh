#!/bin/bash
function with_backoff {
  local attempt=0
  while [[ $attempt -lt 5 ]]; do
    "$@" && return 0
    sleep $((2 ** attempt))
    attempt=$((attempt + 1))
  done
  return 1
}
with_backoff yum install -y amazon-efs-utils
with_backoff pip3 install boto3
