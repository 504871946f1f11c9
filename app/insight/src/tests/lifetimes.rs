//! Who sets a lifetime, and where a server stands in it.

use fleet::Server;

use super::world::{DAY_S, Known, World, now};
use crate::finding::{LifetimeFrom, Phoenix};
use crate::policy::Policy;

const POLICY: &str = r#"
default_lifetime = "20d"
[[lifetime]]
query = "group:web*"
is = "10d"
[[lifetime]]
query = "group:web or account:prod or tag:env=lab"
is = "12d"
[accounts]
310987654321 = "prod"
"#;

/// One server, five days old, in a group where `group` is given, with its cap in days.
fn world(group: Option<(&str, Option<u32>)>, tags: &[(&str, &str)]) -> World {
    let mut world = World::new();
    let tags = world.tags(tags);
    let row = Server { tags, ..world.born("i-1", 5) };
    world.add(row);
    if let Some((name, cap_days)) = group {
        world.group(name, None, &["i-1"]).max_instance_lifetime_s = cap_days.map(|days| days * 86_400);
    }
    world
}

#[test]
fn the_cap_goes_before_all_then_the_tag_then_the_first_rule_then_the_default() {
    let policy = Policy::parse(POLICY, "p.toml").unwrap();
    let tagged: &[(&str, &str)] = &[("emberline:lifetime", "7d")];
    for (group, tags, days, from) in [
        (None, &[][..], 20, LifetimeFrom::Default),
        (Some(("batch", None)), &[], 20, LifetimeFrom::Default),
        (Some(("batch", Some(30))), &[], 20, LifetimeFrom::Default),
        (Some(("batch", Some(20))), &[], 20, LifetimeFrom::Group),
        (Some(("batch", Some(3))), &[], 3, LifetimeFrom::Group),
        (Some(("web", None)), &[], 10, LifetimeFrom::Policy(0)),
        (None, &[("env", "lab")], 12, LifetimeFrom::Policy(1)),
        (Some(("web", Some(11))), &[], 10, LifetimeFrom::Policy(0)),
        (Some(("web", Some(9))), &[], 9, LifetimeFrom::Group),
        (None, tagged, 7, LifetimeFrom::Tag),
        (Some(("web", None)), tagged, 7, LifetimeFrom::Tag),
        (Some(("web", Some(8))), tagged, 7, LifetimeFrom::Tag),
        (Some(("web", Some(6))), tagged, 6, LifetimeFrom::Group),
        (None, &[("emberline:lifetime", " 7d ")], 7, LifetimeFrom::Tag),
        (None, &[("emberline:lifetime", "7")], 20, LifetimeFrom::Default),
        (Some(("web", None)), &[("emberline:lifetime", "soon")], 10, LifetimeFrom::Policy(0)),
    ] {
        let finding = world(group, tags).known_by(&policy).of("i-1");
        let expected = (days * 86_400, from);
        assert_eq!((finding.lifetime_s, finding.lifetime_from), expected, "{group:?} {tags:?}");
        assert_eq!(finding.due_at, finding.born.unwrap().plus_s(i64::from(days) * DAY_S), "{group:?} {tags:?}");
    }
}

#[test]
fn a_rule_selects_by_the_name_that_the_policy_gives_an_account() {
    let policy = Policy::parse(POLICY, "p.toml").unwrap();
    let mut world = World::new();
    let scope = world.add_scope("310987654321", "eu-west-1");
    let row = Server { scope, ..world.born("i-1", 5) };
    world.add(row);
    assert_eq!(world.known_by(&policy).of("i-1").lifetime_from, LifetimeFrom::Policy(1));
}

#[test]
fn without_a_policy_a_server_lives_for_30_days() {
    let finding = world(None, &[]).known().of("i-1");
    assert_eq!((finding.lifetime_s, finding.lifetime_from), (2_592_000, LifetimeFrom::Default));
}

#[test]
fn a_tag_that_is_no_lifetime_is_shown_and_not_followed() {
    for value in ["7", "soon", "", "59m", "-7d"] {
        let known = world(None, &[("emberline:lifetime", value)]).known();
        let finding = known.of("i-1");
        assert_eq!(finding.lifetime_from, LifetimeFrom::Default, "{value}");
        assert_eq!(known.fleet.text(finding.bad_lifetime_tag), Some(value));
    }
    assert_eq!(world(None, &[("emberline:lifetime", "7d")]).known().of("i-1").bad_lifetime_tag, None);
}

