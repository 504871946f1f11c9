//! Which servers could be made again as they are.

use fleet::{
    Attributes, Change, ChangeKind, Gap, GapKind, LateVolume, Login, LoginKind, Managed, RootTarget, Server, Setting,
};

use super::world::{Known, World, days_ago, now};
use crate::snowflake::{Snowflake, Snowflakes};

/// A world whose evidence was read, with an image of a known recipe and a template of it.
fn world() -> World {
    let mut world = World::new();
    world.rows.fleet.scopes[0].evidence_at = Some(now());
    world.image("ami-1", "web 1.0.0", 10);
    world.image("ami-0", "base", 40);
    world.baked("web", "1.0.0", "ami-1", Some("ami-0"));
    world.template("lt-1", "web", &[(1, "ami-1")]);
    world
}

/// A server of `world` that nothing speaks against, and that Session Manager reaches.
fn clean(world: &mut World) -> Server {
    let (server, scope) = (world.sym("i-1"), world.scope);
    world.rows.fleet.managed.push(Managed { server, scope });
    let template = world.uses("lt-1", 1);
    Server { template, ..world.born("i-1", 3) }
}

fn judged(change: impl FnOnce(&mut World, &mut Server)) -> (Snowflake, Vec<(&'static str, String)>) {
    let mut world = world();
    let mut server = clean(&mut world);
    change(&mut world, &mut server);
    world.add(server);
    let known = world.known();
    (known.of("i-1").snowflake, evidence(&known))
}

fn evidence(known: &Known) -> Vec<(&'static str, String)> {
    let ix = known.server_ix("i-1");
    let finding = known.of("i-1");
    let waivers = known.findings.waivers(&finding);
    let whole = Snowflakes::new(&known.fleet, &known.lineage).evidence(ix, &finding, waivers);
    assert_eq!(Snowflakes::of_one(&known.fleet, &known.lineage, ix).evidence(ix, &finding, waivers), whole);
    assert!(whole.iter().all(|one| !one.source.is_empty() && one.detail.ends_with('.')), "{whole:?}");
    whole.into_iter().map(|one| (one.kind.as_str(), one.detail)).collect()
}

fn kinds(evidence: &[(&'static str, String)]) -> Vec<&'static str> {
    evidence.iter().map(|&(kind, _)| kind).collect()
}

#[test]
fn a_server_is_reproducible_where_all_was_read_and_nothing_speaks_against_it() {
    assert_eq!(judged(|_, _| {}), (Snowflake::Reproducible, vec![]));
}

#[test]
fn what_was_not_read_is_unknown_and_never_clean() {
    let (verdict, _) = judged(|world, _| world.rows.fleet.scopes[0].evidence_at = None);
    assert_eq!(verdict, Snowflake::Unknown, "the evidence");
    let (verdict, _) = judged(|world, _| world.rows.fleet.managed.clear());
    assert_eq!(verdict, Snowflake::Unknown, "a server that Session Manager does not reach");
    for call in [fleet::Call::DescribeSessions, fleet::Call::LookupEvents, fleet::Call::DescribeLaunchTemplateVersions]
    {
        let (verdict, _) = judged(|world, _| {
            let (scope, message) = (world.scope, world.sym("you may not"));
            let gap = Gap { scope, call, action: None, resource: None, kind: GapKind::Denied, message };
            world.rows.fleet.gaps.push(gap);
        });
        assert_eq!(verdict, Snowflake::Unknown, "{call:?}");
    }
}

#[test]
fn one_thing_that_nothing_can_mend_makes_a_snowflake() {
    type Break = fn(&mut World, &mut Server);
    let breaks: [(&str, Break); 4] = [
        ("no-template", |_, server| server.template = None),
        ("template-gone", |world, server| server.template = world.uses("lt-1", 7)),
        ("root-replaced", |world, _| {
            let snapshot = world.sym("snap-1");
            world.replaced("i-1", "succeeded", 1, Some(RootTarget::Snapshot(snapshot)));
        }),
        ("image-from-server", |world, _| {
            let (old, image) = (world.sym("i-9"), world.sym("ami-9"));
            let mut lived = world.born("i-9", 300);
            lived.image = Some(world.sym("ami-0"));
            world.add(lived);
            world.image("ami-9", "golden", 5).source_server = Some(old);
            world.rows.fleet.template_versions[0].image = Some(fleet::ImageRef::Id(image));
        }),
    ];
    for (kind, change) in breaks {
        let (verdict, evidence) = judged(|world, server| {
            change(world, server);
            if kind == "image-from-server" {
                server.image = Some(world.sym("ami-9"));
            }
        });
        assert_eq!(verdict, Snowflake::Snowflake, "{kind}: {evidence:?}");
        assert_eq!(evidence[0].0, kind, "what weighs most comes first: {evidence:?}");
    }
}

fn login(world: &mut World, days: i64) {
    let row = Login {
        server: world.sym("i-1"),
        scope: world.scope,
        kind: LoginKind::Session,
        who: Some(world.sym("arn:aws:sts::210987654321:assumed-role/Engineer/aisha")),
        at: days_ago(days).unwrap(),
    };
    world.rows.fleet.logins.push(row);
}

fn late_volume(world: &mut World) {
    let row = LateVolume {
        server: world.sym("i-1"),
        scope: world.scope,
        volume: Some(world.sym("vol-1")),
        device: None,
        attached: days_ago(1).unwrap(),
    };
    world.rows.fleet.late_volumes.push(row);
}

#[test]
fn a_doubt_makes_a_suspect_with_who_and_when() {
    let (verdict, evidence) = judged(|world, _| login(world, 2));
    assert_eq!(verdict, Snowflake::Suspect);
    assert_eq!(evidence, [("login", "aisha logged in on 2026-11-21 through Session Manager.".to_owned())]);
    let (verdict, evidence) = judged(|world, _| late_volume(world));
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Suspect, vec!["late-volume"]));
    let (verdict, evidence) = judged(|_, server| server.interface_attached = days_ago(61));
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Suspect, vec!["old"]));
    assert_eq!(evidence[0].1, "It is 61 d old, more than twice its lifetime of 30 d.");
    let (verdict, evidence) = judged(|world, _| world.rows.fleet.images[0].deprecated = days_ago(1));
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Suspect, vec!["image-deprecated"]));
    let (verdict, evidence) = judged(|world, server| {
        world.image("ami-7", "who knows", 3);
        server.image = Some(world.sym("ami-7"));
        server.template = None;
        server.group = Some(world.sym("web"));
    });
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Suspect, vec!["no-recipe"]));
}

