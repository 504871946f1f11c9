#!/bin/bash
for i in {1..60}; do
  if nc -z db.internal 5432; then
    break
  fi
  sleep 5
done
sleep 30
systemctl start worker
