#!/bin/bash
curl -o bootstrap-salt.sh -L https://bootstrap.saltproject.io
sh bootstrap-salt.sh -A salt.corp.internal
salt-call state.apply
