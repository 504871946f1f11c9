//! What the policy file exempts and switches off.

use fleet::{LateVolume, Login, LoginKind, Managed, Server};

use super::world::{DAY_S, Known, World, days_ago, now};
use crate::drift::DriftVerdict;
use crate::finding::Phoenix;
use crate::policy::Policy;
use crate::snowflake::{Snowflake, Snowflakes, Weight};

/// A server `i-1` in group `web`, 70 days old, of another type than its template says, with a late volume and a login.
fn known(policy: &str) -> Known {
    let policy = Policy::parse(policy, "p.toml").unwrap();
    let mut world = World::new();
    world.rows.fleet.scopes[0].evidence_at = Some(now());
    world.image("ami-1", "web 1.0.0", 80);
    world.image("ami-0", "base", 90);
    world.baked("web", "1.0.0", "ami-1", Some("ami-0"));
    world.template("lt-1", "web", &[(1, "ami-1")]);
    let (server, scope) = (world.sym("i-1"), world.scope);
    world.rows.fleet.managed.push(Managed { server, scope });
    let (small, large) = (world.sym("t3.small"), world.sym("t3.large"));
    world.rows.fleet.template_versions[0].instance_type = Some(small);
    let (volume, attached) = (Some(world.sym("vol-1")), days_ago(1).unwrap());
    world.rows.fleet.late_volumes.push(LateVolume { server, scope, volume, device: None, attached });
    world.rows.fleet.logins.push(Login { server, scope, kind: LoginKind::Session, who: None, at: attached });
    let (template, group) = (world.uses("lt-1", 1), Some(world.sym("web")));
    let row = Server { template, group, instance_type: Some(large), ..world.born("i-1", 70) };
    world.add(row);
    world.group("web", Some("lt-1"), &["i-1"]);
    world.known_by(&policy)
}

/// Kind, whether it counts, and what is said.
fn evidence(known: &Known) -> Vec<(&'static str, bool, String)> {
    let (ix, finding) = (known.server_ix("i-1"), known.of("i-1"));
    let waivers = known.findings.waivers(&finding);
    let found = Snowflakes::of_one(&known.fleet, &known.lineage, ix).evidence(ix, &finding, waivers);
    let counts = |weight: Weight| weight != Weight::Note;
    found.into_iter().map(|one| (one.kind.as_str(), counts(one.weight()), one.exempt.unwrap_or_default())).collect()
}

#[test]
fn without_waivers_all_of_it_counts() {
    let known = known("");
    let finding = known.of("i-1");
    assert_eq!((finding.phoenix, finding.drift, finding.snowflake), {
        (Phoenix::Overdue, DriftVerdict::Differs, Snowflake::Snowflake)
    });
    let all: Vec<_> = evidence(&known).into_iter().map(|(kind, counts, _)| (kind, counts)).collect();
    let expected = ["hand-made", "login", "late-volume", "drift", "old"].map(|kind| (kind, true));
    assert_eq!(all, expected);
}

#[test]
fn what_is_exempt_is_shown_with_its_reason_and_does_not_count() {
    let known = known(
        "[[exempt]]\nquery = \"group:web\"\nfrom = [\"lifetime\", \"drift:type\", \"snowflake:login\"]\n\
         reason = \"goes in spring\"\nuntil = 2027-03-31",
    );
    let finding = known.of("i-1");
    assert_eq!((finding.phoenix, finding.due_at), (Phoenix::Exempt, None));
    assert_eq!(known.findings.exempt_reason(&known.fleet, &finding), Some("goes in spring"));
    assert_eq!((finding.drift, finding.snowflake), (DriftVerdict::Exempt, Snowflake::Suspect));
    assert_eq!((known.findings.totals.exempt, known.findings.totals.overdue, known.findings.totals.drifted), (1, 0, 0));
    let said = "Exempt by the policy file until 2027-03-31: goes in spring.".to_owned();
    assert_eq!(
        evidence(&known),
        [
            ("late-volume", true, String::new()),
            ("login", false, said.clone()),
            ("drift", false, said.clone()),
            ("old", false, said),
        ]
    );
    let story = known.story_of_server("i-1");
    assert!(story.ends_with("It is exempt from its lifetime until 2027-03-31: goes in spring."), "{story}");
}

