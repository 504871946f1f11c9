//! A reading that fails says what kind of failure it is, what is missing and what to do.

use operate::{Calls as _, Detail, ReadErrorKind};

use crate::harbor::Harbor;

#[test]
fn a_denied_reading_names_its_action() {
    let harbor = Harbor::open();
    harbor.inject("denied:action=autoscaling:DescribeLifecycleHooks");
    let error = harbor.operator.group(&harbor.scope, "web-prod").unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::Denied);
    assert_eq!(error.action.as_deref(), Some("autoscaling:DescribeLifecycleHooks"));
    assert!(error.to_string().contains("Allow the action autoscaling:DescribeLifecycleHooks"), "{error}");
}

#[test]
fn nobodys_policy_allows_nothing_but_asking_who_one_is() {
    let harbor = Harbor::under(&[]);
    assert_eq!(harbor.operator.caller(&harbor.scope).unwrap().account, harbor.scope.account);
    let error = harbor.operator.servers(&harbor.scope, &["i-0123456789abcdef0".into()], Detail::Plain).unwrap_err();
    assert_eq!((error.kind, error.action.as_deref()), (ReadErrorKind::Denied, Some("ec2:DescribeInstances")));
}

#[test]
fn what_may_pass_is_told_from_what_stays() {
    let cases = [
        ("throttle", ReadErrorKind::Passing),
        ("500", ReadErrorKind::Passing),
        ("503", ReadErrorKind::Passing),
        ("reset", ReadErrorKind::Passing),
        ("truncate", ReadErrorKind::Passing),
        ("timeout", ReadErrorKind::Passing),
        ("html500", ReadErrorKind::Other),
        ("expired", ReadErrorKind::Expired),
        ("denied", ReadErrorKind::Denied),
    ];
    std::thread::scope(|threads| {
        for (fault, kind) in cases {
            threads.spawn(move || {
                let harbor = Harbor::open();
                harbor.inject(&format!("{fault}:action=autoscaling:DescribeInstanceRefreshes"));
                let error = harbor.operator.refreshes(&harbor.scope, "web-prod").unwrap_err();
                assert_eq!(error.kind, kind, "{fault}: {error}");
                assert!(!error.to_string().to_lowercase().contains("pull again"), "{fault}: {error}");
            });
        }
    });
}

#[test]
fn what_goes_wrong_once_is_asked_again() {
    for fault in ["throttle", "500", "lost-after", "truncate"] {
        let harbor = Harbor::open();
        harbor.inject(&format!("{fault}:action=autoscaling:DescribeAutoScalingGroups,count=1"));
        assert_eq!(harbor.group("web-prod").desired, 44, "{fault}");
        assert_eq!(harbor.sandbox.faults()[0].fired, 1, "{fault}");
    }
}
