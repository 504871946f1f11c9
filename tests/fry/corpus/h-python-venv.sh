#!/bin/bash
python3 -m venv /opt/venv
/opt/venv/bin/pip install 'django>=4' gunicorn==21.2.0
. /opt/venv/bin/activate
pip install -e git+https://github.com/example/lib.git#egg=lib
supervisorctl start all
