//! How fast groups rise again, by what the evidence tells.

use fleet::query::Query;
use fleet::{Activity, ActivityKind, BakeVerdict, BootTime, BuildTime, GroupIx, Refresh, Server, Time};
use proptest::prelude::*;

use super::world::{DAY_S, Known, World, now};
use crate::policy::Policy;
use crate::readiness::{Basis, Comparison, GroupReadiness, Measure, ObjectiveFrom, PaceFrom, Part, Rto, Span};
use crate::select::select;

fn at(seconds_ago: i64) -> Option<Time> {
    now().plus_s(-seconds_ago)
}

impl World {
    /// A launch for `group` that began so long ago and took so long.
    fn launched(&mut self, group: &str, server: &str, ago_s: i64, took_s: i64) -> &mut Activity {
        let row = Activity {
            group: self.sym(group),
            scope: self.scope,
            server: Some(self.sym(server)),
            kind: ActivityKind::Launch,
            status: Some(self.sym("Successful")),
            message: None,
            started: at(ago_s),
            ended: at(ago_s - took_s),
        };
        self.rows.fleet.activities.push(row);
        self.rows.fleet.activities.last_mut().unwrap()
    }

    fn launches(&mut self, group: &str, took_s: &[i64]) {
        for (number, &took_s) in (0_i64..).zip(took_s) {
            self.launched(group, &format!("i-{group}-{number}"), 10 * DAY_S - number * 3_600, took_s);
        }
    }

    fn refreshed(&mut self, group: &str, ago_s: i64, took_s: Option<i64>, healthy: Option<u8>, warm_up_s: Option<u32>) {
        let row = Refresh {
            id: self.sym(&format!("refresh-{group}-{ago_s}")),
            group: self.sym(group),
            scope: self.scope,
            status: None,
            percent: None,
            started: at(ago_s),
            ended: took_s.and_then(|took_s| at(ago_s - took_s)),
            min_healthy_percent: healthy,
            warm_up_s,
        };
        self.rows.fleet.refreshes.push(row);
    }

    /// A build of `recipe` that put out `image`, timed.
    fn timed(&mut self, recipe: &str, version: &str, image: &str, took_s: &[i64]) {
        self.image(image, recipe, 9);
        self.baked(recipe, version, image, None);
        for (number, &took_s) in (0_i64..).zip(took_s) {
            let first = self.rows.fleet.builds.last().unwrap().clone();
            let arn = self
                .sym(&format!("arn:aws:imagebuilder:eu-west-1:210987654321:image/{recipe}/{version}/{}", number + 1));
            if arn != first.arn {
                self.rows.fleet.builds.push(fleet::Build { arn, outputs: Vec::new(), ..first });
            }
            let started = at((number + 1) * DAY_S).unwrap();
            let ended = started.plus_s(took_s).unwrap();
            self.rows.fleet.build_times.push(BuildTime { build: arn, scope: self.scope, started, ended });
        }
    }

    fn console(&mut self, server: &str, seconds: u32) {
        let template = self.uses("lt-1", 1).unwrap();
        let server = self.sym(server);
        self.rows.fleet.boot_times.push(BootTime { server, scope: self.scope, template, seconds });
    }
}

impl Known {
    fn readiness(&self, group: &str) -> GroupReadiness {
        let at = self.fleet.groups.iter().position(|row| self.fleet.str(row.name) == group).unwrap();
        self.findings.readiness.groups[at]
    }
}

/// The group `web` on an image of the recipe `web` that was baked in 20 to 24 minutes, five times.
fn web() -> World {
    let mut world = World::new();
    world.timed("web", "1.0.0", "ami-1", &[1_200, 1_260, 1_320, 1_380, 1_440]);
    world.template("lt-1", "web", &[(1, "ami-1")]);
    world.group("web", Some("lt-1"), &["i-1", "i-2", "i-3"]);
    world
}

fn web_mut(world: &mut World) -> &mut fleet::Group {
    world.rows.fleet.groups.first_mut().unwrap()
}

