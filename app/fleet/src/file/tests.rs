#![expect(clippy::unwrap_used, reason = "a test")]

use super::*;
use crate::bake::{Bake, BakeFinding, BakeSeverity, BakeVerdict};
use crate::call::Call;
use crate::resources::{Gap, GapKind, Group, Scope, Server, ServerState};
use crate::rows::FleetBuilder;
use crate::symbol::TagSet;
use crate::time::Time;

fn scope(fleet: &mut FleetBuilder) -> ScopeIx {
    let scope = Scope {
        partition: fleet.sym("aws"),
        account: fleet.sym("210987654321"),
        region: fleet.sym("eu-west-1"),
        profile: None,
        caller: None,
        pulled_at: Time::parse("2026-11-23T04:00:00Z").unwrap(),
        clock_skew_s: Some(-2),
        evidence_at: None,
    };
    fleet.scope(scope)
}

fn server(fleet: &mut FleetBuilder, scope: ScopeIx, id: &str) -> Server {
    let addresses = [fleet.sym("10.1.2.3")];
    Server {
        id: fleet.sym(id),
        scope,
        state: ServerState::Running,
        zone: fleet.some(Some("eu-west-1a")),
        instance_type: None,
        image: None,
        launched: Time::parse("2026-11-01T04:00:00Z"),
        interface_attached: None,
        root_attached: None,
        template: None,
        group: None,
        operator: None,
        spot_request: None,
        addresses: fleet.fleet.symbols.intern_list(&addresses),
        dns_names: Default::default(),
        settings: None,
        tags: fleet.fleet.symbols.intern_tags([("Name", "web-prod-7"), ("team", "Größe")]),
    }
}

fn fleet() -> Fleet {
    let mut fleet = FleetBuilder::new();
    let scope = scope(&mut fleet);
    let server = server(&mut fleet, scope, "i-1");
    fleet.fleet.servers.push(server);
    let group = Group {
        name: fleet.sym("web"),
        scope,
        arn: None,
        launch: None,
        overrides: Vec::new(),
        desired: Some(2),
        min: None,
        max: None,
        max_instance_lifetime_s: Some(86_400),
        min_healthy_percent: None,
        max_healthy_percent: None,
        warm_up_s: None,
        grace_s: None,
        suspended: Default::default(),
        warm_pool: false,
        members: Vec::new(),
        operator: None,
        created: None,
        tags: TagSet::default(),
    };
    fleet.fleet.groups.push(group);
    let message = fleet.sym("you may not");
    fleet.fleet.gaps.push(Gap {
        scope,
        call: Call::ListImagePipelines,
        action: None,
        resource: None,
        kind: GapKind::Denied,
        message,
    });
    fleet.build()
}

fn saved(fleet: &Fleet) -> Vec<u8> {
    let mut bytes = Vec::new();
    fleet.save(&mut bytes).unwrap();
    bytes
}

/// Every row and every string, as text.
fn all_of(fleet: &Fleet) -> String {
    format!("{fleet:?} {:?}", fleet.symbols.iter().collect::<Vec<_>>())
}

/// A file of this version that holds `body`, packed as [`Fleet::save`] packs it.
fn packed(body: &[u8]) -> Vec<u8> {
    let mut bytes = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
    bytes.extend(zstd::stream::encode_all(body, LEVEL).unwrap());
    bytes
}

#[test]
fn what_was_saved_is_loaded() {
    let fleet = fleet();
    let loaded = Fleet::load(saved(&fleet).as_slice()).unwrap();
    assert_eq!(all_of(&loaded), all_of(&fleet));
    assert_eq!(loaded.server_name(&loaded.servers[0]), Some("web-prod-7"));
    assert_eq!(saved(&loaded), saved(&fleet), "equal fleets are equal files");
}

