"""Every change that the binary sends, recorded on its way to a fast sandbox and decoded by AWS's own models."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import Emberline, binary, logins_of, sandbox_server
from forwarding import recording
from input_shapes import decode

PROD, REGION = "210987654321", "eu-west-1"
# The servers that stand alone behind a load balancer are in another region.
ELSEWHERE = {"replace behind a load balancer": "us-east-1"}

# What is done, each in a home of its own, and the changes that it takes.
ACTIONS = {
    "replace in a group": (["replace", "api-prod-10"], ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"]),
    "replace alone": (["replace", "jenkins-agent-1"], ["RunInstances", "TerminateInstances"]),
    "replace behind a load balancer": (
        ["replace", "metrics-1"],
        ["RunInstances", "RegisterTargets", "DeregisterTargets", "TerminateInstances"],
    ),
    "roll": (["roll", "search-prod"], ["StartInstanceRefresh"]),
    "reimage": (["reimage", "kafka-1"], ["CreateReplaceRootVolumeTask"]),
    "rebake": (["rebake", "api"], ["StartImagePipelineExecution"]),
    "bake": (["bake", "kafka-2"], ["CreateImage"]),
    "set a lifetime": (["set-lifetime", "batch-prod", "30d"], ["UpdateAutoScalingGroup"]),
}


@pytest.fixture(scope="module")
def requests_of_changes(tmp_path_factory):
    """What each action asks for from its plan to its end, decoded."""
    with sandbox_server(tmp_path_factory.mktemp("sandbox"), "--speed", "600") as (url, program):
        login = logins_of(program)[PROD]
        keys = {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}
        with recording(url) as (recorder, seen):

            def carry_out(name):
                here = Emberline(binary(), tmp_path_factory.mktemp("home"))
                source = ["--endpoint-url", recorder, "--region", ELSEWHERE.get(name, REGION)]
                plan = here.home / "plan.json"
                planned = here.run("plan", *ACTIONS[name][0], "-o", str(plan), *source, **keys)
                assert planned.status == 0, f"{name}: {planned.err}"
                ended = here.run("apply", str(plan), "--yes", "--confirm", PROD, *source, timeout_s=400, **keys)
                assert ended.status == 0, f"{name}: {ended.err}"

            with ThreadPoolExecutor(len(ACTIONS)) as pool:
                list(pool.map(carry_out, ACTIONS))
        return [decode(request) for request in seen]


def test_every_request_of_the_actions_is_what_aws_expects(requests_of_changes):
    found = {f"{asked}: {line}" for asked in requests_of_changes for line in asked.findings}
    assert not found, "\n".join(sorted(found)[:40])


def test_the_changes_are_those_of_the_actions(requests_of_changes):
    reads = ("Describe", "List", "Get", "Lookup")
    changes = {asked.operation for asked in requests_of_changes if not asked.operation.startswith(reads)}
    assert changes == {change for _, changes in ACTIONS.values() for change in changes}
