//! Whatever comes in, an answer goes out.

use std::sync::LazyLock;

use bytes::Bytes;
use emberline_sandbox::Sandbox;
use http::{Method, Request};
use proptest::prelude::*;

use crate::ask::{Answer, Client, harbor};

/// Opened once for all cases.
static HARBOR: LazyLock<Sandbox> = LazyLock::new(harbor);

const ACTIONS: &[(&str, &str)] = &[
    ("ec2", "DescribeRegions"),
    ("ec2", "DescribeAvailabilityZones"),
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeInstanceImageMetadata"),
    ("ec2", "DescribeInstanceAttribute"),
    ("ec2", "DescribeImages"),
    ("ec2", "GetImageAncestry"),
    ("ec2", "DescribeImageReferences"),
    ("ec2", "DescribeLaunchTemplates"),
    ("ec2", "DescribeLaunchTemplateVersions"),
    ("ec2", "DescribeReplaceRootVolumeTasks"),
    ("ec2", "DescribeVolumes"),
    ("ec2", "RunInstances"),
    ("ec2", "TerminateInstances"),
    ("ec2", "StopInstances"),
    ("ec2", "StartInstances"),
    ("ec2", "RebootInstances"),
    ("ec2", "DescribeInstanceStatus"),
    ("ec2", "ModifyInstanceAttribute"),
    ("ec2", "ModifyInstanceMetadataOptions"),
    ("ec2", "CreateTags"),
    ("ec2", "DeleteTags"),
    ("ec2", "DescribeTags"),
    ("ec2", "GetConsoleOutput"),
    ("ec2", "GetLaunchTemplateData"),
    ("ec2", "DescribeIamInstanceProfileAssociations"),
    ("ec2", "AssociateIamInstanceProfile"),
    ("ec2", "ReplaceIamInstanceProfileAssociation"),
    ("ec2", "DisassociateIamInstanceProfile"),
    ("autoscaling", "DescribeAutoScalingGroups"),
    ("autoscaling", "DescribeAutoScalingInstances"),
    ("autoscaling", "DescribeLaunchConfigurations"),
    ("autoscaling", "DescribeWarmPool"),
    ("autoscaling", "DescribeScalingActivities"),
    ("autoscaling", "DescribeInstanceRefreshes"),
    ("sts", "GetCallerIdentity"),
    ("elasticloadbalancing", "DescribeTargetGroups"),
    ("elasticloadbalancing", "DescribeTargetHealth"),
];

const FIELDS: &[&str] = &[
    "MaxResults",
    "MaxRecords",
    "NextToken",
    "InstanceId.1",
    "ImageId.1",
    "ImageId",
    "Owner.1",
    "ExecutableBy.1",
    "Filter.1.Name",
    "Filter.1.Value.1",
    "Filters.member.1.Name",
    "Filters.member.1.Values.member.1",
    "Attribute",
    "LaunchTemplateId",
    "LaunchTemplateName",
    "LaunchTemplateVersion.1",
    "MinVersion",
    "AutoScalingGroupName",
    "AutoScalingGroupNames.member.1",
    "InstanceRefreshIds.member.1",
    "IncludeDeprecated",
    "VolumeId.1",
    "ZoneName.1",
    "ReplaceRootVolumeTaskId.1",
    "ResourceType.1.ResourceType",
    "IncludeAllResourceTypes",
    "InstanceId",
    "MinCount",
    "MaxCount",
    "ClientToken",
    "LaunchTemplate.LaunchTemplateName",
    "LaunchTemplate.Version",
    "InstanceType",
    "UserData",
    "SubnetId",
    "SecurityGroupId.1",
    "NetworkInterface.1.DeviceIndex",
    "MetadataOptions.HttpPutResponseHopLimit",
    "HttpPutResponseHopLimit",
    "ResourceId.1",
    "Tag.1.Key",
    "Tag.1.Value",
    "TagSpecification.4294967295.ResourceType",
    "InstanceType.Value",
    "UserData.Value",
    "Value",
    "GroupId.1",
    "AssociationId",
    "TargetGroupArn",
    "TargetGroupArns.member.1",
    "Names.member.1",
    "Targets.member.1.Id",
    "PageSize",
    "Marker",
    "IamInstanceProfile.Name",
    "IamInstanceProfile.Arn",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9:*?\\\\.$-]{0,40}",
        "(i|ami|lt|vol|replacevol)-0?[0-9a-f]{0,17}",
        Just("web-prod".to_owned()),
        Just("instance-state-name".to_owned()),
        Just("StartTimeLowerBound".to_owned()),
        Just("$Latest".to_owned()),
        Just("userData".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
    ]
}

/// JSON calls by what their targets begin with; those of Image Builder have none.
const JSON_ACTIONS: &[(&str, &str)] = &[
    ("", "ListImagePipelines"),
    ("", "ListImageBuildVersions"),
    ("", "ListImagePipelineImages"),
    ("", "ListWorkflowExecutions"),
    ("", "ListWorkflowStepExecutions"),
    ("", "StartImagePipelineExecution"),
    ("", "CreateImage"),
    ("", "CancelImageCreation"),
    ("AmazonSSM", "GetParameter"),
    ("AmazonSSM", "GetParameters"),
    ("AmazonSSM", "GetParameterHistory"),
    ("AmazonSSM", "PutParameter"),
    ("AmazonSSM", "DescribeSessions"),
    ("AmazonSSM", "StartSession"),
    ("AmazonSSM", "TerminateSession"),
    ("AmazonSSM", "DescribeInstanceInformation"),
    ("CloudTrail_20131101", "LookupEvents"),
    ("AWSEC2InstanceConnectService", "SendSSHPublicKey"),
];

