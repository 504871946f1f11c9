//! Where servers differ from their template versions.

use fleet::{Attributes, Device, Override, Setting, Settings};

use super::world::{Known, World};
use crate::drift::{DriftField, DriftVerdict, Drifts};
use crate::waived::Waivers;

/// A group `web` of one server `i-1`, launched from version 1 of its template with these settings.
fn of_group(expected: Settings, actual: Settings, change: impl FnOnce(&mut World)) -> Known {
    let mut world = World::new();
    world.image("ami-1", "web 1", 10);
    world.image("ami-2", "web 2", 5);
    world.template("lt-1", "web", &[(1, "ami-1")]);
    let settings = world.rows.fleet.settings.intern(expected);
    world.rows.fleet.template_versions[0].settings = Some(settings);
    let mut server = world.born("i-1", 3);
    (server.template, server.group) = (world.uses("lt-1", 1), Some(world.sym("web")));
    server.settings = Some(world.rows.fleet.settings.intern(actual));
    world.add(server);
    world.group("web", Some("lt-1"), &["i-1"]);
    change(&mut world);
    world.known()
}

/// Every difference as `field: expected -> actual`.
fn told(known: &Known) -> Option<Vec<String>> {
    let differences = Drifts::new(&known.fleet, &known.lineage).of(known.server_ix("i-1"), Waivers::NONE)?;
    let side = |side: Option<String>| side.unwrap_or_else(|| "none".to_owned());
    let words = differences
        .into_iter()
        .map(|one| format!("{}: {} -> {}", one.field.as_str(), side(one.expected), side(one.actual)));
    Some(words.collect())
}

#[test]
fn a_server_that_is_what_its_version_says_does_not_differ() {
    let known = of_group(Settings::default(), Settings::default(), |_| {});
    assert_eq!((told(&known), known.of("i-1").drift), (Some(vec![]), DriftVerdict::None));
}

#[test]
fn each_field_that_both_sides_tell_is_compared() {
    let mut world = World::new();
    // The same strings in the same order as in the world that is looked at.
    let known = {
        let mut name = |text: &str| world.sym(text);
        let (sg1, sg2, key, other, required, optional) =
            (name("sg-1"), name("sg-2"), name("ops"), name("laptop"), name("required"), name("optional"));
        let (role, role_arn) = (name("web-role"), name("arn:aws:iam::1:instance-profile/teams/db-role"));
        let device = name("/dev/xvdb");
        let mut list = |syms: &[fleet::Sym]| world.rows.fleet.symbols.intern_list(syms);
        let (one, both) = (list(&[sg1]), list(&[sg1, sg2]));
        let mut expected = Settings {
            security_groups: Setting::Is(one),
            key_name: Setting::Is(key),
            profile: Setting::Is(role),
            monitoring: Setting::Is(true),
            devices: vec![Device { name: device, delete_on_termination: Setting::Is(true) }],
            ..Settings::default()
        };
        expected.metadata.tokens = Setting::Is(required);
        expected.metadata.hop_limit = Setting::Is(1);
        expected.server_tags = world.tags(&[("service", "web"), ("tier", "front")]);
        let mut actual = Settings {
            security_groups: Setting::Is(both),
            key_name: Setting::Is(other),
            profile: Setting::Is(role_arn),
            monitoring: Setting::Is(false),
            ..Settings::default()
        };
        actual.metadata.tokens = Setting::Is(optional);
        actual.metadata.hop_limit = Setting::Is(2);
        world.image("ami-1", "web 1", 10);
        world.image("ami-2", "web 2", 5);
        world.template("lt-1", "web", &[(1, "ami-1")]);
        let expected = world.rows.fleet.settings.intern(expected);
        let small = world.sym("t3.small");
        let version = &mut world.rows.fleet.template_versions[0];
        (version.settings, version.instance_type) = (Some(expected), Some(small));
        let mut server = world.born("i-1", 3);
        (server.template, server.image) = (world.uses("lt-1", 1), Some(world.sym("ami-2")));
        server.instance_type = Some(world.sym("t3.large"));
        server.settings = Some(world.rows.fleet.settings.intern(actual));
        server.tags = world.tags(&[("service", "web"), ("tier", "back")]);
        world.add(server);
        world.known()
    };
    let expected = [
        "image: ami-1 -> ami-2",
        "type: t3.small -> t3.large",
        "security-groups: sg-1 -> sg-1, sg-2",
        "role: web-role -> db-role",
        "key: ops -> laptop",
        "metadata-tokens: required -> optional",
        "metadata-hop-limit: 1 -> 2",
        "devices: /dev/xvdb, deleted with the server -> none",
        "monitoring: true -> false",
        "tags: tier=front -> tier=back",
    ];
    assert_eq!(told(&known).unwrap(), expected);
    assert_eq!(known.of("i-1").drift, DriftVerdict::Differs);
}

