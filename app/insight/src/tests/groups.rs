//! What is counted over groups and the whole fleet.

use fleet::Server;

use super::world::{DAY_S, World, now};
use crate::finding::Totals;

#[test]
fn a_group_counts_its_own_and_the_fleet_counts_all() {
    let mut world = World::new();
    world.image("ami-1", "web 1", 90);
    world.template("lt-1", "web", &[(1, "ami-1"), (2, "ami-1")]);
    for (id, days, version) in [("i-1", 31, 1), ("i-2", 25, 1), ("i-3", 1, 2), ("i-4", 40, 2)] {
        let row = Server { template: world.uses("lt-1", version), ..world.born(id, days) };
        world.add(row);
    }
    let exempt = world.tags(&[("emberline:exempt", "because")]);
    let row = Server { tags: exempt, ..world.born("i-5", 400) };
    world.add(row);
    let row = Server { image: None, ..world.server("i-6") };
    world.add(row);
    world.group("web", Some("lt-1"), &["i-1", "i-2", "i-3"]);
    let known = world.known();

    let group = known.findings.groups[0];
    assert_eq!((group.overdue, group.due, group.behind, group.herd), (1, 1, 2, None));
    assert_eq!(
        known.findings.totals,
        Totals {
            servers: 6,
            overdue: 2,
            due: 1,
            young: 1,
            exempt: 1,
            unknown: 1,
            unknown_recipe: 6,
            behind_group: 2,
            snowflakes: 2,
            drifted: 0,
            fried: 0,
            mixed: 0,
        }
    );
}

#[test]
fn a_herd_is_told_by_its_first_and_its_number_and_what_is_overdue_is_none() {
    let mut world = World::new();
    let ids: Vec<String> = (0..8).map(|number| format!("i-{number}")).collect();
    // Five were born within three hours, two days before the last; two are long overdue, together.
    for (id, age_s) in ids.iter().zip([
        25 * DAY_S,
        25 * DAY_S - 3_600,
        25 * DAY_S - 7_200,
        25 * DAY_S - 7_201,
        25 * DAY_S - 10_800,
        23 * DAY_S - 1,
        90 * DAY_S,
        90 * DAY_S,
    ]) {
        let row = Server { interface_attached: now().plus_s(-age_s), ..world.server(id) };
        world.add(row);
    }
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.group("api", None, &members);
    world.group("empty", None, &[]);
    let known = world.known();
    assert_eq!(known.findings.groups[0].herd, Some((now().plus_s(5 * DAY_S).unwrap(), 5)));
    assert_eq!(known.findings.groups[1].herd, None);
}
