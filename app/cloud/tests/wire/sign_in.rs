//! Who signs in, who can't, and what the others read meanwhile.

use emberline_cloud::{Access, PullError};
use fleet::{Call, GapKind};

use crate::fake::{Fake, gap_of, identity, ids, login, server, servers};

#[tokio::test]
async fn where_nobody_can_sign_in_the_pull_fails_with_each_reason() {
    let fake = Fake::with(vec![login("prod", &["eu-west-1"]), login("dev", &["eu-west-1"])], |asked| {
        (asked.action == "GetCallerIdentity").then(|| {
            if asked.key.contains("PROD") {
                asked.error(403, "ExpiredToken", "The security token included in the request is expired")
            } else {
                asked.error(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
            }
        })
    });
    let error = fake.pull().await.unwrap_err();
    let PullError::SignIn { failures } = &error else { panic!("{error:?}") };
    let kinds: Vec<_> = failures.iter().map(|failure| (failure.profile.as_deref().unwrap(), failure.kind)).collect();
    assert_eq!(kinds, [("prod", GapKind::Expired), ("dev", GapKind::Error)]);
    assert_eq!(
        error.to_string(),
        "The security token included in the request is expired (ExpiredToken). Renew the credentials of the profile \
         prod and pull again.\nThe security token included in the request is invalid (InvalidClientTokenId). Either the \
         region eu-west-1 is not enabled for the account, or the keys of the profile dev are no longer valid."
    );
    assert_eq!(error.sign_in_command(), None);
    assert_eq!(fake.count("DescribeInstances"), 0);
}

#[tokio::test]
async fn a_profile_that_cannot_sign_in_is_a_scope_with_an_unknown_account() {
    let logins = vec![login("prod", &["eu-west-1"]), login("dev", &["eu-west-1", "eu-central-1"])];
    let fake = Fake::with(logins, |asked| match asked.action.as_str() {
        "GetCallerIdentity" if asked.key.contains("DEV") => {
            Some(asked.error(403, "ExpiredToken", "The security token included in the request is expired"))
        }
        "DescribeInstances" => Some(asked.xml(&servers(&[server("i-1", "")], None))),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(ids(&fleet), ["i-1"]);
    let scopes: Vec<_> = fleet
        .scopes
        .iter()
        .map(|scope| (fleet.str(scope.account), fleet.str(scope.region), fleet.text(scope.profile).unwrap()))
        .collect();
    assert_eq!(
        scopes,
        [("111122223333", "eu-west-1", "prod"), ("unknown", "eu-west-1", "dev"), ("unknown", "eu-central-1", "dev"),]
    );
    assert_eq!(fleet.gaps.len(), 2);
    for gap in &fleet.gaps {
        assert_eq!((gap.call, gap.kind), (Call::GetCallerIdentity, GapKind::Expired));
        assert_eq!(fleet.str(fleet.scope(gap.scope).unwrap().account), "unknown");
    }
}

#[tokio::test]
async fn the_caller_and_its_partition_are_kept() {
    let fake = Fake::with(vec![login("china", &["cn-north-1", "eu-west-1"])], |asked| {
        (asked.action == "GetCallerIdentity").then(|| {
            asked.xml("<Arn>arn:aws-cn:sts::111122223333:assumed-role/Ops/ada</Arn><Account>111122223333</Account>")
        })
    });
    let fleet = fake.pull().await.unwrap();
    // eu-west-1 is no region of that partition.
    assert_eq!(fleet.scopes.len(), 1);
    let scope = &fleet.scopes[0];
    assert_eq!((fleet.str(scope.partition), fleet.str(scope.region)), ("aws-cn", "cn-north-1"));
    assert_eq!(fleet.text(scope.caller), Some("arn:aws-cn:sts::111122223333:assumed-role/Ops/ada"));
    assert_eq!(scope.clock_skew_s, None);
}

#[tokio::test]
async fn a_profile_with_regions_of_another_partition_says_so() {
    let fake = Fake::with(vec![login("gov", &["eu-west-1"])], |asked| {
        (asked.action == "GetCallerIdentity")
            .then(|| asked.xml("<Arn>arn:aws-us-gov:iam::111122223333:user/ada</Arn><Account>111122223333</Account>"))
    });
    let error = fake.pull().await.unwrap_err().to_string();
    assert!(error.contains("belongs to the partition aws-us-gov, where none of the regions eu-west-1 lies"), "{error}");
}

#[tokio::test]
async fn an_identity_without_an_account_is_refused() {
    let fake = Fake::new(|asked| (asked.action == "GetCallerIdentity").then(|| asked.nothing()));
    let error = fake.pull().await.unwrap_err().to_string();
    assert!(error.contains("GetCallerIdentity names no account"), "{error}");
}

#[tokio::test]
async fn gaps_of_one_scope_are_not_those_of_another() {
    let fake = Fake::with(vec![login("prod", &["eu-west-1"]), login("dev", &["eu-west-1"])], |asked| {
        let dev = asked.key.contains("DEV");
        match asked.action.as_str() {
            "GetCallerIdentity" => Some(identity(asked, if dev { "444455556666" } else { "111122223333" })),
            "DescribeInstances" if dev => Some(asked.error(403, "UnauthorizedOperation", "No")),
            _ => None,
        }
    });
    let fleet = fake.pull().await.unwrap();
    let gap = gap_of(&fleet, Call::DescribeInstances);
    assert_eq!(fleet.str(fleet.scope(gap.scope).unwrap().account), "444455556666");
}

#[tokio::test]
async fn without_anyone_to_be_there_is_nothing_to_pull() {
    let access = Access::in_process(std::sync::Arc::new(|_| Ok(http::Response::new(bytes::Bytes::new()))), Vec::new());
    let error = emberline_cloud::pull(&access, &|_| {}, &emberline_cloud::Cancel::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no profile to pull with: choose one with --profile");
}