#[test]
fn what_a_version_leaves_open_is_no_drift_but_for_the_key_and_role_of_a_groups_server() {
    let settings = |world: &mut World| {
        let (key, role) = (world.sym("laptop"), world.sym("arn:aws:iam::1:instance-profile/admin"));
        let open = Settings { key_name: Setting::Unset, profile: Setting::Unset, ..Settings::default() };
        let given = Settings { key_name: Setting::Is(key), profile: Setting::Is(role), ..Settings::default() };
        let [open, given] = [open, given].map(|row| world.rows.fleet.settings.intern(row));
        world.rows.fleet.template_versions[0].settings = Some(open);
        world.rows.fleet.servers[0].settings = Some(given);
    };
    let grouped = of_group(Settings::default(), Settings::default(), settings);
    assert_eq!(told(&grouped).unwrap(), ["role: none -> admin", "key: none -> laptop"]);
    let alone = of_group(Settings::default(), Settings::default(), |world| {
        settings(world);
        world.rows.fleet.servers[0].group = None;
        world.rows.fleet.groups.clear();
    });
    assert_eq!(told(&alone), Some(vec![]), "whoever launched it may have set them");
}

#[test]
fn what_a_groups_override_sets_is_no_drift() {
    let known = of_group(Settings::default(), Settings::default(), |world| {
        let (small, large, image) = (world.sym("t3.small"), world.sym("t3.large"), world.sym("ami-2"));
        world.rows.fleet.template_versions[0].instance_type = Some(small);
        (world.rows.fleet.servers[0].instance_type, world.rows.fleet.servers[0].image) = (Some(large), Some(image));
        let one = Override { instance_type: Some(large), template: None, image: Some(image), weight: None };
        world.rows.fleet.groups[0].overrides.push(one);
    });
    assert_eq!(told(&known), Some(vec![]));
}

#[test]
fn user_data_is_compared_by_its_hash_where_both_sides_are_known() {
    let with = |actual: &'static [u8]| {
        of_group(Settings::default(), Settings::default(), move |world| {
            let texts = &mut world.rows.fleet.user_data;
            let (expected, actual) = (texts.intern_bytes(b"abc"), texts.intern_bytes(actual));
            let settings = Settings { user_data: Setting::Is(expected), ..Settings::default() };
            world.rows.fleet.template_versions[0].settings = Some(world.rows.fleet.settings.intern(settings));
            let (server, scope) = (world.rows.fleet.servers[0].id, world.scope);
            let row = Attributes { server, scope, user_data: Setting::Is(actual), termination_protected: None };
            world.rows.fleet.attributes.push(row);
        })
    };
    assert_eq!(told(&with(b"abc")), Some(vec![]));
    assert_eq!(told(&with(b"")).unwrap(), ["user-data: sha256 ba7816bf8f01 -> sha256 e3b0c44298fc"]);
}

#[test]
fn without_a_known_version_the_drift_is_unknown() {
    let mut world = World::new();
    let server = world.born("i-1", 3);
    world.add(server);
    let known = world.known();
    assert_eq!((told(&known), known.of("i-1").drift), (None, DriftVerdict::Unknown));
    // A version that was deleted says nothing either.
    let mut world = World::new();
    world.template("lt-1", "web", &[(2, "ami-1")]);
    let mut server = world.born("i-1", 3);
    server.template = world.uses("lt-1", 1);
    world.add(server);
    let known = world.known();
    assert_eq!((told(&known), known.of("i-1").drift), (None, DriftVerdict::Unknown));
    assert_eq!(DriftField::Tags.as_str(), "tags");
}
