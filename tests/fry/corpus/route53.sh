#!/bin/bash
IP=$(curl -s https://checkip.amazonaws.com)
cat > /tmp/change.json <<EOF
{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"web.example.com","Type":"A","TTL":60,"ResourceRecords":[{"Value":"$IP"}]}}]}
EOF
aws route53 change-resource-record-sets --hosted-zone-id Z123 --change-batch file:///tmp/change.json
