"""Times the sandbox beside moto: the same DescribeInstances over HTTP, turn by turn, in one run.

    tests/.venv/bin/python tests/peers/sandbox.py [--binary target/release/emberline] [--rounds 15]

Both serve 1,000 servers in a process of their own, and the client only reads the bytes, so that what is timed is the
server. The sandbox is asked for pages of 1,000 out of 100,000 servers as well, and its memory is read then. Prints a
table and exits with 1 if the sandbox holds 100,000 servers in more than 1 GiB or answers fewer than 50,000 servers a
second.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = Path(__file__).parent.parent.parent
REGION = "eu-west-1"
SERVERS = 1_000
LARGE = 100_000
MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
print("listening on http://%s:%d" % server.get_host_and_port(), flush=True)
sys.stdin.read()
"""
MAX_MEMORY_MIB = 1_024
LEAST_SERVERS_A_SECOND = 50_000


@contextmanager
def running(command, **environment):
    """A server that says on its first line where it listens."""
    program = subprocess.Popen(
        [str(word) for word in command],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        start = "listening on "
        line = next((line for line in program.stdout if line.startswith(start)), None)
        if line is None:
            sys.exit(f"{command[0]} ended before it listened")
        yield line.removeprefix(start).strip(), program
    finally:
        program.terminate()
        program.wait()


def keys_of(program):
    told = re.search(r"AWS_ACCESS_KEY_ID=(\S+) AWS_SECRET_ACCESS_KEY=(\S+)", program.stdout.readline())
    return Credentials(*told.groups())


class Asker:
    """Sends one signed DescribeInstances again and again over one connection."""

    def __init__(self, url, credentials):
        body = "Action=DescribeInstances&Version=2016-11-15&MaxResults=1000"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = AWSRequest(method="POST", url=url + "/", data=body, headers=headers)
        SigV4Auth(credentials, "ec2", REGION).add_auth(request)
        self.request = request.prepare()
        self.pool = urllib3.PoolManager()
        self.times_s = []
        self.bytes = 0

    def ask(self):
        began = time.perf_counter()
        answer = self.pool.request("POST", self.request.url, body=self.request.body, headers=dict(self.request.headers))
        self.times_s.append(time.perf_counter() - began)
        servers = answer.data.count(b"<instanceId>")
        assert (answer.status, servers) == (200, SERVERS), f"{answer.status}, {servers} servers"
        self.bytes = len(answer.data)
        return answer.data

    def median_s(self):
        # The first answers warm caches up.
        return statistics.median(self.times_s[2:])


def memory_mib(program):
    """The resident memory of a process; none where the system does not tell."""
    status = Path(f"/proc/{program.pid}/status")
    if not status.exists():
        return None
    return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1]) / 1_024


def fill(url):
    """Launches the servers in moto."""
    keys = {"aws_access_key_id": "maker", "aws_secret_access_key": "maker"}
    ec2 = boto3.client("ec2", endpoint_url=url, region_name=REGION, **keys)
    image = ec2.register_image(Name="base", Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "env", "Value": "prod"}]}]
    ec2.run_instances(
        ImageId=image, InstanceType="t3.small", MinCount=SERVERS, MaxCount=SERVERS, TagSpecifications=tags
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "emberline")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()

    def sandbox(servers):
        return [arguments.binary, "sandbox", "--listen", "127.0.0.1:0", "--servers", servers, "--seed", 7]

    with ExitStack() as programs:
        moto_url, _ = programs.enter_context(running([sys.executable, "-c", MOTO], MOTO_EC2_LOAD_DEFAULT_AMIS="false"))
        fill(moto_url)
        small_url, small = programs.enter_context(running(sandbox(SERVERS)))
        large_url, large = programs.enter_context(running(sandbox(LARGE)))
        rows = {
            "moto, 1,000 servers": Asker(moto_url, Credentials("maker", "maker")),
            "sandbox, 1,000 servers": Asker(small_url, keys_of(small)),
            "sandbox, a page of 100,000 servers": Asker(large_url, keys_of(large)),
        }
        for _ in range(arguments.rounds + 2):
            for asker in rows.values():
                asker.ask()
        memory = memory_mib(large)
    moto_s = rows["moto, 1,000 servers"].median_s()
    print("| DescribeInstances, 1,000 servers | median | servers a second | against moto | bytes |")
    print("|---|---|---|---|---|")
    for name, asker in rows.items():
        took_s = asker.median_s()
        rate = SERVERS / took_s
        print(f"| {name} | {took_s * 1e3:.1f} ms | {rate:,.0f} | {moto_s / took_s:,.0f}x | {asker.bytes:,} |")
    slowest = min(SERVERS / asker.median_s() for name, asker in rows.items() if name.startswith("sandbox"))
    if memory is not None:
        print(f"\n100,000 servers in the sandbox: {memory:.0f} MiB resident")
    too_much = memory is not None and memory > MAX_MEMORY_MIB
    sys.exit(1 if too_much or slowest < LEAST_SERVERS_A_SECOND else 0)


if __name__ == "__main__":
    main()
