#!/bin/bash
rpm -Uvh https://yum.puppet.com/puppet7-release-el-8.noarch.rpm
dnf install -y puppet-agent-7.28.0
/opt/puppetlabs/bin/puppet config set server puppet.corp.internal --section main
/opt/puppetlabs/bin/puppet agent --test --waitforcert 60
