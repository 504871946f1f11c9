#!/bin/bash
growpart /dev/nvme0n1 1 || true
xfs_growfs -d /
