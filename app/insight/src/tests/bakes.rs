//! Whose user data a server boots with, and what follows for its template version, group and recipe.

use fleet::{
    Attributes, BakeVerdict, BootTime, Call, Fleet, Gap, GapKind, GroupIx, Handle, LaunchConfiguration, LaunchSource,
    Server, Setting, Settings, TemplateIx, UserData,
};

use super::world::{Known, World, now};
use crate::bake::{BakeReader, BakeUnknown, Bakes, Whose};
use crate::policy::Policy;
use crate::waived::Waivers;

const BAKED: &str = "#!/bin/sh\nhostnamectl set-hostname web\nsystemctl start web\n";
const FRIED: &str = "#!/bin/sh\nyum -y update\n";
const MIXED: &str = "#!/bin/sh\napt-get update\n";

/// Lets a version of the template in row `at` set user data.
fn sets(world: &mut World, at: usize, user_data: Setting<Handle<UserData>>) {
    let settings = Settings { user_data, ..Settings::default() };
    world.rows.fleet.template_versions[at].settings = Some(world.rows.fleet.settings.intern(settings));
}

fn text(world: &mut World, text: &str) -> Setting<Handle<UserData>> {
    Setting::Is(world.rows.fleet.user_data.intern_bytes(text.as_bytes()))
}

/// A world with a template of three versions (`ami-1` of the recipe web) that set these, all texts read.
fn world(versions: [&str; 3]) -> World {
    let mut world = World::new();
    world.rows.fleet.scopes[0].evidence_at = Some(now());
    world.image("ami-1", "web 1", 10);
    world.baked("web", "1.0.0", "ami-1", None);
    world.template("lt-1", "web", &[(1, "ami-1"), (2, "ami-1"), (3, "ami-1")]);
    for (at, version) in versions.into_iter().enumerate() {
        let version = text(&mut world, version);
        sets(&mut world, at, version);
    }
    world
}

/// All texts read, and all that follows.
fn read(mut world: World) -> Known {
    BakeReader::default().fill(&mut world.rows.fleet);
    world.known()
}

fn why(known: &Known, server: &str) -> Option<BakeUnknown> {
    let standing = Bakes::new(&known.fleet, &known.lineage).of_server(known.server_ix(server), Waivers::NONE);
    assert_eq!(standing.verdict, known.of(server).bake);
    assert_eq!(standing.unknown.is_some(), standing.verdict == BakeVerdict::Unknown);
    if let Some(why) = standing.unknown {
        assert!(why.sentence(&known.fleet).ends_with('.'));
    }
    standing.unknown
}

/// A server of the template's version in the group `web`, or in none.
fn launched(world: &mut World, id: &str, version: u32, in_group: bool) -> Server {
    let template = world.uses("lt-1", version);
    let group = in_group.then(|| world.sym("web"));
    Server { template, group, ..world.born(id, 3) }
}

#[test]
fn a_server_is_what_its_template_versions_text_makes_it() {
    let mut world = world([BAKED, MIXED, FRIED]);
    for (id, version) in [("i-1", 1), ("i-2", 2), ("i-3", 3)] {
        let row = launched(&mut world, id, version, true);
        world.add(row);
    }
    world.group("web", Some("lt-1"), &["i-1", "i-2", "i-3"]);
    let known = read(world);
    let verdicts = ["i-1", "i-2", "i-3"].map(|id| known.of(id).bake);
    assert_eq!(verdicts, [BakeVerdict::Baked, BakeVerdict::Mixed, BakeVerdict::Fried]);
    assert_eq!((known.findings.totals.mixed, known.findings.totals.fried), (1, 1));
    let bakes = Bakes::new(&known.fleet, &known.lineage);
    let fried = bakes.of_server(known.server_ix("i-3"), Waivers::NONE);
    let TemplateIx(of) = known.lineage.servers[known.server_ix("i-3").at()].template.unwrap();
    assert_eq!(fried.whose, Some(Whose::Template(TemplateIx(of))));
    let finding = fried.bake.unwrap().findings[0];
    assert_eq!((known.fleet.str(finding.rule), finding.line), ("package-upgrade", Some(2)));
    assert_eq!(known.fleet.str(finding.excerpt), "yum -y update");
    assert_eq!(known.findings.templates[of as usize].bake, BakeVerdict::Fried);
}

