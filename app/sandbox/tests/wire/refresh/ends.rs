//! How a refresh is refused, called off, undone, or fails.

use emberline_sandbox::AlarmState;

use super::{advance, group, in_service, servers, start, status, ten, to_version, told, until, versions, with_group};
use crate::ask::{text, texts};

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
        ("Preferences.MinHealthyPercentage=many", "MalformedInput", "many can not be converted to an Integer"),
        ("Preferences.SkipMatching=perhaps", "MalformedInput", "perhaps can not be converted to a Boolean"),
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
