"""The binary under test, and the servers that it is tested against.

`EMBERLINE_BIN` names the binary; without it the debug build of this checkout is taken.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from practice import Clock
from sandbox_reads import HARBOR, Scope, scopes_of_harbor

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REGION = "eu-west-1"

# What a program needs of its surroundings; nothing of the AWS configuration of whoever runs the tests.
KEPT_VARIABLES = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")


@dataclass
class Ended:
    """How one run of the binary ended."""

    status: int
    out: str
    err: str

    @property
    def report(self):
        return json.loads(self.out)


@dataclass
class Emberline:
    """The binary, in a home of its own."""

    path: Path
    home: Path

    def environment(self, **variables):
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        home = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config")}
        return kept | home | {name: str(value) for name, value in variables.items()}

    def run(self, *arguments, timeout_s=120, **variables):
        done = subprocess.run(
            [self.path, *map(str, arguments)],
            env=self.environment(**variables),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


def binary():
    named = os.environ.get("EMBERLINE_BIN")
    path = Path(named) if named else ROOT / "target" / "debug" / "emberline"
    if not path.exists():
        pytest.exit(f"no binary at {path}: run `cargo build`, or tests/run, first", returncode=1)
    return path.resolve()


@pytest.fixture
def emberline(tmp_path):
    """The binary with an empty home."""
    return Emberline(binary(), tmp_path)


@pytest.fixture(scope="session")
def check_report():
    """Validates a report against the schema that the program ships."""
    schema = json.loads((ROOT / "assets" / "schema" / "report.schema.json").read_text())
    validator = Draft202012Validator(schema)

    def check(report):
        wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]
        assert not wrong, "\n".join(wrong[:20])

    return check


@contextmanager
def served(command, environment, log):
    """A program that says on its first line where it listens; ends with the block."""
    with open(log, "w") as log_file:
        program = subprocess.Popen(
            [str(word) for word in command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
        )
        try:
            first_line = program.stdout.readline()
            assert first_line, f"{command[0]} ended before it listened: {Path(log).read_text()[-2000:]}"
            yield first_line, program
        finally:
            program.terminate()
            try:
                program.wait(timeout=10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


@contextmanager
def moto_fleet(folder, *arguments):
    """The aged fleet in a moto of its own: what it is made of, and where it listens."""
    command = [sys.executable, HERE / "moto_fleet.py", *arguments]
    environment = {"PATH": os.environ["PATH"], "MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "HOME": str(folder)}
    with served(command, environment, folder / "moto.log") as (first_line, _):
        yield json.loads(first_line)


@dataclass
class Login:
    """Who one can be in the sandbox."""

    profile: str
    account: str
    regions: list
    access_key_id: str
    secret_access_key: str


@contextmanager
def sandbox_server(folder, *arguments):
    """A sandbox on a free port: its address, and the program whose next lines are its logins."""
    command = [binary(), "sandbox", "--listen", "127.0.0.1:0", *arguments]
    environment = Emberline(binary(), folder).environment()
    with served(command, environment, folder / "sandbox.log") as (first_line, program):
        start = "listening on "
        assert first_line.startswith(start + "http://127.0.0.1:"), first_line
        yield first_line[len(start) :].strip(), program


LOGIN = re.compile(
    r"account (?P<account>\d{12}) \((?P<profile>[^)]+)\), (?P<regions>.+): "
    r"AWS_ACCESS_KEY_ID=(?P<id>\S+) AWS_SECRET_ACCESS_KEY=(?P<secret>\S+)"
)


def logins_of(program):
    """The logins that a sandbox of the default scenario tells after its address, by account."""
    logins = {}
    for _ in HARBOR["account"]:
        told = LOGIN.match(program.stdout.readline())
        regions = told["regions"].split(" and ")
        logins[told["account"]] = Login(told["profile"], told["account"], regions, told["id"], told["secret"])
    return logins


@pytest.fixture(scope="module")
def url_and_logins(tmp_path_factory):
    """A sandbox as it is opened: its clock stands still, so that nothing happens however long the tests take."""
    with sandbox_server(tmp_path_factory.mktemp("sandbox")) as (url, program):
        Clock(url)
        yield url, logins_of(program)


@pytest.fixture(scope="module", params=scopes_of_harbor(), ids=lambda scope: f"{scope[0]}-{scope[2]}")
def place(request, url_and_logins):
    """One scope of the scenario: its short account name and what boto3 sees there."""
    url, logins = url_and_logins
    short, account, region = request.param
    return short, Scope(url, logins[account], region)


@pytest.fixture(scope="module")
def prod(url_and_logins):
    """The largest scope."""
    url, logins = url_and_logins
    return Scope(url, logins[HARBOR["account"]["prod"]["id"]], "eu-west-1")