#[test]
fn a_group_and_a_recipe_are_what_their_next_servers_will_be() {
    let mut world = world([FRIED, MIXED, BAKED]);
    let row = launched(&mut world, "i-1", 1, true);
    world.add(row);
    world.group("web", Some("lt-1"), &["i-1"]);
    let known = read(world);
    assert_eq!(known.of("i-1").bake, BakeVerdict::Fried);
    assert_eq!(known.findings.groups[0].bake, BakeVerdict::Baked, "it wants the latest version");
    let recipe =
        |name: &str| known.lineage.recipes.iter().position(|recipe| recipe.name.as_deref() == Some(name)).unwrap();
    assert_eq!(known.findings.recipes[recipe("web")].bake, Some(BakeVerdict::Baked));
    let none = known.findings.recipes.iter().enumerate().filter(|&(at, _)| at != recipe("web"));
    assert!(none.into_iter().all(|(_, recipe)| recipe.bake.is_none()), "no group launches from their images");
}

#[test]
fn a_server_that_was_asked_for_its_own_text_is_judged_by_that() {
    let mut world = world([BAKED, BAKED, BAKED]);
    for (id, user_data) in [("i-1", text(&mut world, FRIED)), ("i-2", Setting::Unset), ("i-3", Setting::Unknown)] {
        let row = launched(&mut world, id, 1, false);
        let (server, scope) = (row.id, row.scope);
        world.add(row);
        world.rows.fleet.attributes.push(Attributes { server, scope, user_data, termination_protected: None });
        let (template, sibling) = (row.template.unwrap(), world.sym("i-9"));
        world.rows.fleet.boot_times.push(BootTime { server: sibling, scope, template, seconds: 164 });
    }
    let known = read(world);
    assert_eq!(why(&known, "i-1"), None);
    assert_eq!(known.of("i-1").bake, BakeVerdict::Fried);
    assert_eq!((known.of("i-2").bake, why(&known, "i-3")), (BakeVerdict::Baked, Some(BakeUnknown::Untold)));
    let standing = Bakes::new(&known.fleet, &known.lineage).of_server(known.server_ix("i-1"), Waivers::NONE);
    assert_eq!((standing.whose, standing.measured), (Some(Whose::Own), None), "another text's boot says nothing of it");
}

#[test]
fn what_was_not_read_is_unknown_and_says_why() {
    let mut world = world([BAKED, BAKED, BAKED]);
    sets(&mut world, 0, Setting::Unset);
    world.rows.fleet.template_versions[1].settings = None;
    let rows = [
        launched(&mut world, "i-open", 1, false),
        launched(&mut world, "i-none", 1, true),
        launched(&mut world, "i-untold", 2, true),
        launched(&mut world, "i-gone", 9, true),
        world.born("i-alone", 3),
    ];
    let karpenter = world.tags(&[("karpenter.sh/nodepool", "default")]);
    let foreign = Server { tags: karpenter, ..world.born("i-foreign", 3) };
    let grouped = Server { group: Some(world.sym("lost")), ..world.born("i-lost", 3) };
    let elsewhere = world.add_scope("310987654321", "us-east-1");
    let unread = Server { scope: elsewhere, ..launched(&mut world, "i-unread", 1, true) };
    let later = Server { scope: elsewhere, ..world.born("i-later", 3) };
    for row in rows.into_iter().chain([foreign, grouped, unread, later]) {
        world.add(row);
    }
    for (scope, call) in
        [(world.scope, Call::DescribeInstanceAttribute), (elsewhere, Call::DescribeLaunchTemplateVersions)]
    {
        let message = world.sym("not authorized; ask for it");
        world.rows.fleet.gaps.push(Gap { scope, call, action: None, resource: None, kind: GapKind::Denied, message });
    }
    let known = read(world);
    assert_eq!((known.of("i-none").bake, why(&known, "i-none")), (BakeVerdict::Baked, None));
    assert_eq!(why(&known, "i-open"), Some(BakeUnknown::LeftOpen));
    assert_eq!(why(&known, "i-untold"), Some(BakeUnknown::Untold));
    assert_eq!(why(&known, "i-gone"), Some(BakeUnknown::TemplateGone));
    assert_eq!(why(&known, "i-lost"), Some(BakeUnknown::NoTemplate));
    assert_eq!(why(&known, "i-foreign"), Some(BakeUnknown::Foreign));
    assert_eq!(why(&known, "i-later"), Some(BakeUnknown::NotYet));
    let asked = why(&known, "i-alone").unwrap();
    assert_eq!(asked.sentence(&known.fleet), "Its own user data could not be read: not authorized; ask for it.");
    assert!(matches!(why(&known, "i-unread"), Some(BakeUnknown::TemplateUnread(_))));
}

