#!/usr/bin/env bash
IMDS=http://169.254.169.254/latest
T=$(curl -sS -XPUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' $IMDS/api/token)
for tag in $(curl -sS -H "X-aws-ec2-metadata-token: $T" $IMDS/meta-data/tags/instance); do
  printf 'TAG_%s=%q\n' "$tag" "$(curl -sS -H "X-aws-ec2-metadata-token: $T" "$IMDS/meta-data/tags/instance/$tag")"
done > /etc/tags.env
