"""Every read of the sandbox as boto3 asks for it, and the scenario that the answers come from."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config

import output_shapes

HARBOR = tomllib.loads((Path(__file__).parents[2] / "assets" / "sandbox" / "harbor.toml").read_text())


SERVICES = ("ec2", "autoscaling", "imagebuilder", "ssm", "sts", "cloudtrail", "elbv2", "ec2-instance-connect")
# One for all clients, so that each service's model is read once.
SESSION = boto3.Session()


@dataclass
class Read:
    """A paged read: what it returns, what tells its items apart, and how its pages are sized."""

    service: str
    operation: str
    items: str
    key: str
    sizes: tuple
    largest: int
    size_parameter: str = "MaxResults"
    inside: str | None = None
    arguments: dict = field(default_factory=dict)
    # Where the call asks about one thing: which, from the scope.
    about: str | None = None
    # A scope of the scenario that has at least one.
    found_in: str = "prod/eu-west-1"

    def __str__(self):
        return f"{self.operation}{'-' + self.about if self.about else ''}"


READS = [
    Read(
        "ec2",
        "describe_instances",
        "Reservations",
        "InstanceId",
        (5, 61),
        1000,
        inside="Instances",
        arguments={"IncludeManagedResources": True},
    ),
    Read("ec2", "describe_instance_image_metadata", "InstanceImageMetadata", "InstanceId", (5, 61), 1000),
    Read(
        "ec2",
        "describe_images",
        "Images",
        "ImageId",
        (1, 7),
        1000,
        arguments={"Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True},
    ),
    Read("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", (1, 3), 200),
    Read(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        "LaunchTemplateId",
        (1, 3),
        200,
        arguments={"Versions": ["$Latest"]},
    ),
    Read(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        "VersionNumber",
        (1, 2),
        200,
        about="LaunchTemplateId",
    ),
    Read(
        "ec2",
        "describe_replace_root_volume_tasks",
        "ReplaceRootVolumeTasks",
        "ReplaceRootVolumeTaskId",
        (1, 2),
        50,
        found_in="prod/us-east-1",
    ),
    Read("ec2", "describe_volumes", "Volumes", "VolumeId", (5, 61), 1000),
    Read("ec2", "describe_snapshots", "Snapshots", "SnapshotId", (5, 7), 1000, arguments={"OwnerIds": ["self"]}),
    Read(
        "ec2",
        "describe_instance_status",
        "InstanceStatuses",
        "InstanceId",
        (5, 61),
        1000,
        arguments={"IncludeAllInstances": True, "IncludeManagedResources": True},
    ),
    Read(
        "ec2",
        "describe_iam_instance_profile_associations",
        "IamInstanceProfileAssociations",
        "AssociationId",
        (5, 61),
        1000,
    ),
    Read("ssm", "describe_instance_information", "InstanceInformationList", "InstanceId", (5, 31), 50),
    Read("ssm", "describe_sessions", "Sessions", "SessionId", (1, 3), 200, arguments={"State": "History"}),
    Read(
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups",
        "AutoScalingGroupName",
        (1, 3),
        100,
        "MaxRecords",
    ),
    Read(
        "autoscaling",
        "describe_auto_scaling_instances",
        "AutoScalingInstances",
        "InstanceId",
        (7, 31),
        50,
        "MaxRecords",
    ),
    Read(
        "autoscaling",
        "describe_launch_configurations",
        "LaunchConfigurations",
        "LaunchConfigurationName",
        (1,),
        100,
        "MaxRecords",
    ),
    Read(
        "autoscaling",
        "describe_scaling_activities",
        "Activities",
        "ActivityId",
        (1, 5),
        100,
        "MaxRecords",
        about="AutoScalingGroupName",
    ),
    Read(
        "autoscaling",
        "describe_instance_refreshes",
        "InstanceRefreshes",
        "InstanceRefreshId",
        (1,),
        100,
        "MaxRecords",
        about="AutoScalingGroupName",
    ),
    Read(
        "autoscaling",
        "describe_warm_pool",
        "Instances",
        "InstanceId",
        (1, 3),
        50,
        "MaxRecords",
        about="AutoScalingGroupName",
    ),
    Read("imagebuilder", "list_image_pipelines", "imagePipelineList", "arn", (1, 2), 25, "maxResults"),
    Read("imagebuilder", "list_image_recipes", "imageRecipeSummaryList", "arn", (1, 2), 25, "maxResults"),
    Read("imagebuilder", "list_images", "imageVersionList", "arn", (1, 2), 25, "maxResults"),
    Read("imagebuilder", "list_image_build_versions", "imageSummaryList", "arn", (1, 2), 25, "maxResults"),
]


class Scope:
    """One account in one region, as boto3 sees it; every answer is walked against the model."""

    def __init__(self, url, login, region, parameter_validation=False):
        self.account, self.region, self.profile = login.account, region, login.profile
        self.login = login
        self.findings = []
        self.answers = 0
        self._clients = {}
        self._settings = {
            "endpoint_url": url,
            "region_name": region,
            "aws_access_key_id": login.access_key_id,
            "aws_secret_access_key": login.secret_access_key,
            "config": Config(retries={"total_max_attempts": 1}, parameter_validation=parameter_validation),
        }

    def client(self, service):
        """boto3's client of a service, made when it is first asked for."""
        if service not in self._clients:
            client = SESSION.client(service, **self._settings)
            client.meta.events.register("before-parse", self._walk)
            self._clients[service] = client
        return self._clients[service]

    def _walk(self, operation_model, response_dict, **_):
        self.answers += 1
        status, headers, body = (response_dict[part] for part in ("status_code", "headers", "body"))
        for finding in output_shapes.findings(operation_model, status, headers, body):
            self.findings.append(f"{operation_model.name}: {finding}")

    def check(self):
        """Whether every answer since the last check kept to the model."""
        found, self.findings = self.findings, []
        assert not found, "\n".join(sorted(set(found))[:40])

    def __getattr__(self, service):
        if service not in SERVICES:
            raise AttributeError(service)
        return self.client(service)

    def subjects(self, read):
        """The arguments of each call that a read makes: one, or one a thing that it is about."""
        if read.about is None:
            return [read.arguments]
        if read.about == "LaunchTemplateId":
            ids = [template["LaunchTemplateId"] for template in self.ec2.describe_launch_templates()["LaunchTemplates"]]
        else:
            groups = self.autoscaling.describe_auto_scaling_groups(MaxRecords=100)["AutoScalingGroups"]
            ids = [group["AutoScalingGroupName"] for group in groups]
        return [read.arguments | {read.about: one} for one in ids]

    def keys(self, read, arguments, size):
        """The keys of all items, page by page at `size`."""
        client = self.client(read.service)
        token_name = "nextToken" if read.service == "imagebuilder" else "NextToken"
        pages, token = [], None
        while True:
            asked = arguments | {read.size_parameter: size} | ({token_name: token} if token else {})
            page = getattr(client, read.operation)(**asked)
            items = page.get(read.items, [])
            if read.inside:
                items = [item for outer in items for item in outer[read.inside]]
            assert len(items) <= size, f"{read}: {len(items)} items on a page of {size}"
            pages.append([item[read.key] for item in items])
            token = page.get(token_name)
            if not token:
                return pages


def scopes_of_harbor():
    """(account's short name, account id, region), in order."""
    return [
        (short, account["id"], region)
        for short, account in sorted(HARBOR["account"].items())
        for region in account["regions"]
    ]


def of_scope(part, short, region):
    """The scenario's rows of one scope."""
    return [row for row in HARBOR.get(part, []) if row["scope"] == f"{short}/{region}"]
