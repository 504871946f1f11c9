#!/bin/bash
aws appconfigdata start-configuration-session --application-identifier app --environment-identifier prod --configuration-profile-identifier main > /run/session.json
systemctl start app
