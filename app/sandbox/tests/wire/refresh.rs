//! Instance refreshes, from the call to their end.

use std::time::Duration;

use emberline_sandbox::{AlarmState, Sandbox};

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
    booting(more, 60)
}

/// The same with servers that work after about so many seconds.
pub(crate) fn booting(more: &str, boot_s: u32) -> Client {
    open(&format!(
        "{TEN}\n[[group]]\nscope = \"one/eu-west-1\"\nname = \"app\"\nage = \"90d\"\ntemplate = \"app\"\nzones = \"abc\"\n\
         boot = \"{boot_s}s\"\n{more}\n"
    ))
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

pub(crate) fn to_version(number: &str) -> String {
    format!(
        "AutoScalingGroupName=app&DesiredConfiguration.LaunchTemplate.LaunchTemplateName=app&\
         DesiredConfiguration.LaunchTemplate.Version={number}&Preferences.InstanceWarmup=60"
    )
}

/// Starts a refresh and returns its id.
pub(crate) fn start(client: &Client, fields: &str) -> String {
    client.auto_scaling("StartInstanceRefresh", fields).good().text("InstanceRefreshId").unwrap()
}

/// The newest refresh.
pub(crate) fn told(client: &Client) -> String {
    let answer = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=app").good();
    answer.each("InstanceRefreshId").swap_remove(0)
}

pub(crate) fn status(client: &Client) -> (String, u32, u32) {
    let told = told(client);
    let number = |element: &str| text(&told, element).parse().unwrap();
    (text(&told, "Status"), number("PercentageComplete"), number("InstancesToUpdate"))
}

pub(crate) fn group(client: &Client) -> String {
    client.auto_scaling("DescribeAutoScalingGroups", "AutoScalingGroupNames.member.1=app").good().body
}

/// The ids, states and template versions of the group's servers.
pub(crate) fn servers(client: &Client) -> Vec<(String, String, String)> {
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

pub(crate) fn advance(client: &Client, seconds: u64) {
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

#[test]
fn a_checkpoint_is_waited_for_and_then_passed() {
    let client = ten();
    let fields = format!(
        "{}&Preferences.MinHealthyPercentage=80&Preferences.CheckpointPercentages.member.1=20&\
         Preferences.CheckpointPercentages.member.2=50&Preferences.CheckpointPercentages.member.3=100&\
         Preferences.CheckpointDelay=900",
        to_version("2")
    );
    start(&client, &fields);
    let mut stays: Vec<(u32, usize)> = Vec::new();
    until(&client, "Successful", 14_400, || {
        let done = versions(&client).iter().filter(|version| *version == "2").count();
        match stays.last_mut() {
            Some((last, _)) if *last == status(&client).1 => stays.last_mut().unwrap().1 += 1,
            _ => stays.push((status(&client).1, 1)),
        }
        let reason = text(&format!("{}<StatusReason>-<", told(&client)), "StatusReason");
        if reason.contains("checkpoint percentage 20") {
            assert_eq!(done, 2);
        } else if reason.contains("checkpoint percentage 50") {
            assert_eq!(done, 5);
        }
    });
    let long: Vec<u32> = stays.iter().filter(|(_, tens)| *tens >= 90).map(|(percent, _)| *percent).collect();
    assert_eq!(long, [20, 50], "{stays:?}");
    assert_eq!(versions(&client), ["2"; 10]);
}

#[test]
fn a_last_checkpoint_below_a_hundred_ends_the_work_there() {
    let client = ten();
    let fields =
        format!("{}&Preferences.CheckpointPercentages.member.1=30&Preferences.CheckpointDelay=600", to_version("2"));
    start(&client, &fields);
    until(&client, "Successful", 7_200, || ());
    assert_eq!(status(&client), ("Successful".to_owned(), 30, 7));
    assert_eq!(versions(&client).iter().filter(|version| *version == "2").count(), 3);
}

#[test]
fn a_bake_time_is_waited_for_at_the_end() {
    let client = ten();
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=0&Preferences.BakeTime=3600", to_version("2")));
    until(&client, "Baking", 1_800, || ());
    assert_eq!(status(&client), ("Baking".to_owned(), 100, 0));
    let (head, _) = group(&client).split_once("<MinSize>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(text(&head, "Version"), "1");
    advance(&client, 3_500);
    assert_eq!(status(&client).0, "Baking");
    advance(&client, 200);
    assert_eq!(status(&client).0, "Successful");
}

#[test]
fn what_matches_is_skipped() {
    let client = with_group(
        "version = \"1\"\nmin = 1\nservers = [{ count = 3, born = \"10d..20d\" }, { count = 4, version = 2, born = \"2d\" }]",
    );
    let kept: Vec<String> =
        servers(&client).into_iter().filter(|(_, _, version)| version == "2").map(|(id, ..)| id).collect();
    start(&client, &format!("{}&Preferences.SkipMatching=true", to_version("2")));
    advance(&client, 10);
    assert_eq!(status(&client), ("InProgress".to_owned(), 0, 3));
    until(&client, "Successful", 7_200, || ());
    let after = servers(&client);
    assert!(kept.iter().all(|id| after.iter().any(|(other, ..)| id == other)));
    assert_eq!(versions(&client), ["2"; 7]);
    // Once more there is nothing to do.
    start(&client, &format!("{}&Preferences.SkipMatching=true", to_version("2")));
    advance(&client, 10);
    assert_eq!(status(&client), ("Successful".to_owned(), 100, 0));
    assert_eq!(servers(&client), after);
}

#[test]
fn protected_and_standby_servers_are_treated_as_asked() {
    let group = "version = \"1\"\nmin = 1\nservers = [{ count = 4, born = \"10d..20d\" }, \
                 { count = 1, born = \"30d\", protected_from_scale_in = true }, \
                 { count = 1, born = \"30d\", lifecycle = \"Standby\" }]";
    // What is asked, how it ends, and how many servers of version 1 are left.
    let cases = [
        ("Ignore", "Ignore", "Successful", 2),
        ("Refresh", "Ignore", "Successful", 1),
        ("Refresh", "Terminate", "Successful", 0),
        ("Wait", "Ignore", "Failed", 2),
        ("Ignore", "Wait", "Failed", 2),
    ];
    for (protected, standby, end, left) in cases {
        let client = with_group(group);
        let fields = format!(
            "{}&Preferences.MinHealthyPercentage=0&Preferences.ScaleInProtectedInstances={protected}&\
             Preferences.StandbyInstances={standby}",
            to_version("2")
        );
        start(&client, &fields);
        until(&client, end, 7_200, || ());
        let found = versions(&client).iter().filter(|version| *version == "1").count();
        assert_eq!(found, left, "{protected} {standby} {:?}", servers(&client));
        let told = told(&client);
        if protected == "Wait" {
            assert!(text(&told, "StatusReason").contains("1 instance is protected from scale in"), "{told}");
        } else if standby == "Wait" {
            assert!(text(&told, "StatusReason").contains("1 instance is in Standby"), "{told}");
        }
    }
}

#[test]
fn an_alarm_ends_a_refresh_or_undoes_it() {
    for (rollback, end, version) in [(false, "Failed", "2"), (true, "RollbackSuccessful", "1")] {
        let client = ten();
        let fields = format!(
            "{}&Preferences.MinHealthyPercentage=50&Preferences.AutoRollback={rollback}&\
             Preferences.AlarmSpecification.Alarms.member.1=errors",
            to_version("2")
        );
        start(&client, &fields);
        advance(&client, 100);
        assert!(client.sandbox.set_alarm("123456789012", "eu-west-1", "errors", AlarmState::Alarm));
        until(&client, end, 7_200, || ());
        let told = told(&client);
        assert!(told.contains("The CloudWatch alarm errors is in the ALARM state."), "{told}");
        advance(&client, 3_600);
        assert_eq!(in_service(&client), 10);
        assert_eq!(versions(&client).contains(&"2".to_owned()), version == "2");
        let (head, _) = group(&client).split_once("<MinSize>").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(text(&head, "Version"), "1");
    }
}

#[test]
fn a_rollback_puts_back_what_was_replaced_and_nothing_else() {
    let client = ten();
    let before: Vec<String> = servers(&client).into_iter().map(|(id, ..)| id).collect();
    start(&client, &to_version("2"));
    until(&client, "InProgress", 60, || ());
    while status(&client).1 < 40 {
        advance(&client, 10);
    }
    let at = status(&client);
    client.auto_scaling("RollbackInstanceRefresh", "AutoScalingGroupName=app").good();
    assert_eq!(status(&client).0, "RollbackInProgress");
    let (code, _) = client.auto_scaling("RollbackInstanceRefresh", "AutoScalingGroupName=app").error();
    assert_eq!(code, "ActiveInstanceRefreshNotFound");
    let mut last = at.1;
    until(&client, "RollbackSuccessful", 7_200, || {
        let percent = status(&client).1;
        assert!(percent <= last, "{percent} after {last}");
        last = percent;
    });
    assert_eq!(status(&client), ("RollbackSuccessful".to_owned(), 0, 10));
    let told = told(&client);
    assert_eq!(text(&told, "PercentageCompleteOnRollback"), at.1.to_string());
    assert_eq!(text(&told, "InstancesToUpdateOnRollback"), at.2.to_string());
    assert_eq!(text(&told, "RollbackReason"), "Rollback requested by the user.");
    assert_eq!(versions(&client), ["1"; 10]);
    let kept = servers(&client).iter().filter(|(id, ..)| before.contains(id)).count();
    assert!((4..=6).contains(&kept), "{kept}");
}

#[test]
fn a_rollback_can_be_called_off_too() {
    let client = ten();
    start(&client, &to_version("2"));
    advance(&client, 1_000);
    client.auto_scaling("RollbackInstanceRefresh", "AutoScalingGroupName=app").good();
    let fields = "AutoScalingGroupName=app&WaitForTransitioningInstances=false";
    client.auto_scaling("CancelInstanceRefresh", fields).good();
    advance(&client, 20);
    let told = told(&client);
    assert_eq!(text(&told, "Status"), "Cancelled");
    assert!(text(&told, "StatusReason").starts_with("Cancelled without waiting"), "{told}");
    advance(&client, 3_600);
    assert_eq!(in_service(&client), 10);
}

#[test]
fn a_new_newest_version_in_mid_refresh_replaces_twice() {
    let client =
        with_group("version = \"$Latest\"\nmin = 1\nservers = [{ count = 4, version = 1, born = \"10d..20d\" }]");
    start(&client, &format!("{}&Preferences.MinHealthyPercentage=75", to_version("$Latest")));
    while status(&client).1 < 50 {
        advance(&client, 10);
    }
    // Two are done and one has begun.
    assert_eq!(versions(&client).iter().filter(|version| *version == "3").count(), 3);
    let fields = "LaunchTemplateName=app&SourceVersion=2&LaunchTemplateData.InstanceType=m6i.large";
    client.ec2("CreateLaunchTemplateVersion", fields).good();
    until(&client, "Successful", 7_200, || ());
    assert_eq!(versions(&client), ["4"; 4]);
    let activities = client.auto_scaling("DescribeScalingActivities", "AutoScalingGroupName=app").good();
    let launched = activities
        .all("Cause")
        .iter()
        .filter(|cause| cause.contains("launched in response to an instance refresh"))
        .count();
    assert_eq!(launched, 3 + 4);
}

#[test]
fn launches_that_never_work_fail_it_after_an_hour_or_so() {
    for (rollback, end) in [(false, "Failed"), (true, "RollbackFailed")] {
        let client =
            with_group("version = \"1\"\nmin = 1\nboot_fails = 1.0\nservers = [{ count = 10, born = \"10d..20d\" }]");
        let fields = format!("{}&Preferences.AutoRollback={rollback}", to_version("2"));
        start(&client, &fields);
        until(&client, end, 5 * 3_600, || {
            let servers = servers(&client);
            let healthy = servers.iter().filter(|(_, state, version)| state == "InService" && version == "1");
            assert_eq!(healthy.count(), 9);
        });
        assert!(text(&told(&client), "StatusReason").starts_with("Timed out after 1 hour"), "{}", told(&client));
    }
}

#[test]
fn harbors_refresh_goes_on_until_a_protected_server_stops_it() {
    let client = Client::prod();
    let told = || {
        let answer = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=web-prod").good();
        let first = answer.each("InstanceRefreshId").swap_remove(0);
        first.split("</member></InstanceRefreshes>").next().unwrap().to_owned()
    };
    let before = told();
    advance(&client, 50);
    assert_eq!(before, told());
    assert_eq!((text(&before, "PercentageComplete"), text(&before, "InstancesToUpdate")), ("79".into(), "9".into()));
    advance(&client, 3_600);
    let after = told();
    assert_eq!((text(&after, "PercentageComplete"), text(&after, "InstancesToUpdate")), ("97".into(), "1".into()));
    assert_eq!(
        text(&after, "StatusReason"),
        "Waiting for instances to be replaced: 1 instance is protected from scale in."
    );
    advance(&client, 3_600);
    assert_eq!(text(&told(), "Status"), "Failed");
}