#[test]
fn an_exempt_server_has_no_due_date_but_that_of_its_cap() {
    let tags: &[(&str, &str)] = &[("emberline:exempt", "licence server"), ("emberline:lifetime", "1d")];
    let reason = |known: &Known| known.findings.exempt_reason(&known.fleet, &known.of("i-1")).map(str::to_owned);

    let free = world(None, tags).known();
    assert_eq!((free.of("i-1").phoenix, free.of("i-1").due_at), (Phoenix::Exempt, None));
    assert_eq!(reason(&free), Some("licence server".to_owned()));

    let capped = world(Some(("web", Some(14))), tags).known();
    let finding = capped.of("i-1");
    assert_eq!((finding.phoenix, finding.due_at), (Phoenix::Exempt, now().plus_s(9 * DAY_S)));
    assert_eq!((finding.lifetime_s, finding.lifetime_from), (14 * 86_400, LifetimeFrom::Group));

    let silent = world(None, &[("emberline:exempt", " ")]).known();
    assert_eq!((silent.of("i-1").phoenix, reason(&silent)), (Phoenix::Exempt, None));
}

#[test]
fn a_group_that_was_not_read_may_set_a_cap() {
    let of_group = |age_days: i64, is_read: bool, tags: &[(&str, &str)]| {
        let mut world = World::new();
        let (group, tags) = (world.sym("web"), world.tags(tags));
        let row = Server { group: Some(group), tags, ..world.born("i-1", age_days) };
        world.add(row);
        if is_read {
            world.group("web", None, &["i-1"]);
        }
        world.known()
    };
    let exempt = [("emberline:exempt", "stateful")];
    let shown = |known: &Known| {
        let finding = known.of("i-1");
        (finding.phoenix, finding.due_at.is_some(), finding.ratio().is_some())
    };
    for (age_days, tags, unread, read) in [
        (5, &[][..], (Phoenix::Unknown, false, false), (Phoenix::Young, true, true)),
        (25, &[], (Phoenix::Unknown, false, false), (Phoenix::Due, true, true)),
        // A cap only shortens a lifetime.
        (31, &[], (Phoenix::Overdue, false, true), (Phoenix::Overdue, true, true)),
        (31, &exempt, (Phoenix::Exempt, false, false), (Phoenix::Exempt, false, true)),
    ] {
        assert_eq!(shown(&of_group(age_days, false, tags)), unread, "{age_days} days, group unread");
        assert_eq!(shown(&of_group(age_days, true, tags)), read, "{age_days} days, group read");
    }
    let known = of_group(5, false, &[]);
    assert!(known.of("i-1").cap_unknown);
    let story = known.story_of_server("i-1");
    let told = "Its group could not be read and may set a shorter lifetime, so that when AWS burns it is unknown.";
    assert!(story.ends_with(told), "{story}");
}

#[test]
fn due_from_80_percent_and_overdue_from_100_to_the_second() {
    // 10,001 seconds: 80 % of it is 8,000.8, which only whole numbers get right at the edge.
    for (lifetime, age_s, phoenix) in [
        ("10000s", 0, Phoenix::Young),
        ("10000s", 7_999, Phoenix::Young),
        ("10000s", 8_000, Phoenix::Due),
        ("10000s", 9_999, Phoenix::Due),
        ("10000s", 10_000, Phoenix::Overdue),
        ("10000s", 1_000_000_000, Phoenix::Overdue),
        ("10001s", 8_000, Phoenix::Young),
        ("10001s", 8_001, Phoenix::Due),
        ("10001s", 10_000, Phoenix::Due),
        ("10001s", 10_001, Phoenix::Overdue),
        ("36500d", 1_700_000_000, Phoenix::Young),
    ] {
        let mut world = World::new();
        let tags = world.tags(&[("emberline:lifetime", lifetime)]);
        let row = Server { tags, interface_attached: now().plus_s(-age_s), ..world.server("i-1") };
        world.add(row);
        assert_eq!(world.known().of("i-1").phoenix, phoenix, "{age_s} s of {lifetime}");
    }
}

#[test]
fn a_due_date_beyond_the_calendar_is_unknown() {
    let finding = world(None, &[("emberline:lifetime", "36500d")]).known().of("i-1");
    assert_eq!((finding.lifetime_from, finding.due_at), (LifetimeFrom::Tag, None));
}