#[test]
fn a_launch_configuration_counts_as_a_template_version_does() {
    let mut world = World::new();
    world.image("ami-1", "web 1", 10);
    let user_data = text(&mut world, FRIED);
    let settings = world.rows.fleet.settings.intern(Settings { user_data, ..Settings::default() });
    let name = world.sym("web-lc");
    world.rows.fleet.launch_configurations.push(LaunchConfiguration {
        name,
        scope: world.scope,
        arn: None,
        image: None,
        instance_type: None,
        created: None,
        settings: Some(settings),
    });
    let row = Server { group: Some(world.sym("web")), ..world.born("i-1", 3) };
    world.add(row);
    let group = world.group("web", None, &["i-1"]);
    group.launch = Some(LaunchSource::Configuration(name));
    group.members[0].configuration = Some(name);
    let known = read(world);
    assert_eq!((known.of("i-1").bake, known.findings.groups[0].bake), (BakeVerdict::Fried, BakeVerdict::Fried));
}

#[test]
fn a_group_of_which_one_version_can_not_be_told_is_not_called_baked() {
    let bakes = |known: &Known| Bakes::new(&known.fleet, &known.lineage).group_verdict(GroupIx(0), Waivers::NONE);
    let mut all = world([BAKED, BAKED, BAKED]);
    all.group("web", Some("lt-unknown"), &[]);
    assert_eq!(bakes(&read(all)), BakeVerdict::Unknown);
    for (one, other, together) in [
        (BakeVerdict::Baked, BakeVerdict::Mixed, BakeVerdict::Mixed),
        (BakeVerdict::Unknown, BakeVerdict::Mixed, BakeVerdict::Unknown),
        (BakeVerdict::Unknown, BakeVerdict::Fried, BakeVerdict::Fried),
        (BakeVerdict::Baked, BakeVerdict::Baked, BakeVerdict::Baked),
    ] {
        assert_eq!((one.and(other), other.and(one)), (together, together));
    }
}

#[test]
fn the_boot_that_was_measured_is_the_servers_or_its_versions() {
    let mut world = world([FRIED, FRIED, FRIED]);
    for id in ["i-1", "i-2"] {
        let row = launched(&mut world, id, 1, true);
        world.add(row);
    }
    let row = launched(&mut world, "i-3", 2, true);
    world.add(row);
    let (server, template, scope) = (world.sym("i-2"), world.uses("lt-1", 1).unwrap(), world.scope);
    world.rows.fleet.boot_times.push(BootTime { server, scope, template, seconds: 164 });
    let known = read(world);
    let bakes = Bakes::new(&known.fleet, &known.lineage);
    let measured = |id: &str| bakes.of_server(known.server_ix(id), Waivers::NONE).measured;
    assert_eq!((measured("i-1"), measured("i-2")), (Some((164, server)), Some((164, server))));
    assert_eq!(measured("i-3"), None);
    let version = known.lineage.servers[known.server_ix("i-1").at()].template.unwrap();
    assert_eq!(bakes.of_template(version, Waivers::NONE).measured, Some((164, server)));
}

#[test]
fn each_text_is_read_once_however_many_boot_with_it_and_however_often_it_is_pulled() {
    const VERSIONS: u32 = 2_000;
    let fleet = |edited: u32| -> Fleet {
        let mut world = World::new();
        world.image("ami-1", "web 1", 10);
        for version in 1..=VERSIONS {
            let id = format!("lt-{version}");
            world.template(&id, &id, &[(1, "ami-1")]);
            let word = if version <= edited { "edited" } else { "first" };
            let script = text(&mut world, &format!("#!/bin/sh\nyum -y update # {word} {version}\n"));
            sets(&mut world, version as usize - 1, script);
        }
        for number in 0..100_000_u32 {
            let template = world.uses(&format!("lt-{}", number % VERSIONS + 1), 1);
            let group = Some(world.sym("web"));
            let row = Server { template, group, ..world.server(&format!("i-{number}")) };
            world.add(row);
        }
        world.rows.build()
    };
    let mut reader = BakeReader::default();
    let mut first = fleet(0);
    reader.fill(&mut first);
    assert_eq!((first.bakes.len(), reader.texts_read()), (2_000, 2_000));
    let lineage = fleet::Lineage::of(&first, &Policy::default().conventions());
    let findings = crate::Findings::of(&first, &lineage, &Policy::default());
    assert_eq!(findings.totals.fried, 100_000);
    reader.fill(&mut first);
    assert_eq!((first.bakes.len(), reader.texts_read()), (2_000, 2_000), "what has a row keeps it");
    let mut again = fleet(0);
    reader.fill(&mut again);
    assert_eq!((again.bakes.len(), reader.texts_read()), (2_000, 2_000), "a refresh brought the same texts");
    let mut edited = fleet(3);
    reader.fill(&mut edited);
    assert_eq!((edited.bakes.len(), reader.texts_read()), (2_000, 2_003));
}

