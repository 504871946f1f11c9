#!/bin/bash
cat > /etc/shop.env <<EOF
DB_HOST=db.internal
DB_USER=shop
DB_PASSWORD=Tr0ub4dor&3
STRIPE_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7dc
EOF
systemctl restart shop
