"""Readiness against moto, which keeps no scaling activities: what was never measured is unknown and never a number."""

import boto3
import pytest

from conftest import Emberline, binary, moto_fleet

GROUP = "web-blue"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The report's servers of groups by group, once one of them has an objective, and what Markdown says."""
    with moto_fleet(tmp_path_factory.mktemp("moto")) as fleet:
        keys = {"aws_access_key_id": "maker", "aws_secret_access_key": "maker"}
        scaling = boto3.client("autoscaling", endpoint_url=fleet["url"], region_name=fleet["region"], **keys)
        tag = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "emberline:rto", "Value": "45m"}
        scaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": False}])
        here = Emberline(binary(), tmp_path_factory.mktemp("home"))
        at = ["--endpoint-url", fleet["url"], "--region", fleet["region"]]
        ended = here.run("report", *at, "--format", "json", **fleet["keys"])
        assert ended.status == 3, ended.err
        asked = here.run("report", *at, "--format", "json", "--query", "rto:unknown", **fleet["keys"])
        assert asked.status == 3, asked.err
        servers = [server for server in ended.report["servers"] if server["group"]]
        yield {server["group"]: server for server in servers}, asked.report["servers"]


def test_an_objective_of_a_tag_is_read_and_what_no_activity_tells_is_unknown(told):
    groups, _ = told
    rto = groups[GROUP]["rto"]
    assert (rto["objective_s"], rto["verdict"]) == (2_700, "unknown")
    assert [rto[time] for time in ("bake", "boot", "replace")] == [None, None, None]


def test_a_group_without_an_objective_has_none(told):
    groups, _ = told
    others = {name: server["rto"]["objective_s"] for name, server in groups.items() if name != GROUP}
    assert others and set(others.values()) == {None}


def test_servers_of_an_unknown_verdict_can_be_asked_for(told):
    groups, unknown = told
    assert GROUP in {server["group"] for server in unknown}
    assert all(server["rto"]["verdict"] == "unknown" for server in unknown if server["rto"])
