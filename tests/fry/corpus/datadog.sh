#!/bin/bash
DD_API_KEY=0123456789abcdef0123456789abcdef DD_SITE="datadoghq.eu" bash -c "$(curl -L https://install.datadoghq.com/scripts/install_script_agent7.sh)"
