//! Who may do what: policies decide, and a refusal names action and resource.

use bytes::Bytes;
use emberline_sandbox::{PrincipalError, Sandbox};
use http::Request;
use serde_json::{Value, json};

use crate::ask::{Answer, Client, harbor};

const PROD: &str = "210987654321";

/// So many statements make a policy in these tests: which policy one stands in does not matter.
const MAX_STATEMENTS: usize = 8;

/// A policy of statements such as `Allow ec2:RunInstances on *`, or with more members after a `|`.
fn policy(statements: &[&str]) -> String {
    let statements: Vec<Value> = statements
        .iter()
        .map(|text| {
            let (text, more) = text.split_once('|').unwrap_or((text, "{}"));
            let words: Vec<&str> = text.split_whitespace().collect();
            let [effect, action, "on", resource] = words[..] else { panic!("{text}") };
            let mut statement = json!({ "Effect": effect, "Action": action, "Resource": resource });
            let more: Value = serde_json::from_str(more).unwrap();
            for (key, value) in more.as_object().unwrap() {
                statement[key] = value.clone();
            }
            statement
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Somebody in harbor's production account in Ireland under these statements.
fn under(sandbox: &Sandbox, statements: &[&str]) -> Client {
    // IAM takes no policy without a statement.
    let policies: Vec<String> = statements.chunks(MAX_STATEMENTS).map(policy).collect();
    Client::allowed(sandbox, PROD, "eu-west-1", &policies.iter().map(String::as_str).collect::<Vec<_>>())
}

/// An error's code and what the refused action and resource are.
fn refusal(answer: &Answer) -> (String, String, String) {
    let (code, message) = answer.error();
    let (_, rest) = message.split_once("is not authorized to perform: ").unwrap_or_else(|| panic!("{message}"));
    let action = rest.split_whitespace().next().unwrap().to_owned();
    let resource = rest.split_once("on resource: ").map_or("*", |(_, rest)| rest.split_whitespace().next().unwrap());
    (code, action, resource.to_owned())
}

/// The id of a server of a group.
fn server_of(client: &Client, group: &str) -> String {
    let filter = format!("Filter.1.Name=tag:aws:autoscaling:groupName&Filter.1.Value.1={group}");
    client.ec2("DescribeInstances", &filter).good().text("instanceId").unwrap()
}

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
fn somebody_new_may_ask_who_it_is_and_nothing_else() {
    let sandbox = harbor();
    let nobody = Client::allowed(&sandbox, PROD, "eu-west-1", &[]);
    let who = nobody.query("sts", "GetCallerIdentity", "").good();
    assert!(who.text("Arn").unwrap().starts_with("arn:aws:sts::210987654321:assumed-role/r"));
    let answer = nobody.ec2("DescribeInstances", "");
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.error(),
        (
            "UnauthorizedOperation".into(),
            format!(
                "You are not authorized to perform this operation. User: {} is not authorized to perform: \
                 ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action",
                who.text("Arn").unwrap()
            )
        )
    );
    assert_eq!(nobody.auto_scaling("DescribeAutoScalingGroups", "").error().0, "AccessDenied");
    assert_eq!(nobody.image_builder("/ListImagePipelines", "{}").status, 403);
    let parameter = nobody.ssm("GetParameter", r#"{"Name": "/harbor/batch/image"}"#);
    assert_eq!((parameter.status, &parameter.json()["__type"]), (400, &json!("AccessDeniedException")));
    assert!(
        parameter.json()["message"]
            .as_str()
            .unwrap()
            .contains("on resource: arn:aws:ssm:eu-west-1:210987654321:parameter/harbor/batch/image because")
    );
}

#[test]
fn an_action_is_allowed_by_its_statement_alone() {
    let sandbox = harbor();
    let reader = under(&sandbox, &["Allow ec2:Describe* on *", "Allow autoscaling:DescribeAutoScalingGroups on *"]);
    reader.ec2("DescribeInstances", "").good();
    reader.auto_scaling("DescribeAutoScalingGroups", "").good();
    assert_eq!(
        refusal(&reader.ec2("GetImageAncestry", "ImageId=ami-0123456789abcdef0")),
        (
            "UnauthorizedOperation".into(),
            "ec2:GetImageAncestry".into(),
            "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0".into()
        )
    );
    assert_eq!(
        refusal(&reader.auto_scaling("DescribeScalingActivities", "")),
        ("AccessDenied".into(), "autoscaling:DescribeScalingActivities".into(), "*".into())
    );
}

#[test]
fn an_explicit_deny_wins_and_says_so() {
    let sandbox = harbor();
    let client = under(
        &sandbox,
        &[
            "Allow ec2:* on *",
            r#"Deny ec2:* on * | {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}"#,
        ],
    );
    client.ec2("DescribeImages", "Owner.1=self").good();
    let abroad = Client { region: "us-east-1".into(), ..client };
    let (_, message) = abroad.ec2("DescribeImages", "Owner.1=self").error();
    assert!(
        message.ends_with(
            "is not authorized to perform: ec2:DescribeImages with an explicit deny in an identity-based policy"
        ),
        "{message}"
    );
}

#[test]
fn a_server_is_ended_only_where_its_tags_fit() {
    let sandbox = harbor();
    let all = Client::new(&sandbox, "harbor-prod", "eu-west-1");
    let (web, search) = (server_of(&all, "web-prod"), server_of(&all, "search-prod"));
    let client = under(
        &sandbox,
        &[
            r#"Allow ec2:TerminateInstances on arn:aws:ec2:*:*:instance/* | {"Condition": {"StringEquals": {"aws:ResourceTag/aws:autoscaling:groupName": "web-prod"}}}"#,
        ],
    );
    let ids = |ids: &[&String]| {
        ids.iter().enumerate().map(|(nth, id)| format!("InstanceId.{}={id}", nth + 1)).collect::<Vec<_>>().join("&")
    };
    // Each of many must be allowed, and nothing happens if one is not.
    assert_eq!(
        refusal(&client.ec2("TerminateInstances", &ids(&[&web, &search]))),
        (
            "UnauthorizedOperation".into(),
            "ec2:TerminateInstances".into(),
            format!("arn:aws:ec2:eu-west-1:210987654321:instance/{search}")
        )
    );
    let state = |id: &String| {
        let answer = all.ec2("DescribeInstances", &ids(&[id])).good();
        crate::ask::text(answer.body.split("<instanceState>").nth(1).unwrap(), "name")
    };
    assert_eq!(state(&web), "running");
    client.ec2("TerminateInstances", &ids(&[&web])).good();
    assert_eq!(state(&web), "shutting-down");
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

#[test]
fn a_principal_that_can_not_be_is_told_why() {
    let sandbox = harbor();
    let all = policy(&["Allow * on *"]);
    let add = |account: &str, name: &str, policies: &[&str]| {
        sandbox.add_principal(account, name, policies).map_err(|error: PrincipalError| error.to_string())
    };
    let first = add(PROD, "Operator", &[&all]).unwrap();
    assert_eq!((&*first.name, &*first.account), ("Operator", PROD));
    assert_eq!(first.regions, ["eu-west-1", "us-east-1"]);
    let cases = [
        (add("1", "x", &[]), "the sandbox has no account '1': use one of 210987654321, 310987654321"),
        (add(PROD, "a/b", &[]), "'a/b' can't be a role's name: use 1 to 64 of A-Z, a-z, 0-9 and _+=,.@-"),
        (add(PROD, "Operator", &[]), "somebody in the account is called 'Operator' already: use another name"),
        (
            add(PROD, "x", &[&all, r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*"}}"#]),
            "policy 2: Statement[0]: there is neither Resource nor NotResource; add Resource",
        ),
    ];
    for (result, want) in cases {
        assert_eq!(result.unwrap_err(), want);
    }
    assert_eq!(harbor().add_principal(PROD, "Operator", &[&all]).unwrap(), first);
}

#[test]
fn the_control_endpoint_lets_somebody_in() {
    let sandbox = harbor();
    let post = |body: &str| {
        let request = Request::post("/_sandbox/principals").header("content-type", "application/json");
        let request = request.header("x-sandbox-control", "1").body(Bytes::from(body.to_owned())).unwrap();
        Answer::of(&sandbox.handle(request).into_response().unwrap())
    };
    let statement = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:DescribeRegions", "Resource": "*"}}"#;
    for (name, policy) in [("one", statement.to_owned()), ("two", json!(statement).to_string())] {
        let answer =
            post(&format!(r#"{{"account": "{PROD}", "name": "{name}", "policies": [{policy}]}}"#)).good().json();
        let key = answer["access_key_id"].as_str().unwrap().to_owned();
        let client = Client { sandbox: sandbox.clone(), key, region: "eu-west-1".into() };
        client.ec2("DescribeRegions", "").good();
        assert_eq!(refusal(&client.ec2("DescribeInstances", "")).1, "ec2:DescribeInstances");
        let arn = client.query("sts", "GetCallerIdentity", "").good().text("Arn").unwrap();
        assert_eq!(arn, format!("arn:aws:sts::{PROD}:assumed-role/{name}/emberline"));
    }
    let wrong = post(&format!(r#"{{"account": "{PROD}", "name": "three", "policies": ["{{}}"]}}"#));
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["error"], "policy 1: the policy: there is no Version; add \"Version\": \"2012-10-17\"");
}
