//! Faults at will: each kind as a client meets it, and the counts that tell whether it was met.

use std::{io::ErrorKind, time::Duration};

use bytes::Bytes;
use emberline_sandbox::{Delivery, Sandbox};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::ask::{Answer, Client, harbor};

/// A sandbox in which these faults are to happen, and a client of it.
fn with(faults: &[&str]) -> Client {
    let sandbox = harbor();
    inject(&sandbox, faults);
    Client::new(&sandbox, "harbor-prod", "eu-west-1")
}

fn inject(sandbox: &Sandbox, faults: &[&str]) {
    for fault in faults {
        sandbox.inject(fault.parse().unwrap());
    }
}

/// How often each fault was met and struck.
fn counts(client: &Client) -> Vec<(u64, u64)> {
    client.sandbox.faults().iter().map(|count| (count.matched, count.fired)).collect()
}

/// A service's cheapest call.
fn call(service: &str) -> (&'static str, &'static str, &'static str) {
    match service {
        "ec2" => ("/", "", "Action=DescribeRegions"),
        "autoscaling" => ("/", "", "Action=DescribeAutoScalingGroups&MaxRecords=1"),
        "sts" => ("/", "", "Action=GetCallerIdentity"),
        "ssm" => ("/", "AmazonSSM.GetParameters", r#"{"Names":["/a"]}"#),
        _ => ("/ListImages", "", "{}"),
    }
}

/// Sends a service's cheapest call, signed at this time.
fn send(client: &Client, service: &str, signed: Option<Timestamp>) -> Delivery {
    let (path, target, body) = call(service);
    let mut request = Request::post(path).header("authorization", client.authorization(service));
    if !target.is_empty() {
        request = request.header("x-amz-target", target);
    }
    if let Some(signed) = signed {
        request = request.header("x-amz-date", signed.strftime("%Y%m%dT%H%M%SZ").to_string());
    }
    client.sandbox.handle(request.body(Bytes::from(body)).unwrap())
}

fn answered(client: &Client, service: &str, signed: Option<Timestamp>) -> Response<Bytes> {
    send(client, service, signed).into_response().unwrap()
}

/// The code of an error, wherever its protocol says it.
fn code(response: &Response<Bytes>) -> String {
    if let Some(code) = response.headers().get("x-amzn-errortype") {
        return code.to_str().unwrap().to_owned();
    }
    let answer = Answer::of(response);
    answer.text("Code").unwrap_or_else(|| answer.json()["__type"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn every_service_words_its_errors_its_own_way() {
    let cases = [
        ("throttle", "ec2", 503, "RequestLimitExceeded"),
        ("throttle", "autoscaling", 400, "Throttling"),
        ("throttle", "sts", 400, "Throttling"),
        ("throttle", "imagebuilder", 429, "CallRateLimitExceededException"),
        ("throttle", "ssm", 400, "ThrottlingException"),
        ("500", "ec2", 500, "InternalError"),
        ("500", "imagebuilder", 500, "ServiceException"),
        ("503", "ec2", 503, "Unavailable"),
        ("503", "ssm", 503, "ServiceUnavailableException"),
        ("expired", "ec2", 400, "RequestExpired"),
        ("expired", "sts", 403, "ExpiredToken"),
        ("expired", "ssm", 400, "ExpiredTokenException"),
        ("denied", "ec2", 403, "UnauthorizedOperation"),
        ("denied", "autoscaling", 403, "AccessDenied"),
        ("denied", "imagebuilder", 403, "AccessDeniedException"),
    ];
    for (fault, service, status, want) in cases {
        let client = with(&[fault]);
        let response = answered(&client, service, None);
        assert_eq!((response.status().as_u16(), &*code(&response)), (status, want), "{fault} {service}");
        assert_eq!(counts(&client), [(1, 1)], "{fault} {service}");
    }
}

#[test]
fn a_fault_that_never_struck_shows_so() {
    let client = with(&["throttle:action=ssm:*", "500:account=310987654321", "503:skip=1"]);
    client.ec2("DescribeRegions", "").good();
    assert_eq!(counts(&client), [(0, 0), (0, 0), (1, 0)]);
}

#[test]
fn an_answer_may_be_a_page_for_people() {
    let response = answered(&with(&["html500"]), "ec2", None);
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert!(response.body().starts_with(b"<html>"));
}

#[test]
fn connections_break_in_every_way() {
    let cases = [
        ("timeout", ErrorKind::TimedOut),
        ("reset", ErrorKind::ConnectionReset),
        ("truncate", ErrorKind::UnexpectedEof),
        ("lost-before", ErrorKind::UnexpectedEof),
        ("lost-after", ErrorKind::UnexpectedEof),
    ];
    for (fault, want) in cases {
        let client = with(&[fault]);
        assert_eq!(send(&client, "ec2", None).into_response().unwrap_err().kind(), want, "{fault}");
        assert_eq!(counts(&client), [(1, 1)], "{fault}");
    }
}

/// How many servers the account has in the region.
fn servers(client: &Client) -> usize {
    client.ec2("DescribeInstances", "").good().all("instanceId").len()
}

const LAUNCH: &str = "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1";

#[test]
fn what_is_lost_before_did_not_happen_and_what_is_lost_after_did() {
    for (fault, launched) in [("lost-before", 0), ("timeout", 0), ("reset", 0), ("lost-after", 1), ("truncate", 1)] {
        let client = with(&[&format!("{fault}:action=ec2:RunInstances,count=1")]);
        let before = servers(&client);
        let request = Request::post("/").header("authorization", client.authorization("ec2"));
        let body = Bytes::from(format!("Action=RunInstances&{LAUNCH}"));
        assert!(client.sandbox.handle(request.body(body).unwrap()).into_response().is_err(), "{fault}");
        assert_eq!(servers(&client) - before, launched, "{fault}");
        client.ec2("RunInstances", LAUNCH).good();
    }
}

#[test]
fn an_action_is_denied_on_the_resource_that_is_named() {
    let client = with(&[]);
    let ids = client.ec2("DescribeInstances", "MaxResults=5").good().all("instanceId");
    let fault = format!("denied:action=ec2:StopInstances,resource={}", ids[0]);
    inject(&client.sandbox, &[&fault]);
    client.ec2("StopInstances", &format!("InstanceId.1={}", ids[1])).good();
    let (code, message) = client.ec2("StopInstances", &format!("InstanceId.1={}", ids[0])).error();
    assert_eq!(code, "UnauthorizedOperation");
    assert!(message.contains("is not authorized to perform: ec2:StopInstances"), "{message}");
    client.ec2("DescribeInstances", &format!("InstanceId.1={}", ids[0])).good();
    assert_eq!(counts(&client), [(1, 1)]);
}

#[test]
fn a_parameter_in_json_is_a_resource_too() {
    let client = with(&["denied:resource=/golden/*"]);
    assert_eq!(client.ssm("GetParameter", r#"{"Name":"/golden/al2023"}"#).status, 400);
    assert_eq!(counts(&client), [(1, 1)]);
    client.ssm("GetParameters", r#"{"Names":["/other"]}"#).good();
    assert_eq!(counts(&client), [(1, 1)]);
}

#[test]
fn buckets_throttle_what_goes_beyond_them_until_time_fills_them() {
    let client = with(&["buckets"]);
    let passing = || (0..300).filter(|_| client.ec2("DescribeRegions", "").status == 200).count();
    assert_eq!(passing(), 100);
    client.sandbox.advance(Duration::from_secs(1));
    assert_eq!(passing(), 20);
    let launches = (0..20).filter(|_| client.ec2("RunInstances", LAUNCH).status == 200).count();
    assert_eq!(launches, 5);
    let bare = (0..60).filter(|_| client.ec2("DescribeInstances", "").status == 200).count();
    assert_eq!(bare, 50, "neither paged nor filtered");
    let (code, _) = client.ec2("DescribeInstances", "").error();
    assert_eq!(code, "RequestLimitExceeded");
}

#[test]
fn a_client_that_corrects_its_clock_gets_through() {
    let client = with(&["skew:seconds=600"]);
    for (service, want) in [
        ("ec2", "AuthFailure"),
        ("autoscaling", "SignatureDoesNotMatch"),
        ("imagebuilder", "InvalidSignatureException"),
        ("ssm", "InvalidSignatureException"),
    ] {
        let refused = answered(&client, service, Some(Timestamp::now()));
        assert_eq!(code(&refused), want);
        let date = refused.headers()["date"].to_str().unwrap();
        let clock = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
        let ahead = clock.duration_since(Timestamp::now()).as_secs();
        assert!((595..=600).contains(&ahead), "{ahead}");
        let answer = answered(&client, service, Some(clock));
        assert_eq!(answer.status(), 200, "{service}");
    }
    assert_eq!(counts(&client), [(8, 4)]);
}

#[test]
fn a_new_id_is_not_found_for_some_seconds() {
    let client = with(&["stale:seconds=5"]);
    let before = servers(&client);
    let id = client.ec2("RunInstances", LAUNCH).good().text("instanceId").unwrap();
    let find = || client.ec2("DescribeInstances", &format!("InstanceId.1={id}"));
    assert_eq!(find().error().0, "InvalidInstanceID.NotFound");
    assert_eq!(servers(&client), before);
    client.sandbox.advance(Duration::from_secs(4));
    assert_eq!(find().error().0, "InvalidInstanceID.NotFound");
    client.sandbox.advance(Duration::from_secs(1));
    assert_eq!(find().good().text("name").as_deref(), Some("pending"));
    assert_eq!(servers(&client), before + 1);
}

#[test]
fn a_stale_answer_follows_what_happened_so_long_ago() {
    let client = with(&[]);
    let id = client.ec2("RunInstances", LAUNCH).good().text("instanceId").unwrap();
    let state = || {
        let answer = client.ec2("DescribeInstances", &format!("InstanceId.1={id}")).good();
        answer
            .each("instanceState")
            .first()
            .and_then(|state| crate::ask::texts(state, "name").first().cloned())
            .unwrap()
    };
    client.sandbox.advance(Duration::from_secs(60));
    inject(&client.sandbox, &["stale:seconds=30"]);
    client.ec2("StopInstances", &format!("InstanceId.1={id}")).good();
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(state());
        client.sandbox.advance(Duration::from_secs(10));
    }
    // Stopping takes 35 seconds, and shows 30 seconds late.
    assert_eq!(seen, ["running", "running", "running", "stopping", "stopping", "stopping", "stopping", "stopped"]);
    client.sandbox.clear_faults();
    assert_eq!(state(), "stopped");
}

#[test]
fn a_fault_lasts_for_its_time() {
    let client = with(&["503:from=1m,for=30s"]);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.ec2("DescribeRegions", "").status);
        client.sandbox.advance(Duration::from_secs(30));
    }
    assert_eq!(statuses, [200, 200, 503, 200]);
}

#[test]
fn the_same_seed_and_faults_leave_the_same_trace() {
    let run = || {
        let client = with(&["503:chance=0.3", "lost-before:action=ec2:*,chance=0.2", "buckets"]);
        for _ in 0..200 {
            let _ = send(&client, "ec2", None);
            let _ = send(&client, "ssm", None);
        }
        (client.sandbox.trace_hash(), counts(&client))
    };
    let first = run();
    assert_eq!(first, run());
    assert!(first.1.iter().all(|(_, fired)| *fired > 0), "{:?}", first.1);
}

#[test]
fn who_is_not_known_meets_no_fault() {
    let client = with(&["timeout"]);
    let request = Request::post("/").body(Bytes::from("Action=DescribeRegions")).unwrap();
    let response = client.sandbox.handle(request).into_response().unwrap();
    assert_eq!(code(&response), "MissingAuthenticationToken");
    assert_eq!(counts(&client), [(0, 0)]);
}

#[test]
fn the_clock_that_a_fault_shows_is_the_wall_clock_moved() {
    let client = with(&["skew:seconds=-7200"]);
    let signed = Timestamp::now() - SignedDuration::from_secs(7_200);
    let answer = answered(&client, "sts", Some(signed));
    assert_eq!(answer.status(), 200);
    let early = answered(&client, "sts", Some(Timestamp::now()));
    let message = Answer::of(&early).text("Message").unwrap();
    assert!(message.starts_with("Signature not yet current: ") && message.contains("+ 5 min.)"), "{message}");
}

#[test]
fn a_launch_gets_as_many_as_there_is_capacity_for_or_none() {
    let client = with(&["capacity:zone=eu-west-1a,skip=2"]);
    let before = servers(&client);
    let launch = |least, zone| {
        client.ec2(
            "RunInstances",
            &format!(
                "LaunchTemplate.LaunchTemplateName=kafka&MinCount={least}&MaxCount=5\
                 &Placement.AvailabilityZone=eu-west-1{zone}"
            ),
        )
    };
    assert_eq!(launch(1, 'a').good().all("instanceId").len(), 2);
    let refused = launch(1, 'a');
    let (code, message) = refused.error();
    assert_eq!((refused.status, &*code), (500, "InsufficientInstanceCapacity"));
    assert!(message.contains("(eu-west-1a)") && message.ends_with("or choosing eu-west-1b, eu-west-1c."), "{message}");
    assert_eq!(servers(&client) - before, 2);
    assert_eq!(launch(5, 'b').good().all("instanceId").len(), 5);
    assert_eq!(counts(&client), [(4, 2)]);
}

#[test]
fn a_group_tries_again_until_there_is_capacity() {
    let client = with(&["capacity:group=web-prod,for=10m", "capacity:group=other"]);
    let group = "AutoScalingGroupName=web-prod";
    let activities = |status: &str| {
        let told = client.auto_scaling("DescribeScalingActivities", &format!("{group}&MaxRecords=20")).good();
        let held = format!("<StatusCode>{status}</StatusCode>");
        told.each("member").into_iter().filter(|one| one.contains(&held)).count()
    };
    let members = || {
        let group = client.auto_scaling("DescribeAutoScalingGroups", "AutoScalingGroupNames.member.1=web-prod").good();
        group.all("InstanceId")
    };
    let before = members();
    client.ec2("TerminateInstances", &format!("InstanceId.1={}", before[0])).good();
    client.sandbox.advance(Duration::from_secs(9 * 60));
    assert_eq!(members(), before[1..]);
    assert!(activities("Failed") > 0);
    let told = client.auto_scaling("DescribeScalingActivities", &format!("{group}&MaxRecords=1")).good().body;
    assert!(told.contains("We currently do not have sufficient "), "{told}");
    client.sandbox.advance(Duration::from_secs(60 * 60));
    assert_eq!(members().len(), before.len());
    let counts = counts(&client);
    assert!(counts[0].1 > 0, "{counts:?}");
    assert_eq!(counts[1], (0, 0));
}

#[test]
fn a_launched_server_may_never_pass_its_checks() {
    let client = with(&["unhealthy:type=p5.*", "unhealthy:count=1"]);
    let launch = || client.ec2("RunInstances", LAUNCH).good().text("instanceId").unwrap();
    let (sick, sound) = (launch(), launch());
    client.sandbox.advance(Duration::from_secs(3_600));
    let checked = |id: &str| {
        let answer = client.ec2("DescribeInstanceStatus", &format!("InstanceId.1={id}")).good();
        answer.each("instanceStatus").first().and_then(|status| crate::ask::texts(status, "status").first().cloned())
    };
    assert_eq!((checked(&sick).unwrap(), checked(&sound).unwrap()), ("impaired".into(), "ok".into()));
    // Groups launch too in an hour.
    let struck: Vec<u64> = counts(&client).iter().map(|(_, fired)| *fired).collect();
    assert_eq!(struck, [0, 1]);
}

#[test]
fn the_trace_tells_of_faults_and_of_lost_answers() {
    let client = with(&["lost-after:action=ec2:DescribeRegions", "reset:action=sts:*"]);
    assert!(send(&client, "ec2", None).into_response().is_err());
    assert!(send(&client, "sts", None).into_response().is_err());
    let told: Vec<String> = client.sandbox.trace().into_iter().map(|entry| entry.what).collect();
    assert_eq!(
        told,
        [
            "fault lost-after:action=ec2:DescribeRegions",
            "fault reset:action=sts:*",
            "ec2:DescribeRegions done",
            "ec2:DescribeRegions answer lost",
            "sts:GetCallerIdentity reset",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_goes_wrong_counts_hold_and_requests_end(
        faults in prop::collection::vec((
            prop::sample::select(&[
                "throttle", "buckets", "500", "503", "html500", "timeout", "reset", "truncate", "denied", "expired",
                "skew:seconds=600", "stale:seconds=3", "lost-before", "lost-after", "capacity", "unhealthy",
            ][..]),
            0_u64..4,
            1_u64..4,
            1_u32..10,
        ), 1..5),
        steps in prop::collection::vec((0..6_usize, 0_u64..5), 1..30),
    ) {
        let specs: Vec<String> = faults.iter().map(|(kind, skip, count, tenths)| {
            let between = if kind.contains(':') { ',' } else { ':' };
            format!("{kind}{between}skip={skip},count={count},chance=0.{tenths}")
        }).collect();
        let client = with(&specs.iter().map(String::as_str).collect::<Vec<_>>());
        for (step, seconds) in steps {
            match ["ec2", "autoscaling", "sts", "ssm", "imagebuilder"].get(step) {
                Some(service) => drop(send(&client, service, Some(Timestamp::now())).into_response()),
                None => {
                    let request = Request::post("/").header("authorization", client.authorization("ec2"));
                    let body = Bytes::from(format!("Action=RunInstances&{LAUNCH}"));
                    drop(client.sandbox.handle(request.body(body).unwrap()).into_response());
                }
            }
            client.sandbox.advance(Duration::from_secs(seconds));
        }
        for (count, (_, skip, most, _)) in client.sandbox.faults().iter().zip(&faults) {
            prop_assert!(count.fired <= *most, "{}", count.spec);
            prop_assert!(count.fired <= count.matched.saturating_sub(*skip), "{}", count.spec);
        }
    }
}
