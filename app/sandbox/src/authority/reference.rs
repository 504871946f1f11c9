//! Every call against the Service Authorization Reference: what it is about must be what IAM knows of it.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    call::{Ask, Call, Input},
    scenario,
    service::Service,
    wire::form::Form,
    world::World,
};

/// The services of the sandbox but for STS, whose one call asks for no permission.
pub(super) const SERVICES: &[&str] =
    &["autoscaling", "cloudtrail", "ec2", "ec2-instance-connect", "elasticloadbalancing", "imagebuilder", "ssm"];

/// The resource types of actions, as the reference has them, of those that the sandbox knows.
const TYPES: &[(&str, &[&str], &[&str])] = &[
    (
        "autoscaling",
        &["autoScalingGroup"],
        &[
            "AttachInstances",
            "CancelInstanceRefresh",
            "CompleteLifecycleAction",
            "CreateAutoScalingGroup",
            "CreateOrUpdateTags",
            "DeleteAutoScalingGroup",
            "DeleteLifecycleHook",
            "DeleteTags",
            "DeleteWarmPool",
            "DetachInstances",
            "EnterStandby",
            "ExitStandby",
            "LaunchInstances",
            "PutLifecycleHook",
            "PutWarmPool",
            "RecordLifecycleActionHeartbeat",
            "ResumeProcesses",
            "RollbackInstanceRefresh",
            "SetDesiredCapacity",
            "SetInstanceHealth",
            "SetInstanceProtection",
            "StartInstanceRefresh",
            "SuspendProcesses",
            "TerminateInstanceInAutoScalingGroup",
            "UpdateAutoScalingGroup",
        ],
    ),
    ("autoscaling", &["launchConfiguration"], &["CreateLaunchConfiguration", "DeleteLaunchConfiguration"]),
    (
        "ec2",
        &["instance"],
        &[
            "AssociateIamInstanceProfile",
            "DescribeInstanceAttribute",
            "DisassociateIamInstanceProfile",
            "GetConsoleOutput",
            "GetLaunchTemplateData",
            "ModifyInstanceMetadataOptions",
            "RebootInstances",
            "ReplaceIamInstanceProfileAssociation",
            "StartInstances",
            "StopInstances",
            "TerminateInstances",
        ],
    ),
    ("ec2", &["instance", "security-group"], &["ModifyInstanceAttribute"]),
    (
        "ec2",
        &["image"],
        &[
            "DeregisterImage",
            "DescribeImageAttribute",
            "DisableImage",
            "DisableImageDeprecation",
            "DisableImageDeregistrationProtection",
            "EnableImage",
            "EnableImageDeprecation",
            "EnableImageDeregistrationProtection",
            "GetImageAncestry",
            "ModifyImageAttribute",
            "ResetImageAttribute",
        ],
    ),
    ("ec2", &["image", "instance", "snapshot"], &["CreateImage"]),
    ("ec2", &["snapshot"], &["DeleteSnapshot"]),
    ("ec2", &["snapshot", "volume"], &["CreateSnapshot"]),
    ("ec2", &["image", "snapshot"], &["CopyImage", "RegisterImage"]),
    (
        "ec2",
        &["launch-template"],
        &[
            "CreateLaunchTemplate",
            "CreateLaunchTemplateVersion",
            "DeleteLaunchTemplate",
            "DeleteLaunchTemplateVersions",
            "ModifyLaunchTemplate",
        ],
    ),
    ("ec2", &["image", "instance", "launch-template"], &["RunInstances"]),
    ("ec2", &["image", "instance", "replace-root-volume-task", "snapshot", "volume"], &["CreateReplaceRootVolumeTask"]),
    (
        "ec2",
        &["image", "instance", "launch-template", "replace-root-volume-task", "snapshot", "volume"],
        &["CreateTags", "DeleteTags"],
    ),
    ("ec2-instance-connect", &["instance"], &["SendSSHPublicKey"]),
    ("elasticloadbalancing", &["targetgroup"], &["DeregisterTargets", "RegisterTargets"]),
    ("imagebuilder", &["distribution-configuration"], &["GetDistributionConfiguration"]),
    (
        "imagebuilder",
        &["image"],
        &["CancelImageCreation", "CreateImage", "GetImage", "ListImageBuildVersions", "ListWorkflowExecutions"],
    ),
    (
        "imagebuilder",
        &["image-pipeline"],
        &["GetImagePipeline", "ListImagePipelineImages", "StartImagePipelineExecution"],
    ),
    ("imagebuilder", &["image-recipe"], &["GetImageRecipe"]),
    ("imagebuilder", &["infrastructure-configuration"], &["GetInfrastructureConfiguration"]),
    ("imagebuilder", &["workflow-execution"], &["GetWorkflowExecution", "ListWorkflowStepExecutions"]),
    ("imagebuilder", &["workflow-step-execution"], &["GetWorkflowStepExecution"]),
    ("ssm", &["document", "instance"], &["StartSession"]),
    ("ssm", &["parameter"], &["GetParameter", "GetParameterHistory", "GetParameters", "PutParameter"]),
    ("ssm", &["session"], &["TerminateSession"]),
];

/// Image Builder names the whole account's kind in refusals of these, which have no resource type.
const LISTS: &[&str] = &["ListImagePipelines", "ListImageRecipes", "ListImages"];

