#!/bin/bash
augenrules --load
service auditd restart
