#!/bin/bash
amazon-linux-extras install -y kernel-5.10
sed -i 's/GRUB_CMDLINE_LINUX=""/GRUB_CMDLINE_LINUX="transparent_hugepage=never"/' /etc/default/grub
grub2-mkconfig -o /boot/grub2/grub.cfg
reboot