#[test]
fn findings_of_user_data_are_kept_and_its_text_is_not() {
    let mut rows = FleetBuilder::new();
    scope(&mut rows);
    let text = rows.fleet.user_data.intern_bytes(b"#!/bin/sh\nexport PASSWORD=hunter2\nyum update -y\n");
    let finding = BakeFinding {
        rule: rows.sym("package-update"),
        severity: BakeSeverity::High,
        line: Some(3),
        excerpt: rows.sym("yum update -y"),
        why: rows.sym("It makes another server each day."),
        fix: rows.sym("Update while the image is baked."),
        fries: true,
        is_unread: false,
        act: Some(3),
    };
    let bake = Bake {
        user_data: text,
        rules: rows.sym("7"),
        format: rows.some(Some("script")),
        verdict: BakeVerdict::Mixed,
        findings: vec![finding],
    };
    rows.fleet.bakes.push(bake.clone());
    let fleet = rows.build();
    let body = postcard::to_stdvec(&fleet).unwrap();
    assert!(!body.windows(7).any(|window| window == b"hunter2"));
    let loaded = Fleet::load(saved(&fleet).as_slice()).unwrap();
    assert_eq!(loaded.bakes, [bake]);
    let of_text = loaded.user_data.get(text).unwrap();
    assert_eq!((of_text.length, of_text.bytes()), (48, None));
    assert_eq!(Some(of_text.hash), fleet.user_data.get(text).map(|text| text.hash));
}

#[test]
fn an_empty_fleet_is_a_fleet() {
    let loaded = Fleet::load(saved(&Fleet::default()).as_slice()).unwrap();
    assert_eq!(all_of(&loaded), all_of(&Fleet::default()));
}

#[test]
fn any_changed_byte_is_an_error_or_changes_nothing() {
    let fleet = fleet();
    let bytes = saved(&fleet);
    let mut errors = 0;
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            match Fleet::load(changed.as_slice()) {
                Ok(loaded) => assert_eq!(all_of(&loaded), all_of(&fleet), "byte {at} ^ {flip:#x}"),
                Err(_) => errors += 1,
            }
        }
    }
    assert!(errors > bytes.len() * 2, "only {errors} of {} changes were found", bytes.len() * 3);
}

#[test]
fn any_cut_is_an_error() {
    let bytes = saved(&fleet());
    for len in 0..bytes.len() {
        let error = Fleet::load(&bytes[..len]).unwrap_err();
        match len {
            0 => assert!(matches!(error, FileError::NotAFleet), "{error}"),
            _ => assert!(matches!(error, FileError::Damaged { .. }), "cut at {len}: {error}"),
        }
    }
}

#[test]
fn each_kind_of_wrong_file_says_what_it_is_and_what_to_do() {
    let fleet = fleet();
    let body = postcard::to_stdvec(&fleet).unwrap();
    let mut newer = saved(&fleet);
    newer[16..18].copy_from_slice(&7_u16.to_le_bytes());
    let mut older = saved(&fleet);
    older[16..18].copy_from_slice(&1_u16.to_le_bytes());
    let mut without_scope = fleet.clone();
    without_scope.servers[0].scope = ScopeIx(1);
    let mut longer = saved(&fleet);
    longer.extend_from_slice(b"more");
    for (bytes, message) in [
        (b"PK\x03\x04".to_vec(), "this is not a fleet file; `emberline pull -o FILE.fleet` makes one"),
        (newer, "this fleet file has version 7 and this program reads up to 3; update emberline to open it"),
        (
            older,
            "this fleet file has version 1 and this program reads version 3; open it with the emberline that wrote it, \
             or pull again with `emberline pull`",
        ),
        (
            packed(&body[..body.len() - 1]),
            "this fleet file is damaged (its contents do not read: Hit the end of buffer, expected more data); get \
             another copy of it, or pull again with `emberline pull`",
        ),
        (
            packed(&[body.as_slice(), b"\0\0"].concat()),
            "this fleet file is damaged (2 bytes follow its end); get another copy of it, or pull again with \
             `emberline pull`",
        ),
        (
            saved(&without_scope),
            "this fleet file is damaged (a server names no scope); get another copy of it, or pull again with \
             `emberline pull`",
        ),
    ] {
        assert_eq!(Fleet::load(bytes.as_slice()).unwrap_err().to_string(), message);
    }
    let error = Fleet::load(longer.as_slice()).unwrap_err();
    assert!(matches!(error, FileError::Damaged { .. }), "{error}");
}