#[test]
fn bake_boot_and_warm_up_are_measured_on_builds_launches_and_refreshes() {
    let mut world = web();
    world.launches("web", &[90, 100, 95, 110, 300]);
    world.refreshed("web", 11 * DAY_S, Some(2 * DAY_S), Some(80), Some(60));
    let web = world.known().readiness("web");
    assert_eq!(web.bake, Some(Measure { p50_s: 1_320, p95_s: 1_440, samples: 5, basis: Basis::Measured }));
    assert_eq!(web.boot, Some(Measure { p50_s: 100, p95_s: 300, samples: 5, basis: Basis::Measured }));
    assert_eq!(web.warm_up, Some(Measure { p50_s: 60, p95_s: 60, samples: 5, basis: Basis::Measured }));
    assert_eq!(web.replace(), Some(Span { p50_s: 160, p95_s: 360, is_estimated: false }));
    assert_eq!(web.again(), Some(Span { p50_s: 1_480, p95_s: 1_800, is_estimated: false }));
}

#[test]
fn four_samples_are_an_estimate_and_say_so() {
    let mut world = web();
    world.launches("web", &[90, 100, 95, 110]);
    web_mut(&mut world).grace_s = Some(300);
    let web = world.known().readiness("web");
    assert_eq!(web.boot, Some(Measure { p50_s: 95, p95_s: 110, samples: 4, basis: Basis::FewSamples }));
    assert_eq!(web.warm_up, Some(Measure { p50_s: 300, p95_s: 300, samples: 0, basis: Basis::GracePeriod }));
    assert_eq!(web.replace(), Some(Span { p50_s: 395, p95_s: 410, is_estimated: true }));
}

#[test]
fn what_nothing_tells_of_is_unknown() {
    let web = web().known().readiness("web");
    assert_eq!((web.boot, web.warm_up, web.replace(), web.roll()), (None, None, None, None));
    assert_eq!((web.again(), web.rebake_and_roll(), web.verdict), (None, None, Rto::None));
}

#[test]
fn a_setting_stands_in_for_a_warm_up_the_nearest_first() {
    for (refresh, own, grace, expected) in [
        (Some(40), Some(120), Some(300), Some((40, Basis::RefreshSetting))),
        (None, Some(120), Some(300), Some((120, Basis::GroupSetting))),
        (None, Some(0), Some(300), Some((0, Basis::GroupSetting))),
        (None, None, Some(300), Some((300, Basis::GracePeriod))),
        (None, None, None, None),
    ] {
        let mut world = web();
        world.refreshed("web", 100, Some(50), None, refresh);
        let group = web_mut(&mut world);
        (group.warm_up_s, group.grace_s) = (own, grace);
        let found = world.known().readiness("web").warm_up.map(|found| (found.p50_s, found.basis));
        assert_eq!(found, expected);
    }
}

#[test]
fn a_group_that_launched_nothing_takes_its_consoles_then_its_recipe_then_its_type() {
    let other = |world: &mut World, image: &str, name: &str, took_s: &[i64]| {
        world.template(&format!("lt-{name}"), name, &[(1, image)]);
        let medium = world.sym("m7g.medium");
        for row in &mut world.rows.fleet.template_versions {
            row.instance_type = Some(medium);
        }
        world.group(name, Some(&format!("lt-{name}")), &[]);
        world.launches(name, took_s);
    };
    let mut world = web();
    other(&mut world, "ami-1", "shop", &[200, 210]);
    other(&mut world, "ami-9", "api", &[50, 60, 70]);
    let known = world.known();
    let boot = |known: &Known| known.readiness("web").boot.unwrap();
    assert_eq!(boot(&known), Measure { p50_s: 200, p95_s: 210, samples: 0, basis: Basis::SameRecipe(2) });

    let mut world = web();
    other(&mut world, "ami-9", "api", &[50, 60, 70]);
    assert_eq!(boot(&world.known()), Measure { p50_s: 60, p95_s: 70, samples: 0, basis: Basis::SameType(3) });

    let mut world = web();
    other(&mut world, "ami-1", "shop", &[200, 210]);
    let row = Server { template: world.uses("lt-1", 1), ..world.born("i-1", 90) };
    world.add(row);
    world.console("i-1", 77);
    assert_eq!(boot(&world.known()), Measure { p50_s: 77, p95_s: 77, samples: 0, basis: Basis::Console(1) });
}

