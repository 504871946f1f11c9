#!/bin/bash
grubby --update-kernel=ALL --args="hugepages=1024"
systemctl reboot
