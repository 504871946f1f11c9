"""Walks a raw answer of the sandbox against botocore's model of the operation's output.

botocore itself drops what it does not know and takes what it can get, so an answer that boto3 accepts may still be
wrong. Here nothing is dropped: a member that the model does not name, a value of the wrong type, a missing required
member or a value twice is a finding. A value outside of an enum only warns: AWS's own answers run ahead of its models.
"""

import json
import re
import warnings
from xml.etree import ElementTree

ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# AWS itself writes these empty where there is none, against its own model.
EMPTY_AT_AWS = ("KernelId", "RamdiskId")
INTEGERS = {"integer": 2**31, "long": 2**63}
# The errors that every call of a service may give ("Common errors" of the API references), which no model names; and
# what Image Builder's Get* calls answer to an unknown ARN, which their models leave out and Terraform relies on.
OF_ALL = {
    "AccessDenied",
    "AccessDeniedException",
    "InvalidAction",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MissingParameter",
    "ResourceNotFoundException",
    "Throttling",
    "ThrottlingException",
    "UnknownOperationException",
    "ValidationError",
    "ValidationException",
}


class OutsideTheEnum(UserWarning):
    """A value that the model does not list; AWS adds such before a model does."""


def findings(operation, status, headers, body):
    """What is wrong with one answer or refusal; an empty list where nothing is."""
    service = operation.service_model
    protocol = service.resolved_protocol
    headers = {name.lower(): value for name, value in headers.items()}
    found = header_findings(headers, protocol)
    if status != 200:
        return found + refusal_findings(operation, protocol, status, headers, body)
    if protocol in ("ec2", "query"):
        return found + xml_findings(operation, protocol, body)
    return found + json_findings(operation, headers, body)


def header_findings(headers, protocol):
    found = []
    if not re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers.get("date", "")):
        found.append(f"Date: {headers.get('date')!r} is no HTTP date")
    expected = {
        "ec2": "text/xml",
        "query": "text/xml",
        "rest-json": "application/json",
        "json": "application/x-amz-json-1.1",
    }
    if headers.get("content-type", "").split(";")[0] != expected[protocol]:
        found.append(f"Content-Type: {headers.get('content-type')!r} where {expected[protocol]} is due")
    if not REQUEST_ID.fullmatch(headers.get("x-amzn-requestid", headers.get("x-amz-request-id", ""))):
        found.append("no request id among the headers")
    return found


def refusal_findings(operation, protocol, status, headers, body):
    """An error has its protocol's form, and is one that the model names for the operation, or one of all."""
    try:
        code, message = (
            json_refusal(headers, body) if protocol in ("json", "rest-json") else xml_refusal(protocol, body)
        )
    except (ElementTree.ParseError, ValueError, KeyError, AttributeError) as error:
        return [f"HTTP {status}: no error of this protocol: {error!r}"]
    found = [] if code and message else [f"HTTP {status}: an error without code or message"]
    modelled = {}
    for shape in operation.error_shapes:
        told = shape.metadata.get("error", {})
        modelled[told.get("code", shape.name)] = told.get("httpStatusCode")
    if code in modelled:
        expected = modelled[code]
        return found + ([f"{code}: HTTP {status} where {expected} is due"] if expected not in (None, status) else [])
    if protocol == "ec2" or code in OF_ALL:
        # EC2's model names no errors.
        return found
    return found + [f"{code}: no error of {operation.name}"]


def xml_refusal(protocol, body):
    root = ElementTree.fromstring(body)
    strip_namespaces(root)
    if protocol == "ec2":
        path, name, request_id = "Errors/Error", "Response", "RequestID"
    else:
        path, name, request_id = "Error", "ErrorResponse", "RequestId"
    if root.tag != name:
        raise ValueError(f"the root is {root.tag}")
    if not REQUEST_ID.fullmatch(root.find(request_id).text):
        raise ValueError("no request id")
    if protocol == "query" and root.find("Error/Type").text not in ("Sender", "Receiver"):
        raise ValueError("neither the sender's fault nor the receiver's")
    return root.find(f"{path}/Code").text, root.find(f"{path}/Message").text


def json_refusal(headers, body):
    value = json.loads(body)
    code = headers.get("x-amzn-errortype") or value["__type"]
    return code.rpartition("#")[2].partition(":")[0], value.get("message", value.get("Message"))


def xml_findings(operation, protocol, body):
    root = ElementTree.fromstring(body)
    namespace, _, name = root.tag[1:].partition("}")
    model = operation.service_model
    found = []
    if name != f"{operation.name}Response":
        found.append(f"the root is {name}")
    if namespace.strip("/") != xml_namespace(model).strip("/"):
        found.append(f"the namespace is {namespace}")
    strip_namespaces(root)
    if protocol == "ec2":
        request_id = root.find("requestId")
        shape_root = root
    else:
        request_id = root.find("ResponseMetadata/RequestId")
        shape_root = root.find(f"{operation.name}Result")
    if request_id is None or not REQUEST_ID.fullmatch(request_id.text or ""):
        found.append("no request id in the body")
    if protocol == "ec2":
        root.remove(request_id)
    else:
        extra = {child.tag for child in root} - {f"{operation.name}Result", "ResponseMetadata"}
        found += [f"{tag} beside the result" for tag in extra]
    if operation.output_shape is None:
        return found + nothing_due(root, protocol)
    if shape_root is None:
        return found + ["no result"]
    return found + xml_structure(shape_root, operation.output_shape, operation.name)


