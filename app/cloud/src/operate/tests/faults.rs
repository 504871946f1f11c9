//! What each way in which a call can go wrong proves.

use ::operate::{Mutation, Output};

use super::taken::preferences;
use super::*;

/// One of each kind of change, on things that are there.
fn changes(harbor: &Harbor) -> Vec<ExactMutation> {
    let group = "checkout-prod".to_owned();
    let server = harbor.server("kafka-1");
    let template = harbor.template_of("checkout-prod");
    let facts = harbor.facts(&server);
    let member = harbor.group(&group).members[0].server.clone();
    let recipe = format!("arn:aws:imagebuilder:eu-west-1:{}:image-recipe/api", harbor.scope.account);
    let target_group = harbor.group(&group).target_groups[0].clone();
    let pipeline = harbor.operator.pipelines(&harbor.scope, &recipe).unwrap().remove(0).arn;
    let from = ::operate::LaunchFrom::Template { id: template.clone(), version: 22 };
    vec![
        Mutation::TerminateInstanceInAutoScalingGroup { group: group.clone(), server: member, decrement: false },
        Mutation::SetDesiredCapacity { group: group.clone(), desired: 13 },
        Mutation::SetMaxInstanceLifetime { group: group.clone(), lifetime_s: 604_800 },
        Mutation::StartInstanceRefresh { group: group.clone(), preferences: preferences(), desired: None },
        Mutation::CancelInstanceRefresh { group: group.clone() },
        Mutation::RollbackInstanceRefresh { group },
        Mutation::RunInstances { from, subnet: None },
        Mutation::TerminateInstances { server: server.clone() },
        Mutation::RegisterTargets { target_group: target_group.clone(), server: server.clone(), ports: vec![80] },
        Mutation::DeregisterTargets { target_group, server: server.clone(), ports: vec![80] },
        Mutation::CreateReplaceRootVolumeTask { server: server.clone(), image: None, delete_replaced: false },
        Mutation::StartImagePipelineExecution { pipeline },
        Mutation::CreateImage { server, name: "by hand".into(), no_reboot: true },
        Mutation::CreateLaunchTemplateVersion {
            template,
            source_version: 22,
            image: facts.image,
            description: String::new(),
        },
    ]
}

#[test]
fn what_is_halted_at_the_last_moment_does_not_go_out() {
    let harbor = Harbor::open();
    harbor.halted.store(true, Ordering::Relaxed);
    for change in changes(&harbor) {
        let before = harbor.requests();
        let sent = harbor.send(&change, "op-1-0");
        assert!(matches!(&sent, Sent::Refused { code, .. } if code == Sent::NOT_SENT), "{change:?}: {sent:?}");
        assert_eq!(harbor.requests(), before, "{change:?}");
    }
}

#[test]
fn an_answer_that_does_not_tell_leaves_every_change_unknown_and_it_is_sent_once() {
    for fault in ["lost-before", "lost-after", "500", "503", "html500", "timeout", "reset", "truncate"] {
        let harbor = Harbor::open();
        for (number, change) in changes(&harbor).iter().enumerate() {
            let id = harbor.sandbox.inject(format!("{fault}:action={}", change.action()).parse().unwrap());
            let before = harbor.requests();
            let sent = harbor.send(change, &format!("op-1-{number}"));
            // What AWS refuses anyhow breaks off as an error that can't be read, where the answer is cut.
            assert!(
                matches!(&sent, Sent::Unknown { why } if !why.is_empty()),
                "{fault} {}: {sent:?}",
                change.operation()
            );
            assert_eq!(harbor.requests(), before + 1, "{fault} {}", change.operation());
            harbor.sandbox.remove_fault(id);
        }
    }
}

