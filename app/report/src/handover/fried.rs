//! What is made at boot that an image could have brought, with the lines of user data that say so.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use insight::human::{counted, short_duration};

use super::{About, Block, Line, Piece, Tone, cell, columns, name, table, text};
use crate::bake::{Bake, BakeFinding};
use crate::document::Server;

/// How many findings are shown of one text; the others are counted.
const SHOWN: usize = 4;

pub(super) fn blocks(about: &About<'_>, blocks: &mut Vec<Block>) {
    let is = |server: &Server<'_>, verdicts: &[&str]| verdicts.contains(&server.bake.verdict);
    let made = about.count(|server| is(server, &["fried", "mixed"]));
    let unknown = about.count(|server| is(server, &["unknown"]));
    if made == 0 && unknown == 0 {
        return;
    }
    blocks.push(Block::Heading("Fried at boot"));
    if made > 0 {
        let words =
            " made at boot, or partly, of what their images could have brought: slower, and not the same twice.";
        let them = if made == 1 { " is" } else { " are" };
        blocks.push(Block::Paragraph(vec![Piece::Strong(counted(made as i64, "server")), text(them), text(words)]));
        blocks.push(texts(about));
        blocks.push(reasons(about));
    }
    if unknown > 0 {
        let words =
            format!("Of {} it is unknown: what they boot with could not be read.", counted(unknown as i64, "server"));
        blocks.push(Block::Paragraph(vec![text(words)]));
    }
}

/// Servers that boot with the same findings, by template version, fried ones first.
fn texts(about: &About<'_>) -> Block {
    type Alike<'a> =
        (u8, &'a str, &'a str, Option<(&'a str, Option<u32>)>, Option<&'a str>, Vec<(&'a str, Option<u32>)>);
    let mut alike: BTreeMap<Alike<'_>, Vec<&Server<'_>>> = BTreeMap::new();
    for server in &about.document.servers {
        let rank = match server.bake.verdict {
            "fried" => 0,
            "mixed" => 1,
            _ => continue,
        };
        let template = server.template.as_ref().map(|one| (one.name.unwrap_or(one.id), one.version));
        let alone = template.is_none().then_some(server.id);
        let found = server.bake.findings.iter().map(|one| (one.rule, one.line)).collect();
        alike.entry((rank, server.account, server.region, template, alone, found)).or_default().push(server);
    }
    let mut rows: Vec<_> = alike.into_iter().collect();
    rows.sort_by_key(|((rank, ..), servers)| (*rank, Reverse(servers.len())));
    let rows = rows.iter().map(|((_, account, region, template, ..), servers)| {
        let bake = &servers[0].bake;
        let what = match template {
            Some((called, version)) => {
                let version = version.map_or_else(String::new, |version| format!(" version {version}"));
                let mut lines = vec![vec![name(called), text(version)]];
                let mut groups: Vec<&str> = servers.iter().filter_map(|server| server.group).collect();
                groups.dedup();
                lines.extend(groups.iter().filter(|group| **group != *called).map(|group| vec![name(group)]));
                lines
            }
            None => about.name_of(servers),
        };
        let booted = servers.iter().filter_map(|server| server.bake.measured_boot_s).max();
        vec![
            what,
            about.place(account, region),
            cell(servers.len().to_string()),
            vec![vec![verdict(bake)]],
            cell(booted.map_or_else(|| "–".to_owned(), |seconds| short_duration(seconds.into()))),
            findings(bake),
        ]
    });
    let headings = ["Template or server", "Where", "Servers", "Verdict", "Booted in", "What it does at boot"];
    table(columns(&headings, &["Servers", "Booted in"]), rows.collect())
}

fn verdict(bake: &Bake<'_>) -> Piece {
    let tone = if bake.verdict == "fried" { Tone::Bad } else { Tone::Warning };
    Piece::Verdict(tone, bake.verdict.to_owned())
}

/// The worst lines first, each with the rules that found something there.
fn findings(bake: &Bake<'_>) -> Vec<Line> {
    let rank = |one: &BakeFinding<'_>| ["high", "medium", "low"].iter().position(|severity| *severity == one.severity);
    let mut found: Vec<&BakeFinding<'_>> = bake.findings.iter().collect();
    found.sort_by_key(|one| rank(one));
    let mut by_line: Vec<(&BakeFinding<'_>, Vec<&str>)> = Vec::new();
    for one in found {
        match by_line.iter_mut().find(|(other, _)| (other.line, other.excerpt) == (one.line, one.excerpt)) {
            Some((_, rules)) => rules.push(one.rule),
            None => by_line.push((one, vec![one.rule])),
        }
    }
    let shown = by_line.iter().take(SHOWN).map(|(one, rules)| {
        let line = one.line.map_or_else(String::new, |line| format!("{line}: "));
        vec![text(line), name(one.excerpt.trim()), text(format!(" · {}", rules.join(", ")))]
    });
    let mut lines: Vec<Line> = shown.collect();
    lines.extend((by_line.len() > SHOWN).then(|| vec![text(format!("and {} more", by_line.len() - SHOWN))]));
    lines
}

/// Why each rule that found something is a risk, and what to bake instead.
fn reasons(about: &About<'_>) -> Block {
    let mut rules: BTreeMap<&str, String> = BTreeMap::new();
    for one in about.document.servers.iter().flat_map(|server| &server.bake.findings) {
        rules.entry(one.rule).or_insert_with(|| format!("{} {}", one.why, one.fix));
    }
    Block::Words(rules.into_iter().map(|(rule, words)| (rule.to_owned(), words)).collect())
}