#[test]
fn strings_that_no_pull_keeps_are_damage() {
    let bytes = postcard::to_stdvec(&fleet()).unwrap();
    let at = bytes.windows(10).position(|window| window == b"web-prod-7").unwrap();
    let mut escape = bytes.clone();
    escape[at] = 0x1b;
    let error = Fleet::load(packed(&escape).as_slice()).unwrap_err();
    assert!(error.to_string().contains("control characters"), "{error}");
}

#[test]
fn a_forged_body_is_refused_or_makes_a_lineage() {
    let body = postcard::to_stdvec(&fleet()).unwrap();
    let mut forged = 0;
    for at in 0..body.len() {
        for flip in [0x01, 0x02, 0x7f, 0x80] {
            let mut changed = body.clone();
            changed[at] ^= flip;
            if let Ok(fleet) = Fleet::load(packed(&changed).as_slice()) {
                let lineage = crate::Lineage::of(&fleet, &crate::Conventions::default());
                assert_eq!(lineage.servers.len(), fleet.servers.len(), "byte {at} ^ {flip:#x}");
                forged += 1;
            }
        }
    }
    assert!(forged > 0, "no change got past the checks, so that nothing was tried");
}

#[test]
fn strings_that_overlap_are_damage() {
    let symbols = |ends: Vec<u32>| ("webapi".to_owned(), ends, Vec::<u32>::new(), Vec::<u32>::new());
    let rest = postcard::to_stdvec(&Fleet::default()).unwrap().split_off(4);
    for (ends, sound) in [(vec![3, 6], true), (vec![6, 3], false), (vec![3, 7], false), (vec![3], false)] {
        let body = [postcard::to_stdvec(&symbols(ends.clone())).unwrap(), rest.clone()].concat();
        assert_eq!(Fleet::load(packed(&body).as_slice()).is_ok(), sound, "{ends:?}");
    }
}

#[test]
fn a_file_that_unpacks_to_more_than_the_limit_is_refused() {
    let bomb = packed(&vec![0; 1 << 20]);
    assert!(bomb.len() < 1 << 12);
    let error = load_within(bomb.as_slice(), 1 << 16).unwrap_err();
    assert!(matches!(error, FileError::TooLarge { limit_bytes: 65_536 }), "{error}");
}

#[test]
fn a_saved_file_replaces_the_old_one_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.fleet");
    std::fs::write(&path, "old").unwrap();
    fleet().save_to(&path).unwrap();
    assert_eq!(all_of(&Fleet::load_from(&path).unwrap()), all_of(&fleet()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_path_that_can_not_be_used_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none").join("night.fleet");
    for error in [fleet().save_to(&missing).unwrap_err(), Fleet::load_from(&missing).unwrap_err()] {
        assert!(error.to_string().starts_with(&missing.display().to_string()), "{error}");
        assert!(error.to_string().contains("check the path"), "{error}");
        assert!(std::error::Error::source(&error).is_none(), "the text has it all");
    }
    let taken = folder.path().join("folder.fleet");
    std::fs::create_dir(&taken).unwrap();
    assert!(fleet().save_to(&taken).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the part file is removed");
}

mod properties {
    use proptest::prelude::*;

    use super::super::*;
    use super::packed;

    proptest! {
        #[test]
        fn any_bytes_are_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Fleet::load(bytes.as_slice()).is_err());
            prop_assert!(Fleet::load([MAGIC.as_slice(), &VERSION.to_le_bytes(), bytes.as_slice()].concat().as_slice()).is_err());
            // Within a whole frame, bytes that read as a fleet are one; the rest are damage.
            let is_told = matches!(Fleet::load(packed(&bytes).as_slice()), Ok(_) | Err(FileError::Damaged { .. }));
            prop_assert!(is_told);
        }
    }
}
