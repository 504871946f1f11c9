//! Baked or fried: what user data does at boot that an image could have brought, read as what reads it at boot does.
//!
//! [`Scan::of`] takes the bytes of user data as EC2 hands them out or as a file holds them. They are decoded
//! ([`decode`]), each part is read by a parser of its language into one model of commands, modules, files and settings
//! ([`facts`]), and rules that are data (`assets/fry`) look at the model ([`rules`]). Nothing is executed or fetched,
//! and no text is kept: a scan holds findings with masked excerpts. [`ShownText`] is the text for a person's eye, masked
//! likewise.
//!
//! One text is scanned once: whoever has many servers of one template keeps the scan by the text's hash.

mod cloud_config;
mod commands;
mod decode;
mod facts;
mod fetch;
mod grammar;
mod ignition;
mod limits;
mod pin;
mod powershell;
mod python;
mod rules;
mod scan;
mod secret;
mod settings;
mod shell;
#[cfg(test)]
mod tests;
mod text;
mod units;
mod windows;
mod yaml;

pub use decode::Format;
pub use rules::{Rule, Severity, rules, rules_version};
pub use scan::{FryFinding, Scan, Verdict};
pub(crate) use scan::{Weighed, verdict};
pub use text::ShownText;

use decode::{Decoded, Part};
use facts::{Facts, Origin};

/// What all parts of a text do.
fn facts_of(decoded: &Decoded) -> Facts {
    let mut facts = Facts::default();
    cloud_config::read_all(&mut facts, decoded);
    for part in &decoded.parts {
        read(&mut facts, part);
    }
    units::follow(&mut facts);
    facts
}

fn read(facts: &mut Facts, part: &Part) {
    let origin = Origin::at(part.line);
    let text = part.text.as_str();
    match &part.format {
        Format::Script(_) => script(facts, text, origin, 0),
        // Its first line is a comment to a shell; the rest is a script of whatever its second line says.
        Format::Boothook => {
            let rest = text.trim_start();
            let body = rest.find('\n').map_or("", |end| &rest[end + 1..]);
            let row = text[..text.len() - body.len()].matches('\n').count();
            if body.starts_with("#!") {
                script(facts, body, origin.down(row), 0);
            } else {
                shell::read(facts, text, origin, 0);
            }
        }
        Format::Include => includes(facts, text, &origin),
        Format::PartHandler => {
            facts.unread.push((origin.place(text, 0), "a part handler".to_owned()));
            python::read(facts, text, &origin, 0);
        }
        Format::Ignition | Format::Butane => ignition::read(facts, text, &origin),
        Format::Windows => windows::read(facts, text, &origin),
        Format::LaunchTasks => cloud_config::launch_tasks(facts, text, &origin),
        Format::Bottlerocket => settings::toml(facts, text, &origin),
        Format::Talos => settings::yaml(facts, text, &origin, "talos"),
        Format::NodeConfig => settings::yaml(facts, text, &origin, "node-config"),
        Format::CloudConfigJsonp => {
            settings::yaml(facts, text.trim_start().trim_start_matches("#cloud-config-jsonp"), &origin, "jsonp");
        }
        Format::Unknown => unheaded(facts, text, origin),
        Format::CloudConfig | Format::CloudConfigArchive | Format::Mime | Format::Empty => {}
    }
}

/// A script in whatever language its first line names.
fn script(facts: &mut Facts, text: &str, origin: Origin, depth: usize) {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let interpreter = match Format::of(first, None) {
        Format::Script(interpreter) => interpreter,
        _ => "sh".to_owned(),
    };
    match interpreter.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        name if shell::SHELLS.contains(&name) || name.is_empty() => shell::read(facts, text, origin, depth),
        "python" | "pypy" => python::read(facts, text, &origin, depth),
        "pwsh" | "powershell" => powershell::read(facts, text, &origin, depth),
        "cloud-config" => {}
        _ => facts.unread.push((origin.place(text, 0), format!("{interpreter}, which is not read here"))),
    }
}

/// `#include`: each line an address that more user data comes from.
fn includes(facts: &mut Facts, text: &str, origin: &Origin) {
    for (row, line) in text.lines().enumerate() {
        let line = line.trim();
        let address =
            ["#include-once", "#include"].into_iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line).trim();
        if !address.is_empty() && !address.starts_with('#') {
            facts.module("include", address, origin.place(text, row));
        }
    }
}

/// Text without a first line that cloud-init knows: read as the shell script it may be a piece of.
fn unheaded(facts: &mut Facts, text: &str, origin: Origin) {
    let is_sound = grammar::tree(grammar::Grammar::Bash, text).is_some_and(|tree| !tree.root_node().has_error());
    let place = origin.place(text, text.lines().position(|line| !line.trim().is_empty()).unwrap_or(0));
    let before = facts.acts.len();
    if is_sound {
        shell::read(facts, text, origin, 0);
    }
    let what = if is_sound && facts.acts.len() > before {
        "its first line names no interpreter, so cloud-init would not run it"
    } else {
        "nothing that boots a server would know what it is"
    };
    facts.faults.push((place, what.to_owned()));
}

/// Base64, with or without gzip inside, as `write_files` and data URLs have it; plain text where it is no base64.
fn unpacked(text: &str) -> Option<String> {
    decode::unpacked(text.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok())
}

/// YAML's `!!binary`.
fn decode_binary(text: &str) -> Option<String> {
    unpacked(text)
}
