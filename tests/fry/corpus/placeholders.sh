#!/bin/bash
export DB_PASSWORD="${db_password}"
export API_TOKEN=<token>
export LICENSE_KEY='********'
PASSWORD_FILE=/run/secrets/db
export SECRET_ARN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop
systemctl start shop
