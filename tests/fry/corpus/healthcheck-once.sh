#!/bin/bash
systemctl start web
curl -fsS http://localhost:8080/health || systemctl restart web
curl -fsS -X POST https://hooks.corp.internal/booted -d "host=$(hostname)"
