//! The rooms of Emberline and the arrows between them, read from `cargo metadata` and held to one table.
//!
//! An arrow runs from a room to a room below it and never up, and each outside library that shapes a room (the AWS
//! SDK, egui, SQLite) is named by that room alone. Whoever wants a new arrow changes the table here first, where it
//! can be seen and discussed.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each room with the rooms that it may depend on; the first is the program itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("emberline", &["ui", "report", "session", "cloud", "history", "operate", "scene", "insight", "fleet", "sandbox"]),
    ("ui", &["session", "scene", "operate", "insight", "fleet"]),
    ("report", &["scene", "insight", "fleet"]),
    ("session", &["cloud", "history", "operate", "scene", "insight", "fleet"]),
    ("cloud", &["operate", "fleet"]),
    ("history", &["operate", "fleet"]),
    ("operate", &["insight", "fleet"]),
    ("scene", &["insight", "fleet"]),
    ("insight", &["fleet"]),
    ("fleet", &[]),
    ("sandbox", &[]),
];

/// Outside crates by the start of their name, with the only packages that may name them.
const OWNED: &[(&str, &[&str])] = &[
    ("aws-", &["cloud"]),
    ("egui", &["ui", "emberline"]),
    ("eframe", &["ui", "emberline"]),
    ("rusqlite", &["history"]),
    ("libsqlite3-sys", &["history"]),
];

/// Rooms that do no I/O and wait for nothing, and what they would need in order to.
const PURE: &[&str] = &["fleet", "insight", "scene"];
const IMPURE: &[&str] = &["tokio", "futures", "async-std", "smol", "hyper", "reqwest", "mio"];

/// What may stand at the top of the repository, besides dotfiles and licences.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "app",
    "assets",
    "tests",
    "dist",
    "clippy.toml",
    "deny.toml",
    "kittest.toml",
    "rustfmt.toml",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata reads the manifests")
}

/// The word by which the table calls a package: `emberline-fleet` is the room `fleet`.
fn room(package: &str) -> &str {
    package.strip_prefix("emberline-").unwrap_or(package)
}

fn allowed(from: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(name, _)| *name == from).map(|(_, to)| *to)
}

/// What a dependency breaks, as a sentence; `None` where it is allowed.
fn broken(from: &str, to: &str, is_ours: bool, kind: DependencyKind) -> Option<String> {
    if is_ours {
        let is_test = kind == DependencyKind::Development;
        let ok = allowed(from).is_some_and(|to_rooms| to_rooms.contains(&to)) || (is_test && to == "sandbox");
        return (!ok).then(|| {
            format!(
                "{from} -> {to} is no arrow of the design: {from} may depend on {:?} only",
                allowed(from).unwrap_or(&[])
            )
        });
    }
    if let Some((start, owners)) = OWNED.iter().find(|(start, _)| to.starts_with(start))
        && !owners.contains(&from)
    {
        return Some(format!("{from} -> {to}: only {owners:?} may name a crate that starts with {start}"));
    }
    (kind == DependencyKind::Normal && PURE.contains(&from) && IMPURE.contains(&to))
        .then(|| format!("{from} -> {to}: {from} does no I/O and waits for nothing"))
}

fn is_ours(package: &str) -> bool {
    package == "emberline" || package.starts_with("emberline-")
}

