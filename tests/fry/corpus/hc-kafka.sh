#!/bin/bash
BROKER_ID=$(hostname | tr -dc 0-9)
sed -i "s/^broker.id=.*/broker.id=$BROKER_ID/" /opt/kafka/config/server.properties
echo "advertised.listeners=PLAINTEXT://$(hostname -f):9092" >> /opt/kafka/config/server.properties
systemctl enable --now kafka
