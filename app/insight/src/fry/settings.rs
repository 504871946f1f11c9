//! Settings of servers that take no scripts: Bottlerocket's TOML, Talos' and nodeadm's YAML.

use super::cloud_config;
use super::facts::{Facts, Origin, Word};
use super::yaml::{self, Node};

/// YAML settings: all keys, declared.
pub(super) fn yaml(facts: &mut Facts, text: &str, origin: &Origin, prefix: &str) {
    match yaml::parse(text) {
        Ok(document) => {
            let place = |node: &Node| origin.place(text, node.line as usize - 1);
            cloud_config::declare(facts, &document, prefix, &place);
        }
        Err(error) => facts.faults.push((origin.place(text, error.line as usize - 1), error.what)),
    }
}

/// TOML settings, line by line, once the whole has been found to be TOML.
pub(super) fn toml(facts: &mut Facts, text: &str, origin: &Origin) {
    // A template's words are no TOML where they stand bare.
    if let Err(error) = text.replace("$TEMPLATE", "0").parse::<toml::Table>()
        && !text.contains("${")
    {
        let row = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count());
        let what = format!("its TOML is wrong ({})", error.message().lines().next().unwrap_or_default());
        return facts.faults.push((origin.place(text, row), what));
    }
    let mut table = String::new();
    for (row, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_matches(['[', ']', ' ']).replace('"', "");
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        let place = origin.place(text, row);
        let key = key.trim().trim_matches('"');
        facts.setting(key, Word { known: !value.contains('$'), ..Word::known(value) }, place.clone());
        facts.module(format!("{table}.{key}").trim_start_matches('.'), value, place);
    }
}
