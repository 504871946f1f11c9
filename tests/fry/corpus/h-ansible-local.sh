#!/bin/bash
aws s3 sync s3://corp-ansible/playbooks /opt/playbooks
cd /opt/playbooks && /usr/local/bin/ansible-playbook -c local -i 'localhost,' site.yml --extra-vars "role=web"
