"""Every operation that the living sandbox promises, and the drives that put them to work."""

from drives import DRIVES, bakes, group_parts, groups, images, records, refreshes, servers, sharing, targets

# Importing a module of drives is what registers them.
MODULES = (servers, images, sharing, groups, group_parts, refreshes, bakes, records, targets)

PROMISED = {
    "ec2": {
        "RunInstances",
        "TerminateInstances",
        "StopInstances",
        "StartInstances",
        "RebootInstances",
        "DescribeInstances",
        "DescribeInstanceStatus",
        "DescribeInstanceAttribute",
        "DescribeInstanceImageMetadata",
        "ModifyInstanceAttribute",
        "GetConsoleOutput",
        "CreateImage",
        "CopyImage",
        "RegisterImage",
        "DeregisterImage",
        "EnableImageDeprecation",
        "DisableImageDeprecation",
        "DescribeImages",
        "GetImageAncestry",
        "DescribeImageReferences",
        "CreateReplaceRootVolumeTask",
        "DescribeReplaceRootVolumeTasks",
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion",
        "ModifyLaunchTemplate",
        "CreateTags",
        "DeleteTags",
    },
    "autoscaling": {
        "DescribeAutoScalingGroups",
        "DescribeAutoScalingInstances",
        "DescribeLaunchConfigurations",
        "DescribeScalingActivities",
        "DescribeInstanceRefreshes",
        "DescribeWarmPool",
        "UpdateAutoScalingGroup",
        "SetDesiredCapacity",
        "TerminateInstanceInAutoScalingGroup",
        "SetInstanceHealth",
        "SetInstanceProtection",
        "EnterStandby",
        "ExitStandby",
        "SuspendProcesses",
        "ResumeProcesses",
        "StartInstanceRefresh",
        "CancelInstanceRefresh",
        "RollbackInstanceRefresh",
    },
    "imagebuilder": {
        "GetImage",
        "GetImagePipeline",
        "GetImageRecipe",
        "ListImageBuildVersions",
        "ListImageRecipes",
        "ListWorkflowExecutions",
        "ListWorkflowStepExecutions",
        "StartImagePipelineExecution",
    },
    "ssm": {"DescribeInstanceInformation", "DescribeSessions", "GetParameter", "GetParameters"},
    "cloudtrail": {"LookupEvents"},
    "sts": {"GetCallerIdentity"},
    "elbv2": {"DescribeTargetGroups", "DescribeTargetHealth", "RegisterTargets", "DeregisterTargets"},
}


def driven():
    """The operations that some drive puts to work, by service."""
    found = {}
    for drive in DRIVES:
        for operation in drive.operations:
            service, _, name = operation.partition(":")
            found.setdefault(service, set()).add(name)
    return found
