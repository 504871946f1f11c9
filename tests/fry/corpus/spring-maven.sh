#!/bin/bash
cd /opt && git clone https://git.example.com/team/billing.git
cd billing
mvn -q -DskipTests clean package
nohup java -jar target/billing.jar &