#[test]
fn cloud_init_at_work_after_the_server_entered_service_is_warm_up() {
    let mut world = web();
    for (id, up_s) in [("i-1", 400), ("i-2", 30)] {
        let row = Server { template: world.uses("lt-1", 1), ..world.born(id, 2) };
        world.add(row);
        world.launched("web", id, 2 * DAY_S, 100);
        world.console(id, up_s);
    }
    web_mut(&mut world).grace_s = Some(60);
    let set = World { rows: world.rows.clone(), scope: world.scope };
    let web = world.known().readiness("web");
    assert_eq!(web.warm_up, Some(Measure { p50_s: 0, p95_s: 300, samples: 2, basis: Basis::FewSamples }));
    let mut world = set;
    web_mut(&mut world).warm_up_s = Some(90);
    let web = world.known().readiness("web");
    let set = Measure { p50_s: 90, p95_s: 90, samples: 0, basis: Basis::GroupSetting };
    assert_eq!(web.warm_up, Some(set), "a setting goes before two consoles");
}

#[test]
fn launches_of_an_outgoing_version_count_only_as_long_as_there_is_nothing_else() {
    let mut world = web();
    world.template("lt-2", "api", &[(1, "ami-1"), (2, "ami-1")]);
    let ids: Vec<String> = (0..8).map(|number| format!("i-api-{number}")).collect();
    for (number, id) in ids.iter().enumerate() {
        let row = Server { template: world.uses("lt-2", if number < 3 { 1 } else { 2 }), ..world.born(id, 2) };
        world.add(row);
    }
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.group("api", Some("lt-2"), &members);
    world.launches("api", &[900, 900, 900, 50, 50, 50, 50]);
    let too_few = World { rows: world.rows.clone(), scope: world.scope }.known().readiness("api").boot.unwrap();
    assert_eq!((too_few.p50_s, too_few.p95_s, too_few.samples), (50, 900, 7));
    world.launched("api", "i-api-7", DAY_S, 60);
    let enough = world.known().readiness("api").boot.unwrap();
    assert_eq!((enough.p50_s, enough.p95_s, enough.samples), (50, 60, 5));
}

#[test]
fn rows_that_cannot_be_true_are_left_out() {
    let mut world = web();
    world.launched("web", "i-1", 1_000, -5);
    world.launched("web", "i-2", 1_000, 1_000 + 301);
    world.launched("web", "i-3", 1_000, 4_000_000_000 - now().epoch_s());
    world.launched("web", "i-4", 1_000, 90).status = None;
    world.launched("web", "i-5", 1_000, 90).ended = None;
    world.launched("web", "i-6", 1_000, 90).started = None;
    world.launched("web", "i-7", 1_000, 90).kind = ActivityKind::Other;
    world.launched("lost", "i-8", 1_000, 90);
    let failed = world.sym("Failed");
    world.launched("web", "i-9", 1_000, 90).status = Some(failed);
    world.launched("web", "i-10", 1_000, 0);
    world.launched("web", "i-11", 200, 500);
    let build = world.rows.fleet.build_times[0].build;
    for (started, ended) in [(500, 400), (900_000, 900_500), (-900_000, -900_500), (-900_500, -900_000)] {
        let (started, ended) = (now().plus_s(started).unwrap(), now().plus_s(ended).unwrap());
        world.rows.fleet.build_times.push(BuildTime { build, scope: world.scope, started, ended });
    }
    let scope = world.scope;
    let lost = world.sym("arn:aws:imagebuilder:eu-west-1:210987654321:image/lost/1.0.0/1");
    world.rows.fleet.build_times.push(BuildTime { build: lost, scope, started: now(), ended: now() });
    let web = world.known().readiness("web");
    assert_eq!(web.boot.map(|boot| (boot.p50_s, boot.p95_s, boot.samples)), Some((0, 500, 2)));
    assert_eq!(web.bake.map(|bake| (bake.p50_s, bake.p95_s, bake.samples)), Some((1_260, 1_440, 6)));
}