#[test]
fn a_rule_that_is_off_is_named_and_finds_nothing() {
    let known = known(
        "[[off]]\nrules = [\"drift\", \"snowflake:late-volume\", \"snowflake:old\"]\nquery = \"group:web\"\n\
         [[off]]\nrules = [\"snowflake:login\"]\nreason = \"we all log in\"",
    );
    let finding = known.of("i-1");
    assert_eq!((finding.phoenix, finding.drift), (Phoenix::Overdue, DriftVerdict::None), "a lifetime is never off");
    assert_eq!(finding.snowflake, Snowflake::Reproducible);
    assert_eq!(evidence(&known), [("rules-off", false, String::new())]);
    let (ix, waivers) = (known.server_ix("i-1"), known.findings.waivers(&finding));
    let told = Snowflakes::of_one(&known.fleet, &known.lineage, ix).evidence(ix, &finding, waivers);
    assert_eq!(
        told[0].detail,
        "The policy file switches off what else would be told here: snowflake:login, snowflake:late-volume, \
         snowflake:old, drift:type."
    );
}

#[test]
fn an_exemption_holds_through_its_last_day_and_only_where_its_query_says() {
    // It is the 23rd.
    for (query, until, over, phoenix) in [
        ("group:web", "2026-11-22", true, Phoenix::Overdue),
        ("group:web", "2026-11-23", false, Phoenix::Exempt),
        ("group:api", "2026-11-23", false, Phoenix::Overdue),
    ] {
        let known =
            known(&format!("[[exempt]]\nquery = \"{query}\"\nfrom = [\"lifetime\"]\nreason = \"r\"\nuntil = {until}"));
        let finding = known.of("i-1");
        assert_eq!(finding.phoenix, phoenix, "{query} until {until}");
        let waivers = known.findings.waivers(&finding);
        assert_eq!((waivers.in_force().count(), waivers.over().count()), {
            (usize::from(phoenix == Phoenix::Exempt), usize::from(over))
        });
        let counted: Vec<_> = known.findings.waived.counted().map(|(_, servers, over)| (servers, over)).collect();
        assert_eq!(counted, [(u32::from(query == "group:web"), u32::from(over))]);
    }
}

#[test]
fn a_groups_own_lifetime_ends_all_the_same() {
    let policy = "[[exempt]]\nquery = \"group:web\"\nfrom = [\"lifetime\"]\nreason = \"stateful\"";
    let policy = Policy::parse(policy, "p.toml").unwrap();
    let mut world = World::new();
    let row = Server { group: Some(world.sym("web")), ..world.born("i-1", 5) };
    world.add(row);
    world.group("web", None, &["i-1"]).max_instance_lifetime_s = Some(14 * 86_400);
    let finding = world.known_by(&policy).of("i-1");
    assert_eq!((finding.phoenix, finding.due_at), (Phoenix::Exempt, now().plus_s(9 * DAY_S)));
}

#[test]
fn findings_in_user_data_are_waived_by_rule() {
    let known = known(
        "[[exempt]]\nquery = \"group:web\"\nfrom = [\"bake:package-upgrade\"]\nreason = \"r\"\n\
         [[off]]\nrules = [\"bake:reboot-at-boot\"]",
    );
    let waivers = known.findings.waivers(&known.of("i-1"));
    let off = |rule: &str| waivers.bake(rule).map(|waiver| waiver.is_off);
    assert_eq!(
        [off("package-upgrade"), off("reboot-at-boot"), off("secret-in-user-data")],
        [Some(false), Some(true), None]
    );
}
