//! How far images are behind their family.

use fleet::{Call, Gap, GapKind, ImageIx};

use super::world::{Known, World};
use crate::finding::ImageFinding;

fn image(known: &Known, id: &str) -> (ImageIx, ImageFinding) {
    let at = known.lineage.images.iter().position(|image| known.fleet.str(image.id) == id).unwrap();
    (ImageIx(u32::try_from(at).unwrap()), known.findings.images[at])
}

fn newest(known: &Known, id: &str) -> Option<String> {
    let ix = image(known, id).1.newest?;
    Some(known.fleet.str(known.lineage.images[ix.at()].id).to_owned())
}

/// Three images of `web`, the last of them on a base that is not the newest.
fn chain() -> World {
    let mut world = World::new();
    world.image("ami-gold-1", "golden 1", 136);
    world.image("ami-gold-2", "golden 2", 75);
    world.image("ami-1", "web 1", 90);
    world.image("ami-2", "web 2", 30);
    world.image("ami-3", "web 3", 9);
    world.baked("golden", "1.0.0", "ami-gold-1", None);
    world.baked("golden", "1.0.1", "ami-gold-2", None);
    for (version, image) in [("1.0.0", "ami-1"), ("1.0.1", "ami-2"), ("1.0.2", "ami-3")] {
        world.baked("web", version, image, Some("ami-gold-1"));
    }
    world
}

#[test]
fn an_image_is_behind_the_newest_of_its_family_and_its_base_likewise() {
    let mut world = chain();
    for (id, server_image) in [("i-1", "ami-1"), ("i-3", "ami-3")] {
        let row = fleet::Server { image: Some(world.sym(server_image)), ..world.born(id, 1) };
        world.add(row);
    }
    let known = world.known();
    for (id, behind, of) in [("ami-1", 81, "ami-3"), ("ami-2", 21, "ami-3"), ("ami-3", 0, "ami-3")] {
        assert_eq!(image(&known, id).1.behind_days, Some(behind), "{id}");
        assert_eq!(newest(&known, id).as_deref(), Some(of), "{id}");
        assert_eq!(image(&known, id).1.base_behind_days, Some(61), "{id}");
    }
    assert_eq!((known.of("i-1").behind_days, known.of("i-1").newest), (Some(81), Some(image(&known, "ami-3").0)));
    assert_eq!((known.of("i-3").behind_days, known.of("i-3").newest), (Some(0), None), "the newest has no newer");
}

#[test]
fn a_copy_is_as_far_behind_as_its_origin_and_is_shown_the_newest_of_its_region() {
    let mut world = chain();
    let us = world.add_scope("210987654321", "us-east-1");
    world.copy("ami-us-1", us, 1, "ami-1");
    world.copy("ami-us-3", us, 0, "ami-3");
    let known = world.known();
    assert_eq!(image(&known, "ami-us-1").1.behind_days, Some(81));
    assert_eq!(newest(&known, "ami-us-1").as_deref(), Some("ami-us-3"));
    assert_eq!(image(&known, "ami-us-3").1.behind_days, Some(0));
    assert_eq!(newest(&known, "ami-us-3").as_deref(), Some("ami-us-3"));
    assert_eq!(newest(&known, "ami-1").as_deref(), Some("ami-3"));
}

#[test]
fn an_image_that_can_not_be_launched_is_not_the_newest() {
    for state in ["failed", "pending", "deregistered", "disabled"] {
        let mut world = chain();
        let state_sym = world.sym(state);
        world.rows.fleet.images.iter_mut().find(|row| row.created > super::world::days_ago(20)).unwrap().state =
            Some(state_sym);
        let known = world.known();
        assert_eq!(image(&known, "ami-1").1.behind_days, Some(60), "{state}");
        assert_eq!(newest(&known, "ami-1").as_deref(), Some("ami-2"), "{state}");
    }
}

#[test]
fn images_of_the_unknown_recipe_have_no_family_to_be_behind() {
    let mut world = World::new();
    world.image("ami-1", "one", 90);
    world.image("ami-2", "two", 3);
    let known = world.known();
    assert_eq!(image(&known, "ami-1").1.behind_days, None);
}

#[test]
fn what_is_newest_is_unknown_where_images_could_not_be_read() {
    let mut world = chain();
    let message = world.sym("throttled");
    let scope = world.scope;
    world.rows.fleet.gaps.push(Gap {
        scope,
        call: Call::DescribeImages,
        action: None,
        resource: None,
        kind: GapKind::Throttled,
        message,
    });
    let known = world.known();
    assert_eq!((image(&known, "ami-1").1.behind_days, image(&known, "ami-1").1.newest), (None, None));
}

#[test]
fn a_copy_of_unknown_age_may_be_the_newest_unless_it_came_before_what_is() {
    for (copied_days_ago, behind) in [(90, Some(0)), (10, None)] {
        let mut world = World::new();
        let there = world.add_scope("210987654321", "us-east-1");
        let tags = world.tags(&[("packer:template", "web")]);
        world.image("ami-1", "web", 50).tags = tags;
        world.copy("ami-2", there, copied_days_ago, "ami-of-an-unread-list");
        world.rows.fleet.images.last_mut().unwrap().tags = tags;
        let known = world.known();
        let found = image(&known, "ami-1").1;
        assert_eq!((found.behind_days, found.newest.is_some()), (behind, behind.is_some()), "{copied_days_ago}");
    }
}

#[test]
fn a_vendors_image_is_behind_by_at_least_what_is_in_use() {
    let mut world = World::new();
    for (id, name, days) in [
        ("ami-a", "al2023-ami-2023.5.20260903.0-kernel-6.1-x86_64", 80),
        ("ami-b", "al2023-ami-2023.5.20261003.0-kernel-6.1-x86_64", 50),
    ] {
        let (owner, alias) = (world.sym("137112412989"), world.sym("amazon"));
        let image = world.image(id, name, days);
        (image.owner, image.owner_alias, image.public) = (Some(owner), Some(alias), Some(true));
    }
    let known = world.known();
    assert_eq!(image(&known, "ami-a").1.behind_days, Some(30));
    assert_eq!(image(&known, "ami-b").1.behind_days, None, "a newer one may be for sale");
}