const JSON_FIELDS: &[&str] = &[
    "maxResults",
    "nextToken",
    "filters",
    "imagePipelineArn",
    "imageRecipeArn",
    "infrastructureConfigurationArn",
    "imageBuildVersionArn",
    "imageVersionArn",
    "workflowExecutionId",
    "clientToken",
    "Name",
    "Names",
    "Value",
    "Type",
    "Overwrite",
    "DataType",
    "State",
    "Target",
    "SessionId",
    "Filters",
    "MaxResults",
    "NextToken",
    "StartTime",
    "EndTime",
    "LookupAttributes",
    "InstanceId",
    "InstanceOSUser",
    "SSHPublicKey",
];

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    const WEB: &str = "arn:aws:imagebuilder:eu-west-1:210987654321:image";
    let plain = prop_oneof![
        value().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
        Just(format!("{WEB}-pipeline/web").into()),
        Just(format!("{WEB}-recipe/web/x.x.x").into()),
        Just(format!("{WEB}/web/1.4.3/2").into()),
        Just("wf-00000000-0000-0000-0000-000000000000".into()),
        Just("/harbor/batch/image:88".into()),
        Just("History".into()),
        Just("aws:ec2:image".into()),
        Just(serde_json::json!({ "AttributeKey": "ResourceName", "AttributeValue": "i-0" })),
        Just(serde_json::json!({ "key": "InvokedAfter", "value": "-9999-01-01T00:00:00Z" })),
        Just(serde_json::json!({ "Key": "InstanceIds", "Values": ["i-00000000000000abc"] })),
    ];
    plain.prop_flat_map(|value| {
        let list = serde_json::Value::from(vec![value.clone()]);
        prop_oneof![Just(value), Just(list)]
    })
}

fn well_formed(answer: &Answer) -> bool {
    let body = answer.body.trim_start_matches("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    body.starts_with('<') && body.ends_with('>') && body.matches('<').count() == body.matches('>').count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_parameters_get_an_answer(
        call in prop::sample::select(ACTIONS),
        fields in prop::collection::vec((prop::sample::select(FIELDS), value()), 0..6),
    ) {
        let client = Client::new(&HARBOR, "harbor-prod", "eu-west-1");
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &fields {
            form.append_pair(name, value);
        }
        let answer = client.query(call.0, call.1, &form.finish());
        prop_assert!(well_formed(&answer), "{}", answer.body);
        prop_assert!(answer.status == 200 || (400..500).contains(&answer.status), "{}", answer.status);
    }

    #[test]
    fn any_json_gets_an_answer(
        call in prop::sample::select(JSON_ACTIONS),
        fields in prop::collection::vec((prop::sample::select(JSON_FIELDS), json_value()), 0..6),
    ) {
        let client = Client::new(&HARBOR, "harbor-prod", "eu-west-1");
        let asked: serde_json::Value =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into();
        let answer = match call {
            ("", action) => client.image_builder(&format!("/{action}"), &asked.to_string()),
            (target, action) => client.json(target, action, &asked),
        };
        prop_assert!(answer.json().is_object(), "{}", answer.body);
        prop_assert!(answer.status == 200 || (400..500).contains(&answer.status), "{} {}", answer.status, answer.body);
    }

    #[test]
    fn any_bytes_get_an_answer(
        service in prop::sample::select(&["ec2", "autoscaling", "sts", "ssm", "imagebuilder", "x", ""][..]),
        path in prop::sample::select(&["/", "/GetImage", "/GetImage?imageBuildVersionArn=%ff%", "/ListImages", "/x", "/?Action=a&Action"][..]),
        post in any::<bool>(),
        target in prop::sample::select(&["AmazonSSM.GetParameter", "AmazonSSM.GetParameters", "", "x"][..]),
        authorization in prop_oneof![
            Just(None),
            "[ -~]{0,60}".prop_map(Some),
            Just(Some(String::new())),
        ],
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let client = Client::new(&HARBOR, "harbor-prod", "eu-west-1");
        let request = Request::builder()
            .method(if post { Method::POST } else { Method::GET })
            .uri(path)
            .header("x-amz-target", target)
            .header("authorization", authorization.unwrap_or_else(|| client.authorization(service)))
            .body(Bytes::from(body))
            .unwrap();
        let status = HARBOR.handle(request).into_response().unwrap().status().as_u16();
        prop_assert!(status == 200 || (400..500).contains(&status), "{status}");
    }
}

#[test]
fn json_of_any_shape_gets_an_answer() {
    let client = Client::prod();
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "1",
        "{\"Name\":null}",
        "{\"Names\":{}}",
        "{\"filters\":null}",
        "{\"maxResults\":-1}",
        "{\"maxResults\":99999999999999999999}",
        "{\"nextToken\":\"\"}",
        "{\"filters\":[{}]}",
        "\u{0}",
    ] {
        for action in ["GetParameter", "GetParameters"] {
            assert!((400..500).contains(&client.ssm(action, body).status), "{action} {body}");
        }
        for path in ["/ListImages", "/ListImagePipelines", "/ListImageBuildVersions", "/ListImageRecipes"] {
            let status = client.image_builder(path, body).status;
            assert!(status == 200 || status == 400, "{path} {body} {status}");
        }
    }
}
