//! When the servers of a fleet fall due.

use fleet::{GroupIx, Server, ServerIx};

use super::world::{DAY_S, Known, World, now};
use crate::calendar::{ASSUMED_REPLACE_S, Calendar, LONGEST_DAYS, day_number, proposals};
use crate::readiness::Basis;

const HOUR_S: i64 = 3_600;

impl Known {
    fn calendar(&self) -> Calendar {
        let all: Vec<ServerIx> = (0..).map(ServerIx).take(self.fleet.servers.len()).collect();
        Calendar::of(&self.fleet, &self.lineage, &self.findings, &all)
    }
}

/// A group of which a server falls due after each of `hours`, overdue where negative. It is 04:00.
fn group(hours: &[i64]) -> World {
    let mut world = World::new();
    let ids: Vec<String> = (0..hours.len()).map(|number| format!("i-{number:03}")).collect();
    for (id, hours) in ids.iter().zip(hours) {
        let row = Server { interface_attached: now().plus_s(hours * HOUR_S - 30 * DAY_S), ..world.server(id) };
        world.add(row);
    }
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.group("api", None, &members);
    world
}

#[test]
fn each_day_counts_what_falls_due_on_it_and_today_what_is_overdue() {
    let mut world = group(&[-100, -1, 0, 1, 19, 20, 44, 24 * 12]);
    for (id, tags) in [("i-exempt", [("emberline:exempt", "broker")].as_slice()), ("i-odd", &[])] {
        let row = Server { tags: world.tags(tags), ..world.server(id) };
        world.add(row);
    }
    let row = Server { interface_attached: now().plus_s(24 * HOUR_S - 30 * DAY_S), ..world.server("i-alone") };
    world.add(row);
    let tags = world.tags(&[("emberline:lifetime", "900d")]);
    let row = Server { tags, ..world.born("i-long", 1) };
    world.add(row);
    let calendar = world.known().calendar();
    assert_eq!(calendar.days.len(), LONGEST_DAYS, "one falls due long after");
    assert_eq!((calendar.later, calendar.exempt, calendar.unknown), (1, 1, 1));
    // Due at 04:00, 05:00 and 23:00 of today; at midnight and 04:00 tomorrow; at midnight of the day after.
    let due: Vec<(u32, u32)> = calendar.days[..4].iter().map(|day| (day.overdue, day.due)).collect();
    assert_eq!(due, [(3, 2), (0, 2), (0, 1), (0, 0)]);
    assert_eq!(calendar.days[12].due, 1);
    assert_eq!((calendar.peak(), calendar.dated()), (5, 10));
    let budgeted: u32 = calendar.days.iter().map(|day| day.budgeted).sum();
    let spread: u32 = calendar.days.iter().map(|day| day.spread).sum();
    assert_eq!((budgeted, spread), (9, 9), "nobody is lost");
}

#[test]
fn a_herd_is_marked_burns_in_rounds_under_the_budget_and_can_be_spread() {
    // Of twenty, eight within three hours in four days; the others one every other day.
    let mut hours = vec![96, 96, 96, 97, 97, 97, 98, 98];
    hours.extend((0..12).map(|number| 24 * (8 + 2 * number)));
    let known = group(&hours).known();
    let calendar = known.calendar();
    let [herd] = calendar.groups[..] else { panic!("{calendar:?}") };
    assert_eq!((herd.group, herd.servers, herd.overdue), (GroupIx(0), 20, 0));
    assert_eq!(herd.herd, Some((now().plus_s(4 * DAY_S).unwrap(), 8)));
    // How long one is down is unknown: three at once in the hour that is assumed, two allowed, the eighth waits.
    assert_eq!((herd.replace_s, herd.is_assumed), (ASSUMED_REPLACE_S, true));
    assert_eq!((herd.at_once, herd.allowed, herd.longest_wait_s), (3, 2, 3_600));
    assert_eq!((calendar.days[4].due, calendar.days[4].in_herds, calendar.days[4].budgeted), (8, 8, 8));
    // Eight by the fifth day take two a day; three of each pair of days move.
    assert_eq!((herd.day_peak, herd.spread_peak, herd.shortened), (8, 2, 6));
    let spread: Vec<u32> = calendar.days[..6].iter().map(|day| day.spread).collect();
    assert_eq!(spread, [0, 2, 2, 2, 2, 0]);

    let proposed = proposals(&known.fleet, &known.lineage, &known.findings, GroupIx(0));
    assert_eq!(proposed.len(), 6);
    for proposal in &proposed {
        let finding = known.findings.servers[proposal.server.at()];
        assert!(proposal.lifetime_s < finding.lifetime_s && proposal.burns_at < finding.due_at.unwrap());
        assert!(proposal.burns_at >= now());
    }
    let days: Vec<i64> = proposed.iter().map(|proposal| day_number(proposal.burns_at, now())).collect();
    assert_eq!(days, [1, 1, 2, 2, 3, 3]);
    assert_eq!(proposed[0].lifetime_s, 27 * 86_400);
}

