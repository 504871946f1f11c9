"""boto3 and the AWS CLI change the sandbox in every way that it promises, with waiters and pages, on its own clock."""

from functools import partial

import pytest

from cli_practice import CliPractice, kept_cli
from conftest import Emberline, binary, logins_of, sandbox_server
from practice import Clock, Practice
from sandbox_writes import DRIVES, PROMISED, driven


@pytest.fixture(scope="module")
def cli(tmp_path_factory):
    home = tmp_path_factory.mktemp("kept-cli")
    with kept_cli(home, Emberline(binary(), home).environment()) as cli:
        yield cli


@pytest.fixture(params=["boto3", "cli"])
def practice(request, tmp_path):
    """Makes the scope that a drive is for, in a sandbox that nobody else touches."""
    through = Practice if request.param == "boto3" else partial(CliPractice, request.getfixturevalue("cli"))
    with sandbox_server(tmp_path) as (url, program):
        logins = logins_of(program)
        clock = Clock(url)
        yield lambda drive: through(url, logins, drive.account, drive.region, clock)


def test_every_promised_operation_is_driven():
    """So that an operation of the list can't be there and never be tried."""
    missing = {service: names - driven().get(service, set()) for service, names in PROMISED.items()}
    assert not {service: names for service, names in missing.items() if names}


@pytest.mark.parametrize("drive", DRIVES, ids=str)
def test_drive(practice, drive):
    aws = practice(drive)
    drive.run(aws)
    aws.check()
    assert set(drive.operations) <= aws.answered, "each was answered at least once"
