#!/bin/bash
mount -t tmpfs -o size=2G tmpfs /scratch
install -d -o app -g app /scratch/app