#[test]
fn a_group_is_rolled_in_rounds_under_its_minimum_healthy_percentage() {
    for (servers, policy, refreshed, batch, rounds, from) in [
        (24, Some((90, None)), None, 2, 12, PaceFrom::Maintenance),
        (24, Some((50, None)), Some(90), 12, 2, PaceFrom::Maintenance),
        (24, Some((100, Some(150))), None, 12, 2, PaceFrom::Maintenance),
        (24, Some((90, Some(110))), None, 2, 12, PaceFrom::Maintenance),
        (24, Some((100, Some(100))), None, 1, 24, PaceFrom::Maintenance),
        (24, Some((0, None)), None, 24, 1, PaceFrom::Maintenance),
        (24, Some((255, Some(7))), None, 1, 24, PaceFrom::Maintenance),
        (24, None, Some(75), 6, 4, PaceFrom::Refresh),
        (24, None, None, 2, 12, PaceFrom::Default),
        (1, None, None, 1, 1, PaceFrom::Default),
        (9, None, None, 1, 9, PaceFrom::Default),
        (0, None, None, 1, 0, PaceFrom::Default),
        (3, Some((100, Some(u16::MAX))), None, 3, 1, PaceFrom::Maintenance),
    ] {
        let mut world = web();
        let ids: Vec<String> = (0..servers).map(|number| format!("i-x{number}")).collect();
        let members: Vec<&str> = ids.iter().map(String::as_str).collect();
        let group = world.group("api", Some("lt-1"), &members);
        if let Some((min, max)) = policy {
            (group.min_healthy_percent, group.max_healthy_percent) = (Some(min), max);
        }
        group.grace_s = Some(60);
        world.refreshed("api", DAY_S, Some(60), refreshed, Some(60));
        world.launches("api", &[100; 5]);
        let known = world.known();
        let api = known.readiness("api");
        let case = format!("{servers} {policy:?} {refreshed:?}");
        assert_eq!((api.pace.batch, api.pace.rounds(), api.pace.from), (batch, rounds, from), "{case}");
        assert_eq!(api.roll().map(|roll| roll.p50_s), Some(rounds * 160), "{case}");
        assert_eq!(api.rebake_and_roll().map(|whole| whole.p50_s), Some(1_320 + rounds * 160), "{case}");
    }
}

#[test]
fn an_objective_is_met_within_the_95th_percentile_and_missed_beyond_the_median() {
    // Bake 22 to 24 minutes, boot 100 to 110 s, warm-up 60 s: 1,480 s and 1,610 s.
    for (tag, verdict) in
        [("1610s", Rto::Met), ("1609s", Rto::AtRisk), ("1480s", Rto::AtRisk), ("1479s", Rto::Missed), ("1d", Rto::Met)]
    {
        let mut world = web();
        world.launches("web", &[90, 100, 95, 110, 105]);
        let tags = world.tags(&[("emberline:rto", tag)]);
        let group = web_mut(&mut world);
        (group.warm_up_s, group.tags) = (Some(60), tags);
        let row = world.born("i-1", 3);
        world.add(row);
        let row = world.born("i-9", 3);
        world.add(row);
        let known = world.known();
        let web = known.readiness("web");
        assert_eq!(web.verdict, verdict, "{tag}");
        assert_eq!(web.objective.map(|objective| objective.from), Some(ObjectiveFrom::Tag));
        assert_eq!((known.of("i-1").rto, known.of("i-9").rto), (verdict, Rto::None));
        let query = Query::parse(&format!("rto:{}", verdict.as_str())).unwrap();
        let found = select(&known.fleet, &known.lineage, &known.findings, &Policy::default(), &query);
        assert_eq!(found, [known.server_ix("i-1")]);
    }
}

#[test]
fn what_is_unknown_can_only_be_missed() {
    for (tag, verdict) in [("10m", Rto::Missed), ("22m", Rto::Unknown), ("1d", Rto::Unknown)] {
        let mut world = web();
        let tags = world.tags(&[("emberline:rto", tag)]);
        web_mut(&mut world).tags = tags;
        assert_eq!(world.known().readiness("web").verdict, verdict, "{tag}");
    }
}

#[test]
fn a_servers_group_that_was_not_read_leaves_its_objective_unknown() {
    let mut world = web();
    let lost = world.sym("lost");
    let row = Server { group: Some(lost), ..world.born("i-9", 3) };
    world.add(row);
    assert_eq!(world.known().of("i-9").rto, Rto::Unknown);
}

