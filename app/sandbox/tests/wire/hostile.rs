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