pub(super) fn harbor() -> World {
    scenario::open("harbor", "2026-11-02T08:00:00Z".parse().unwrap()).unwrap()
}

/// The kinds of what a call is about when it names one of everything; `*` for everything at once.
fn kinds(world: &World, service: Service, call: &Call) -> BTreeSet<String> {
    let principal = world.principals.iter().find(|principal| principal.name == "harbor-prod").unwrap();
    let scope = world.scope_at(world.scope_slot(&principal.account, "eu-west-1").unwrap());
    let ask = Ask { world, scope, principal, now: Timestamp::UNIX_EPOCH, request_id: "" };
    let server = scope.groups.iter().find_map(|group| group.members.first()).unwrap();
    let server = crate::world::id::show("i", scope.servers[*server as usize].id);
    let arn = |kind: &str| format!("arn:aws:imagebuilder:eu-west-1:1:{kind}/web/1.0.0/1");
    let fields = [
        ("AutoScalingGroupName", "web-prod"),
        ("BlockDeviceMapping.1.Ebs.SnapshotId", "snap-0123456789abcdef0"),
        ("GroupId.1", "sg-0123456789abcdef0"),
        ("ImageId", "ami-0123456789abcdef0"),
        ("InstanceId", &*server),
        ("InstanceId.1", &*server),
        ("LaunchConfigurationName", "billing"),
        ("LaunchTemplate.LaunchTemplateName", "web"),
        ("LaunchTemplateName", "web"),
        ("ResourceId.1", "i-0123456789abcdef0"),
        ("ResourceId.2", "ami-0123456789abcdef0"),
        ("ResourceId.3", "lt-0123456789abcdef0"),
        ("ResourceId.4", "replacevol-0123456789abcdef0"),
        ("ResourceId.5", "snap-0123456789abcdef0"),
        ("ResourceId.6", "vol-0123456789abcdef0"),
        ("SnapshotId", "snap-0123456789abcdef0"),
        ("TargetGroupArn", "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web-prod/0123456789abcdef"),
        ("VolumeId", "vol-0123456789abcdef0"),
        ("Tags.member.1.ResourceId", "web-prod"),
        ("Tags.member.1.Key", "a"),
    ];
    let mut fields: Vec<(String, String)> =
        fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    if let "CopyImage" | "RegisterImage" = call.name {
        // Neither is made of a server.
        fields.retain(|(key, _)| !key.starts_with("InstanceId"));
    }
    if call.name == "CopyImage" {
        fields.push(("SourceImageId".to_owned(), "ami-0123456789abcdef0".to_owned()));
    }
    let execution = match call.name {
        "GetWorkflowStepExecution" => "stepExecutionId=step-0",
        _ => "workflowExecutionId=wf-0",
    };
    let named =
        ["image", "image-pipeline", "image-recipe", "infrastructure-configuration", "distribution-configuration"];
    let parameters = [
        "imageBuildVersion",
        "imagePipeline",
        "imageRecipe",
        "infrastructureConfiguration",
        "distributionConfiguration",
    ];
    let query = named
        .iter()
        .zip(parameters)
        .fold(execution.to_owned(), |query, (kind, parameter)| format!("{query}&{parameter}Arn={}", arn(kind)));
    let body = serde_json::json!({
        "imageBuildVersionArn": arn("image"),
        "imagePipelineArn": arn("image-pipeline"),
        "imageRecipeArn": arn("image-recipe"),
        "imageVersionArn": arn("image"),
        "workflowExecutionId": "wf-0",
        "InstanceId": server,
        "Name": "/harbor/batch/image",
        "SessionId": "emberline-0",
        "Target": server,
        "DocumentName": "AWS-StartInteractiveCommand",
    })
    .to_string();
    // A GET has no body.
    let body = if service == Service::ImageBuilder && call.name.starts_with("Get") { String::new() } else { body };
    let body = if call.name == "GetParameters" { r#"{"Names": ["/harbor/batch/image"]}"#.to_owned() } else { body };
    let is_query = matches!(service, Service::Ec2 | Service::AutoScaling | Service::LoadBalancing);
    let form = if is_query { Form::of(fields) } else { Form::default() };
    let input = Input { form, query: &query, body: body.as_bytes() };
    let arns = (call.resources)(&ask, &input);
    arns.iter()
        .map(|arn| arn.splitn(6, ':').nth(5).unwrap_or("*").split(['/', ':']).next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_call_is_about_what_the_reference_says() {
    let world = harbor();
    let mut unknown = Vec::new();
    for name in SERVICES {
        let service = Service::named(name).unwrap();
        for call in service.calls() {
            let found = TYPES.iter().find(|(prefix, _, calls)| prefix == name && calls.contains(&call.name));
            let kinds = kinds(&world, service, call);
            if *name == "imagebuilder" && LISTS.contains(&call.name) {
                continue;
            }
            match found {
                Some((_, want, _)) => {
                    let want: BTreeSet<String> = want.iter().map(|kind| (*kind).to_owned()).collect();
                    assert_eq!(kinds, want, "{name}:{}", call.name);
                }
                None if call.writes() => unknown.push(format!("{name}:{}", call.name)),
                None => assert!(kinds.iter().all(|kind| kind == "*"), "{name}:{} is about {kinds:?}", call.name),
            }
        }
    }
    assert_eq!(unknown, [""; 0], "look these up in the reference and list them above");
}
