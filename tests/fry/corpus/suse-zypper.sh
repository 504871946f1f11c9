#!/bin/bash
zypper --non-interactive refresh
zypper --non-interactive patch
zypper -n in apache2
rcapache2 start