#[test]
fn somebody_on_it_and_a_trace_of_it_make_a_snowflake() {
    let (verdict, evidence) = judged(|world, _| {
        login(world, 2);
        late_volume(world);
    });
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Snowflake, vec!["hand-made", "login", "late-volume"]));
    let (verdict, evidence) = judged(|world, server| {
        let change = Change {
            server: world.sym("i-1"),
            scope: world.scope,
            kind: ChangeKind::Attribute(world.rows.some(Some("instanceType"))),
            who: None,
            at: days_ago(1).unwrap(),
        };
        world.rows.fleet.changes.push(change);
        let (small, large) = (world.sym("t3.small"), world.sym("t3.large"));
        world.rows.fleet.template_versions[0].instance_type = Some(small);
        server.instance_type = Some(large);
    });
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Snowflake, vec!["hand-made", "changed-by-hand", "drift"]));
    assert_eq!(evidence[1].1, "somebody changed instanceType on 2026-11-22.");
    assert_eq!(evidence[2].1, "It differs from its template version: type.");
}

#[test]
fn what_was_done_before_a_rebirth_is_gone_with_the_old_root() {
    let (verdict, evidence) = judged(|world, _| {
        login(world, 2);
        world.replaced("i-1", "succeeded", 1, Some(RootTarget::LaunchState));
    });
    assert_eq!((verdict, evidence), (Snowflake::Reproducible, vec![]));
}

#[test]
fn protection_and_an_older_version_are_told_and_weigh_nothing() {
    let (verdict, evidence) = judged(|world, _| {
        let row = Attributes {
            server: world.sym("i-1"),
            scope: world.scope,
            user_data: Setting::Unknown,
            termination_protected: Some(true),
        };
        world.rows.fleet.attributes.push(row);
    });
    assert_eq!((verdict, kinds(&evidence)), (Snowflake::Reproducible, vec!["termination-protected"]));
}

#[test]
fn what_others_machinery_launched_needs_no_template_of_ours() {
    let (verdict, evidence) = judged(|world, server| {
        server.template = None;
        server.tags = world.tags(&[("karpenter.sh/nodepool", "general")]);
    });
    assert_eq!((verdict, evidence), (Snowflake::Reproducible, vec![]));
}
