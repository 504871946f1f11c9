#!/usr/bin/perl
use strict;
system("true");
