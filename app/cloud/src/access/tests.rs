#![expect(clippy::unwrap_used, reason = "a test")]

use super::*;
use crate::cancel::Cancel;
use crate::profile::tests::files;
use crate::pull::{PullError, pull};

const CONFIG: &str = "
[default]
region = eu-west-1
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile prod]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = ReadOnly
region = eu-central-1
[profile guarded]
role_arn = arn:aws:iam::444455556666:role/Admin
source_profile = default
mfa_serial = arn:aws:iam::111122223333:mfa/ada
region = us-east-1
[profile placeless]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile console]
login_session = arn:aws:iam::123412341234:user/ada
region = us-east-1
[profile local]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
region = us-east-1
endpoint_url = http://localhost:4566
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.example/nobody-signed-in-here
";

/// A plain endpoint on this machine where nobody listens, so that a test needs neither certificates nor a network.
const NOBODY: &str = "http://127.0.0.1:9";

fn options(profiles: &[&str], regions: &[&str]) -> AwsOptions {
    AwsOptions {
        profiles: profiles.iter().map(|&name| name.into()).collect(),
        regions: regions.iter().map(|&name| name.into()).collect(),
        endpoint_url: Some(NOBODY.into()),
        ..AwsOptions::default()
    }
}

fn open(options: AwsOptions, env: &[(&str, &str)]) -> Result<Access, AccessError> {
    Access::from_surroundings(options, &Env::from_slice(env), &files(CONFIG))
}

fn label(options: AwsOptions, env: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let label = open(options, env).unwrap().label();
    (label.profiles, label.regions)
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|&word| word.into()).collect()
}

#[test]
fn profiles_and_regions_are_chosen_as_the_aws_cli_chooses_them() {
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (&[], &[], &[], &["default"], &["eu-west-1"]),
        (&[], &[], &[("AWS_PROFILE", "prod")], &["prod"], &["eu-central-1"]),
        (&[], &[], &[("AWS_REGION", "ap-south-1")], &["default"], &["ap-south-1"]),
        (&[], &[], &[("AWS_DEFAULT_REGION", "ap-south-1")], &["default"], &["ap-south-1"]),
        (&["prod"], &[], &[("AWS_PROFILE", "default")], &["prod"], &["eu-central-1"]),
        (&["prod", "default", "prod"], &[], &[], &["prod", "default"], &["eu-central-1", "eu-west-1"]),
        (&["prod"], &["us-east-1", "us-east-1", "eu-west-1"], &[], &["prod"], &["us-east-1", "eu-west-1"]),
        (&["placeless"], &["all"], &[], &["placeless"], &["all"]),
        (&[], &[], &[("AWS_ACCESS_KEY_ID", "AKIA")], &["environment"], &["eu-west-1"]),
        (&["prod"], &[], &[("AWS_ACCESS_KEY_ID", "AKIA")], &["prod"], &["eu-central-1"]),
    ];
    for (profiles, regions, env, expected_profiles, expected_regions) in cases {
        let told = label(options(profiles, regions), env);
        assert_eq!(told, (words(expected_profiles), words(expected_regions)), "{profiles:?} {regions:?} {env:?}");
    }
}

#[test]
fn what_can_not_work_says_what_to_do() {
    let plain = |profiles: &[&str], regions: &[&str]| options(profiles, regions);
    let cases = [
        (plain(&["nobody"], &[]), "there is no profile nobody. Choose one with --profile: console, default, guarded"),
        (plain(&["placeless"], &[]), "run `aws configure set region eu-west-1 --profile placeless`"),
        (plain(&[], &["EU-WEST-1"]), "\"EU-WEST-1\" is not a region's name"),
        (plain(&[], &["evil.example/"]), "\"evil.example/\" is not a region's name"),
        (AwsOptions { endpoint_url: Some("ftp://x".into()), ..plain(&[], &[]) }, "must begin with http://"),
        (
            AwsOptions { ca_bundle: Some("/nowhere/ca.pem".into()), ..plain(&[], &[]) },
            "the CA bundle /nowhere/ca.pem can't be used",
        ),
    ];
    for (options, said) in cases {
        let error = open(options, &[]).unwrap_err().to_string();
        assert!(error.contains(said), "{error}\ndoes not say\n{said}");
    }
    let missing = open(options(&[], &[]), &[("AWS_PROFILE", "nobody")]).unwrap_err();
    assert!(matches!(missing, AccessError::NoProfile { profile, .. } if profile == "nobody"));
    let bundle = open(options(&[], &[]), &[("AWS_CA_BUNDLE", "/nowhere/corp.pem")]).unwrap_err();
    assert!(bundle.to_string().contains("/nowhere/corp.pem"), "{bundle}");
}

