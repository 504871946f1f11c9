#!/usr/bin/env python3
"""Tells the inventory that this server is up. pip install is done in the image."""
import socket
import boto3

boto3.client("dynamodb").put_item(TableName="inventory", Item={"host": {"S": socket.gethostname()}})
