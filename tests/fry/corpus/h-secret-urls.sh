#!/bin/bash
export DATABASE_URL=postgres://shop:Zk29fjw0pq@db.internal:5432/shop
git clone https://oauth2:glpat-AbCdEfGhIjKlMnOpQrSt@gitlab.com/example/app.git /srv/app