#[test]
fn a_tag_sets_the_objective_then_the_first_rule_and_a_bad_tag_is_told() {
    let policy = "[[objective]]\nquery = 'group:api*'\nrto = '5m'\n[[objective]]\nquery = 'recipe:web'\nrto = '10m'\n\
                  [[objective]]\nquery = 'tag:env=prod type:m7g.* account:210987654321'\nrto = '20m'\n";
    let policy = Policy::parse(policy, "p.toml").unwrap();
    let objective = |tags: &[(&str, &str)], name: &str, template: Option<&str>| {
        let mut world = web();
        let large = world.sym("m7g.large");
        world.template("lt-9", "nobody", &[(1, "ami-9")]);
        world.rows.fleet.template_versions.last_mut().unwrap().instance_type = Some(large);
        let tags = world.tags(tags);
        world.group(name, template, &[]).tags = tags;
        let known = world.known_by(&policy);
        let found = known.readiness(name);
        (found.objective.map(|it| (it.seconds, it.from)), found.bad_tag.map(|tag| known.fleet.str(tag).to_owned()))
    };
    let rule = |seconds, rule| Some((seconds, ObjectiveFrom::Policy(rule)));
    assert_eq!(objective(&[("emberline:rto", "2h")], "api", Some("lt-1")), (Some((7_200, ObjectiveFrom::Tag)), None));
    assert_eq!(objective(&[], "api", Some("lt-1")), (rule(300, 0), None));
    assert_eq!(objective(&[], "shop", Some("lt-1")), (rule(600, 1), None));
    assert_eq!(objective(&[("env", "prod")], "shop", Some("lt-9")), (rule(1_200, 2), None));
    assert_eq!(objective(&[("env", "lab")], "shop", Some("lt-9")), (None, None));
    assert_eq!(objective(&[("emberline:rto", "soon")], "api", None), (rule(300, 0), Some("soon".to_owned())));
    assert_eq!(objective(&[("emberline:rto", "0s")], "shop", None), (None, Some("0s".to_owned())));
}

#[test]
fn a_vendors_image_needs_no_bake_and_one_made_by_hand_has_no_known_one() {
    let mut world = web();
    let (amazon, vendors) = (world.sym("amazon"), world.sym("137112412989"));
    let image = world.image("ami-v", "al2023", 90);
    (image.owner, image.owner_alias, image.public) = (Some(vendors), Some(amazon), Some(true));
    let source = world.sym("i-source");
    world.image("ami-h", "by hand", 90).source_server = Some(source);
    let tags = world.tags(&[("packer_template", "api.pkr.hcl")]);
    world.image("ami-p", "packed", 90).tags = tags;
    for (name, image) in [("bought", "ami-v"), ("handmade", "ami-h"), ("packed", "ami-p")] {
        world.template(&format!("lt-{name}"), name, &[(1, image)]);
        world.group(name, Some(&format!("lt-{name}")), &[]).grace_s = Some(10);
        world.launches(name, &[100; 5]);
    }
    let known = world.known();
    let again = |name: &str| known.readiness(name).again();
    assert_eq!(again("bought"), Some(Span { p50_s: 110, p95_s: 110, is_estimated: true }));
    assert!(!known.readiness("bought").is_baked_here);
    assert_eq!(again("handmade"), None);
    let bake = known.readiness("packed").bake.unwrap();
    assert_eq!(bake, Measure { p50_s: 1_320, p95_s: 1_440, samples: 0, basis: Basis::OtherRecipes(5) });
    assert_eq!(bake.basis_words(Part::Bake), "estimated: 5 builds of other recipes");
}

#[test]
fn a_recipe_has_the_times_of_all_its_groups() {
    let mut world = web();
    world.group("shop", Some("lt-1"), &[]);
    world.launches("web", &[90, 100]);
    world.launches("shop", &[300, 310, 320]);
    let known = world.known();
    let at = known.lineage.recipes.iter().position(|recipe| recipe.name.as_deref() == Some("web")).unwrap();
    let recipe = &known.findings.readiness.recipes[at];
    assert_eq!(recipe.boot, Some(Measure { p50_s: 300, p95_s: 320, samples: 5, basis: Basis::Measured }));
    assert_eq!(recipe.bake.map(|bake| bake.p50_s), Some(1_320));
    assert_eq!(recipe.groups.len(), 2);
}

