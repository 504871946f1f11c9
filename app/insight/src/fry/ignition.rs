//! Ignition's JSON and the YAML of Butane that it is made from: files, units, and configuration from elsewhere.

use std::rc::Rc;

use super::facts::{Facts, Fed, Made, Origin, Place, Word};
use super::yaml::{self, Node};
use super::{cloud_config, shell, unpacked};

/// Adds what a configuration brings.
pub(super) fn read(facts: &mut Facts, text: &str, origin: &Origin) {
    let document = match yaml::parse(text) {
        Ok(document) => document,
        Err(error) => return facts.faults.push((origin.place(text, error.line as usize - 1), error.what)),
    };
    let place = |node: &Node| origin.place(text, node.line as usize - 1);
    let config = document.get("ignition").and_then(|ignition| ignition.get("config"));
    if let Some(config) = config {
        cloud_config::declare(facts, config, "ignition.config", &place);
    }
    if let Some(passwd) = document.get("passwd") {
        cloud_config::declare(facts, passwd, "passwd", &place);
    }
    let list =
        |of: &str, what: &str| document.get(of).and_then(|node| node.get(what)).map(Node::items).unwrap_or_default();
    for file in list("storage", "files") {
        let Some(path) = file.get("path").and_then(Node::text) else { continue };
        let contents = file.get("contents").into_iter().chain(file.get("append").map(Node::items).unwrap_or_default());
        for contents in contents {
            let at = file.get("path").map_or_else(|| place(file), place);
            content(facts, path, contents, origin, at, &place);
        }
    }
    for unit in list("systemd", "units") {
        let Some(name) = unit.get("name").and_then(Node::text) else { continue };
        let dropins = unit.get("dropins").map(Node::items).unwrap_or_default();
        for holder in std::iter::once(unit).chain(dropins) {
            let Some(contents) = holder.get("contents") else { continue };
            let fed = Fed { text: contents.text().unwrap_or_default().to_owned(), origin: origin_of(contents, origin) };
            let path = format!("/etc/systemd/system/{name}");
            facts.file(Made { path, text: Rc::new(fed), place: place(contents) });
        }
    }
}

/// Lines of a JSON string are not lines of the document; those of a block of YAML are.
fn origin_of(node: &Node, origin: &Origin) -> Origin {
    let many = node.text().is_some_and(|text| text.contains('\n'));
    let at = origin.down(node.line as usize - 1);
    Origin { folded: at.folded || (many && !node.keeps_lines()), ..at }
}

fn content(facts: &mut Facts, path: &str, contents: &Node, origin: &Origin, at: Place, place: &dyn Fn(&Node) -> Place) {
    if let Some(inline) = contents.get("inline") {
        let fed = Fed { text: inline.text().unwrap_or_default().to_owned(), origin: origin_of(inline, origin) };
        return facts.file(Made { path: path.to_owned(), text: Rc::new(fed), place: at });
    }
    let Some(source) = contents.get("source") else { return };
    let address = source.text().unwrap_or_default();
    match address.strip_prefix("data:") {
        Some(data) => {
            let folded = Origin { line: place(source).line, folded: true };
            match data_url(data) {
                Some(text) => {
                    facts.file(Made { path: path.to_owned(), text: Rc::new(Fed { text, origin: folded }), place: at });
                }
                None => facts.faults.push((place(source), format!("the content of {path} is not encoded as it says"))),
            }
        }
        None if !address.is_empty() => {
            let words = ["curl", "-o", path, address].map(Word::known).to_vec();
            shell::run(facts, words, place(source), 1);
        }
        None => {}
    }
}

/// The text of a data URL (RFC 2397), after `data:`; gzip inside is taken off.
fn data_url(data: &str) -> Option<String> {
    let (kind, body) = data.split_once(',')?;
    let plain = percent_decoded(body);
    if kind.ends_with(";base64") { unpacked(std::str::from_utf8(&plain).ok()?) } else { String::from_utf8(plain).ok() }
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| bytes[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}
