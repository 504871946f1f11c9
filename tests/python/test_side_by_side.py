"""moto and the sandbox, made by different people from the same documents, answer one scenario side by side."""

import logging
import re

import pytest
from moto.server import ThreadedMotoServer

from conftest import logins_of, sandbox_server
from practice import Clock, Practice
from side_by_side import Side, differences, only_refused_by_one, scenario

REGION = "eu-west-1"

# Where moto and the sandbox differ, and why: (step, path, reason), the first two as patterns.
KNOWN = [
    (
        ".*image.*|read side-.",
        r"\.Images.*\.(RootDevice.*|BootMode|BlockDeviceMappings.*)",
        "moto ignores the given mapping and makes up a root device of its own",
    ),
    ("page of images", r"\.Images\.length", "moto ignores MaxResults of DescribeImages"),
    ("the same name again", r"\.(Refused|Status)", "moto lets two images have one name"),
    ("read the deregistered image", r"\.(Refused|Status)", "moto goes on telling a deregistered image"),
    (".*", r".*\.CreatedBy", "moto's caller is always the root of its account"),
    (
        "launch a server",
        r"\.Instances\[0\]\.StateReason\..*",
        "moto gives a pending server an empty reason",
    ),
    (
        "launch .*server|read .*|launch with the same token",
        r".*Instances\[0\]\.(NetworkInterfaces\[0\]\.)?(PrivateDnsName|PublicDnsName)",
        "moto names interfaces as in us-east-1, gives every server a public name, and an ended one keeps its names",
    ),
    (
        "launch .*|read .*",
        r".*Instances\[0\]\.NetworkInterfaces\[0\]\.(Description|Attachment\.DeleteOnTermination)",
        "moto describes a primary interface, and says that it outlives its server",
    ),
    (
        "launch .*|read .*",
        r".*Instances\[0\]\.(RootDeviceName|BlockDeviceMappings\[0\]\.DeviceName)",
        "moto's images have a root device of its own making",
    ),
    (
        "launch .*|read .*",
        r".*Instances\[0\]\.(EbsOptimized|MetadataOptions\.Http(Tokens|PutResponseHopLimit))",
        "moto tells what was asked for; the sandbox's servers are of types that are optimised, and ask for tokens",
    ),
    (
        "read the (stopped|ended) server",
        r".*\.StateTransitionReason",
        "moto writes the time of the change in UTC, EC2 in GMT",
    ),
    ("launch with the same token|the token's servers", ".*", "moto ignores the ClientToken and launches one more"),
    ("launch another with the same token", r"\.(Refused|Status)", "moto ignores the ClientToken"),
    (
        "read the .* ?group",
        r".*\.HealthCheckGracePeriod",
        "moto waits 300 s where none was asked for, as the console does; the API's default is 0",
    ),
    (
        "read (the .* ?group|a member|the members)",
        r".*(LaunchTemplate\.Version|Tags\{aws:ec2launchtemplate:version\})",
        "moto tells the template's default version, whichever the group asked for",
    ),
    ("end a member.*", r"\.Activity\.Cause", "moto writes a comma after the time"),
    ("end a member.*", r"\.Activity\.Progress", "moto begins at nothing; how far an activity is says little at AWS"),
    ("read the suspended group", r".*\.SuspensionReason", "moto gives no reason"),
    ("read the members", r".*\.HealthStatus", "EC2 Auto Scaling writes HEALTHY here, and Healthy of a group"),
    ("grow it beyond its limit", r"\.(Refused|Status)", "moto lets a group want more than its MaxSize"),
    ("the same group again", r"\.(Refused|Status)", "moto puts the new group in the place of the old one"),
    ("an unknown server to tag", r"\.(Refused|Status)", "moto tags what is not there"),
    ("a malformed server", r"\.Refused", "moto looks for an id of any form"),
    ("an unknown image to launch", r"\.(Refused|Status)", "moto launches of what is not there"),
    ("an unknown (group to grow|member)", r"\.(Refused|Status)", "moto trips over a group that it does not know"),
]


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anyone"}
        side = Side("moto", f"http://{host}:{port}", keys, REGION, pass_s=lambda _: None)
        volume = side.ec2.create_volume(Size=8, AvailabilityZone=f"{REGION}a")["VolumeId"]
        side.snapshot = side.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        scenario(side)
        yield side
        server.stop()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with sandbox_server(tmp_path_factory.mktemp("sandbox")) as (url, program):
        clock = Clock(url)
        practice = Practice(url, logins_of(program), "prod", REGION, clock)
        login, image = practice.login, practice.image("web 1.4.3")
        keys = {"aws_access_key_id": login.access_key_id, "aws_secret_access_key": login.secret_access_key}
        side = Side("sandbox", url, keys, REGION, pass_s=clock.advance)
        side.snapshot = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
        scenario(side)
        yield side


def known(step, path):
    return [row for row in KNOWN if re.fullmatch(row[0], step) and re.fullmatch(row[1], path)]


def test_what_both_tell_is_the_same_but_for_what_is_known(moto, sandbox):
    found = {where: values for where, values in differences(moto, sandbox).items() if not known(*where)}
    told = [f"{step}{path}: moto {ours!r}, sandbox {theirs!r}" for (step, path), (ours, theirs) in found.items()]
    assert not told, "\n".join(sorted(told))


def test_what_one_refuses_the_other_refuses_but_for_what_is_known(moto, sandbox):
    found = {step for step in only_refused_by_one(moto, sandbox) if not known(step, ".Refused")}
    told = [f"{step}: moto {moto.answers[step]}, sandbox {sandbox.answers[step]}" for step in found]
    assert not told, "\n".join(sorted(told))


def test_every_known_difference_is_still_there(moto, sandbox):
    there = [*differences(moto, sandbox), *((step, ".Refused") for step in only_refused_by_one(moto, sandbox))]
    stale = [row for row in KNOWN if not any(row in known(*where) for where in there)]
    assert stale == []


def test_the_two_have_much_to_compare(moto, sandbox):
    assert moto.answers.keys() == sandbox.answers.keys()
    shared = sum(len(answer.keys() & sandbox.answers[step].keys()) for step, answer in moto.answers.items())
    assert shared > 800
