"""A sandbox to change things in: one scope as boto3 sees it, and the clock of its world.

Time stands still but for what is asked of it here, so that a waiter's fifteen seconds, a bake's half an hour and a
lifetime's fortnight take no time at all and every run sees the same.
"""

import re
from datetime import datetime
from types import SimpleNamespace

import botocore.waiter
import pytest
import requests
from botocore.exceptions import ClientError

from sandbox_reads import HARBOR, Scope


class Clock:
    """The simulated clock, stopped and from then on driven through the sandbox's control endpoint."""

    def __init__(self, url):
        self.url = f"{url}/_sandbox/clock"
        self._order(frozen=True)

    def _order(self, **order):
        answer = requests.post(self.url, json=order, timeout=60)
        assert answer.ok, f"{order}: {answer.status_code} {answer.text}"
        return datetime.fromisoformat(answer.json()["now"])

    def now(self):
        return datetime.fromisoformat(requests.get(self.url, timeout=60).json()["now"])

    def advance(self, seconds):
        """Lets so many simulated seconds pass, with all that happens in them."""
        return self._order(advance=f"{seconds}s")


class Faults:
    """What goes wrong, put in and counted through the same endpoint."""

    def __init__(self, url):
        self.url = f"{url}/_sandbox/faults"

    def inject(self, spec):
        answer = requests.post(self.url, json={"spec": spec}, timeout=60)
        assert answer.ok, f"{spec}: {answer.text}"

    def fired(self):
        """How often each struck, by what it says."""
        return {row["spec"]: row["fired"] for row in requests.get(self.url, timeout=60).json()["faults"]}

    def clear(self):
        requests.delete(self.url, headers={"X-Sandbox-Control": "1"}, timeout=60).raise_for_status()


class Practice(Scope):
    """One scope with its clock; remembers which operations were answered."""

    def __init__(self, url, logins, account, region, clock):
        self.url, self.logins, self.clock = url, logins, clock
        super().__init__(url, logins[HARBOR["account"][account]["id"]], region, parameter_validation=True)
        self.short = account
        self.answered = set()

    def _walk(self, operation_model, response_dict, **rest):
        super()._walk(operation_model, response_dict, **rest)
        if response_dict["status_code"] == 200:
            service = operation_model.service_model.service_name
            self.answered.add(f"{service}:{operation_model.name}")

    def elsewhere(self, region):
        """The same account in another region, on the same clock."""
        return self._beside(self.short, region)

    def of_account(self, account):
        """Another account in the same region, on the same clock."""
        return self._beside(account, self.region)

    def _scope(self, *place):
        """Another one of this kind."""
        return Practice(*place)

    def _beside(self, account, region):
        other = self._scope(self.url, self.logins, account, region, self.clock)
        other.answered, other.findings = self.answered, self.findings
        return other

    def wait(self, service, waiter, **arguments):
        """Runs one of boto3's own waiters; between its polls simulated time passes instead of ours."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(botocore.waiter, "time", SimpleNamespace(sleep=self.clock.advance))
            self.client(service).get_waiter(waiter).wait(**arguments)

    def until(self, seen, within_s, step_s=15):
        """Lets time pass until `seen()` holds; gives what it gave. Fails when it does not hold in time."""
        for _ in range(0, within_s, step_s):
            if found := seen():
                return found
            self.clock.advance(step_s)
        found = seen()
        assert found, f"not within {within_s} simulated seconds"
        return found

    def servers(self, *ids):
        """These servers as EC2 tells them, in the order asked for."""
        pages = self.ec2.get_paginator("describe_instances").paginate(InstanceIds=list(ids))
        told = {i["InstanceId"]: i for page in pages for r in page["Reservations"] for i in r["Instances"]}
        return [told[one] for one in ids]

    def server(self, one):
        return self.servers(one)[0]

    def run(self, **arguments):
        """Launches as asked and gives the ids."""
        counts = {"MinCount": 1, "MaxCount": 1}
        launched = self.ec2.run_instances(**counts | arguments)
        return [server["InstanceId"] for server in launched["Instances"]]

    def running(self, **arguments):
        """Launches as asked, waits until the servers run, and gives the ids."""
        ids = self.run(**arguments)
        self.wait("ec2", "instance_running", InstanceIds=ids)
        return ids

    def group(self, name):
        return self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]

    def in_service(self, name):
        """The ids of a group's healthy members in service."""
        return {
            member["InstanceId"]
            for member in self.group(name)["Instances"]
            if (member["LifecycleState"], member["HealthStatus"]) == ("InService", "Healthy")
        }

    def settled(self, name, within_s=3600):
        """Lets time pass until a group has what it wants, all of it in service; gives its members' ids."""

        def is_settled():
            group = self.group(name)
            serving = self.in_service(name)
            return serving if len(serving) == len(group["Instances"]) == group["DesiredCapacity"] else None

        return self.until(is_settled, within_s, step_s=30)

    def set_alarm(self, name, state):
        """Puts a CloudWatch alarm of the scope into a state, through the control endpoint."""
        order = {"account": self.account, "region": self.region, "name": name, "state": state}
        answer = requests.post(f"{self.url}/_sandbox/alarms", json=order, timeout=60)
        assert answer.ok, answer.text

    def image(self, name):
        """The newest own image whose name begins so."""
        images = self.ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [f"{name}*"]}])["Images"]
        return max(images, key=lambda image: image["CreationDate"])


def refused(call, code, **arguments):
    """The message of the refusal that a call has to get; its code matches the pattern `code`."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    found = error.value.response["Error"]
    assert re.fullmatch(code, found["Code"]), found
    return found["Message"]


def tags_of(item):
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def tagged(kind, **tags):
    """Tags for something that is about to be made."""
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def state_of(server):
    return server["State"]["Name"]


def born(server):
    """When the primary interface was attached, which no restart changes."""
    return next(
        interface["Attachment"]["AttachTime"]
        for interface in server["NetworkInterfaces"]
        if interface["Attachment"]["DeviceIndex"] == 0
    )
