use super::*;
use crate::testing::template_version;
use crate::{Address, Interface, Volume};

#[test]
fn a_standalone_server_goes_only_once_its_successor_is_healthy() {
    let mut account = Account::new();
    account.server("i-9").template = Some(template_version(3));
    account.server("i-9").tags.insert("team".into(), "shop".into());
    let plan = planned(&account, replace(&["i-9"])).unwrap();
    let from = json!({"template": {"id": "lt-web", "version": 3}});
    assert_eq!(
        works(&plan),
        [
            send(&json!({"call": "RunInstances", "from": from, "subnet": "subnet-1"}), Some("successor"), None, None),
            json!({"what": "healthy", "server": {"output": "successor"}}),
            send(&json!({"call": "TerminateInstances", "server": "i-9"}), None, None, None),
            json!({"what": "gone", "server": "i-9", "group": null}),
        ]
    );
    assert_eq!(plan.summary, "Replace i-9: its successor comes first.");
    assert_eq!(plan.warnings[0], "The successor of i-9 comes from version 3 of lt-web, as i-9 did; the latest is 4.");
    assert_eq!(
        plan.warnings[1],
        "What was set on i-9 and not in its template (tags, security groups, role) is not on its successor. Its tags now: \
         team."
    );
    assert!(plan.capacity.is_empty());
}

#[test]
fn without_a_template_it_is_launched_from_what_ec2_says_of_it() {
    let mut account = Account::new();
    let from_itself = json!({"server": {"id": "i-9", "data_sha256": "sha-of-i-9"}});
    let launched = |account: &Account| {
        let plan = planned(account, replace(&["i-9"])).unwrap();
        (works(&plan)[0].pointer("/send/mutation/from").unwrap().clone(), plan.warnings)
    };
    assert_eq!(launched(&account).0, from_itself);
    account.server("i-9").template = Some(template_version(2));
    let (from, warnings) = launched(&account);
    assert_eq!(from, from_itself);
    assert_eq!(
        warnings[0],
        "Version 2 of the launch template lt-web, which i-9 came from, is gone: its successor is launched from what EC2 \
         says of i-9 itself."
    );
    account.images.clear();
    assert_eq!(
        refusals(planned(&account, replace(&["i-9"]))),
        [(Guard::Launchable, "the image ami-3 is not there, or not shared with this account".to_owned())]
    );
}

#[test]
fn all_that_is_lost_for_good_is_named() {
    let mut account = Account::new();
    let server = account.server("i-9");
    let volume = |id: &str, keeps: bool| Volume {
        id: id.into(),
        device: "/dev/sdf".into(),
        is_root: false,
        delete_on_termination: !keeps,
    };
    server.volumes.extend([volume("vol-kept", true), volume("vol-data", false)]);
    server.volumes.reverse();
    server.addresses = vec![
        Address::Private("10.0.0.9".into()),
        Address::Public("3.1.2.3".into()),
        Address::Elastic("52.1.2.3".into()),
    ];
    server.dns_names = vec!["ip-10-0-0-9.eu-west-1.compute.internal".into()];
    server.interfaces.push(Interface { id: "eni-x".into(), is_primary: false, delete_on_termination: false });
    let plan = planned(&account, replace(&["i-9"])).unwrap();
    assert_eq!(
        lost(&plan.losses),
        [
            (LossKind::RootChanges, "vol-9"),
            (LossKind::Volume, "vol-data"),
            (LossKind::DetachedVolume, "vol-kept"),
            (LossKind::Address, "10.0.0.9"),
            (LossKind::Address, "3.1.2.3"),
            (LossKind::ElasticAddress, "52.1.2.3"),
            (LossKind::DnsName, "ip-10-0-0-9.eu-west-1.compute.internal"),
            (LossKind::Interface, "eni-9"),
            (LossKind::Interface, "eni-x"),
        ]
    );
    let said: Vec<&str> = plan.losses.iter().map(|loss| loss.sentence.as_str()).collect();
    assert_eq!(
        [said[0], said[2], said[5], said[8]],
        [
            "The root volume vol-9 of i-9 is deleted, with all that was written on it since its launch.",
            "The volume vol-kept (/dev/sdf) of i-9 stays, attached to nothing: the successor does not have its data.",
            "The Elastic IP address 52.1.2.3 has nothing behind it once i-9 is gone: associate it anew.",
            "The network interface eni-x of i-9 stays, attached to nothing.",
        ]
    );
    account.server("i-9").volumes.clear();
    let plan = planned(&account, replace(&["i-9"])).unwrap();
    assert_eq!(lost(&plan.losses)[0], (LossKind::RootChanges, "i-9"), "an instance store is lost whole");
}

#[test]
fn one_that_load_balancers_count_on_is_not_replaced_before_it_is_taken_out() {
    let mut account = Account::new();
    let target = |name: &str, state: &str| crate::TargetFacts {
        target_group: format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{name}/1"),
        server: "i-9".into(),
        state: state.into(),
    };
    account.registered = vec![target("front", "healthy"), target("admin", "draining")];
    let refused = planned(&account, replace(&["i-9"])).unwrap_err();
    let [refusal] = &refused.refusals[..] else { panic!("{refused}") };
    assert_eq!(refusal.guard, Guard::Registered);
    assert_eq!(
        refusal.to_string(),
        "i-9 is registered in the target groups front (healthy), admin (draining), where its successor would not be. \
         Register a server that can stand in, then take i-9 out (`aws elbv2 deregister-targets --target-group-arn \
         arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/front/1 --targets Id=i-9`) and plan again once \
         it has drained."
    );
    account.registered[0].server = "i-8".into();
    account.registered.truncate(1);
    assert!(planned(&account, replace(&["i-9"])).is_ok(), "another server's target");
}
