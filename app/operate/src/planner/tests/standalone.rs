use super::*;
use crate::testing::{target_group, template_version};
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
fn its_successor_takes_its_places_behind_load_balancers_before_it_leaves_them() {
    let mut account = Account::new();
    account.server("i-9").template = Some(template_version(3));
    for (name, port, state) in [("side", 8_443, "unhealthy"), ("front", 80, "healthy"), ("side", 8_080, "initial")] {
        account.put_in(&target_group(name), "i-9", port, state);
    }
    account.put_in(&target_group("other"), "i-8", 80, "healthy");
    let plan = planned(&account, replace(&["i-9"])).unwrap();
    let (front, side) = (target_group("front"), target_group("side"));
    let successor = json!({"output": "successor"});
    let call = |call: &str, arn: &str, server: &Value, ports: &[u16]| {
        send(&json!({"call": call, "target_group": arn, "server": server, "ports": ports}), None, None, None)
    };
    let wait = |what: &str, arn: &str, server: &Value, ports: &[u16]| json!({"what": what, "target_group": arn, "server": server, "ports": ports});
    assert_eq!(
        works(&plan)[2..10],
        [
            call("RegisterTargets", &front, &successor, &[80]),
            call("RegisterTargets", &side, &successor, &[8_080, 8_443]),
            wait("serving", &front, &successor, &[80]),
            wait("serving", &side, &successor, &[8_080, 8_443]),
            call("DeregisterTargets", &front, &json!("i-9"), &[80]),
            call("DeregisterTargets", &side, &json!("i-9"), &[8_080, 8_443]),
            wait("drained", &front, &json!("i-9"), &[80]),
            wait("drained", &side, &json!("i-9"), &[8_080, 8_443]),
        ]
    );
    assert_eq!(works(&plan).len(), 12, "launched and healthy before, terminated and gone after");
    let said: Vec<&str> = plan.steps[2..10].iter().map(|step| step.sentence.as_str()).collect();
    assert_eq!(
        [said[0], said[3], said[5], said[6]],
        [
            "Register the successor in the target group front (port 80), beside i-9.",
            "Wait until the successor is healthy in the target group side (ports 8080, 8443); until then i-9 serves on.",
            "Take i-9 out of the target group side (ports 8080, 8443): it is asked nothing new and answers what it was \
             asked.",
            "Wait until i-9 has drained from the target group front (port 80).",
        ]
    );
    let crate::Work::Wait { within_s, .. } = plan.steps[8].work else { panic!("it waits") };
    assert!(within_s >= 3_600, "the longest deregistration delay is waited for");
    let kept: Vec<(&str, Option<u16>)> =
        plan.baseline.registered.iter().map(|one| (one.server.as_str(), one.port)).collect();
    assert_eq!(kept, [("i-9", Some(80)), ("i-9", Some(8_080)), ("i-9", Some(8_443))]);
    let last = plan.warnings.last().unwrap();
    assert!(last.starts_with("Nothing but its target groups leads to the successor of i-9 by itself"), "{last}");
}

#[test]
fn a_place_that_no_other_server_can_take_is_left_to_a_person() {
    let refused = |change: fn(&mut crate::RegistrationFacts)| {
        let mut account = Account::new();
        account.put_in(&target_group("front"), "i-9", 80, "healthy");
        change(&mut account.registered[0]);
        let refused = planned(&account, replace(&["i-9"])).unwrap_err();
        let [refusal] = &refused.refusals[..] else { panic!("{refused}") };
        assert_eq!(refusal.guard, Guard::Registered);
        refusal.to_string()
    };
    let by_hand = |target: &str| {
        format!(
            "Register a server that can stand in, then take i-9 out (`aws elbv2 deregister-targets --target-group-arn {} \
             --targets Id={target}`) and plan again once it has drained.",
            target_group("front")
        )
    };
    assert_eq!(
        refused(|one| one.target = "10.0.0.9".into()),
        format!(
            "i-9 is registered in the target group front by its address 10.0.0.9, which it takes along. {}",
            by_hand("10.0.0.9,Port=80")
        )
    );
    assert_eq!(
        refused(|one| one.state = "draining".into()),
        "i-9 drains from the target group front (port 80): somebody takes it out. Plan again once it has drained."
    );
    assert_eq!(
        refused(|one| one.port = None),
        format!("i-9 is registered in the target group front, and its port is not told. {}", by_hand("i-9"))
    );
    let why = |change: fn(&mut crate::RegistrationFacts)| refused(change).split_once(". ").unwrap().0.to_owned();
    let says = |text: &str| format!("i-9 is registered in the target group front{text}");
    assert_eq!(why(|one| one.target_type = "ip".into()), says(", whose targets are of the type ip"));
    assert_eq!(
        why(|one| one.protocol = Some("TCP_QUIC".into())),
        says(", where QUIC gives each target an id of its own")
    );
    assert_eq!(why(|one| one.zone = Some("all".into())), says(" for the zone all, which is told of addresses alone"));
    for state in ["unused", "unavailable", "busy"] {
        let mut account = Account::new();
        account.put_in(&target_group("front"), "i-9", 80, state);
        let refused = planned(&account, replace(&["i-9"])).unwrap_err().to_string();
        let why = "in the target group front (port 80), so nothing would tell when its successor serves";
        assert!(refused.starts_with(&format!("i-9 is {state} {why}")), "{refused}");
    }
}
