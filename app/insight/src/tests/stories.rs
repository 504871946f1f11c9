//! Stories as people read them.

use fleet::{RootTarget, Server};

use super::world::{Known, World, days_ago};
use crate::story::story;

/// `web`: 3 servers on version 11 and one on 12, of a recipe on a golden base that is 61 days behind.
fn web() -> World {
    let mut world = World::new();
    world.image("ami-gold-1", "al2023 golden 7", 136);
    world.image("ami-gold-2", "al2023 golden 8", 75);
    world.image("ami-1", "web 1.4.2", 75);
    world.image("ami-2", "web 1.4.3", 21);
    world.baked("golden", "1.0.7", "ami-gold-1", None);
    world.baked("golden", "1.0.8", "ami-gold-2", None);
    world.baked("web", "1.4.2", "ami-1", Some("ami-gold-1"));
    world.baked("web", "1.4.3", "ami-2", Some("ami-gold-2"));
    world.template("lt-1", "web", &[(11, "ami-1"), (12, "ami-2")]);
    for (id, version) in [("i-1", 11), ("i-2", 11), ("i-3", 11), ("i-4", 12)] {
        let image = world.sym(if version == 11 { "ami-1" } else { "ami-2" });
        let row = Server {
            image: Some(image),
            template: world.uses("lt-1", version),
            group: Some(world.sym("web-prod")),
            ..world.born(id, if version == 11 { 43 } else { 1 })
        };
        world.add(row);
    }
    world.group("web-prod", Some("lt-1"), &["i-1", "i-2", "i-3", "i-4"]);
    world
}

/// A server for each thing that can be unknown, gone or odd, outside any group but for one.
fn odd() -> World {
    let mut world = World::new();
    let us = world.add_scope("310987654321", "us-east-1");
    world.image("ami-1", "web 1.4.2", 475);
    let source = world.sym("i-jenkins");
    let by_hand = world.image("ami-hand", "jenkins-copy", 200);
    by_hand.source_server = Some(source);
    let (owner, alias) = (world.sym("137112412989"), world.sym("amazon"));
    let vendors = world.image("ami-amazon", "al2023-ami-2023.5.20260903.0-x86_64", 80);
    (vendors.owner, vendors.owner_alias, vendors.public) = (Some(owner), Some(alias), Some(true));
    let (deregistered, id) = (world.sym("deregistered"), "ami-0d19");
    let gone = world.image(id, "legacy", 900);
    (gone.state, gone.from) = (Some(deregistered), fleet::Call::DescribeInstanceImageMetadata);
    world.image("ami-p", "batch 88", 20);
    let packer = world.tags(&[("packer:template", "batch"), ("SourceAMI", "ami-amazon")]);
    world.rows.fleet.images.last_mut().unwrap().tags = packer;
    let add = |world: &mut World, id: &str, image: &str, change: &dyn Fn(&mut World, &mut Server)| {
        let image = world.sym(image);
        let mut row = Server { image: Some(image), ..world.born(id, 43) };
        change(world, &mut row);
        world.add(row);
    };
    add(&mut world, "i-unknown", "ami-1", &|_, _| {});
    add(&mut world, "i-hand", "ami-hand", &|_, row| row.interface_attached = days_ago(800));
    add(&mut world, "i-vendor", "ami-amazon", &|world, row| {
        row.tags = world.tags(&[("karpenter.sh/nodepool", "default")]);
    });
    add(&mut world, "i-packer", "ami-p", &|world, row| row.tags = world.tags(&[("emberline:lifetime", "soon")]));
    add(&mut world, "i-gone", "ami-0d19", &|_, _| {});
    add(&mut world, "i-lost", "ami-lost", &|_, row| row.scope = us);
    add(&mut world, "i-started", "ami-1", &|_, row| (row.interface_attached, row.launched) = (None, days_ago(6)));
    add(&mut world, "i-rooted", "ami-1", &|_, row| (row.interface_attached, row.root_attached) = (None, days_ago(6)));
    add(&mut world, "i-none", "ami-1", &|_, row| {
        (row.interface_attached, row.launched, row.image) = (None, None, None);
    });
    add(&mut world, "i-snapshot", "ami-1", &|_, _| {});
    add(&mut world, "i-again", "ami-1", &|_, _| {});
    add(&mut world, "i-exempt", "ami-1", &|world, row| {
        row.tags = world.tags(&[("emberline:exempt", "licence server")]);
    });
    add(&mut world, "i-silent", "ami-1", &|world, row| row.tags = world.tags(&[("emberline:exempt", "")]));
    let (snapshot, image) = (world.sym("snap-1"), world.sym("ami-p"));
    world.replaced("i-snapshot", "succeeded", 3, Some(RootTarget::Snapshot(snapshot)));
    world.replaced("i-again", "succeeded", 2, Some(RootTarget::Image(image)));
    world.group("capped", None, &["i-silent"]).max_instance_lifetime_s = Some(50 * 86_400);
    world
}

