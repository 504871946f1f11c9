//! What the report rests on: what is exempt or switched off, what could not be read, and when each scope was.

use std::collections::BTreeMap;

use insight::human::counted;

use super::{About, Block, Line, Piece, Tone, cell, columns, moment, name, name_cell, table, text};
use crate::document::Gap;

/// How many things are named of many.
const NAMED: usize = 3;

pub(super) fn blocks(about: &About<'_>, blocks: &mut Vec<Block>) {
    exempt(about, blocks);
    policy(about, blocks);
    gaps(about, blocks);
    scopes(about, blocks);
}

/// Who is exempt, by tag or policy file, with those that give the same reason told of together.
fn exempt(about: &About<'_>, blocks: &mut Vec<Block>) {
    let mut alike: BTreeMap<(&str, &str, Option<&str>), Vec<_>> = BTreeMap::new();
    for server in about.document.servers.iter().filter(|server| server.phoenix == "exempt") {
        alike.entry((server.account, server.region, server.exempt_reason)).or_default().push(server);
    }
    if alike.is_empty() {
        return;
    }
    let rows = alike.into_iter().map(|((account, region, reason), servers)| {
        let mut names: Vec<&str> =
            servers.iter().map(|server| server.group.or(server.name).unwrap_or(server.id)).collect();
        names.dedup();
        vec![
            listed(&names),
            about.place(account, region),
            cell(servers.len().to_string()),
            vec![vec![text(reason.unwrap_or("no reason is given"))]],
        ]
    });
    blocks.push(Block::Heading("Exempt from their lifetime"));
    let headings = ["Group or server", "Where", "Servers", "Why"];
    blocks.push(table(columns(&headings, &["Servers"]), rows.collect()));
}

/// The first few names, and how many more there are.
fn listed(names: &[&str]) -> Vec<Line> {
    let mut lines: Vec<Line> = names.iter().take(NAMED).map(|one| vec![name(one)]).collect();
    lines.extend((names.len() > NAMED).then(|| vec![text(format!("and {} more", names.len() - NAMED))]));
    lines
}

fn policy(about: &About<'_>, blocks: &mut Vec<Block>) {
    if about.document.waivers.is_empty() {
        return;
    }
    blocks.push(Block::Heading("Taken out by the policy file"));
    let rows = about.document.waivers.iter().map(|waiver| {
        let of = match &waiver.query {
            Some(query) => vec![vec![name(query)]],
            None => cell("every server"),
        };
        let mut said: Vec<Line> = vec![vec![text(waiver.sentence.clone())]];
        if waiver.over > 0 {
            let over = counted(waiver.over.into(), "server");
            said.push(vec![
                Piece::Verdict(Tone::Warning, "ended".to_owned()),
                text(format!(" It counts again on {over}.")),
            ]);
        } else if waiver.servers == 0 {
            said.push(vec![Piece::Verdict(Tone::Quiet, "no server".to_owned()), text(" Nothing matches its query.")]);
        }
        vec![vec![vec![name(&waiver.names)]], of, cell(waiver.servers.to_string()), said]
    });
    let headings = ["What", "Of", "Servers", "Why"];
    blocks.push(table(columns(&headings, &["Servers"]), rows.collect()));
}

fn gaps(about: &About<'_>, blocks: &mut Vec<Block>) {
    let gaps = &about.document.gaps;
    if gaps.is_empty() {
        return;
    }
    blocks.push(Block::Heading("What could not be read"));
    let denied = gaps.iter().filter(|gap| gap.kind == "denied").count();
    let words = match denied {
        0 => "What depends on these calls is unknown.".to_owned(),
        _ => {
            "What depends on these calls is unknown. A call that was denied needs the action that is named.".to_owned()
        }
    };
    blocks.push(Block::Paragraph(vec![text(words)]));
    // One action that is denied is denied in many regions, and of many resources.
    let mut alike: BTreeMap<(&str, &str, &str), Vec<&Gap<'_>>> = BTreeMap::new();
    for gap in gaps {
        alike.entry((gap.account, gap.action.unwrap_or(gap.operation), gap.kind)).or_default().push(gap);
    }
    let rows = alike.into_iter().map(|((account, what, kind), gaps)| {
        let mut regions: Vec<&str> = gaps.iter().map(|gap| gap.region).collect();
        regions.dedup();
        let mut resources: Vec<&str> = gaps.iter().filter_map(|gap| gap.resource).collect();
        resources.dedup();
        let mut called = vec![vec![name(what)]];
        called.extend(listed(&resources));
        let known = about.document.account_names.get(account);
        vec![
            vec![vec![name(known.copied().unwrap_or(account))]],
            regions.iter().map(|region| vec![name(region)]).collect(),
            called,
            vec![vec![Piece::Verdict(Tone::Warning, kind.to_owned())]],
            vec![vec![text(gaps[0].message)]],
        ]
    });
    let columns = columns(&["Account", "Regions", "Action or call", "Why", "What was said"], &[]);
    // None is left out: each one is a permission to ask for.
    blocks.push(Block::Table { columns, rows: rows.collect(), left_out: 0 });
}

fn scopes(about: &About<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("Read from"));
    let rows = about.document.source.scopes.iter().map(|scope| {
        let known = about.document.account_names.get(scope.account);
        let mut account = vec![vec![name(scope.account)]];
        account.extend(known.map(|known| vec![text(*known)]));
        vec![
            account,
            name_cell(Some(scope.region)),
            name_cell(scope.profile),
            cell(moment(scope.pulled_at)),
            vec![vec![match scope.complete {
                true => Piece::Verdict(Tone::Good, "whole".to_owned()),
                false => Piece::Verdict(Tone::Warning, "with gaps".to_owned()),
            }]],
        ]
    });
    blocks.push(table(columns(&["Account", "Region", "Profile", "Read at", "Complete"], &[]), rows.collect()));
}
