#!/bin/bash
docker run --detach --name proxy --network host envoyproxy/envoy@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
