"""Every call that the sandbox knows is put to work by these tests."""

import pytest
import requests

from sandbox_reads import READS, SERVICES
from sandbox_writes import driven

UNKNOWN = ("InvalidAction", "UnknownOperationException")
# Put to work by test_every_other_read_answers_by_its_model.
OTHER_READS = {
    "ec2": {"DescribeRegions", "DescribeAvailabilityZones"},
    "imagebuilder": {"ListImages"},
}


@pytest.fixture(scope="module")
def known(prod):
    """The operations of AWS's models that the sandbox does not call unknown, by service."""
    http = requests.Session()
    return {
        service: {name for name in names_of(prod.client(service)) if is_known(http, prod, prod.client(service), name)}
        for service in SERVICES
    }


def names_of(client):
    return client.meta.service_model.operation_names


def is_known(http, scope, client, name):
    """Asks for an operation without any parameter: whatever is missing, its name is looked at first."""
    model = client.meta.service_model
    credential = f"{scope.login.access_key_id}/20260601/{scope.region}/{model.signing_name}/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}"}
    method, path, body = "POST", "/", b"{}"
    if model.resolved_protocol in ("ec2", "query"):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = f"Action={name}&Version={model.api_version}".encode()
    elif model.resolved_protocol == "json":
        headers["X-Amz-Target"] = f"{model.metadata['targetPrefix']}.{name}"
    else:
        told = model.operation_model(name).http
        method, path = told["method"], told["requestUri"]
    answer = http.request(method, client.meta.endpoint_url + path, headers=headers, data=body, timeout=60)
    told = answer.text + answer.headers.get("x-amzn-ErrorType", "")
    return not any(code in told for code in UNKNOWN)


def lines(calls_by_service):
    """`ec2: RebootInstances StopInstances`, a line a service that has some."""
    return [f"{service}: {' '.join(sorted(calls))}" for service, calls in calls_by_service.items() if calls]


def test_every_call_that_is_known_is_put_to_work(known):
    tried = {service: set(calls) for service, calls in OTHER_READS.items()}
    for service, calls in driven().items():
        tried.setdefault(service, set()).update(calls)
    for read in READS:
        tried.setdefault(read.service, set()).add("".join(word.capitalize() for word in read.operation.split("_")))
    untried = lines({service: calls - tried.get(service, set()) for service, calls in known.items()})
    assert not untried, "never asked for:\n" + "\n".join(untried)