#[test]
fn baked_and_fried_groups_are_compared_on_what_was_measured() {
    let mut world = web();
    for name in ["baked-1", "baked-2", "fried-1", "fried-2", "odd"] {
        world.group(name, Some("lt-1"), &[]);
    }
    world.launches("baked-1", &[100, 110, 120]);
    world.launches("baked-2", &[90, 100]);
    world.launches("fried-1", &[400, 410, 420, 430, 440]);
    let known = world.known();
    let verdict = |ix: GroupIx| match known.fleet.str(known.fleet.groups[ix.at()].name) {
        name if name.starts_with("baked") => BakeVerdict::Baked,
        name if name.starts_with("fried") => BakeVerdict::Fried,
        _ => BakeVerdict::Unknown,
    };
    let compared = Comparison::of(&known.findings.readiness, verdict);
    assert_eq!((compared.baked.groups, compared.baked.measured_groups), (2, 2));
    assert_eq!((compared.fried.groups, compared.fried.measured_groups), (2, 1));
    assert_eq!(compared.baked.boot, Some(Measure { p50_s: 100, p95_s: 120, samples: 5, basis: Basis::Measured }));
    assert_eq!(compared.fried.boot.map(|boot| boot.p50_s), Some(420));
    assert_eq!((compared.mixed.groups, compared.mixed.boot), (0, None));
    assert_eq!(compared.ratio(), Some(4.2));
    let none = Comparison::of(&known.findings.readiness, |_| BakeVerdict::Unknown);
    assert_eq!((none, none.ratio()), (Comparison::default(), None));
}

proptest! {
    #[test]
    fn any_evidence_gives_times_that_fit_together(
        launches in prop::collection::vec((any::<u32>(), any::<u32>(), 0_u8..3), 0..30),
        refreshes in prop::collection::vec((any::<u32>(), prop::option::of(any::<u32>()), any::<u8>(), any::<u32>()), 0..5),
        builds in prop::collection::vec((any::<u32>(), any::<u32>()), 0..8),
        members in 0_usize..40, min in prop::option::of(any::<u8>()), max in prop::option::of(any::<u16>()),
        rto in ".{0,8}", grace in prop::option::of(any::<u32>()),
    ) {
        let mut world = web();
        for (started, ended, kind) in launches {
            let row = world.launched("web", "i-1", 0, 0);
            row.started = Time::from_epoch_s(i64::from(started));
            row.ended = Time::from_epoch_s(i64::from(ended));
            row.kind = [ActivityKind::Launch, ActivityKind::Launch, ActivityKind::Other][usize::from(kind)];
        }
        for (started, ended, healthy, warm_up_s) in refreshes {
            world.refreshed("web", 0, None, Some(healthy), Some(warm_up_s));
            let row = world.rows.fleet.refreshes.last_mut().unwrap();
            row.started = Time::from_epoch_s(i64::from(started));
            row.ended = ended.and_then(|ended| Time::from_epoch_s(i64::from(ended)));
        }
        let (build, scope) = (world.rows.fleet.build_times[0].build, world.scope);
        for (started, ended) in builds {
            let time = |seconds| Time::from_epoch_s(i64::from(seconds)).unwrap_or(now());
            world.rows.fleet.build_times.push(BuildTime { build, scope, started: time(started), ended: time(ended) });
        }
        let ids: Vec<String> = (0..members).map(|number| format!("i-m{number}")).collect();
        let tags = world.tags(&[("emberline:rto", rto.as_str())]);
        let group = web_mut(&mut world);
        (group.min_healthy_percent, group.max_healthy_percent, group.grace_s, group.tags) = (min, max, grace, tags);
        let member = group.members[0];
        group.members = (0..members).map(|_| member).collect();
        for (number, id) in ids.iter().enumerate() {
            let id = world.sym(id);
            web_mut(&mut world).members[number].server = id;
        }
        let web = world.known().readiness("web");
        for part in Part::ALL {
            let Some(time) = web.part(part) else { continue };
            prop_assert!(time.p50_s <= time.p95_s);
            prop_assert_eq!(time.basis == Basis::Measured, time.samples >= 5);
        }
        prop_assert!(web.pace.batch >= 1 && web.pace.min_healthy_percent <= 100);
        prop_assert!(web.pace.rounds() as usize <= members);
        let again = web.again();
        if let (Some(again), Some(replace)) = (again, web.replace()) {
            prop_assert!(again.p50_s >= replace.p50_s && again.p50_s <= again.p95_s);
        }
        prop_assert_eq!(web.verdict == Rto::None, web.objective.is_none());
    }
}
