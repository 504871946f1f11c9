"""The binary against moto: the lineage, the ages and the gaps of an aged fleet, exactly.

What moto can't do is part of the test: `DescribeReplaceRootVolumeTasks` and `DescribeInstanceImageMetadata` are not
implemented and there is no Image Builder at all; each arrives as HTTP 500 with a page of HTML, and must be a gap.
"""

from datetime import datetime, timedelta

import pytest

from conftest import Emberline, binary, moto_fleet

DAY_S = 86_400
DEFAULT_LIFETIME_DAYS = 30
NOT_IN_MOTO = {
    "DescribeInstanceImageMetadata",
    "DescribeInstanceInformation",
    "DescribeInstanceRefreshes",
    "DescribeReplaceRootVolumeTasks",
    "DescribeSessions",
    "ListImageBuildVersions",
    "ListImagePipelines",
    "ListImageRecipes",
    "LookupEvents",
}

# What each image was baked from, and the image that was built on.
RECIPES = {
    "debian-12": ("unknown", None, None),
    "web-41": ("packer", "tagged", "debian-12"),
    "web-42": ("packer", "tagged", "debian-12"),
    "tools-as-of-march": ("manual", "proven", "debian-12"),
    "batch-7": ("unknown", None, None),
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with moto_fleet(tmp_path_factory.mktemp("moto")) as told:
        yield told


@pytest.fixture(scope="module")
def reported(fleet, tmp_path_factory):
    """One report of the whole fleet."""
    here = Emberline(binary(), tmp_path_factory.mktemp("home"))
    ended = here.run("report", *source(fleet), "--format", "json", **fleet["keys"])
    assert ended.status == 3, ended.err
    return ended.report


@pytest.fixture(scope="module")
def servers(reported):
    return {server["id"]: server for server in reported["servers"]}


def source(fleet):
    return ["--endpoint-url", fleet["url"], "--region", fleet["region"]]


def seconds(days):
    return None if days is None else days * DAY_S


def test_the_report_keeps_its_schema(reported, check_report):
    check_report(reported)


def test_the_scope_says_who_where_and_when(fleet, reported):
    scope = reported["source"]["scopes"]
    assert [(s["partition"], s["account"], s["region"], s["complete"]) for s in scope] == [
        ("aws", fleet["account"], fleet["region"], False)
    ]
    assert datetime.fromisoformat(scope[0]["pulled_at"]) == datetime.fromisoformat(fleet["now"])
    assert reported["source"]["kind"] == "aws"


def test_what_moto_lacks_is_a_gap_and_nothing_else_is(fleet, reported):
    assert sorted(gap["operation"] for gap in reported["gaps"]) == sorted(NOT_IN_MOTO)
    assert {(gap["kind"], gap["action"]) for gap in reported["gaps"]} == {("unsupported", None)}, "no permission helps"
    assert {(gap["account"], gap["region"]) for gap in reported["gaps"]} == {(fleet["account"], fleet["region"])}
    assert reported["complete"] is False
    assert all("<" not in gap["message"] for gap in reported["gaps"]), "no page of HTML as a message"


def test_every_server_is_there_once(fleet, reported):
    assert len(fleet["servers"]) >= 60
    assert [server["id"] for server in reported["servers"]] == sorted(noted["id"] for noted in fleet["servers"])


def test_ages_are_exact(fleet, servers):
    for noted in fleet["servers"]:
        base = RECIPES[noted["image"]][2]
        assert servers[noted["id"]]["age"] == {
            "age_s": seconds(noted["days"]),
            "last_start_s": seconds(noted["started_days"]),
            "image_s": seconds(fleet["images"][noted["image"]]["days"]),
            "base_s": seconds(fleet["images"][base]["days"]) if base else None,
            "from": "interface",
        }, noted["name"]


def test_phoenix_follows_the_age_and_the_tags(fleet, servers):
    now = datetime.fromisoformat(fleet["now"])
    by_name = {"scratch": (7, "tag"), "vault": (DEFAULT_LIFETIME_DAYS, "default")}
    for noted in fleet["servers"]:
        days, told_by = by_name.get(noted["name"], (DEFAULT_LIFETIME_DAYS, "default"))
        share = noted["days"] / days
        state = "young" if share < 0.8 else "due" if share < 1 else "overdue"
        server = servers[noted["id"]]
        if noted["name"] == "vault":
            assert (server["phoenix"], server["exempt_reason"]) == ("exempt", "holds the signing key")
            continue
        assert server["lifetime"] == {"seconds": seconds(days), "from": told_by}, noted["name"]
        assert server["phoenix"] == state, noted["name"]
        assert server["exempt_reason"] is None
        assert datetime.fromisoformat(server["due_at"]) == now - timedelta(days=noted["days"]) + timedelta(days=days)
    counted = {}
    for server in servers.values():
        counted[server["phoenix"]] = counted.get(server["phoenix"], 0) + 1
    assert counted == {"young": 21, "due": 12, "overdue": 36, "exempt": 1}


def test_a_restarted_server_keeps_its_age(servers):
    bastion = next(server for server in servers.values() if server["name"] == "bastion")
    assert bastion["age"]["last_start_s"] == 3 * DAY_S
    assert bastion["age"]["age_s"] == 200 * DAY_S
    assert bastion["phoenix"] == "overdue"


def test_lineage_is_exact(fleet, servers):
    images, templates = fleet["images"], fleet["templates"]
    bastion = next(noted["id"] for noted in fleet["servers"] if noted["name"] == "bastion")
    recipes = {"packer": "packer:web", "manual": f"manual:{bastion}"}
    for noted in fleet["servers"]:
        kind, grade, base = RECIPES[noted["image"]]
        server = servers[noted["id"]]
        found = [(step["kind"], step["id"]) for step in server["lineage"]]
        known = [
            ("base", images[base]["id"]) if base else None,
            ("recipe", recipes.get(kind)),
            ("image", images[noted["image"]]["id"]),
            ("template", template_of(noted, templates)),
            ("group", noted["group"]),
            ("server", noted["id"]),
        ]
        expected = [step for step in known if step and (step[1] or step[0] == "recipe")]
        assert [(k, i) for k, i in found if k not in ("recipe", "template")] == [
            (k, i) for k, i in expected if k not in ("recipe", "template")
        ], noted["name"]
        assert [k for k, _ in found] == [k for k, _ in expected], noted["name"]
        assert server["image"] == images[noted["image"]]["id"]
        assert server["group"] == noted["group"]
        assert (server["recipe"]["kind"], server["recipe"]["grade"]) == (kind, grade), noted["name"]
        if kind != "unknown":
            assert server["recipe"]["id"] == recipes[kind]
            assert server["recipe"]["evidence"]


def template_of(noted, templates):
    if noted["template"]:
        return templates[noted["template"]]
    return f"{noted['group']}-configuration" if noted["group"] else None


def test_templates_and_their_versions_are_told(fleet, reported, servers):
    for noted in fleet["servers"]:
        template = servers[noted["id"]]["template"]
        if noted["template"]:
            assert template == {
                "kind": "launch-template",
                "id": fleet["templates"][noted["template"]],
                "name": noted["template"],
                "version": noted["version"],
            }
        elif noted["group"]:
            assert (template["kind"], template["name"], template["version"]) == (
                "launch-configuration",
                "legacy-configuration",
                None,
            )
        else:
            assert template is None
    told = {(t["name"], t["version"]): (t["image"], t["servers"]) for t in reported["templates"]}
    images = {name: image["id"] for name, image in fleet["images"].items()}
    assert told == {
        ("web", 1): (images["web-41"], 44),
        ("web", 2): (images["web-42"], 1),
        ("tools", 1): (images["tools-as-of-march"], 12),
        ("batch", 1): (images["batch-7"], 4),
        ("legacy-configuration", None): (images["debian-12"], 6),
    }


def test_groups_count_their_servers(reported):
    told = {group["name"]: (group["servers"], group["desired"], group["overdue"]) for group in reported["groups"]}
    assert told == {
        "web-blue": (24, 24, 24),
        "web-green": (20, 20, 0),
        "tools": (12, 12, 0),
        "batch": (4, 4, 4),
        "legacy": (6, 6, 6),
    }


def test_a_deregistered_image_is_unknown_and_not_ancient(fleet, reported, servers):
    batch = next(image for image in reported["images"] if image["id"] == fleet["images"]["batch-7"]["id"])
    assert (batch["created_at"], batch["name"], batch["base"], batch["servers"]) == (None, None, None, 4)
    for noted in fleet["servers"]:
        if noted["group"] == "batch":
            assert servers[noted["id"]]["age"]["image_s"] is None


def test_an_older_image_is_as_many_days_behind_as_the_newest_is_newer(fleet, servers):
    expected = {"web-41": 40, "web-42": 0, "tools-as-of-march": 0}
    for noted in fleet["servers"]:
        assert servers[noted["id"]]["behind_days"] == expected.get(noted["image"]), noted["name"]


def test_a_query_selects_servers_and_what_they_reach(fleet, emberline, check_report):
    asked = ["report", *source(fleet), "--format", "json", "--query", "phoenix:overdue group:web*"]
    ended = emberline.run(*asked, **fleet["keys"])
    assert ended.status == 3, ended.err
    check_report(ended.report)
    assert {server["group"] for server in ended.report["servers"]} == {"web-blue"}
    assert len(ended.report["servers"]) == 24
    assert [group["name"] for group in ended.report["groups"]] == ["web-blue"]
    assert [(t["name"], t["version"]) for t in ended.report["templates"]] == [("web", 1)]


def test_a_saved_pull_reports_the_same(fleet, reported, emberline):
    saved = emberline.home / "aged.fleet"
    pulled = emberline.run("pull", *source(fleet), "-o", saved, **fleet["keys"])
    assert pulled.status == 3, pulled.err
    ended = emberline.run("report", "--file", saved, "--format", "json")
    assert ended.status == 3, ended.err
    assert ended.report["source"]["kind"] == "file"
    for part in ("servers", "images", "templates", "groups", "recipes", "gaps", "complete"):
        assert ended.report[part] == reported[part], part


def test_two_pulls_of_the_same_fleet_are_the_same(fleet, reported, emberline):
    ended = emberline.run("report", *source(fleet), "--format", "json", **fleet["keys"])
    assert ended.report == reported


def test_what_moto_cannot_do_costs_no_long_retries(fleet, emberline):
    ended = emberline.run("report", *source(fleet), "--format", "csv", timeout_s=60, **fleet["keys"])
    assert ended.status == 3, ended.err
    assert len(ended.out.strip().splitlines()) == len(fleet["servers"]) + 1


def test_a_denied_call_is_a_gap_that_names_its_permission(emberline, tmp_path, check_report):
    allowed = ["ec2:DescribeInstances", "ec2:DescribeImages", "ec2:DescribeRegions", "autoscaling:*", "sts:*"]
    with moto_fleet(tmp_path, "--only", *allowed) as fleet:
        ended = emberline.run("report", *source(fleet), "--format", "json", **fleet["keys"])
    assert ended.status == 3, ended.err
    check_report(ended.report)
    denied = [gap for gap in ended.report["gaps"] if gap["kind"] == "denied"]
    assert {gap["action"] for gap in denied} == {
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeInstanceImageMetadata",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeReplaceRootVolumeTasks",
        "ec2:GetConsoleOutput",
    }
    assert all(f"Allow the action {gap['action']}" in gap["message"] for gap in denied)
    assert len(ended.report["servers"]) == len(fleet["servers"]), "the rest of the pull goes on"
    canary = next(server for server in ended.report["servers"] if server["name"] == "canary")
    assert canary["age"]["age_s"] == seconds(5)
    assert canary["template"]["version"] == 2, "the server's own tags tell its template"


def test_a_refusal_that_is_no_aws_error_is_a_gap_too(emberline, tmp_path, check_report):
    """moto wraps a denied Auto Scaling call's error in an element too many and calls it a web page."""
    with moto_fleet(tmp_path, "--only", "ec2:*", "sts:*") as fleet:
        ended = emberline.run("report", *source(fleet), "--format", "json", **fleet["keys"])
    assert ended.status == 3, ended.err
    check_report(ended.report)
    gaps = {gap["operation"]: gap for gap in ended.report["gaps"]}
    for operation in ("DescribeAutoScalingGroups", "DescribeLaunchConfigurations"):
        assert gaps[operation]["kind"] in ("denied", "error")
        assert "HTTP 403" in gaps[operation]["message"]
    assert len(ended.report["servers"]) == len(fleet["servers"])
