//! What needs doing first: what is past its lifetime, what falls due next, and which servers fall due together.

use std::cmp::Reverse;

use insight::human::{counted, short_duration};

use super::{About, Block, Line, Piece, Tone, cell, columns, day, name, name_cell, table, text};
use crate::document::Server;

/// How many servers are named beside their group.
const NAMED: usize = 3;

pub(super) fn blocks(about: &About<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("What needs doing first"));
    let before = blocks.len();
    overdue(about, blocks);
    due(about, blocks);
    herds(about, blocks);
    if blocks.len() == before {
        blocks.push(Block::Paragraph(vec![text("Nothing is overdue or due.")]));
    }
}

fn overdue(about: &About<'_>, blocks: &mut Vec<Block>) {
    let mut kin: Vec<_> = about.by_kin(|server| server.phoenix == "overdue").into_iter().collect();
    if kin.is_empty() {
        return;
    }
    for (_, servers) in &mut kin {
        servers.sort_by_key(|server| Reverse(server.age.age_s));
    }
    // Worst first: by how many lifetimes the oldest has lived.
    let lived = |servers: &[&Server<'_>]| {
        let oldest = servers.first();
        let age_s = oldest.and_then(|server| server.age.age_s).unwrap_or(0);
        let lifetime_s = oldest.and_then(|server| server.lifetime.seconds).unwrap_or(u32::MAX);
        age_s.saturating_mul(1_000) / i64::from(lifetime_s.max(1))
    };
    kin.sort_by_key(|(_, servers)| Reverse(lived(servers)));
    blocks.push(Block::Paragraph(vec![
        Piece::Verdict(Tone::Bad, "overdue".to_owned()),
        text(" Past their lifetime; the worst first."),
    ]));
    let rows = kin.iter().map(|((account, region, group, _), servers)| {
        let oldest = servers[0];
        vec![
            about.name_of(servers),
            about.place(account, region),
            cell(servers.len().to_string()),
            cell(oldest.age.age_s.map_or_else(|| "–".to_owned(), short_duration)),
            cell(lifetime(oldest)),
            if group.is_some() { named(servers) } else { owner(oldest) },
        ]
    });
    let headings = ["Group or server", "Where", "Servers", "Oldest", "Lifetime", "Which, or whose"];
    blocks.push(table(columns(&headings, &["Servers", "Oldest", "Lifetime"]), rows.collect()));
}

fn lifetime(server: &Server<'_>) -> String {
    server.lifetime.seconds.map_or_else(|| "–".to_owned(), |seconds| short_duration(seconds.into()))
}

fn owner(server: &Server<'_>) -> Vec<Line> {
    match (&server.owner, &server.described_by) {
        (Some(owner), _) => name_cell(Some(owner)),
        (None, Some(code)) => name_cell(Some(code)),
        (None, None) => cell("in no group"),
    }
}

/// The first few by id.
fn named(servers: &[&Server<'_>]) -> Vec<Line> {
    let mut lines: Vec<Line> = servers.iter().take(NAMED).map(|server| vec![name(server.id)]).collect();
    if servers.len() > NAMED {
        lines.push(vec![text(format!("and {} more", servers.len() - NAMED))]);
    }
    lines
}

fn due(about: &About<'_>, blocks: &mut Vec<Block>) {
    let mut kin: Vec<_> = about.by_kin(|server| server.phoenix == "due").into_iter().collect();
    if kin.is_empty() {
        return;
    }
    for (_, servers) in &mut kin {
        servers.sort_by_key(|server| server.due_at);
    }
    kin.sort_by_key(|(_, servers)| servers[0].due_at);
    blocks.push(Block::Paragraph(vec![
        Piece::Verdict(Tone::Warning, "due".to_owned()),
        text(" Past 80 % of their lifetime; the next first."),
    ]));
    let rows = kin.iter().map(|((account, region, ..), servers)| {
        let date = |server: &Server<'_>| server.due_at.map_or_else(|| "–".to_owned(), day);
        vec![
            about.name_of(servers),
            about.place(account, region),
            cell(servers.len().to_string()),
            cell(date(servers[0])),
            cell(servers.last().map_or_else(String::new, |server| date(server))),
            cell(lifetime(servers[0])),
        ]
    });
    let headings = ["Group or server", "Where", "Servers", "First is due", "Last is due", "Lifetime"];
    blocks.push(table(columns(&headings, &["Servers", "Lifetime"]), rows.collect()));
}

fn herds(about: &About<'_>, blocks: &mut Vec<Block>) {
    let mut herds: Vec<_> = about.document.groups.iter().filter_map(|group| Some((group, group.herd?))).collect();
    if herds.is_empty() {
        return;
    }
    herds.sort_by_key(|&(group, (at, servers))| (at, Reverse(servers), group.name));
    let count = counted(herds.len() as i64, "herd");
    blocks.push(Block::Heading("Herds"));
    let words =
        format!("{count}: servers of one group that fall due within the same 24 hours, and would burn together.");
    blocks.push(Block::Paragraph(vec![text(words)]));
    let rows = herds.iter().map(|(group, (at, servers))| {
        vec![
            name_cell(Some(group.name)),
            about.place(group.account, group.region),
            cell(format!("{servers} of {}", group.members)),
            cell(day(*at)),
        ]
    });
    let headings = ["Group", "Where", "Servers", "From"];
    blocks.push(table(columns(&headings, &["Servers"]), rows.collect()));
}
