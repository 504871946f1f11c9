#!/bin/bash
PRIMARY=$(aws ssm get-parameter --name /db/primary --query Parameter.Value --output text)
sed -i "s/^primary_conninfo.*/primary_conninfo = 'host=$PRIMARY user=replicator passfile=\/run\/pgpass'/" /etc/postgresql/15/main/postgresql.conf
pg_ctlcluster 15 main start
