#!/bin/bash
mkdir -p /models
aws s3 sync s3://ml-models-prod/resnet/ /models --only-show-errors
systemctl start inference