def nothing_due(root, protocol):
    """An operation without an output: EC2 says `true` all the same, the rest say nothing."""
    if protocol != "ec2":
        return [f"{child.tag}: not in the model" for child in root if child.tag != "ResponseMetadata"]
    return [] if [(child.tag, child.text) for child in root] == [("return", "true")] else ["no <return>true</return>"]


def xml_namespace(model):
    namespace = model.metadata.get("xmlNamespace")
    return namespace or f"http://{model.endpoint_prefix}.amazonaws.com/doc/{model.api_version}"


def strip_namespaces(root):
    for element in root.iter():
        element.tag = element.tag.partition("}")[2] or element.tag


def wire_name(name, shape):
    return shape.serialization.get("name", name)


def xml_structure(element, shape, where):
    members = {}
    for name, member in shape.members.items():
        is_flat_list = member.type_name == "list" and member.serialization.get("flattened")
        wire = wire_name(name, member)
        members[member.member.serialization.get("name", wire) if is_flat_list else wire] = (name, member)
    found, seen = [], set()
    if (element.text or "").strip():
        found.append(f"{where}: text {element.text!r} in a structure")
    for child in element:
        at = f"{where}.{child.tag}"
        if child.tag not in members:
            found.append(f"{at}: not in the model")
            continue
        name, member = members[child.tag]
        if name in seen and not member.serialization.get("flattened"):
            found.append(f"{at}: twice")
        seen.add(name)
        found += xml_value(child, member, at)
    found += [f"{where}.{name}: required and missing" for name in shape.required_members if name not in seen]
    return found


def xml_value(element, shape, where):
    if shape.type_name == "structure":
        return xml_structure(element, shape, where)
    if shape.type_name == "list" and not shape.serialization.get("flattened"):
        item = shape.member.serialization.get("name", "member")
        found = []
        for number, child in enumerate(element):
            at = f"{where}[{number}]"
            if child.tag != item:
                found.append(f"{at}: {child.tag} where {item} is due")
            found += xml_value(child, shape.member, at)
        return found
    if shape.type_name == "list":
        return xml_value(element, shape.member, where)
    if len(element):
        return [f"{where}: {shape.type_name} with children"]
    return text_value(element.text or "", shape, where)


def text_value(text, shape, where):
    """A scalar as XML writes it."""
    kind = shape.type_name
    if kind == "boolean":
        return [] if text in ("true", "false") else [f"{where}: {text!r} is no boolean"]
    if kind in INTEGERS:
        ok = re.fullmatch(r"-?\d+", text) and abs(int(text)) < INTEGERS[kind]
        return [] if ok else [f"{where}: {text!r} is no {kind}"]
    if kind in ("float", "double"):
        return [] if re.fullmatch(r"-?\d+(\.\d+)?", text) else [f"{where}: {text!r} is no {kind}"]
    if kind == "timestamp":
        return [] if ISO_8601.fullmatch(text) else [f"{where}: {text!r} is no timestamp"]
    if kind == "string":
        return string_value(text, shape, where)
    return [f"{where}: {kind} is not known here"]


def string_value(text, shape, where):
    found = []
    enum = shape.metadata.get("enum")
    if enum and text not in enum:
        warnings.warn(f"{where}: {text!r} is none of {enum}", OutsideTheEnum, stacklevel=2)
    pattern = shape.metadata.get("pattern")
    if pattern:
        try:
            if not re.search(pattern, text):
                found.append(f"{where}: {text!r} does not match {pattern}")
        except re.error:
            # Some patterns of the models are Java's own; they say nothing here.
            pass
    is_empty_at_aws = not text and where.endswith(EMPTY_AT_AWS)
    if len(text) < shape.metadata.get("min", 0) and not is_empty_at_aws:
        found.append(f"{where}: {text!r} is shorter than {shape.metadata['min']}")
    if len(text) > shape.metadata.get("max", len(text)):
        found.append(f"{where}: {len(text)} characters, more than {shape.metadata['max']}")
    return found


def json_findings(operation, headers, body):
    value = json.loads(body)
    return json_value(value, operation.output_shape, operation.name)


def json_value(value, shape, where):
    kind = shape.type_name
    if value is None:
        return [f"{where}: null; what is not there is left out"]
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no structure"]
        members = {wire_name(name, member): (name, member) for name, member in shape.members.items()}
        found = [f"{where}.{name}: not in the model" for name in value if name not in members]
        for wire, (name, member) in members.items():
            if wire in value:
                found += json_value(value[wire], member, f"{where}.{wire}")
            elif name in shape.required_members:
                found.append(f"{where}.{wire}: required and missing")
        return found
    if kind == "list":
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [
            line for number, item in enumerate(value) for line in json_value(item, shape.member, f"{where}[{number}]")
        ]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no map"]
        return [line for key, item in value.items() for line in json_value(item, shape.value, f"{where}.{key}")]
    if kind == "boolean":
        return [] if isinstance(value, bool) else [f"{where}: {value!r} is no boolean"]
    if kind in INTEGERS:
        ok = isinstance(value, int) and not isinstance(value, bool) and abs(value) < INTEGERS[kind]
        return [] if ok else [f"{where}: {value!r} is no {kind}"]
    if kind in ("float", "double"):
        ok = isinstance(value, (int, float)) and not isinstance(value, bool)
        return [] if ok else [f"{where}: {value!r} is no {kind}"]
    if kind == "timestamp":
        # Both JSON protocols write seconds since 1970 unless the member says otherwise.
        ok = isinstance(value, (int, float)) and 1e9 < value < 4e9
        return [] if ok else [f"{where}: {value!r} is no timestamp"]
    if kind == "string":
        return string_value(value, shape, where) if isinstance(value, str) else [f"{where}: {value!r} is no string"]
    return [f"{where}: {kind} is not known here"]
