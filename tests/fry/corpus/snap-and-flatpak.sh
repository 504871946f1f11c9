#!/bin/bash
snap install microk8s --classic --channel=1.28/stable
