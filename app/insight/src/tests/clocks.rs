//! The four clocks, and the traps that other tools fell into.

use fleet::{RootTarget, Server};

use super::world::{DAY_S, World, days_ago, now};
use crate::finding::{AgeFrom, Phoenix};

/// The first clock of one server, in days, with what says so.
fn age_of(make: impl FnOnce(&mut World) -> Server) -> (Option<i64>, Option<AgeFrom>) {
    let mut world = World::new();
    let row = make(&mut world);
    world.add(row);
    let finding = world.known().findings.servers[0];
    (finding.age_s().map(|age_s| age_s / DAY_S), finding.born_from)
}

#[test]
fn a_stopped_and_started_server_keeps_its_age() {
    let mut world = World::new();
    let row = Server { launched: days_ago(1), ..world.born("i-1", 43) };
    world.add(row);
    let finding = world.known().of("i-1");
    assert_eq!(finding.age_s(), Some(43 * DAY_S));
    assert_eq!(finding.born_from, Some(AgeFrom::Interface));
    assert_eq!(finding.since_s(finding.started), Some(DAY_S), "the second clock is the last start");
    assert_eq!(finding.phoenix, Phoenix::Overdue);
}

#[test]
fn a_root_replaced_to_launch_state_or_from_an_image_is_a_rebirth() {
    for make in [|_: &mut World| RootTarget::LaunchState, |world: &mut World| RootTarget::Image(world.sym("ami-2"))] {
        let age = age_of(|world| {
            let target = make(world);
            world.replaced("i-1", "succeeded", 3, Some(target));
            world.born("i-1", 43)
        });
        assert_eq!(age, (Some(3), Some(AgeFrom::RootReplacement)));
    }
}

#[test]
fn a_root_replaced_from_a_snapshot_or_a_volume_is_no_rebirth() {
    for make in [
        |world: &mut World| Some(RootTarget::Snapshot(world.sym("snap-1"))),
        |world: &mut World| Some(RootTarget::Volume(world.sym("vol-1"))),
        |_: &mut World| None,
    ] {
        let age = age_of(|world| {
            let target = make(world);
            world.replaced("i-1", "succeeded", 3, target);
            world.born("i-1", 43)
        });
        assert_eq!(age, (Some(43), Some(AgeFrom::Interface)));
    }
}

#[test]
fn a_replacement_that_did_not_succeed_is_no_rebirth() {
    for state in ["failed", "in-progress", "pending", "failing", "failed-detached"] {
        let age = age_of(|world| {
            world.replaced("i-1", state, 3, Some(RootTarget::LaunchState));
            world.born("i-1", 43)
        });
        assert_eq!(age, (Some(43), Some(AgeFrom::Interface)), "{state}");
    }
}

#[test]
fn the_latest_rebirth_counts_and_a_later_snapshot_does_not_undo_it() {
    let age = age_of(|world| {
        let snapshot = world.sym("snap-1");
        world.replaced("i-1", "succeeded", 9, Some(RootTarget::LaunchState));
        world.replaced("i-1", "succeeded", 20, Some(RootTarget::LaunchState));
        world.replaced("i-1", "succeeded", 2, Some(RootTarget::Snapshot(snapshot)));
        world.replaced("i-2", "succeeded", 1, Some(RootTarget::LaunchState));
        world.born("i-1", 43)
    });
    assert_eq!(age, (Some(9), Some(AgeFrom::RootReplacement)));
}

#[test]
fn a_replacement_before_the_interface_is_not_the_birth() {
    let age = age_of(|world| {
        world.replaced("i-1", "succeeded", 50, Some(RootTarget::LaunchState));
        world.born("i-1", 43)
    });
    assert_eq!(age, (Some(43), Some(AgeFrom::Interface)));
}

#[test]
fn without_an_interface_the_root_volume_stands_in_and_says_so() {
    let age = age_of(|world| Server { root_attached: days_ago(40), launched: days_ago(6), ..world.server("i-1") });
    assert_eq!(age, (Some(40), Some(AgeFrom::RootVolume)));
}

#[test]
fn with_neither_the_last_start_stands_in_and_says_that_it_may_have_been_reset() {
    let mut world = World::new();
    let row = Server { launched: days_ago(6), ..world.server("i-1") };
    world.add(row);
    let known = world.known();
    assert_eq!(known.of("i-1").born_from, Some(AgeFrom::LaunchTime));
    assert_eq!(known.of("i-1").age_s(), Some(6 * DAY_S));
    assert!(known.story_of_server("i-1").contains("may have been reset by a stop and start"));
}

