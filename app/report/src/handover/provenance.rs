//! What could not be made again as it is, with the evidence, and what differs from its template version.

use std::collections::BTreeMap;

use insight::Weight;
use insight::human::counted;

use super::{About, Block, Line, Piece, Tone, cell, columns, name, table, text};
use crate::document::Server;

pub(super) fn blocks(about: &About<'_>, blocks: &mut Vec<Block>) {
    verdict(about, "snowflake", blocks);
    verdict(about, "suspect", blocks);
    unknown(about, blocks);
    drift(about, blocks);
}

fn verdict(about: &About<'_>, verdict: &str, blocks: &mut Vec<Block>) {
    // Servers of one group with the same kinds of evidence are told of together.
    let mut alike: Vec<((&str, &str), Vec<&Server<'_>>)> = Vec::new();
    for ((account, region, ..), servers) in about.by_kin(|server| server.snowflake.verdict == verdict) {
        let mut by_kinds: BTreeMap<Vec<&str>, Vec<&Server<'_>>> = BTreeMap::new();
        for server in servers {
            by_kinds.entry(weighing(server).map(|(kind, _)| kind).collect()).or_default().push(server);
        }
        alike.extend(by_kinds.into_values().map(|servers| ((account, region), servers)));
    }
    if alike.is_empty() {
        return;
    }
    alike.sort_by_key(|(_, servers)| std::cmp::Reverse(servers.len()));
    let count = alike.iter().map(|(_, servers)| servers.len()).sum::<usize>() as i64;
    let (heading, tone, said) = match verdict {
        "snowflake" => ("Snowflakes", Tone::Bad, "could not be made again as they are."),
        _ => ("Suspects", Tone::Warning, "may not be made again as they are: something makes one doubt."),
    };
    blocks.push(Block::Heading(heading));
    blocks.push(Block::Paragraph(vec![
        Piece::Verdict(tone, counted(count, "server")),
        text(format!(" {}", if count == 1 { said.replace("they are", "it is") } else { said.to_owned() })),
    ]));
    let rows = alike.iter().map(|((account, region), servers)| {
        let evidence = weighing(servers[0]);
        let evidence: Vec<Line> = match servers.len() {
            1 => evidence.map(|(_, detail)| vec![text(detail)]).collect(),
            // What is the same for all is told as it is, the rest by the first.
            _ => evidence
                .map(|(_, detail)| match servers.iter().all(|other| weighing(other).any(|(_, it)| it == detail)) {
                    true => vec![text(detail)],
                    false => vec![text(format!("Such as: {detail}"))],
                })
                .collect(),
        };
        vec![which(about, servers), about.place(account, region), cell(servers.len().to_string()), evidence]
    });
    let headings = ["Group or server", "Where", "Servers", "Evidence"];
    blocks.push(table(columns(&headings, &["Servers"]), rows.collect()));
}

/// How many servers nothing speaks against as far as is known, which is less than that they could be made again.
fn unknown(about: &About<'_>, blocks: &mut Vec<Block>) {
    let count = about.count(|server| server.snowflake.verdict == "unknown");
    if count > 0 {
        let (of, them) = if count == 1 { ("1 server".to_owned(), "it") } else { (format!("{count} servers"), "them") };
        let words = format!(
            "Of {of} it is unknown: nothing speaks against {them}, but not all that could was read, such as who logged in."
        );
        blocks.push(Block::Paragraph(vec![text(words)]));
    }
}

/// Kind and sentence of what counts.
fn weighing<'a>(server: &'a Server<'_>) -> impl Iterator<Item = (&'static str, &'a str)> {
    let counts = server.snowflake.evidence.iter().filter(|one| one.weight != Weight::Note);
    counts.map(|one| (one.kind, one.detail.as_str()))
}

/// The group, and which server of it where it is one alone.
fn which(about: &About<'_>, servers: &[&Server<'_>]) -> Vec<Line> {
    let mut lines = about.name_of(servers);
    if let ([only], true) = (servers, servers[0].group.is_some()) {
        lines.push(vec![name(only.name.unwrap_or(only.id))]);
    }
    lines
}

fn drift(about: &About<'_>, blocks: &mut Vec<Block>) {
    type Sides<'a> = (&'static str, Option<&'a str>, Option<&'a str>, Option<&'a str>);
    let mut rows = Vec::new();
    let mut count = 0;
    for ((account, region, ..), servers) in
        about.by_kin(|server| server.drift.as_ref().is_some_and(|it| !it.is_empty()))
    {
        count += servers.len();
        let mut alike: BTreeMap<Sides<'_>, Vec<&Server<'_>>> = BTreeMap::new();
        for server in servers {
            for one in server.drift.iter().flatten() {
                let sides = (one.field, one.expected.as_deref(), one.actual.as_deref(), one.exempt.as_deref());
                alike.entry(sides).or_default().push(server);
            }
        }
        for ((field, expected, actual, exempt), servers) in alike {
            let side = |side: Option<&str>| vec![vec![side.map_or_else(|| text("none"), name)]];
            let mut what = cell(field);
            what.extend(exempt.map(|exempt| vec![text(exempt)]));
            let all = servers.len().to_string();
            rows.push(vec![
                which(about, &servers),
                about.place(account, region),
                cell(all),
                what,
                side(expected),
                side(actual),
            ]);
        }
    }
    if rows.is_empty() {
        return;
    }
    blocks.push(Block::Heading("Drift"));
    let those = if count == 1 { "server differs" } else { "servers differ" };
    let words = format!("{count} {those} from what the template version says.");
    blocks.push(Block::Paragraph(vec![text(words)]));
    let headings = ["Group or server", "Where", "Servers", "Field", "The template says", "The server has"];
    blocks.push(table(columns(&headings, &["Servers"]), rows));
}
