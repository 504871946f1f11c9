"""A sandbox to change things in through the AWS CLI: what boto3 would send, the CLI is told to send.

boto3's clients stay in front, for their paginators and waiters; each call that these make becomes one command, and what
the command prints becomes the answer. So a drive that passes here was carried out by the CLI alone.
"""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.utils import parse_timestamp

from practice import Practice

# How the CLI ends when a service refuses, and what it says then.
REFUSED = 255
REFUSAL = re.compile(
    r"\s*An error occurred \((?P<code>\S+)\) when calling the \w+ operation: (?P<message>.*?)\s*", re.S
)

# `aws ssm start-session` prints nothing: it hands the session to a program that AWS ships apart, by the name of an
# environment variable. This one stands in for it and prints what it was handed.
PLUGIN = """#!/bin/sh
if [ "$1" = --version ]; then echo 1.2.764.0; else printenv "$1"; fi
"""


class KeptCli:
    """The AWS CLI in a process of its own that takes one command after another."""

    def __init__(self, program):
        self._program = program

    def run(self, login, *words):
        """How a command ends that this login gives: its status, and what it prints."""
        keys = {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}
        print(json.dumps({"words": words, "keys": keys}), file=self._program.stdin, flush=True)
        done = self._program.stdout.readline()
        assert done, f"aws {' '.join(words)}: the CLI is gone"
        return json.loads(done)


@contextmanager
def kept_cli(folder, environment):
    """The CLI with a home of its own; ends with the block."""
    plugin = folder / "session-manager-plugin"
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)
    environment = environment | {"PATH": f"{folder}:{environment['PATH']}", "AWS_MAX_ATTEMPTS": "1"}
    command = [sys.executable, Path(__file__).with_name("kept_cli.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as program:
        yield KeptCli(program)
        program.stdin.close()


class CliPractice(Practice):
    """One scope with its clock, in which every call is a command of the AWS CLI."""

    def __init__(self, cli, *place):
        self._cli = cli
        super().__init__(*place)

    def _scope(self, *place):
        return CliPractice(self._cli, *place)

    def client(self, service):
        """boto3's client of a service, with the CLI in place of its way to the server."""
        client = super().client(service)
        client._make_api_call = partial(self._command, client.meta.service_model)
        return client

    def _command(self, service, operation, parameters):
        done = self._cli.run(
            self.login, service.service_name, xform_name(operation, "-"),
            "--cli-input-json", json.dumps(parameters, default=as_text),
            "--no-paginate", "--output", "json", "--region", self.region, "--endpoint-url", self.url,
        )  # fmt: skip
        if done["status"] == REFUSED and (told := REFUSAL.fullmatch(done["err"])):
            raise ClientError({"Error": {"Code": told["code"], "Message": told["message"]}}, operation)
        assert (done["status"], done["err"]) == (0, ""), f"{operation} {parameters}: {done}"
        self.answered.add(f"{service.service_name}:{operation}")
        printed = json.loads(done["out"]) if done["out"].strip() else {}
        return as_boto3(service.operation_model(operation).output_shape, printed)


def as_text(value):
    """An instant or bytes, as the CLI reads them in JSON: the first version of it takes bytes literally."""
    return value.decode() if isinstance(value, bytes) else value.isoformat()


def as_boto3(shape, printed):
    """What the CLI printed, with instants where boto3 has them."""
    match shape and shape.type_name:
        case "structure":
            return {name: as_boto3(shape.members[name], value) for name, value in printed.items()}
        case "list":
            return [as_boto3(shape.member, value) for value in printed]
        case "timestamp":
            return parse_timestamp(printed)
    return printed
