"""A page of servers parsed, and a fleet pulled, by Emberline and by others, from one sandbox.

    .venv/bin/python wire.py --binary ../../target/release/emberline --own target/release [--parse-bench PROGRAM]

The page is the answer to one DescribeInstances, 1,000 servers. `app/cloud/benches/parse.rs` reads it by Emberline's
parser and by the SDK, behind a request whose answer is at hand; it is read by botocore's parser, and by a bare pass of
quick-xml that keeps nothing. The pull is `emberline pull` beside the same four calls through boto3's paginators, each
in a process of its own. All are asked in turn, and a table in Markdown is printed.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import botocore.parsers
import botocore.session

from asked import Asked, shown_s
from sandbox import REGION, SERVERS, Asker, keys_of, running

ROUNDS = 5
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
PULLED = 10_000
# What boto3 has to ask for to know what Emberline draws: the heavy calls, page by page.
BOTO3 = """
import json, sys, time
import boto3
from botocore.config import Config
patient = Config(retries={"mode": "adaptive", "max_attempts": 20})
at = {"endpoint_url": sys.argv[1], "region_name": sys.argv[2], "config": patient}
ec2, scaling = boto3.client("ec2", **at), boto3.client("autoscaling", **at)
def pages(client, call, key, **wanted):
    return [one for page in client.get_paginator(call).paginate(**wanted) for one in page[key]]
reservations = pages(ec2, "describe_instances", "Reservations", PaginationConfig={"PageSize": 1000})
servers = [server for one in reservations for server in one["Instances"]]
pages(ec2, "describe_images", "Images", Owners=["self"])
for template in pages(ec2, "describe_launch_templates", "LaunchTemplates"):
    of = {"LaunchTemplateId": template["LaunchTemplateId"]}
    pages(ec2, "describe_launch_template_versions", "LaunchTemplateVersions", **of)
pages(scaling, "describe_auto_scaling_groups", "AutoScalingGroups")
print(len(servers))
"""


def table(title, first, rows):
    print(f"\n{title}\n\n| {first} | median | against Emberline |\n|---|---|---|")
    ours = next(iter(rows.values()))
    for name, times_s in rows.items():
        if not times_s:
            print(f"| {name} | could not be timed | |")
            continue
        against = statistics.median(one / other for one, other in zip(times_s, ours, strict=True)) if ours else 0
        print(
            f"| {name} | {shown_s(statistics.median(times_s))} | {f'{against:.1f}x' if times_s is not ours else ''} |"
        )


def criterion_s(program, bench):
    words = [program, "--bench", "--noplot", "--warm-up-time", "1", "--measurement-time", "2", "--sample-size", "20"]
    said = subprocess.run([*words, "--exact", bench], capture_output=True, text=True, check=True).stdout
    value, unit = re.search(r"time:\s+\[\S+ \S+ (\S+) (\S+)", said).groups()
    return float(value) * UNITS[unit]


def parse(bench, own, page):
    """Seconds that each takes for the page."""
    model = botocore.session.get_session().get_service_model("ec2")
    shape = model.operation_model("DescribeInstances").output_shape
    parser = botocore.parsers.create_parser("ec2")
    answer = {"status_code": 200, "headers": {}, "body": page.read_bytes()}
    events = Asked("events", [own / "events", page]) if (own / "events").exists() else None
    rows = {"Emberline, into its rows": [], "the SDK": [], "botocore": [], "a bare pass of quick-xml": []}
    for _ in range(ROUNDS):
        if bench:
            rows["Emberline, into its rows"].append(criterion_s(bench, "parse/streamed"))
            rows["the SDK"].append(criterion_s(bench, "parse/the SDK"))
        began = time.perf_counter()
        parsed = parser.parse(answer, shape)
        rows["botocore"].append(time.perf_counter() - began)
        found = sum(len(one["Instances"]) for one in parsed["Reservations"])
        assert found == SERVERS, f"botocore finds {found} servers"
        if events:
            rows["a bare pass of quick-xml"].append(statistics.median(events.ask() for _ in range(10)))
    if events:
        events.end()
    size = len(answer["body"]) / 1e6
    table(f"A page of {SERVERS:,} servers, {size:.1f} MB, parsed:", "parser", rows)


def timed(command, environment):
    """Seconds of the clock and of the processor that a program takes, and what it says."""
    began, before = time.perf_counter(), os.times()
    program = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True)
    took_s, after = time.perf_counter() - began, os.times()
    processor_s = after.children_user + after.children_system - before.children_user - before.children_system
    return took_s, processor_s, program


def pull(binary, folder):
    rows = {}
    with running([binary, "sandbox", "--listen", "127.0.0.1:0", "--servers", PULLED, "--seed", 7]) as (url, sandbox):
        keys = keys_of(sandbox)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        }
        ways = {
            "emberline pull": [binary, "pull", "--endpoint-url", url, "--region", REGION, "-o", folder / "one.fleet"],
            "boto3's paginators": [sys.executable, "-c", BOTO3, url, REGION],
        }
        for _ in range(3):
            for name, command in ways.items():
                took_s, processor_s, program = timed(command, environment)
                # 3 is a pull with gaps: what the sandbox has no answer for.
                if program.returncode not in (0, 3):
                    print(f"\n{name} ended with {program.returncode}: {program.stderr.strip()[-400:]}")
                    continue
                rows.setdefault(f"{name}, by the clock", []).append(took_s)
                rows.setdefault(f"{name}, processor time", []).append(processor_s)
    for of in ("by the clock", "processor time"):
        told = {name: times for name, times in rows.items() if name.endswith(of)}
        if len(told) == len(ways):
            table(f"{PULLED:,} servers pulled over HTTP, {of}:", "client", told)


def fetch_page(binary, file):
    with running([binary, "sandbox", "--listen", "127.0.0.1:0", "--servers", SERVERS, "--seed", 7]) as (url, sandbox):
        asker = Asker(url, keys_of(sandbox))
        file.write_bytes(asker.ask())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--parse-bench", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.xml"
        fetch_page(arguments.binary, page)
        parse(arguments.parse_bench, arguments.own, page)
        pull(arguments.binary, Path(folder))


if __name__ == "__main__":
    main()
