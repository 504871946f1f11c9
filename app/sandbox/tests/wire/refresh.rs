//! Instance refreshes, from the call to their end.

use std::time::Duration;

use emberline_sandbox::Sandbox;

use crate::ask::{Client, opening, text, texts};

/// A group of ten servers on the first version of a template that has three.
const TEN: &str = r#"
seed = 5
[account.one]
id = "123456789012"
profile = "small"
role = "Reader"
regions = ["eu-west-1"]
[vendor.amazon]
id = "137112412989"
[[image]]
key = "base"
owner = "amazon"
regions = ["eu-west-1"]
name = "base-{date}"
age = "400d"
[[parameter]]
scope = "one/eu-west-1"
name = "/golden"
image = "base"
age = "300d"
[[template]]
scope = "one/eu-west-1"
name = "app"
default = 1
versions = [
    { number = 1, age = "200d", image = "base", type = "m6i.large" },
    { number = 2, age = "100d", image = "base", type = "m6i.large" },
    { number = 3, age = "50d", image = "resolve:ssm:/golden", type = "m6i.large" },
]
"#;

/// A sandbox with one group `app`, of which `more` says what there is.
fn with_group(more: &str) -> Client {
    let text = format!(
        "{TEN}\n[[group]]\nscope = \"one/eu-west-1\"\nname = \"app\"\nage = \"90d\"\ntemplate = \"app\"\nboot = \"60s\"\nzones = \"abc\"\n{more}\n"
    );
    open(&text)
}