/// Each story by the label of its node.
fn holds(known: &Known, stories: &[(&str, &str)]) {
    for &(label, expected) in stories {
        assert_eq!(known.story_of(known.node(label)), expected, "{label}");
    }
}

#[test]
fn a_server_tells_its_birth_its_image_and_what_its_group_wants() {
    holds(
        &web().known(),
        &[
            (
                "i-1",
                "Born 43 days ago in group web-prod from web version 11. Its image was baked on 9 Sep by recipe web, on a \
                 base that is 61 days behind. The group now wants version 12; 3 of 4 servers still run 11.",
            ),
            (
                "i-4",
                "Born 1 day ago in group web-prod from web version 12. Its image was baked on 2 Nov by recipe web, on the \
                 current base al2023 golden 8.",
            ),
        ],
    );
}

#[test]
fn what_matters_stands_out() {
    let known = web().known();
    let told = story(&known.fleet, &known.lineage, &known.findings, known.node("i-1"));
    let strong: Vec<&str> = told.spans.iter().filter(|span| span.strong).map(|span| span.text.as_str()).collect();
    assert_eq!(strong, ["43 days ago", "web-prod", "web", "11", "9 Sep", "web", "61 days", "12", "3 of 4"]);
}

#[test]
fn the_only_server_behind_is_told_so() {
    let mut world = web();
    world.rows.fleet.servers.drain(1..3);
    let known = world.known();
    assert!(
        known
            .story_of_server("i-1")
            .ends_with("The group now wants version 12; of 2 servers only this one still runs 11.")
    );

    let mut world = web();
    world.rows.fleet.servers.truncate(1);
    let known = world.known();
    assert!(
        known.story_of_server("i-1").ends_with("The group now wants version 12; this, its only server, still runs 11.")
    );
}

#[test]
fn a_group_that_moved_to_another_template_names_it() {
    let mut world = web();
    world.template("lt-2", "web-arm", &[(1, "ami-2")]);
    let id = world.sym("lt-2");
    let group = world.rows.fleet.groups.last_mut().unwrap();
    let Some(fleet::LaunchSource::Template(spec)) = &mut group.launch else { panic!("it launches from a template") };
    spec.id = Some(id);
    let known = world.known();
    assert!(
        known.story_of_server("i-1").ends_with("The group now wants web-arm version 1; 3 of 4 servers still run web."),
        "{}",
        known.story_of_server("i-1")
    );
}

#[test]
fn the_things_above_a_server_have_stories_too() {
    holds(
        &web().known(),
        &[
            (
                "web-prod",
                "Group web-prod has 4 servers and wants web version 12; 3 of 4 still run another. 3 are overdue.",
            ),
            (
                "web : 11",
                "web version 11 names web 1.4.2. The image was baked on 9 Sep by recipe web, on a base that is 61 days \
                 behind. 3 servers were launched from it. No group wants it.",
            ),
            (
                "web : 12",
                "web version 12 names web 1.4.3. The image was baked on 2 Nov by recipe web, on the current base al2023 \
                 golden 8. 1 server was launched from it. Group web-prod wants it.",
            ),
            (
                "web 1.4.2",
                "web 1.4.2 was baked on 9 Sep by recipe web, on a base that is 61 days behind. It is 54 days behind web \
                 1.4.3. 3 servers run it.",
            ),
            (
                "al2023 golden 7",
                "al2023 golden 7 was baked on 10 Jul by recipe golden. It is 61 days behind al2023 golden 8. No server \
                 runs it. Recipe web builds on it.",
            ),
            (
                "web",
                "The Image Builder recipe web builds on al2023 golden 8 and last baked web 1.4.3 on 2 Nov. 4 servers run \
                 images of it.",
            ),
        ],
    );
}

#[test]
fn a_group_tells_its_herd_its_cap_and_who_manages_it() {
    let mut world = World::new();
    for id in ["i-1", "i-2", "i-3"] {
        let row = world.born(id, 9);
        world.add(row);
    }
    let row = world.born("i-4", 11);
    world.add(row);
    let operator = world.sym("eks.amazonaws.com");
    let group = world.group("nodes", None, &["i-1", "i-2", "i-3", "i-4"]);
    (group.max_instance_lifetime_s, group.operator) = (Some(36 * 3_600 * 9), Some(operator));
    world.group("empty", None, &[]);
    holds(
        &world.known(),
        &[
            (
                "nodes",
                "Group nodes has 4 servers; which template version it wants can't be told. 1 is due. A herd of 3 falls \
                 due within a day from 27 Nov. AWS burns its servers at 324 hours. It is managed by eks.amazonaws.com.",
            ),
            ("empty", "Group empty has no servers; which template version it wants can't be told."),
        ],
    );
}