#[test]
fn what_aws_refuses_did_not_happen_and_says_what_is_missing() {
    for (fault, code_part) in [("denied", "denied"), ("throttle", ""), ("expired", "xpired")] {
        let harbor = Harbor::open();
        for (number, change) in changes(&harbor).iter().enumerate() {
            let id = harbor.sandbox.inject(format!("{fault}:action={}", change.action()).parse().unwrap());
            let before = harbor.requests();
            let sent = harbor.send(change, &format!("op-1-{number}"));
            let Sent::Refused { code, message, action, .. } = &sent else {
                panic!("{fault} {}: {sent:?}", change.operation())
            };
            assert_eq!(harbor.requests(), before + 1, "{fault} {}: no second try", change.operation());
            match fault {
                "denied" => {
                    assert_eq!(action.as_deref(), Some(change.action()), "{message}");
                    assert!(message.contains(&format!("Allow the action {}", change.action())), "{message}");
                }
                "throttle" => {
                    assert!(message.contains("Others use the same quota: try again in a minute."), "{message}");
                }
                _ => assert!(code.contains(code_part), "{code}: {message}"),
            }
            harbor.sandbox.remove_fault(id);
        }
    }
}

#[test]
fn a_lost_answer_tells_nothing_of_whether_it_happened() {
    let harbor = Harbor::open();
    let server = harbor.server("kafka-1");
    let terminate = Mutation::TerminateInstances { server: server.clone() };
    harbor.inject("lost-before:action=ec2:TerminateInstances,count=1");
    assert!(matches!(harbor.send(&terminate, "op-1-0"), Sent::Unknown { .. }));
    assert_eq!(harbor.facts(&server).state, "running");
    harbor.inject("lost-after:action=ec2:TerminateInstances,count=1");
    assert!(matches!(harbor.send(&terminate, "op-2-0"), Sent::Unknown { .. }));
    assert_ne!(harbor.facts(&server).state, "running");
    assert!(harbor.sandbox.faults().iter().all(|fault| fault.fired == 1));
}

#[test]
fn no_capacity_is_a_refusal() {
    let harbor = Harbor::open();
    harbor.inject("capacity:type=m6i.xlarge");
    let from = ::operate::LaunchFrom::Template { id: harbor.template_of("checkout-prod"), version: 22 };
    let launch = Mutation::RunInstances { from, subnet: None };
    let sent = harbor.send(&launch, "op-1-0");
    let Sent::Refused { code, .. } = &sent else { panic!("{sent:?}") };
    assert_eq!(code, "InsufficientInstanceCapacity");
    assert_eq!(harbor.operator.launched_with(&harbor.scope, &Token("op-1-0".into())).unwrap(), [""; 0]);
    harbor.sandbox.clear_faults();
    harbor.made(&launch, "op-2-0", Output::Successor);
}

#[test]
fn a_profile_that_is_not_open_sends_nothing() {
    let harbor = Harbor::open();
    let scope = Scope { profile: Some("some body".into()), ..harbor.scope.clone() };
    let error = harbor.operator.group(&scope, "web-prod").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "The profile some body, which reaches {scope}, is not among those that Emberline was started with. Start \
             it with --profile 'some body'."
        )
    );
    let nowhere = Scope { region: "evil.example/".into(), ..harbor.scope.clone() };
    assert!(harbor.operator.caller(&nowhere).unwrap_err().to_string().contains("is not a region's name"));
    let terminate = Mutation::TerminateInstances { server: "i-1".into() };
    assert!(matches!(harbor.operator.dry_run(&scope, &terminate), DryRun::Refused { code, .. } if code == "NotSent"));
    assert_eq!(harbor.sandbox.trace().len(), 0);
}

#[test]
fn a_wrong_clock_refuses_a_change_with_what_to_do_about_it() {
    for (seconds, way) in [(900, "15 min behind"), (-900, "15 min ahead of")] {
        let harbor = Harbor::open_at(jiff::Timestamp::now());
        harbor.group("checkout-prod");
        // It was right when the app was started.
        harbor.inject(&format!("skew:seconds={seconds}"));
        let sent = harbor.send(&Mutation::SetDesiredCapacity { group: "checkout-prod".into(), desired: 13 }, "op-1-0");
        let Sent::Refused { message, .. } = &sent else { panic!("{sent:?}") };
        let told = format!("This machine's clock is {way} AWS's, which makes AWS refuse it: set the clock.");
        assert!(message.ends_with(&told), "{message}");
    }
}
