//! Rows that no honest pull would hold break nothing.

use fleet::query::Query;
use fleet::{Node, RootTarget, Server};
use proptest::prelude::*;

use super::world::{World, now};
use crate::policy::Policy;
use crate::select::select;
use crate::story::story;

/// What one server may be made of: ages in seconds of its clocks, an image and a group by number, tags.
type Row = (Option<i64>, Option<i64>, Option<i64>, u8, u8, String, Option<i64>);

fn age() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(prop_oneof![-1_000_000_i64..100_000_000, Just(0), Just(1_700_000_000)])
}

proptest! {
    #[test]
    fn any_fleet_has_findings_and_stories(
        rows in prop::collection::vec((age(), age(), age(), 0_u8..5, 0_u8..4, ".{0,6}", age()), 0..20),
        images in prop::collection::vec((0_u8..5, 0_u8..5, age()), 0..5),
        cap_s in prop::option::of(any::<u32>()),
    ) {
        let rows: Vec<Row> = rows;
        let mut world = World::new();
        let number = rows.len();
        for (ix, (interface, root, launch, image, group, tag, reborn)) in rows.into_iter().enumerate() {
            let at = |age_s: Option<i64>| age_s.and_then(|age_s| now().plus_s(-age_s));
            let row = Server {
                interface_attached: at(interface),
                root_attached: at(root),
                launched: at(launch),
                image: Some(world.sym(&format!("ami-{image}"))),
                group: Some(world.sym(&format!("group-{group}"))),
                template: world.uses("lt-1", u32::from(image)),
                tags: world.tags(&[("emberline:lifetime", tag.as_str()), ("emberline:exempt", tag.as_str())][..usize::from(image % 3)]),
                ..world.server(&format!("i-{ix}"))
            };
            world.add(row);
            if let Some(reborn) = reborn {
                let target = (group > 1).then_some(RootTarget::LaunchState);
                world.replaced(&format!("i-{ix}"), "succeeded", reborn / 86_400, target);
            }
        }
        for (id, source, age_s) in images {
            let scope = world.scope;
            world.copy(&format!("ami-{id}"), scope, age_s.unwrap_or(0) / 86_400, &format!("ami-{source}"));
        }
        world.template("lt-1", "web", &[(1, "ami-1"), (2, "ami-2")]);
        world.group("group-1", Some("lt-1"), &["i-0", "i-1", "i-7"]).max_instance_lifetime_s = cap_s;
        world.group("group-2", Some("lt-9"), &["i-2"]);
        let known = world.known();
        prop_assert_eq!(known.findings.servers.len(), number);
        let totals = known.findings.totals;
        prop_assert_eq!(totals.overdue + totals.due + totals.young + totals.exempt + totals.unknown, totals.servers);
        for node in known.lineage.nodes() {
            let told = story(&known.fleet, &known.lineage, &known.findings, node);
            prop_assert!(told.plain().ends_with('.'), "{:?}: {}", node, told.plain());
            prop_assert!(told.spans.windows(2).all(|pair| pair[0].strong != pair[1].strong), "spans are merged");
        }
        let all = Query::parse("age>0s or not age>0s").unwrap();
        let found = select(&known.fleet, &known.lineage, &known.findings, &Policy::default(), &all);
        prop_assert_eq!(found.len(), number);
    }
}

#[test]
fn a_node_of_another_fleet_has_no_story() {
    let known = World::new().known();
    for node in [
        Node::Server(fleet::ServerIx(7)),
        Node::Group(fleet::GroupIx(7)),
        Node::Image(fleet::ImageIx(7)),
        Node::Recipe(fleet::RecipeIx(7)),
        Node::TemplateVersion(fleet::TemplateIx(7)),
    ] {
        assert_eq!(story(&known.fleet, &known.lineage, &known.findings, node).spans, []);
    }
}
