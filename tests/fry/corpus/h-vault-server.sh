#!/usr/bin/env bash
VAULT_VERSION="1.15.4"
curl --silent --output /tmp/vault.zip "https://releases.hashicorp.com/vault/${VAULT_VERSION}/vault_${VAULT_VERSION}_linux_amd64.zip"
unzip -o /tmp/vault.zip -d /usr/local/bin/
setcap cap_ipc_lock=+ep /usr/local/bin/vault
systemctl enable --now vault
