//! What each call needs allowed: the resources that it touches, the tags that it gives, the roles that it passes.

use serde_json::{Value, json};

use crate::{
    ask::{Client, harbor},
    identity::{PROD, refusal, server_of, under},
};

/// What a launch by the template `search` with a tag needs, one statement each.
const LAUNCH: &[&str] = &[
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:instance/*",
    "Allow ec2:RunInstances on arn:aws:ec2:*::image/*",
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:subnet/*",
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:security-group/*",
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:network-interface/*",
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:volume/*",
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:key-pair/ops-2024",
    "Allow ec2:RunInstances on arn:aws:ec2:*:210987654321:launch-template/*",
    r#"Allow ec2:CreateTags on arn:aws:ec2:*:210987654321:instance/* | {"Condition": {"StringEquals": {"ec2:CreateAction": "RunInstances"}}}"#,
    r#"Allow iam:PassRole on arn:aws:iam::210987654321:role/search | {"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}"#,
];

fn by_template(name: &str) -> String {
    format!("LaunchTemplate.LaunchTemplateName={name}&MinCount=1&MaxCount=1")
}

fn tag(key: &str, value: &str) -> String {
    format!(
        "TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key={key}&TagSpecification.1.Tag.1.Value={value}"
    )
}

#[test]
fn a_launch_needs_all_that_it_touches() {
    let sandbox = harbor();
    let asked = format!("{}&{}", by_template("search"), tag("team", "search"));
    under(&sandbox, LAUNCH).ec2("RunInstances", &asked).good();
    for (nth, missing) in LAUNCH.iter().enumerate() {
        let mut rest = LAUNCH.to_vec();
        rest.remove(nth);
        let client = under(&sandbox, &rest);
        let (code, action, resource) = refusal(&client.ec2("RunInstances", &asked));
        assert_eq!(code, "UnauthorizedOperation");
        let words: Vec<&str> = missing.split_whitespace().collect();
        assert_eq!(action, words[1], "without {missing}");
        let kind = |arn: &str| arn.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
        assert_eq!(kind(&resource), kind(words[3]), "without {missing}");
        // Whoever may not is told so before it is only tried.
        let tried = client.ec2("RunInstances", &format!("{asked}&DryRun=true"));
        assert_eq!((tried.status, &*tried.error().0), (403, "UnauthorizedOperation"));
    }
    let tried = under(&sandbox, LAUNCH).ec2("RunInstances", &format!("{asked}&DryRun=true"));
    assert_eq!((tried.status, &*tried.error().0), (412, "DryRunOperation"));
}

#[test]
fn every_statement_of_a_call_is_needed() {
    let sandbox = harbor();
    let all = Client::new(&sandbox, "harbor-prod", "eu-west-1");
    let server = server_of(&all, "web-prod");
    let image = all.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=tag-key&Filter.1.Value.1=*").good();
    let image = image.text("imageId").unwrap();
    let tagged = |kind: &str| tag("team", "web").replace("instance", kind);
    let by_creation = |kind: &str, action: &str| {
        format!(
            r#"Allow ec2:CreateTags on {kind} | {{"Condition": {{"StringEquals": {{"ec2:CreateAction": "{action}", "aws:RequestTag/team": "web"}}}}}}"#
        )
    };
    let (instances, images, snapshots) =
        ("arn:aws:ec2:*:210987654321:instance/*", "arn:aws:ec2:*::image/*", "arn:aws:ec2:*::snapshot/*");
    let templates = "arn:aws:ec2:*:210987654321:launch-template/*";
    let allow = |action: &str, resource: &str| format!("Allow ec2:{action} on {resource}");
    let cases: [(&str, String, Vec<String>); 8] = [
        (
            "CreateImage",
            format!("InstanceId={server}&Name=made&{}", tagged("image")),
            vec![
                allow("CreateImage", instances),
                allow("CreateImage", images),
                allow("CreateImage", snapshots),
                by_creation(images, "CreateImage"),
            ],
        ),
        (
            "CopyImage",
            format!("SourceImageId={image}&SourceRegion=eu-west-1&Name=copied&CopyImageTags=true"),
            vec![
                allow("CopyImage", &format!("arn:aws:ec2:eu-west-1::image/{image}")),
                r#"Allow ec2:CopyImage on arn:aws:ec2:*::image/* | {"Condition": {"Null": {"ec2:ImageID": "true"}}}"#
                    .to_owned(),
                allow("CopyImage", snapshots),
                allow("CreateTags", images),
            ],
        ),
        (
            "CreateReplaceRootVolumeTask",
            format!("InstanceId={server}"),
            vec![
                allow("CreateReplaceRootVolumeTask", instances),
                allow("CreateReplaceRootVolumeTask", "arn:aws:ec2:*:210987654321:replace-root-volume-task/*"),
                allow("CreateReplaceRootVolumeTask", "arn:aws:ec2:*:210987654321:volume/*"),
            ],
        ),
        ("DeregisterImage", format!("ImageId={image}"), vec![allow("DeregisterImage", images)]),
        (
            "CreateLaunchTemplate",
            format!(
                "LaunchTemplateName=new&LaunchTemplateData.InstanceType=t3.small&{}",
                tagged("launch-template")
            ),
            vec![allow("CreateLaunchTemplate", templates), by_creation(templates, "CreateLaunchTemplate")],
        ),
        (
            "CreateLaunchTemplateVersion",
            "LaunchTemplateName=web&SourceVersion=12&LaunchTemplateData.InstanceType=t3.small".to_owned(),
            vec![
                r#"Allow ec2:CreateLaunchTemplateVersion on arn:aws:ec2:*:*:launch-template/* | {"Condition": {"StringEquals": {"aws:ResourceTag/service": "web"}}}"#
                    .to_owned(),
            ],
        ),
        (
            "AssociateIamInstanceProfile",
            format!("InstanceId={server}&IamInstanceProfile.Name=search"),
            vec![
                allow("AssociateIamInstanceProfile", instances),
                "Allow iam:PassRole on arn:aws:iam::210987654321:role/search".to_owned(),
            ],
        ),
        (
            "ModifyInstanceAttribute",
            format!("InstanceId={server}&DisableApiTermination.Value=true"),
            vec![allow("ModifyInstanceAttribute", instances)],
        ),
    ];
    for (action, fields, statements) in cases {
        let ask = |statements: &[&str]| under(&sandbox, statements).ec2(action, &format!("{fields}&DryRun=true"));
        let whole: Vec<&str> = statements.iter().map(String::as_str).collect();
        let (code, message) = ask(&whole).error();
        // A profile is given to a server only once: that it was let through is what counts.
        assert!(matches!(&*code, "DryRunOperation" | "IncorrectState"), "{action}: {code} {message}");
        for nth in 0..whole.len() {
            let mut rest = whole.clone();
            let missing = rest.remove(nth);
            let (code, refused, _) = refusal(&ask(&rest));
            assert_eq!(code, "UnauthorizedOperation");
            assert_eq!(Some(&*refused), missing.split_whitespace().nth(1), "{action} without {missing}");
        }
    }
}

#[test]
fn a_group_is_changed_where_its_tags_and_the_change_fit() {
    let sandbox = harbor();
    let all = Client::new(&sandbox, "harbor-prod", "eu-west-1");
    let (web, search) = (server_of(&all, "web-prod"), server_of(&all, "search-prod"));
    let of_web = r#""StringEquals": {"autoscaling:ResourceTag/service": "web"}"#;
    let on_groups = "on arn:aws:autoscaling:*:210987654321:autoScalingGroup:*:autoScalingGroupName/*";
    let statements = [
        format!(r#"Allow autoscaling:TerminateInstanceInAutoScalingGroup {on_groups} | {{"Condition": {{{of_web}}}}}"#),
        format!(
            r#"Allow autoscaling:UpdateAutoScalingGroup {on_groups} | {{"Condition": {{
                {of_web},
                "NumericLessThanEqualsIfExists": {{"autoscaling:MaxSize": 200}},
                "BoolIfExists": {{"autoscaling:LaunchTemplateVersionSpecified": "true"}}
            }}}}"#
        ),
        format!(
            r#"Allow autoscaling:CreateOrUpdateTags {on_groups} | {{"Condition": {{
                "ForAllValues:StringEquals": {{"aws:TagKeys": ["emberline:lifetime"]}}
            }}}}"#
        ),
    ];
    let client = under(&sandbox, &statements.iter().map(String::as_str).collect::<Vec<_>>());
    let end = |id: &str| format!("InstanceId={id}&ShouldDecrementDesiredCapacity=false");
    let tag = |key: &str| {
        format!(
            "Tags.member.1.ResourceId=web-prod&Tags.member.1.ResourceType=auto-scaling-group&Tags.member.1.Key={key}\
             &Tags.member.1.Value=x&Tags.member.1.PropagateAtLaunch=true"
        )
    };
    let by_version = |version: &str| {
        format!("AutoScalingGroupName=web-prod&LaunchTemplate.LaunchTemplateName=web&LaunchTemplate.Version={version}")
    };
    let cases = [
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=web-prod&MaxSize=150".to_owned(), ""),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=web-prod&MaxSize=300".to_owned(), "web-prod"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=search-prod&MaxSize=10".to_owned(), "search-prod"),
        ("UpdateAutoScalingGroup", "AutoScalingGroupName=none&MaxSize=10".to_owned(), "none"),
        ("UpdateAutoScalingGroup", by_version("$Latest"), "web-prod"),
        // That version is allowed; launching by the template is not.
        ("UpdateAutoScalingGroup", by_version("12"), "template"),
        ("CreateOrUpdateTags", tag("emberline:lifetime"), ""),
        ("CreateOrUpdateTags", tag("Name"), "web-prod"),
        ("TerminateInstanceInAutoScalingGroup", end(&web), ""),
        ("TerminateInstanceInAutoScalingGroup", end(&search), "search-prod"),
        ("SetDesiredCapacity", "AutoScalingGroupName=web-prod&DesiredCapacity=1".to_owned(), "web-prod"),
    ];
    for (action, fields, refused_on) in cases {
        let answer = client.auto_scaling(action, &fields);
        match refused_on {
            "" => assert_eq!(answer.status, 200, "{action} {fields}: {}", answer.body),
            "template" => {
                let (code, message) = answer.error();
                assert!(code == "AccessDenied" && message.contains("use launch template: lt-"), "{message}");
            }
            group => {
                let (code, refused, resource) = refusal(&answer);
                assert_eq!((&*code, refused), ("AccessDenied", format!("autoscaling:{action}")), "{fields}");
                assert!(resource.ends_with(&format!(":autoScalingGroupName/{group}")), "{resource}");
            }
        }
    }
}

#[test]
fn a_bake_is_started_by_who_may_run_its_pipeline() {
    let sandbox = harbor();
    let web = "arn:aws:imagebuilder:eu-west-1:210987654321:image-pipeline/web";
    let client = under(
        &sandbox,
        &[
            r#"Allow imagebuilder:StartImagePipelineExecution on arn:aws:imagebuilder:*:*:image-pipeline/web | {"Condition": {"StringLikeIfExists": {"aws:RequestTag/why": "patch-*"}}}"#,
        ],
    );
    let start = |pipeline: &str, tags: Value| {
        let asked = json!({ "imagePipelineArn": pipeline, "clientToken": "0f3c2a1e-token", "tags": tags });
        client.image_builder("/StartImagePipelineExecution", &asked.to_string())
    };
    let other = web.replace("/web", "/api");
    for (pipeline, tags) in [(&*other, json!({})), (web, json!({ "why": "fun" }))] {
        let answer = start(pipeline, tags);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        let want = format!("imagebuilder:StartImagePipelineExecution on resource: {pipeline} because");
        assert!(answer.status == 403 && message.contains(&want), "{message}");
    }
    assert_ne!(start(web, json!({ "why": "patch-7" })).status, 403);
}

#[test]
fn a_template_whose_image_is_a_parameter_needs_the_parameter() {
    let sandbox = harbor();
    let all_else = r#"Deny ssm:GetParameters on arn:aws:ssm:eu-west-1:210987654321:parameter/harbor/*"#;
    let answer = under(&sandbox, &["Allow * on *", all_else]).ec2("RunInstances", &by_template("batch"));
    assert_eq!(
        refusal(&answer),
        (
            "UnauthorizedOperation".into(),
            "ssm:GetParameters".into(),
            "arn:aws:ssm:eu-west-1:210987654321:parameter/harbor/batch/image".into()
        )
    );
}

#[test]
fn a_parameter_is_read_by_whatever_it_is_named_by() {
    let sandbox = harbor();
    let own = under(&sandbox, &["Allow ssm:GetParameter on arn:aws:ssm:*:210987654321:parameter/harbor/batch/*"]);
    let arn = "arn:aws:ssm:eu-west-1:210987654321:parameter/harbor/batch/image";
    for name in ["/harbor/batch/image", "/harbor/batch/image:88", arn] {
        own.ssm("GetParameter", &json!({ "Name": name }).to_string()).good();
    }
    let public = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64";
    for (name, want) in [
        (public, format!("arn:aws:ssm:eu-west-1::parameter{public}")),
        // Of one that is not there AWS names the account alone.
        ("/harbor/batch/no", "arn:aws:ssm:eu-west-1:210987654321:*".to_owned()),
    ] {
        let answer = own.ssm("GetParameter", &json!({ "Name": name }).to_string()).json();
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(&format!("ssm:GetParameter on resource: {want} because")), "{message}");
    }
}

#[test]
fn a_login_is_allowed_by_its_user_and_its_server() {
    let sandbox = harbor();
    let all = Client::new(&sandbox, "harbor-prod", "eu-west-1");
    let (web, search) = (server_of(&all, "web-prod"), server_of(&all, "search-prod"));
    let client = under(
        &sandbox,
        &[
            r#"Allow ec2-instance-connect:SendSSHPublicKey on arn:aws:ec2:*:*:instance/* | {"Condition": {"StringEquals": {"ec2:osuser": "ec2-user", "ec2:ResourceTag/aws:autoscaling:groupName": "web-prod"}}}"#,
        ],
    );
    let send = |id: &str, user: &str| {
        let key = format!("ssh-ed25519 {}", "A".repeat(80));
        let asked = json!({ "InstanceId": id, "InstanceOSUser": user, "SSHPublicKey": key });
        client.json("AWSEC2InstanceConnectService", "SendSSHPublicKey", &asked)
    };
    send(&web, "ec2-user").good();
    assert_eq!(send(&web, "root").json()["__type"], "AccessDeniedException");
    assert_eq!(send(&search, "ec2-user").json()["__type"], "AccessDeniedException");
}

#[test]
fn a_tag_is_given_by_who_may_give_it() {
    let sandbox = harbor();
    let all = Client::new(&sandbox, "harbor-prod", "eu-west-1");
    let (web, search) = (server_of(&all, "web-prod"), server_of(&all, "search-prod"));
    let client = under(
        &sandbox,
        &[r#"Allow ec2:CreateTags on arn:aws:ec2:*:*:instance/* | {"Condition": {
                "ForAllValues:StringLike": {"aws:TagKeys": "emberline:*"},
                "Null": {"aws:TagKeys": "false"},
                "StringEquals": {"ec2:ResourceTag/aws:autoscaling:groupName": "web-prod"}
            }}"#],
    );
    let give = |id: &str, keys: &[&str]| {
        let tags: Vec<String> =
            (1..).zip(keys).map(|(nth, key)| format!("Tag.{nth}.Key={key}&Tag.{nth}.Value=x")).collect();
        client.ec2("CreateTags", &format!("ResourceId.1={id}&{}", tags.join("&")))
    };
    give(&web, &["emberline:lifetime", "emberline:exempt"]).good();
    for (id, keys) in [(&web, &["emberline:exempt", "Name"][..]), (&web, &[]), (&search, &["emberline:exempt"])] {
        let arn = format!("arn:aws:ec2:eu-west-1:210987654321:instance/{id}");
        let want = ("UnauthorizedOperation".into(), "ec2:CreateTags".into(), arn);
        assert_eq!(refusal(&give(id, keys)), want, "{keys:?}");
    }
    let image = all.ec2("DescribeImages", "Owner.1=self").good().text("imageId").unwrap();
    assert_eq!(refusal(&give(&image, &["emberline:exempt"])).2, format!("arn:aws:ec2:eu-west-1::image/{image}"));
}

#[test]
fn whoever_refreshes_by_a_template_must_be_allowed_to_launch_by_it() {
    let sandbox = harbor();
    let refresh = r#"Allow autoscaling:StartInstanceRefresh on arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/search-prod | {"Condition": {"StringEquals": {"autoscaling:ResourceTag/service": "search"}}}"#;
    let group = "AutoScalingGroupName=search-prod";
    let by_template = format!(
        "{group}&DesiredConfiguration.LaunchTemplate.LaunchTemplateName=search\
         &DesiredConfiguration.LaunchTemplate.Version=9"
    );
    let client = under(&sandbox, &[refresh]);
    let (code, message) = client.auto_scaling("StartInstanceRefresh", &by_template).error();
    assert_eq!(code, "AccessDenied");
    assert!(message.starts_with("You are not authorized to use launch template: lt-"), "{message}");
    let other = client.auto_scaling("StartInstanceRefresh", "AutoScalingGroupName=web-prod");
    let (_, action, resource) = refusal(&other);
    assert_eq!(action, "autoscaling:StartInstanceRefresh");
    assert!(resource.ends_with(":autoScalingGroupName/web-prod"), "{resource}");
    let mut both = LAUNCH.to_vec();
    both.push(refresh);
    under(&sandbox, &both).auto_scaling("StartInstanceRefresh", &by_template).good();
}

#[test]
fn a_launch_is_held_to_its_conditions() {
    let sandbox = harbor();
    let all = r#"Allow * on *"#;
    let cases = [
        (r#"{"StringNotLike": {"ec2:InstanceType": "m7i.*"}}"#, "InstanceType=m7i.large", true),
        (r#"{"StringNotLike": {"ec2:InstanceType": "m7i.*"}}"#, "InstanceType=c7i.large", false),
        (r#"{"StringNotEquals": {"aws:RequestTag/team": "web"}}"#, &tag("team", "web"), true),
        (r#"{"StringNotEquals": {"aws:RequestTag/team": "web"}}"#, &tag("team", "data"), false),
        (r#"{"Null": {"aws:RequestTag/owner": "true"}}"#, &tag("team", "data"), false),
        (r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "secret"}}"#, &tag("secret", "x"), false),
        (
            r#"{"StringNotEquals": {"ec2:AvailabilityZone": "eu-west-1b"}}"#,
            "Placement.AvailabilityZone=eu-west-1b",
            true,
        ),
        (
            r#"{"StringNotEquals": {"ec2:AvailabilityZone": "eu-west-1b"}}"#,
            "Placement.AvailabilityZone=eu-west-1a",
            false,
        ),
        (r#"{"ArnNotLike": {"ec2:InstanceProfile": "arn:aws:iam::*:instance-profile/kafka"}}"#, "", true),
    ];
    for (condition, more, want) in cases {
        let deny = format!(r#"Deny ec2:RunInstances on arn:aws:ec2:*:*:instance/* | {{"Condition": {condition}}}"#);
        let answer = under(&sandbox, &[all, &deny]).ec2("RunInstances", &format!("{}&{more}", by_template("kafka")));
        assert_eq!(answer.status == 200, want, "{condition} {more}: {}", answer.body);
    }
}

#[test]
fn an_image_is_launched_only_from_its_owner() {
    let sandbox = harbor();
    let own = r#"Deny ec2:RunInstances on arn:aws:ec2:*::image/* | {"Condition": {"StringNotEquals": {"ec2:Owner": "210987654321"}}}"#;
    let client = under(&sandbox, &["Allow * on *", own]);
    client.ec2("RunInstances", &by_template("kafka")).good();
    let amazons = client.ec2("DescribeImages", "Owner.1=amazon").good().text("imageId").unwrap();
    let answer = client.ec2("RunInstances", &format!("ImageId={amazons}&MinCount=1&MaxCount=1&InstanceType=m7i.large"));
    assert_eq!(
        refusal(&answer),
        ("UnauthorizedOperation".into(), "ec2:RunInstances".into(), format!("arn:aws:ec2:eu-west-1::image/{amazons}"))
    );
}

#[test]
fn another_profile_for_a_server_needs_the_role_to_be_passed() {
    let sandbox = harbor();
    let client = under(&sandbox, &["Allow ec2:* on *", "Allow iam:PassRole on arn:aws:iam::*:role/kafka"]);
    client.ec2("RunInstances", &by_template("kafka")).good();
    let told = client.ec2("DescribeIamInstanceProfileAssociations", "").good();
    let id = told.text("associationId").unwrap();
    let replace = |name: &str| {
        let fields = format!("AssociationId={id}&IamInstanceProfile.Name={name}");
        client.ec2("ReplaceIamInstanceProfileAssociation", &fields)
    };
    let web = format!("arn:aws:iam::{PROD}:role/web");
    assert_eq!(refusal(&replace("web")), ("UnauthorizedOperation".into(), "iam:PassRole".into(), web));
    replace("kafka").good();
}