#[test]
fn the_clock_of_a_root_volume_that_came_from_a_snapshot_tells_no_birth() {
    let age = age_of(|world| {
        let snapshot = world.sym("snap-1");
        world.replaced("i-1", "succeeded", 2, Some(RootTarget::Snapshot(snapshot)));
        Server { root_attached: days_ago(2), launched: days_ago(30), ..world.server("i-1") }
    });
    assert_eq!(age, (Some(30), Some(AgeFrom::LaunchTime)));
}

#[test]
fn a_rebirth_goes_before_a_stand_in_that_was_reset_after_it() {
    let age = age_of(|world| {
        world.replaced("i-1", "succeeded", 9, Some(RootTarget::LaunchState));
        Server { launched: days_ago(1), ..world.server("i-1") }
    });
    assert_eq!(age, (Some(9), Some(AgeFrom::RootReplacement)));
}

#[test]
fn without_any_clock_the_age_is_unknown_and_so_is_the_verdict() {
    let mut world = World::new();
    let row = world.server("i-1");
    world.add(row);
    let finding = world.known().of("i-1");
    assert_eq!((finding.born, finding.born_from, finding.age_s(), finding.due_at), (None, None, None, None));
    assert_eq!((finding.phoenix, finding.ratio()), (Phoenix::Unknown, None));
}

#[test]
fn a_birth_after_the_pull_counts_as_now() {
    let age = age_of(|world| Server { interface_attached: now().plus_s(90), ..world.server("i-1") });
    assert_eq!(age, (Some(0), Some(AgeFrom::Interface)));
}

#[test]
fn a_missing_image_is_of_unknown_age_and_never_ancient() {
    let mut world = World::new();
    let row = world.born("i-1", 3);
    world.add(row);
    let finding = world.known().of("i-1");
    assert_eq!((finding.image_made, finding.base_made, finding.behind_days), (None, None, None));
}

#[test]
fn an_image_that_is_gone_keeps_the_date_that_its_server_remembers() {
    let mut world = World::new();
    let deregistered = world.sym("deregistered");
    let image = world.image("ami-1", "web 1.4.2", 75);
    (image.state, image.from) = (Some(deregistered), fleet::Call::DescribeInstanceImageMetadata);
    let row = world.born("i-1", 3);
    world.add(row);
    let finding = world.known().of("i-1");
    assert_eq!(finding.since_s(finding.image_made), Some(75 * DAY_S));
}

#[test]
fn image_and_base_clocks_follow_copies_to_their_origin() {
    let mut world = World::new();
    let us = world.add_scope("210987654321", "us-east-1");
    world.image("ami-base", "al2023 golden", 136);
    world.image("ami-origin", "web 1.4.2", 75);
    world.baked("web", "1.4.2", "ami-origin", Some("ami-base"));
    world.copy("ami-copy", us, 2, "ami-origin");
    let image = world.sym("ami-copy");
    let row = Server { scope: us, image: Some(image), ..world.born("i-1", 1) };
    world.add(row);
    let finding = world.known().of("i-1");
    assert_eq!(finding.since_s(finding.image_made), Some(75 * DAY_S));
    assert_eq!(finding.since_s(finding.base_made), Some(136 * DAY_S));
}

#[test]
fn a_copy_whose_origin_was_not_read_is_of_unknown_age() {
    let mut world = World::new();
    let scope = world.scope;
    world.copy("ami-1", scope, 2, "ami-origin");
    let row = world.born("i-1", 1);
    world.add(row);
    assert_eq!(world.known().of("i-1").image_made, None);
}

#[test]
fn a_replaced_root_is_as_old_as_the_image_that_it_runs() {
    let mut world = World::new();
    world.image("ami-1", "web 1.4.2", 75);
    world.image("ami-2", "web 1.4.3", 21);
    let image = world.sym("ami-2");
    world.replaced("i-1", "succeeded", 3, Some(RootTarget::Image(image)));
    let row = world.born("i-1", 43);
    world.add(row);
    let finding = world.known().of("i-1");
    assert_eq!(finding.since_s(finding.image_made), Some(21 * DAY_S));
}
