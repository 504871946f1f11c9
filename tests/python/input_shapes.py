"""Decodes a raw request by botocore's model of the operation's input, as AWS would have to.

A server may pass over what it does not know, so a request that is answered may still be wrong: a parameter that is
misspelt does nothing, silently. Here a member that the model does not name, a value of the wrong type, a missing
required member, a gap in a list's numbers or a value twice is a finding.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session

from output_shapes import json_value, text_value, wire_name

# The services by the name that requests are signed for, where botocore calls them something else.
MODELS = {"elasticloadbalancing": "elbv2"}
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=\w+/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request, "
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), Signature=[0-9a-f]{64}"
)
# What every query carries beside the operation's own members.
QUERY_FRAME = ("Action", "Version")


@dataclass
class Request:
    """One HTTP request as it came in."""

    method: str
    target: str
    headers: dict
    body: bytes


@dataclass
class Decoded:
    """Which operation a request asks for, and what is wrong with it."""

    service: str
    operation: str
    region: str
    findings: list

    def __str__(self):
        return f"{self.service}:{self.operation}"


@cache
def model_of(service):
    return botocore.session.get_session().get_service_model(MODELS.get(service, service))


def decode(request):
    """Reads a signed request by the model of the service that it is signed for."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    signed = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if signed is None:
        return Decoded("?", "?", "?", [f"Authorization: {headers.get('authorization')!r} is no signature"])
    service = signed["service"]
    model = model_of(service)
    read = {"ec2": query, "query": query, "json": json_body, "rest-json": rest}[model.resolved_protocol]
    operation, findings = read(model, request, headers)
    return Decoded(service, operation, signed["region"], signature_findings(signed, headers) + findings)


def signature_findings(signed, headers):
    found = [f"{name}: not signed" for name in ("host", "x-amz-date") if name not in signed["signed"].split(";")]
    found += [f"{name}: signed and not sent" for name in signed["signed"].split(";") if name not in headers]
    if not re.fullmatch(signed["date"] + r"T\d{6}Z", headers.get("x-amz-date", "")):
        found.append(f"x-amz-date: {headers.get('x-amz-date')!r} is no time on {signed['date']}")
    return found


def content_type_findings(headers, expected):
    found = headers.get("content-type", "").split(";")[0]
    return [] if found == expected else [f"Content-Type: {found!r} where {expected} is due"]


def query(model, request, headers):
    """A form: `Filter.1.Name=state` for EC2, `Filters.member.1.Name=state` for the rest."""
    found = content_type_findings(headers, "application/x-www-form-urlencoded")
    if request.method != "POST" or request.target != "/":
        found.append(f"{request.method} {request.target}: a query is a POST to /")
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        return "?", [*found, f"the body is no form: {error}"]
    frame = {name: value for name, value in pairs if name in QUERY_FRAME}
    action = frame.get("Action")
    if action not in model.operation_names:
        return action or "?", [*found, f"Action: {action!r} is no operation of {model.service_name}"]
    if frame.get("Version") != model.api_version:
        found.append(f"Version: {frame.get('Version')!r} where {model.api_version} is due")
    tree = {}
    for name, value in pairs:
        if name not in QUERY_FRAME and not planted(tree, name.split("."), value):
            found.append(f"{action}.{name}: twice, or both a value and a structure")
    shape = model.operation_model(action).input_shape
    if shape is None:
        return action, found + [f"{action}.{name}: not in the model" for name in tree]
    return action, found + form_structure(tree, shape, action, model.resolved_protocol)


def planted(tree, path, value):
    """Puts a value at its path; whether the place was free."""
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            return False
    return tree.setdefault(path[-1], value) is value


def form_name(name, shape, protocol):
    if protocol != "ec2":
        return wire_name(name, shape)
    if "queryName" in shape.serialization:
        return shape.serialization["queryName"]
    wire = wire_name(name, shape)
    return wire[0].upper() + wire[1:]


def form_value(tree, shape, where, protocol):
    kind = shape.type_name
    if kind in ("structure", "list", "map"):
        if not isinstance(tree, dict):
            return [f"{where}: {tree!r} is no {kind}"]
        walk = {"structure": form_structure, "list": form_list, "map": form_map}[kind]
        return walk(tree, shape, where, protocol)
    if isinstance(tree, dict):
        return [f"{where}: {kind} with members"]
    if kind == "blob":
        return base64_findings(tree, where)
    return text_value(tree, shape, where)


def form_structure(tree, shape, where, protocol):
    members = {form_name(name, member, protocol): (name, member) for name, member in shape.members.items()}
    found = []
    for wire, value in tree.items():
        at = f"{where}.{wire}"
        if wire in members:
            found += form_value(value, members[wire][1], at, protocol)
        else:
            found.append(f"{at}: not in the model")
    missing = [wire for wire, (name, _) in members.items() if name in shape.required_members and wire not in tree]
    return found + [f"{where}.{wire}: required and missing" for wire in missing]


