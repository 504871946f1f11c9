#!/bin/sh
apk update
apk add --no-cache nodejs=20.11.1-r0 npm
rc-service myapp start