fn open(text: &str) -> Client {
    let unique = std::thread::current().name().unwrap_or("x").replace(':', "-");
    let path = std::env::temp_dir().join(format!("emberline-refresh-{}-{unique}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let sandbox = Sandbox::open_at(path.to_str().unwrap(), opening());
    std::fs::remove_file(&path).unwrap();
    Client::new(&sandbox.unwrap(), "small", "eu-west-1")
}

/// Ten servers of version 1.
fn ten() -> Client {
    with_group("version = \"1\"\nmin = 1\nmax = 20\nservers = [{ count = 10, born = \"10d..20d\" }]")
}

fn to_version(number: &str) -> String {
    format!(
        "AutoScalingGroupName=app&DesiredConfiguration.LaunchTemplate.LaunchTemplateName=app&\
         DesiredConfiguration.LaunchTemplate.Version={number}&Preferences.InstanceWarmup=60"
    )
}

/// Starts a refresh and returns its id.
fn start(client: &Client, fields: &str) -> String {
    client.auto_scaling("StartInstanceRefresh", fields).good().text("InstanceRefreshId").unwrap()
}

/// The newest refresh.
fn told(client: &Client) -> String {
    let answer = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=app").good();
    answer.each("InstanceRefreshId").swap_remove(0)
}

fn status(client: &Client) -> (String, u32, u32) {
    let told = told(client);
    let number = |element: &str| text(&told, element).parse().unwrap();
    (text(&told, "Status"), number("PercentageComplete"), number("InstancesToUpdate"))
}

fn group(client: &Client) -> String {
    client.auto_scaling("DescribeAutoScalingGroups", "AutoScalingGroupNames.member.1=app").good().body
}

/// The ids, states and template versions of the group's servers.
fn servers(client: &Client) -> Vec<(String, String, String)> {
    let group = group(client);
    let (_, listed) = group.split_once("<Instances>").unwrap();
    listed
        .split("</Instances>")
        .next()
        .unwrap()
        .split("<member>")
        .skip(1)
        .map(|one| (text(one, "InstanceId"), text(one, "LifecycleState"), text(one, "Version")))
        .collect()
}

fn in_service(client: &Client) -> usize {
    servers(client).iter().filter(|(_, state, _)| state == "InService").count()
}

fn versions(client: &Client) -> Vec<String> {
    servers(client).into_iter().map(|(_, _, version)| version).collect()
}

fn advance(client: &Client, seconds: u64) {
    client.sandbox.advance(Duration::from_secs(seconds));
}

/// Lets time pass until the refresh is in this state, at most so long, and looks at the group every ten seconds.
fn until(client: &Client, want: &str, most_s: u64, mut look: impl FnMut()) {
    for _ in 0..most_s / 10 {
        if status(client).0 == want {
            return;
        }
        advance(client, 10);
        look();
    }
    panic!("not {want} after {most_s} s: {}", told(client));
}

#[test]
fn a_refresh_brings_every_server_to_the_version_and_makes_it_the_groups_own() {
    let client = ten();
    let before = servers(&client);
    let id = start(&client, &to_version("2"));
    assert_eq!((text(&told(&client), "InstanceRefreshId"), status(&client)), (id, ("Pending".to_owned(), 0, 10)));
    let mut least = 10;
    until(&client, "Successful", 7_200, || least = least.min(in_service(&client)));
    assert_eq!(least, 9);
    assert_eq!(versions(&client), ["2"; 10]);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
    let after = servers(&client);
    assert!(before.iter().all(|(id, ..)| after.iter().all(|(other, ..)| id != other)));
    let (head, _) = group(&client).split_once("<MinSize>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(text(&head, "Version"), "2");
    let activities = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=app").good();
    let causes = activities.all("Cause");
    let of = |what: &str| causes.iter().filter(|cause| cause.contains(what)).count();
    assert_eq!(of("an instance was launched in response to an instance refresh."), 10);
    assert_eq!(of("an instance was taken out of service in response to an instance refresh."), 10);
}

#[test]
fn all_stay_in_service_where_all_have_to_be_healthy() {
    let client = ten();
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=100", to_version("2")));
    let (mut least, mut most) = (10, 0);
    until(&client, "Successful", 14_400, || {
        least = least.min(in_service(&client));
        most = most.max(servers(&client).iter().filter(|(_, state, _)| !state.starts_with("Termin")).count());
    });
    assert_eq!((least, most), (10, 11));
    assert_eq!(versions(&client), ["2"; 10]);
}

#[test]
fn a_cancelled_refresh_leaves_what_it_has_done() {
    let client = ten();
    start(&client, &to_version("2"));
    advance(&client, 600);
    client.auto_scaling("CancelInstanceRefresh", "AutoScalingGroupName=app").good();
    assert_eq!(status(&client).0, "Cancelling");
    until(&client, "Cancelled", 600, || ());
    assert_eq!(text(&told(&client), "StatusReason"), "Cancelled due to user request.");
    let done = versions(&client).iter().filter(|version| *version == "2").count();
    assert!((1..10).contains(&done), "{done}");
    advance(&client, 7_200);
    assert_eq!(versions(&client).iter().filter(|version| *version == "2").count(), done);
    assert_eq!(in_service(&client), 10);
    let (head, _) = group(&client).split_once("<MinSize>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(text(&head, "Version"), "1");
    let (code, _) = client.auto_scaling("CancelInstanceRefresh", "AutoScalingGroupName=app").error();
    assert_eq!(code, "ActiveInstanceRefreshNotFound");
}

#[test]
fn what_is_wrong_is_refused_in_auto_scalings_words() {
    let client = ten();
    let base = "AutoScalingGroupName=app";
    let cases = [
        ("AutoScalingGroupName=none", "ValidationError", "no such group"),
        ("", "ValidationError", "autoScalingGroupName"),
        ("Strategy=Fast", "ValidationError", "[Rolling, ReplaceRootVolume]"),
        ("Preferences.MinHealthyPercentage=101", "ValidationError", "less than or equal to 100"),
        ("Preferences.MinHealthyPercentage=-1", "ValidationError", "greater than or equal to 0"),
        ("Preferences.MinHealthyPercentage=many", "ValidationError", "'many'"),
        ("Preferences.MaxHealthyPercentage=120", "ValidationError", "also specify MinHealthyPercentage"),
        (
            "Preferences.MinHealthyPercentage=90&Preferences.MaxHealthyPercentage=99",
            "ValidationError",
            "greater than or equal to 100",
        ),
        (
            "Preferences.MinHealthyPercentage=50&Preferences.MaxHealthyPercentage=151",
            "ValidationError",
            "cannot be greater than 100",
        ),
        ("Preferences.CheckpointDelay=60", "ValidationError", "also specify CheckpointPercentages"),
        (
            "Preferences.CheckpointPercentages.member.1=50&Preferences.CheckpointPercentages.member.2=50",
            "ValidationError",
            "ascending",
        ),
        ("Preferences.BakeTime=172801", "ValidationError", "less than or equal to 172800"),
        ("Preferences.StandbyInstances=Refresh", "ValidationError", "[Terminate, Ignore, Wait]"),
        (
            "Preferences.AutoRollback=true",
            "ValidationError",
            "The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is empty.",
        ),
        ("DesiredConfiguration.LaunchTemplate.LaunchTemplateName=gone", "ValidationError", "does not exist"),
        (
            "DesiredConfiguration.LaunchTemplate.LaunchTemplateName=app&DesiredConfiguration.LaunchTemplate.Version=9",
            "ValidationError",
            "version 9",
        ),
    ];
    for (fields, code, words) in cases {
        let fields = if fields.contains("GroupName=") || fields.is_empty() {
            fields.to_owned()
        } else {
            format!("{base}&{fields}")
        };
        let fault = client.auto_scaling("StartInstanceRefresh", &fields).error();
        assert!(fault.0 == code && fault.1.contains(words), "{fields}: {fault:?}");
    }
    assert!(texts(&client.auto_scaling("DescribeInstanceRefreshes", base).good().body, "Status").is_empty());
    let (code, _) = client.auto_scaling("RollbackInstanceRefresh", base).error();
    assert_eq!(code, "ActiveInstanceRefreshNotFound");
    start(&client, base);
    let fault = client.auto_scaling("StartInstanceRefresh", base).error();
    assert_eq!(fault.0, "InstanceRefreshInProgress");
    assert!(fault.1.starts_with("An Instance Refresh is already in progress"));
    let (code, _) = client.auto_scaling("RollbackInstanceRefresh", base).error();
    assert_eq!(code, "IrreversibleInstanceRefresh");
}

#[test]
fn an_automatic_rollback_needs_a_version_to_go_back_to() {
    for version in ["$Latest", "$Default", "3"] {
        let client = with_group(&format!("version = \"{version}\"\nservers = [{{ count = 2, born = \"10d\" }}]"));
        let fields = format!("{}&Preferences.AutoRollback=true", to_version("2"));
        let (code, message) = client.auto_scaling("StartInstanceRefresh", &fields).error();
        assert!(code == "ValidationError" && message.contains("AutoRollback"), "{version}: {message}");
    }
}
