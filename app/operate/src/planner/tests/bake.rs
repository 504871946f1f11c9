use super::*;
use crate::testing::image;
use crate::{Action, ImageFacts};

fn bake(server: &str, name: Option<&str>, reboot: bool) -> Action {
    Action::Bake { server: server.into(), name: name.map(str::to_owned), reboot }
}

fn reimage(server: &str, image: Option<&str>) -> Action {
    Action::Reimage { server: server.into(), image: image.map(str::to_owned) }
}

#[test]
fn a_server_is_baked_under_a_name_that_no_other_image_has() {
    let mut account = Account::new();
    account.server("i-9").name = Some("web, the \u{1f525} one".into());
    let plan = planned(&account, bake("i-9", None, false)).unwrap();
    let name = "web- the - one-2026-11-23T12-00-00Z-1a2b3c4d";
    assert_eq!(
        works(&plan),
        [
            send(
                &json!({"call": "CreateImage", "server": "i-9", "name": name, "no_reboot": true}),
                Some("image"),
                None,
                None
            ),
            json!({"what": "image-available", "image": {"output": "image"}, "architecture": null}),
        ]
    );
    assert_eq!(plan.summary, format!("Bake i-9 (web, the \u{1f525} one) into the image {name}: it goes on running."));
    assert!(plan.warnings[0].starts_with("Without a restart the image holds what was on disk"), "{:?}", plan.warnings);
    account.server("i-9").name = Some("x".repeat(256));
    let sent = works(&planned(&account, bake("i-9", None, false)).unwrap())[0].clone();
    let name = sent.pointer("/send/mutation/name").unwrap().as_str().unwrap();
    assert!((3..=128).contains(&name.len()), "{name}");
}

#[test]
fn a_restart_takes_a_member_out_and_waits_for_it() {
    let mut account = Account::new();
    let rules = Rules { min_healthy_percent: 50, ..rules() };
    let plan = planned_by(&rules, &account, bake("i-1", Some("golden web"), true)).unwrap();
    assert_eq!(
        works(&plan),
        [
            send(
                &json!({"call": "CreateImage", "server": "i-1", "name": "golden web", "no_reboot": false}),
                Some("image"),
                Some(3),
                Some("i-1")
            ),
            json!({"what": "image-available", "image": {"output": "image"}, "architecture": null}),
            json!({"what": "healthy", "server": "i-1"}),
        ]
    );
    assert_eq!(capacity(&plan), [3, 2, 3, 2, 3]);
    assert_eq!(refusals(planned(&account, bake("i-1", None, true)))[0].0, Guard::Floor);
    let unmoved = planned(&account, bake("i-1", None, false)).unwrap();
    assert!(unmoved.capacity.is_empty() && unmoved.baseline.groups.is_empty());
    account.server("i-1").stop_protected = Some(true);
    assert_eq!(
        refusals(planned_by(&rules, &account, bake("i-1", None, true))),
        [(Guard::TerminationProtection, "i-1 is protected from being stopped".to_owned())]
    );
}

#[test]
fn a_name_that_ec2_does_not_take_or_has_is_refused() {
    let mut account = Account::new();
    account.images.insert("ami-5".into(), ImageFacts { name: Some("golden".into()), ..image("ami-5") });
    for (name, reason) in [
        ("golden", "there is an image of the name golden already: ami-5"),
        ("ab", "'ab' is no name that EC2 takes for an image"),
        ("web;rm", "'web;rm' is no name that EC2 takes for an image"),
    ] {
        assert_eq!(
            refusals(planned(&account, bake("i-9", Some(name), false))),
            [(Guard::Setting, reason.to_owned())],
            "{name}"
        );
    }
}

#[test]
fn a_root_is_replaced_in_place_and_the_old_one_is_kept() {
    let plan = planned(&Account::new(), reimage("i-9", None)).unwrap();
    let task = json!({"call": "CreateReplaceRootVolumeTask", "server": "i-9", "image": null, "delete_replaced": false});
    assert_eq!(
        works(&plan),
        [
            send(&task, Some("root-task"), None, None),
            json!({"what": "root-replaced", "server": "i-9", "task": {"output": "root-task"}}),
        ]
    );
    assert_eq!(lost(&plan.losses), [(LossKind::RootChanges, "vol-9"), (LossKind::DetachedVolume, "vol-9")]);
    assert_eq!(
        plan.summary,
        "Re-image i-9 in place, as it was at its launch (image ami-3): it restarts and keeps its id and its addresses."
    );
}

#[test]
fn a_members_root_is_replaced_only_above_the_floor() {
    let account = Account::new();
    assert_eq!(
        refusals(planned(&account, reimage("i-1", Some("ami-4")))),
        [(Guard::Floor, "the group web would fall to 2 healthy servers, its floor is 3".to_owned())]
    );
    let rules = Rules { min_healthy_percent: 50, ..rules() };
    let plan = planned_by(&rules, &account, reimage("i-1", Some("ami-4"))).unwrap();
    assert_eq!(works(&plan)[0].pointer("/send/takes_out"), Some(&json!("i-1")));
    assert_eq!(works(&plan)[0].pointer("/send/desired"), Some(&json!(3)));
    assert_eq!(capacity(&plan), [3, 2, 3, 2, 3]);
    assert_eq!(plan.warnings[1], "i-1 will differ from version 3 of lt-web, which it was launched from.");
}

#[test]
fn an_image_that_does_not_fit_is_refused() {
    let mut account = Account::new();
    account.images.insert("ami-x".into(), ImageFacts { architecture: Some("x86_64".into()), ..image("ami-x") });
    for (image, reason) in [
        ("ami-x", "the image ami-x is for x86_64, and i-9 is arm64"),
        ("ami-none", "the image ami-none is not there, or not shared with this account"),
    ] {
        assert_eq!(refusals(planned(&account, reimage("i-9", Some(image)))), [(Guard::Launchable, reason.to_owned())]);
    }
}
