//! Failures, each with its kind of gap, its action and its next step.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use fleet::{Call, GapKind, Time};

use crate::fake::{Fake, gap_calls, gap_of, ids, page_for_people, server, servers};

#[tokio::test]
async fn a_denied_call_is_a_gap_with_its_action_and_the_rest_goes_on() {
    let fake = Fake::new(|asked| match (asked.service.as_str(), asked.action.as_str()) {
        ("imagebuilder", _) => Some(asked.error(
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: imagebuilder:ListImages",
        )),
        ("autoscaling", _) => Some(asked.error(403, "AccessDenied", "User is not authorized")),
        (_, "DescribeInstances") => Some(asked.xml(&servers(&[server("i-1", "")], None))),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1"]);
    let gaps: Vec<_> = fleet.gaps.iter().map(|gap| (gap.call, gap.kind, fleet.text(gap.action).unwrap())).collect();
    assert_eq!(
        gaps,
        [
            (Call::DescribeAutoScalingGroups, GapKind::Denied, "autoscaling:DescribeAutoScalingGroups"),
            (Call::DescribeLaunchConfigurations, GapKind::Denied, "autoscaling:DescribeLaunchConfigurations"),
            (Call::ListImagePipelines, GapKind::Denied, "imagebuilder:ListImages"),
            (Call::ListImageRecipes, GapKind::Denied, "imagebuilder:ListImages"),
            (Call::ListImageBuildVersions, GapKind::Denied, "imagebuilder:ListImages"),
        ]
    );
    let message = fleet.str(gap_of(&fleet, Call::DescribeAutoScalingGroups).message);
    assert_eq!(
        message,
        "User is not authorized (AccessDenied). Allow the action autoscaling:DescribeAutoScalingGroups, or choose a \
         profile that has it."
    );
}

#[tokio::test]
async fn http_500_with_a_web_page_is_unsupported_at_once() {
    let fake = Fake::new(|asked| (asked.action == "DescribeReplaceRootVolumeTasks").then(|| page_for_people(500)));
    let started = Instant::now();
    let fleet = fake.pull().await.unwrap();
    assert!(started.elapsed().as_secs() < 5);
    assert_eq!(fake.count("DescribeReplaceRootVolumeTasks"), 1);
    let gap = gap_of(&fleet, Call::DescribeReplaceRootVolumeTasks);
    assert_eq!((gap.kind, gap.action), (GapKind::Unsupported, None));
    assert_eq!(
        fleet.str(gap.message),
        "The answer was HTTP 500 with a web page. This endpoint does not know DescribeReplaceRootVolumeTasks: what \
         depends on it stays unknown."
    );
}

#[tokio::test]
async fn an_endpoint_without_the_call_is_unsupported() {
    let fake = Fake::new(|asked| match asked.service.as_str() {
        "imagebuilder" => Some(page_for_people(404)),
        "autoscaling" => Some(asked.error(400, "InvalidAction", "Could not find operation")),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(fleet.gaps.len(), 5);
    assert!(fleet.gaps.iter().all(|gap| gap.kind == GapKind::Unsupported), "{:?}", fleet.gaps);
}

#[tokio::test]
async fn a_throttled_call_is_asked_again() {
    let (ec2, builder) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let fake = Fake::new(move |asked| match asked.action.as_str() {
        "DescribeInstances" if ec2.fetch_add(1, Ordering::SeqCst) < 2 => {
            Some(asked.error(503, "RequestLimitExceeded", "Request limit exceeded."))
        }
        "DescribeInstances" => Some(asked.xml(&servers(&[server("i-1", "")], None))),
        "ListImagePipelines" if builder.fetch_add(1, Ordering::SeqCst) < 1 => {
            Some(asked.error(429, "CallRateLimitExceededException", "Slow down"))
        }
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1"]);
    assert_eq!((fake.count("DescribeInstances"), fake.count("ListImagePipelines")), (3, 2));
    assert_eq!(gap_calls(&fleet), []);
}

#[tokio::test]
async fn a_call_that_stays_throttled_is_a_gap() {
    let fake = Fake::new(|asked| {
        (asked.action == "ListImagePipelines").then(|| asked.error(429, "CallRateLimitExceededException", "Slow down"))
    });
    let fleet = fake.pull().await.unwrap();
    let gap = gap_of(&fleet, Call::ListImagePipelines);
    assert_eq!(gap.kind, GapKind::Throttled);
    assert!(fleet.str(gap.message).ends_with("pull again in a minute."), "{}", fleet.str(gap.message));
    assert_eq!(fake.count("ListImagePipelines"), 5);
}

#[tokio::test]
async fn a_sign_in_that_expires_on_the_way_is_told_and_keeps_the_rows() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(asked.xml(&servers(&[server("i-1", "")], None))),
        "DescribeImages" => Some(asked.error(400, "RequestExpired", "Request has expired.")),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1"]);
    let gap = gap_of(&fleet, Call::DescribeImages);
    assert_eq!(gap.kind, GapKind::Expired);
    assert_eq!(
        fleet.str(gap.message),
        "Request has expired (RequestExpired). Renew the credentials of the profile prod and pull again."
    );
}

#[tokio::test]
async fn the_servers_clock_dates_the_pull_and_explains_a_refused_signature() {
    let hour_ahead = http_date(3_600);
    let date = hour_ahead.clone();
    let fake = Fake::new(move |asked| {
        let mut answer = match asked.action.as_str() {
            "GetCallerIdentity" => return None,
            "DescribeImages" => asked.error(401, "AuthFailure", "AWS was not able to validate the credentials"),
            _ => asked.nothing(),
        };
        answer.headers_mut().insert("date", date.parse().unwrap());
        Some(answer)
    });
    let fleet = fake.pull().await.unwrap();
    let scope = &fleet.scopes[0];
    let skew = scope.clock_skew_s.unwrap();
    assert!((3_590..=3_610).contains(&skew), "{skew}");
    let now = Time::from_epoch_s(epoch_s()).unwrap();
    assert!((3_590..=3_610).contains(&scope.pulled_at.since_s(now)), "{}", scope.pulled_at);
    let message = fleet.str(gap_of(&fleet, Call::DescribeImages).message);
    assert!(message.contains("This machine's clock is 60 min behind AWS's"), "{message}");
}

fn epoch_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

/// An HTTP date so many seconds from now.
fn http_date(from_now_s: i64) -> String {
    let at = aws_smithy_types::DateTime::from_secs(epoch_s() + from_now_s);
    at.fmt(aws_smithy_types::date_time::Format::HttpDate).unwrap()
}

#[tokio::test]
async fn an_answer_that_is_not_aws_is_a_gap_that_suspects_the_proxy() {
    let fake = Fake::new(|asked| (asked.action == "DescribeImages").then(|| page_for_people(403)));
    let fleet = fake.pull().await.unwrap();
    let gap = gap_of(&fleet, Call::DescribeImages);
    assert_eq!(gap.kind, GapKind::Error);
    assert_eq!(
        fleet.str(gap.message),
        "The answer to DescribeImages was HTTP 403 with a web page without an AWS error. A proxy may have answered: \
         check HTTPS_PROXY and NO_PROXY."
    );
}

#[tokio::test]
async fn a_broken_answer_is_a_gap_and_not_a_panic() {
    for body in ["", "\u{0}\u{1}", "{}", "<SomethingElse/>"] {
        let fake = Fake::new(move |asked| {
            (asked.action == "DescribeImages").then(|| http::Response::builder().status(200).body(body.into()).unwrap())
        });
        let fleet = fake.pull().await.unwrap();
        let kinds: Vec<_> = fleet.gaps.iter().map(|gap| (gap.call, gap.kind)).collect();
        assert_eq!(kinds, [(Call::DescribeImages, GapKind::Error)], "{body:?}");
    }
}
