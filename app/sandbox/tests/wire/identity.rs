//! Who may do what: policies decide, and a refusal names action and resource.

use bytes::Bytes;
use emberline_sandbox::{PrincipalError, Sandbox};
use http::Request;
use serde_json::{Value, json};

use crate::ask::{Answer, Client, harbor};

pub(crate) const PROD: &str = "210987654321";

/// So many statements make a policy in these tests: which policy one stands in does not matter.
const MAX_STATEMENTS: usize = 8;

/// A policy of statements such as `Allow ec2:RunInstances on *`, or with more members after a `|`.
pub(crate) fn policy(statements: &[&str]) -> String {
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
pub(crate) fn under(sandbox: &Sandbox, statements: &[&str]) -> Client {
    // IAM takes no policy without a statement.
    let policies: Vec<String> = statements.chunks(MAX_STATEMENTS).map(policy).collect();
    Client::allowed(sandbox, PROD, "eu-west-1", &policies.iter().map(String::as_str).collect::<Vec<_>>())
}

/// An error's code and what the refused action and resource are.
pub(crate) fn refusal(answer: &Answer) -> (String, String, String) {
    let (code, message) = answer.error();
    let (_, rest) = message.split_once("is not authorized to perform: ").unwrap_or_else(|| panic!("{message}"));
    let action = rest.split_whitespace().next().unwrap().to_owned();
    let resource = rest.split_once("on resource: ").map_or("*", |(_, rest)| rest.split_whitespace().next().unwrap());
    (code, action, resource.to_owned())
}

/// The id of a server of a group.
pub(crate) fn server_of(client: &Client, group: &str) -> String {
    let filter = format!("Filter.1.Name=tag:aws:autoscaling:groupName&Filter.1.Value.1={group}");
    client.ec2("DescribeInstances", &filter).good().text("instanceId").unwrap()
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