#[test]
fn without_any_profile_the_next_step_is_to_make_one() {
    let access = Access::from_surroundings(options(&[], &["eu-west-1"]), &Env::from_slice(&[]), &files(""));
    let error = access.unwrap_err();
    assert_eq!(error, AccessError::NoCredentials { known: Vec::new() });
    assert!(error.to_string().contains("aws configure sso"), "{error}");
    assert!(error.to_string().contains("--sandbox"), "{error}");
}

#[test]
fn the_machines_metadata_is_asked_only_where_the_user_wants_it() {
    let none = |imds| AwsOptions { imds, ..options(&[], &["eu-west-1"]) };
    let open = |options| Access::from_surroundings(options, &Env::from_slice(&[]), &files(""));
    assert!(matches!(open(none(false)), Err(AccessError::NoCredentials { .. })));
    assert_eq!(open(none(true)).unwrap().label().profiles, ["environment"]);
}

#[test]
fn a_configured_endpoint_is_neither_followed_nor_ignored_without_a_word() {
    let asked = |endpoint_url: Option<&str>, ignore_configured_endpoint_urls| AwsOptions {
        endpoint_url: endpoint_url.map(str::to_owned),
        ignore_configured_endpoint_urls,
        ..options(&["local"], &[])
    };
    let error = open(asked(None, false), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "endpoint_url of the profile local sends calls to http://localhost:4566, not to AWS. Say which you mean: \
         --endpoint-url http://localhost:4566 to use it, or --ignore-configured-endpoint-urls to use AWS"
    );
    let variable = [("AWS_ENDPOINT_URL_EC2", "http://10.0.0.1:80")];
    let error = open(AwsOptions { endpoint_url: None, ..options(&[], &[]) }, &variable).unwrap_err();
    assert!(error.to_string().contains("the environment variable AWS_ENDPOINT_URL_EC2"), "{error}");

    let loopback = open(asked(Some("http://localhost:4566"), false), &[]).unwrap();
    assert_eq!(loopback.endpoint(), &Endpoint::Loopback("http://localhost:4566".into()));
    assert_eq!(loopback.label().to_string(), "local · us-east-1 · http://localhost:4566");
    let foreign = open(asked(Some("https://aws.example"), false), &[]).unwrap();
    assert_eq!(foreign.endpoint(), &Endpoint::Foreign("https://aws.example".into()));
    assert_eq!(open(asked(None, true), &[]).unwrap().endpoint(), &Endpoint::Aws);
    let told = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
    assert_eq!(open(asked(None, false), &told).unwrap().endpoint(), &Endpoint::Aws);
}

async fn failure_of(profile: &str) -> (PullError, String) {
    let access = open(options(&[profile], &[]), &[]).unwrap();
    let error = pull(&access, &|_| {}, &Cancel::new()).await.unwrap_err();
    let text = error.to_string();
    (error, text)
}

#[tokio::test]
async fn a_profile_that_wants_mfa_fails_before_any_call_with_the_way_out() {
    let (error, text) = failure_of("guarded").await;
    assert_eq!(error.sign_in_command(), None);
    assert_eq!(
        text,
        "The profile guarded asks for an MFA code (arn:aws:iam::111122223333:mfa/ada), which Emberline can't enter. Let \
         the AWS CLI ask and start Emberline with the session it gets: run `eval \"$(aws configure export-credentials \
         --profile guarded --format env)\"` in the same shell, then start Emberline without --profile."
    );
}

#[tokio::test]
async fn a_sign_in_that_is_gone_gives_the_command_that_renews_it() {
    for (profile, command) in [("prod", "aws sso login --profile prod"), ("console", "aws login --profile console")] {
        let (error, text) = failure_of(profile).await;
        assert_eq!(error.sign_in_command(), Some(command), "{text}");
        assert!(text.starts_with(&format!("The profile {profile} gives no credentials: ")), "{text}");
        assert!(text.ends_with(&format!(". Run `{command}` and pull again.")), "{text}");
    }
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_told_as_such() {
    let (error, text) = failure_of("default").await;
    assert!(matches!(error, PullError::SignIn { .. }));
    assert!(text.starts_with("AWS can't be reached: "), "{text}");
    assert!(text.ends_with("Check the network, HTTPS_PROXY and NO_PROXY."), "{text}");
}