#[test]
fn arrows_run_down_only() {
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        for dependency in &package.dependencies {
            let to = room(&dependency.name);
            wrong.extend(broken(room(&package.name), to, is_ours(&dependency.name), dependency.kind));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_arrow_is_named_in_the_failure() {
    let normal = DependencyKind::Normal;
    let test = DependencyKind::Development;
    let cases = [
        ("insight", "cloud", true, normal, Some("insight -> cloud is no arrow of the design")),
        ("fleet", "insight", true, normal, Some("fleet -> insight is no arrow of the design")),
        ("session", "sandbox", true, normal, Some("session -> sandbox is no arrow of the design")),
        ("sandbox", "fleet", true, test, Some("sandbox -> fleet is no arrow of the design")),
        ("attic", "fleet", true, normal, Some("attic -> fleet is no arrow of the design")),
        ("report", "aws-sdk-ec2", false, normal, Some("report -> aws-sdk-ec2: only [\"cloud\"]")),
        ("scene", "egui", false, normal, Some("scene -> egui: only [\"ui\", \"emberline\"]")),
        ("fleet", "tokio", false, normal, Some("fleet -> tokio: fleet does no I/O")),
        ("session", "sandbox", true, test, None),
        ("session", "cloud", true, normal, None),
        ("cloud", "aws-sdk-ec2", false, normal, None),
        ("scene", "epaint", false, normal, None),
    ];
    for (from, to, ours, kind, expected) in cases {
        let said = broken(from, to, ours, kind);
        match expected {
            None => assert_eq!(said, None),
            Some(start) => assert!(said.as_deref().is_some_and(|s| s.starts_with(start)), "{from} -> {to}: {said:?}"),
        }
    }
}

#[test]
fn every_package_is_a_room_of_the_table() {
    for package in &metadata().packages {
        let name = room(&package.name);
        assert!(
            allowed(name).is_some(),
            "the package {} is no room: add it to the table and to the design",
            package.name
        );
        let folder = package.manifest_path.parent().unwrap().strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let expected = if name == "emberline" { String::new() } else { format!("app/{name}") };
        assert_eq!(folder.as_str(), expected, "the folder of {}", package.name);
    }
}

#[test]
fn every_room_opens_with_its_purpose_and_its_invariants() {
    for package in metadata().packages.iter().filter(|p| p.name.as_str() != "emberline") {
        let text = root_file(package);
        let opening: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(opening.len() >= 3, "{}'s root file opens with its purpose", package.name);
        assert!(
            opening.iter().any(|line| line.contains("Invariants")),
            "{}'s root file states its invariants before any code",
            package.name
        );
    }
}

fn root_file(package: &Package) -> String {
    let library = package.targets.iter().find(|target| target.is_lib()).expect("a room is a library");
    fs::read_to_string(&library.src_path).unwrap()
}

#[test]
fn dependencies_and_lints_are_declared_once() {
    for package in &metadata().packages {
        let manifest: toml::Table = fs::read_to_string(&package.manifest_path).unwrap().parse().unwrap();
        let from_workspace = |value: &toml::Value| value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        assert!(manifest.get("lints").is_some_and(from_workspace), "{} takes the workspace's lints", package.name);
        for (section, dependencies) in dependency_sections(&manifest) {
            for (name, value) in dependencies {
                assert!(
                    from_workspace(value),
                    "{}: {name} in [{section}] takes its version from [workspace.dependencies]",
                    package.name
                );
            }
        }
    }
}

/// The dependency tables of a manifest, those for one platform included.
fn dependency_sections(manifest: &toml::Table) -> Vec<(String, &toml::Table)> {
    let everywhere = std::iter::once((String::new(), manifest));
    let by_platform = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let by_platform = by_platform.filter_map(|(name, value)| Some((format!("target.{name}."), value.as_table()?)));
    let mut found = Vec::new();
    for (prefix, table) in everywhere.chain(by_platform) {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            found.extend(table.get(section).and_then(toml::Value::as_table).map(|t| (format!("{prefix}{section}"), t)));
        }
    }
    found
}

#[test]
fn the_top_level_holds_only_what_the_design_allows() {
    let strangers: Vec<String> = top_level()
        .into_iter()
        .filter(|name| !name.starts_with('.') && !name.starts_with("LICENSE-") && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert!(strangers.is_empty(), "no place at the top level of the repository: {strangers:?}");
}

/// The names at the top of the repository that git would keep; all of them where this is no git checkout.
fn top_level() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success() && !output.stdout.is_empty());
    match listed {
        Some(output) => {
            let text = String::from_utf8(output.stdout).unwrap();
            text.lines().filter_map(|path| path.split('/').next()).map(str::to_owned).collect()
        }
        None => fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "target")
            .collect(),
    }
}
