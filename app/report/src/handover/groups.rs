//! Each group in a row, and the servers that are in none.

use std::collections::BTreeMap;

use insight::human::short_duration;

use super::{About, Block, Line, Piece, Tone, cell, columns, name, name_cell, table, text};
use crate::document::Server;

pub(super) fn blocks(about: &About<'_>, blocks: &mut Vec<Block>) {
    let mut members: BTreeMap<(&str, &str, Option<&str>), Vec<&Server<'_>>> = BTreeMap::new();
    for server in &about.document.servers {
        members.entry((server.account, server.region, server.group)).or_default().push(server);
    }
    let described: BTreeMap<(&str, &str, &str), _> =
        about.document.groups.iter().map(|group| ((group.account, group.region, group.name), group)).collect();
    let rows = members.iter().map(|(&(account, region, group), servers)| {
        let row = group.and_then(|group| described.get(&(account, region, group)));
        let oldest = servers.iter().filter_map(|server| server.age.age_s).max();
        let behind = servers.iter().filter_map(|server| server.behind_days).max().filter(|&days| days > 0);
        let size = |size: Option<u32>| size.map_or_else(|| "?".to_owned(), |size| size.to_string());
        vec![
            match group {
                Some(group) => name_cell(Some(group)),
                None => cell("in no group"),
            },
            about.place(account, region),
            cell(servers.len().to_string()),
            states(servers),
            cell(row.map_or_else(
                || "–".to_owned(),
                |row| format!("{} ({}–{})", size(row.desired), size(row.min), size(row.max)),
            )),
            cell(oldest.map_or_else(|| "–".to_owned(), short_duration)),
            cell(behind.map_or_else(|| "–".to_owned(), |days| format!("{days} d"))),
            launches_from(about, account, region, row.and_then(|row| row.template.as_deref())),
            row.and_then(|row| row.owner.clone()).map_or_else(|| cell("–"), cell),
        ]
    });
    blocks.push(Block::Heading("Groups"));
    let headings = ["Group", "Where", "Servers", "State", "Size (range)", "Oldest", "Behind", "Launches from", "Whose"];
    blocks.push(table(columns(&headings, &["Servers", "Oldest", "Behind"]), rows.collect()));
}

/// Name and number of a template version, of which a group gives the id.
fn launches_from(about: &About<'_>, account: &str, region: &str, template: Option<&str>) -> Vec<Line> {
    let Some(id) = template else { return cell("–") };
    let known = about.document.templates.iter().find(|one| {
        (one.account, one.region) == (account, region)
            && match one.version {
                Some(version) => id.strip_prefix(one.id).is_some_and(|rest| rest == format!(":{version}")),
                None => id == one.id,
            }
    });
    match known.and_then(|one| Some((one.name?, one.version?))) {
        Some((called, version)) => vec![vec![name(called), text(format!(" version {version}"))]],
        None => name_cell(Some(id)),
    }
}

/// How many are overdue, due and so on; young ones go without saying.
fn states(servers: &[&Server<'_>]) -> Vec<Line> {
    let states = [("overdue", Tone::Bad), ("due", Tone::Warning), ("exempt", Tone::Quiet), ("unknown", Tone::Quiet)];
    let counted = states.into_iter().filter_map(|(state, tone)| {
        let count = servers.iter().filter(|server| server.phoenix == state).count();
        (count > 0).then(|| vec![Piece::Verdict(tone, format!("{count} {state}"))])
    });
    let lines: Vec<Line> = counted.collect();
    if lines.is_empty() { vec![vec![Piece::Verdict(Tone::Good, "all young".to_owned())]] } else { lines }
}
