#!/bin/bash
nvidia-smi -pm 1
nvidia-smi -mig 0
systemctl restart nvidia-persistenced