#[test]
fn what_is_unknown_gone_or_odd_is_said_plainly() {
    holds(
        &odd().known(),
        &[
            (
                "i-unknown",
                "Born 43 days ago outside any group and without a template. Its image was made on 5 Aug 2025. Nobody \
                 knows what it was made from.",
            ),
            (
                "i-hand",
                "Born 2 years ago outside any group and without a template. Its image was made on 7 May by hand from \
                 server i-jenkins.",
            ),
            (
                "i-vendor",
                "Born 43 days ago outside any group, owned by Karpenter default. Its image was made on 4 Sep by Amazon.",
            ),
            (
                "i-packer",
                "Born 43 days ago outside any group and without a template. Its image was baked on 3 Nov by the Packer \
                 template batch, on al2023-ami-2023.5.20260903.0-x86_64. Its tag emberline:lifetime says 'soon', \
                 which is no lifetime, and so is not followed.",
            ),
            (
                "i-gone",
                "Born 43 days ago outside any group and without a template. Its image was made on 6 Jun 2024. Nobody \
                 knows what it was made from. Its image is gone: ami-0d19 was deregistered, so it can't be launched again \
                 from it.",
            ),
            (
                "i-lost",
                "Born 43 days ago outside any group and without a template. Nobody knows what its image was made from. \
                 Its image is gone: ami-lost was deregistered, so it can't be launched again from it.",
            ),
            (
                "i-started",
                "Last started 6 days ago outside any group and without a template. It may be older: that clock may have \
                 been reset by a stop and start, and it has no other. Its image was made on 5 Aug 2025. Nobody knows what \
                 it was made from.",
            ),
            (
                "i-rooted",
                "Born 6 days ago outside any group and without a template. It has no primary interface, so the time its \
                 root volume was attached stands in. Its image was made on 5 Aug 2025. Nobody knows what it was made \
                 from.",
            ),
            (
                "i-none",
                "Nobody knows when it was born. It stands outside any group and without a template. Nobody knows which \
                 image it runs.",
            ),
            (
                "i-snapshot",
                "Born 43 days ago outside any group and without a template. Its root volume was replaced from a snapshot \
                 3 days ago, so no image says what it runs.",
            ),
            (
                "i-again",
                "Born again 2 days ago, when its root volume was replaced, outside any group and without a template. It \
                 was launched from web 1.4.2; since then its root volume runs batch 88. Its image was baked on 3 Nov by \
                 the Packer template batch, on al2023-ami-2023.5.20260903.0-x86_64.",
            ),
            (
                "i-exempt",
                "Born 43 days ago outside any group and without a template. Its image was made on 5 Aug 2025. Nobody \
                 knows what it was made from. It is exempt from its lifetime: licence server.",
            ),
            (
                "i-silent",
                "Born 43 days ago in group capped. Its image was made on 5 Aug 2025. Nobody knows what it was made from. \
                 It is exempt from its lifetime, and the tag gives no reason. Its group's own lifetime ends on 30 Nov all \
                 the same.",
            ),
            (
                "capped",
                "Group capped has 1 server; which template version it wants can't be told. AWS burns its servers at 50 \
                 days.",
            ),
            (
                "legacy",
                "legacy was made on 6 Jun 2024. Nobody knows what it was made from. 1 server runs it. It is gone: \
                 ami-0d19 was deregistered, so nothing can be launched from it any more.",
            ),
            (
                "i-jenkins",
                "Somebody made jenkins-copy on 7 May by hand from server i-jenkins. 1 server runs what came of it. That \
                 server is gone, so that it can't be made the same way again.",
            ),
            (
                "Amazon",
                "The vendor Amazon last made al2023-ami-2023.5.20260903.0-x86_64 on 4 Sep, of those in use. 1 server runs \
                 an image of it.",
            ),
            ("unknown recipe", "Nobody knows what these images were made from. 7 servers run one of them."),
        ],
    );
}

#[test]
fn a_template_tells_its_parameter_and_a_ghost_that_it_is_gone() {
    let mut world = World::new();
    world.image("ami-1", "web 1", 20);
    world.template("lt-1", "web", &[(1, "ami-1"), (2, "ami-1"), (3, "ami-1")]);
    let (name, image) = (world.sym("/golden/web"), world.sym("ami-1"));
    let versions = &mut world.rows.fleet.template_versions;
    versions[0].image = Some(fleet::ImageRef::Parameter { name, image: Some(image) });
    versions[1].image = Some(fleet::ImageRef::Parameter { name, image: None });
    versions[2].image = None;
    let row = Server { template: world.uses("lt-1", 7), ..world.born("i-1", 1) };
    world.add(row);
    for group in ["web-a", "web-b"] {
        world.group(group, Some("lt-1"), &[]);
    }
    holds(
        &world.known(),
        &[
            (
                "web : 1",
                "web version 1 names web 1, by the parameter /golden/web. The image was made on 3 Nov. Nobody knows what \
                 it was made from. No server was launched from it. No group wants it.",
            ),
            (
                "web : 2",
                "web version 2 takes its image from the parameter /golden/web, which could not be read. No server was \
                 launched from it. No group wants it.",
            ),
            (
                "web : 3",
                "web version 3 names no image: the launch says which. No server was launched from it. 2 groups want it.",
            ),
            (
                "web : 7",
                "web version 7 is gone: nobody knows any more which image it named. 1 server was launched from it. No \
                 group wants it.",
            ),
        ],
    );
}