def form_list(tree, shape, where, protocol):
    if protocol != "ec2" and not shape.serialization.get("flattened"):
        step = shape.member.serialization.get("name", "member")
        found = [f"{where}.{other}: {other} where {step} is due" for other in tree if other != step]
        tree = tree.get(step, {})
        if found or not isinstance(tree, dict):
            return found or [f"{where}.{step}: {tree!r} is no list"]
    return numbered(tree, where) + [
        line for number, item in tree.items() for line in form_value(item, shape.member, f"{where}[{number}]", protocol)
    ]


def form_map(tree, shape, where, protocol):
    entries = tree if shape.serialization.get("flattened") else tree.get("entry", {})
    key, value = (wire_name(name, part) for name, part in (("key", shape.key), ("value", shape.value)))
    found = numbered(entries, where)
    for number, entry in entries.items():
        at = f"{where}[{number}]"
        if not isinstance(entry, dict) or set(entry) != {key, value}:
            found.append(f"{at}: {entry!r} is no pair of {key} and {value}")
            continue
        found += form_value(entry[key], shape.key, f"{at}.{key}", protocol)
        found += form_value(entry[value], shape.value, f"{at}.{value}", protocol)
    return found


def numbered(tree, where):
    expected = [str(number) for number in range(1, len(tree) + 1)]
    return [] if sorted(tree, key=lambda n: (len(n), n)) == expected else [f"{where}: numbered {', '.join(tree)}"]


def base64_findings(text, where):
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return [f"{where}: not in base64"]
    return []


def json_body(model, request, headers):
    """JSON 1.1: the operation in a header, everything else in the body."""
    found = content_type_findings(headers, f"application/x-amz-json-{model.metadata['jsonVersion']}")
    if request.method != "POST" or request.target != "/":
        found.append(f"{request.method} {request.target}: such a call is a POST to /")
    prefix, _, name = headers.get("x-amz-target", "").rpartition(".")
    # CloudTrail's has a package before it, which the SDKs made from Smithy's models leave out; AWS takes both.
    whole = model.metadata["targetPrefix"]
    if prefix not in (whole, whole.rpartition(".")[2]) or name not in model.operation_names:
        return name or "?", [*found, f"X-Amz-Target: {headers.get('x-amz-target')!r} is no operation"]
    return name, found + members_of_body(request.body, model.operation_model(name).input_shape, name)


def members_of_body(body, shape, where, elsewhere=()):
    """What is wrong with a JSON body; members that travel `elsewhere` have no business in it."""
    try:
        value = json.loads(body)
    except ValueError as error:
        return [f"{where}: the body is no JSON: {error}"]
    if shape is None:
        return [] if value == {} else [f"{where}: {value!r} where nothing is due"]
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no structure"]
    wrong = [f"{where}.{name}: belongs in path or query" for name in elsewhere if name in value]
    found = json_value(value, shape, where)
    there = {f"{where}.{name}: required and missing" for name in elsewhere}
    return wrong + [line for line in found if line not in there]


def rest(model, request, headers):
    """REST-JSON: the operation by method and path; members in path, query and body."""
    url = urlsplit(request.target)
    for name in model.operation_names:
        operation = model.operation_model(name)
        labels = path_labels(operation.http["requestUri"], url.path)
        if operation.http["method"] == request.method and labels is not None:
            return name, rest_findings(operation, labels, url.query, headers, request.body)
    return url.path, [f"{request.method} {url.path}: no operation of {model.service_name}"]


def path_labels(template, path):
    """The values of `{label}` in a path; None where the path is another."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template.partition("?")[0]))
    matched = re.fullmatch(pattern, path)
    return matched and {name: unquote(value) for name, value in matched.groupdict().items()}


def rest_findings(operation, labels, query_string, headers, body):
    where, shape = operation.name, operation.input_shape
    by_location = {"uri": {}, "querystring": {}, None: {}}
    for name, member in (shape.members if shape else {}).items():
        by_location[member.serialization.get("location")][wire_name(name, member)] = (name, member)
    found, seen = [], set()
    pairs = parse_qsl(query_string, keep_blank_values=True)
    for known, given in (("uri", labels.items()), ("querystring", pairs)):
        for wire, value in given:
            at = f"{where}.{wire}"
            if wire not in by_location[known]:
                found.append(f"{at}: not in the model")
                continue
            name, member = by_location[known][wire]
            of = member.member if member.type_name == "list" else member
            if name in seen and of is member:
                found.append(f"{at}: twice")
            seen.add(name)
            found += text_value(value, of, at)
    required = shape.required_members if shape else []
    outside = by_location["uri"] | by_location["querystring"]
    found += [
        f"{where}.{wire}: required and missing"
        for wire, (name, _) in outside.items()
        if name in required and name not in seen
    ]
    if by_location[None]:
        found += content_type_findings(headers, "application/json")
        return found + members_of_body(body or b"{}", shape, where, outside)
    if body and body != b"{}":
        found.append(f"{where}: a body where none is due")
    return found