#[test]
fn a_saved_fleet_keeps_what_was_found_and_not_the_text() {
    let mut world = world([FRIED, FRIED, FRIED]);
    let secret = text(&mut world, "#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2; yum -y update\n");
    sets(&mut world, 0, secret);
    let row = launched(&mut world, "i-1", 1, true);
    world.add(row);
    BakeReader::default().fill(&mut world.rows.fleet);
    let fleet = world.rows.build();
    let mut file = Vec::new();
    fleet.save(&mut file).unwrap();
    let mut loaded = Fleet::load(file.as_slice()).unwrap();
    assert_eq!(loaded.bakes, fleet.bakes);
    let mut reader = BakeReader::default();
    reader.fill(&mut loaded);
    assert_eq!((loaded.bakes.len(), reader.texts_read()), (2, 0), "no text, no reading");
    assert!(loaded.symbols.iter().all(|(_, text)| !text.contains("hunter2")));
    let lineage = fleet::Lineage::of(&loaded, &Policy::default().conventions());
    let findings = crate::Findings::of(&loaded, &lineage, &Policy::default());
    assert_eq!(findings.servers[0].bake, BakeVerdict::Fried);
    loaded.bakes.clear();
    let bakes = Bakes::new(&loaded, &lineage);
    assert_eq!(bakes.of_server(fleet::ServerIx(0), Waivers::NONE).unknown, Some(BakeUnknown::Unsaved));
}

#[test]
fn what_the_policy_file_exempts_is_told_and_does_not_count_and_what_is_off_is_not_told() {
    const TWO: &str = "#!/bin/sh\nyum -y update\nyum -y install nginx-1.24.0\n";
    let looked_at = |policy: &str| {
        let mut world = world([TWO, TWO, TWO]);
        let row = launched(&mut world, "i-1", 3, true);
        world.add(row);
        world.group("web", Some("lt-1"), &["i-1"]);
        BakeReader::default().fill(&mut world.rows.fleet);
        let known = world.known_by(&Policy::parse(policy, "p.toml").unwrap());
        let finding = known.of("i-1");
        let bakes = Bakes::new(&known.fleet, &known.lineage);
        let standing = bakes.of_server(known.server_ix("i-1"), known.findings.waivers(&finding));
        let told = standing.findings();
        let told: Vec<(String, Option<String>)> = told
            .iter()
            .map(|one| (known.fleet.str(one.finding.rule).to_owned(), one.exempt.map(crate::policy::Waiver::sentence)))
            .collect();
        (finding.bake, known.findings.groups[0].bake, told)
    };
    let (plain, group, told) = looked_at("");
    assert_eq!((plain, group), (BakeVerdict::Fried, BakeVerdict::Fried));
    assert!(told.iter().all(|(_, exempt)| exempt.is_none()) && told[0].0 == "package-upgrade", "{told:?}");
    let (exempt, group, told) =
        looked_at("[[exempt]]\nquery = \"group:web\"\nfrom = [\"bake:package-upgrade\"]\nreason = \"until spring\"");
    assert_eq!((exempt, group), (BakeVerdict::Mixed, BakeVerdict::Fried), "a query is about servers that there are");
    assert_eq!(told[0].1.as_deref(), Some("Exempt by the policy file: until spring."));
    let (off, group, told) = looked_at("[[off]]\nrules = [\"bake:package-upgrade\"]");
    assert_eq!(
        (off, group),
        (BakeVerdict::Mixed, BakeVerdict::Mixed),
        "what is off everywhere is so for those to come"
    );
    assert!(told.iter().all(|(rule, _)| rule != "package-upgrade"), "{told:?}");
    assert_eq!(looked_at("[[off]]\nrules = [\"bake\"]"), (BakeVerdict::Baked, BakeVerdict::Baked, vec![]));
}