#[test]
fn what_is_overdue_piles_up_today_and_waits_for_its_turn() {
    let mut world = group(&[-240; 24]);
    world.rows.fleet.groups[0].grace_s = Some(600);
    let row = fleet::Activity {
        group: world.sym("api"),
        scope: world.scope,
        server: None,
        kind: fleet::ActivityKind::Launch,
        status: Some(world.sym("Successful")),
        message: None,
        started: now().plus_s(-10_000),
        ended: now().plus_s(-7_000),
    };
    world.rows.fleet.activities.push(row);
    let known = world.known();
    let calendar = known.calendar();
    assert_eq!(known.findings.readiness.groups[0].boot.unwrap().basis, Basis::FewSamples);
    let [pile] = calendar.groups[..] else { panic!("{calendar:?}") };
    // Boot 50 minutes and warm-up ten: an hour a round, two at once: the last pair after eleven hours.
    assert_eq!((pile.overdue, pile.at_once, pile.allowed, pile.is_assumed), (24, 24, 2, false));
    assert_eq!((pile.replace_s, pile.longest_wait_s, pile.herd), (3_600, 39_600, None));
    assert_eq!((calendar.days[0].overdue, calendar.days[0].due), (24, 0));
    assert_eq!((calendar.days[0].budgeted, calendar.days[1].budgeted), (24, 0));
    assert_eq!((pile.spread_peak, pile.shortened), (0, 0), "too late to spread them");
    assert_eq!(proposals(&known.fleet, &known.lineage, &known.findings, GroupIx(0)), []);
}

#[test]
fn a_budget_carries_what_it_can_not_burn_over_to_the_next_day() {
    let mut world = group(&[-1; 12]);
    world.rows.fleet.groups[0].grace_s = Some(0);
    let row = fleet::Activity {
        group: world.sym("api"),
        scope: world.scope,
        server: None,
        kind: fleet::ActivityKind::Launch,
        status: Some(world.sym("Successful")),
        message: None,
        started: now().plus_s(-4 * HOUR_S),
        ended: Some(now()),
    };
    world.rows.fleet.activities.push(row);
    let calendar = world.known().calendar();
    // One at once, four hours each, from 04:00: five today, six tomorrow, one the day after.
    let budgeted: Vec<u32> = calendar.days[..4].iter().map(|day| day.budgeted).collect();
    assert_eq!(budgeted, [5, 6, 1, 0]);
    assert_eq!(calendar.groups[0].longest_wait_s, 44 * 3_600);
}

#[test]
fn a_filter_leaves_its_own_servers_and_the_groups_size() {
    let known = group(&[96; 20]).known();
    let some: Vec<ServerIx> = (0..5).map(ServerIx).chain([ServerIx(999)]).collect();
    let calendar = Calendar::of(&known.fleet, &known.lineage, &known.findings, &some);
    assert_eq!((calendar.days[4].due, calendar.groups[0].servers, calendar.groups[0].allowed), (5, 20, 2));
}

#[test]
fn an_empty_fleet_has_an_empty_calendar() {
    let calendar = Calendar::of(&Default::default(), &Default::default(), &Default::default(), &[]);
    assert_eq!(calendar, Calendar::default());
    let known = World::new().known();
    assert_eq!(known.calendar().days.len(), 14);
    assert_eq!((known.calendar().peak(), known.calendar().as_of), (0, Some(now())));
    assert_eq!(proposals(&known.fleet, &known.lineage, &known.findings, GroupIx(7)), []);
}
