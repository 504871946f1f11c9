//! How fast each group rises again, against its recovery objective.

use std::cmp::Reverse;

use insight::human::short_duration;

use super::{About, Block, Line, Piece, Tone, cell, columns, table, text};
use crate::document::{Rto, Times};

pub(super) fn blocks(about: &About<'_>, blocks: &mut Vec<Block>) {
    // All servers of a group have what is known of their group.
    let mut groups: Vec<_> = about
        .by_kin(|server| server.group.is_some() && server.rto.is_some())
        .into_iter()
        .filter_map(|(kin, servers)| Some((kin, servers[0].rto?, servers)))
        .collect();
    if groups.is_empty() {
        return;
    }
    let rank = |rto: &Rto| match rto.verdict {
        "missed" => 0,
        "at-risk" => 1,
        "unknown" if rto.objective_s.is_some() => 2,
        "met" => 3,
        _ => 4,
    };
    let p95_s = |rto: &Rto| rto.replace.and_then(|times| times.p95_s);
    groups.sort_by_key(|(kin, rto, _)| (rank(rto), Reverse(p95_s(rto)), *kin));
    let missed = groups.iter().filter(|(_, rto, _)| rto.verdict == "missed").count();
    let with_objective = groups.iter().filter(|(_, rto, _)| rto.objective_s.is_some()).count();
    blocks.push(Block::Heading("How fast it rises again"));
    let words = match with_objective {
        0 => "No group has a recovery objective; the tag emberline:rto or the policy file sets one. ".to_owned(),
        1 => format!("Of 1 group with a recovery objective, {missed} misses it. "),
        _ => format!("Of {with_objective} groups with a recovery objective, {missed} miss it. "),
    };
    let times = "Times are the median and the 95th percentile, with how many samples they were taken from; an estimate says \
                 so.";
    blocks.push(Block::Paragraph(vec![text(words), text(times)]));
    let rows = groups.iter().map(|((account, region, ..), rto, servers)| {
        let objective = rto.objective_s.map_or_else(|| "–".to_owned(), |seconds| short_duration(seconds.into()));
        vec![
            about.name_of(servers),
            about.place(account, region),
            cell(objective),
            vec![vec![verdict(rto)]],
            times_cell(rto.replace),
            times_cell(rto.bake),
            times_cell(rto.boot),
            times_cell(rto.warm_up),
        ]
    });
    let headings = ["Group", "Where", "Objective", "Kept", "Replace one", "Bake", "Boot", "Warm-up"];
    blocks.push(table(columns(&headings, &["Objective"]), rows.collect()));
}

fn verdict(rto: &Rto) -> Piece {
    let (tone, word) = match (rto.verdict, rto.objective_s) {
        (_, None) => (Tone::Quiet, "no objective"),
        ("missed", _) => (Tone::Bad, "missed"),
        ("at-risk", _) => (Tone::Warning, "at risk"),
        ("met", _) => (Tone::Good, "met"),
        (other, _) => (Tone::Quiet, other),
    };
    Piece::Verdict(tone, word.to_owned())
}

/// `2 min, 4 min` over `of 12`, or what an estimate is.
fn times_cell(times: Option<Times>) -> Vec<Line> {
    let Some(times) = times else { return cell("unknown") };
    let one = |seconds: Option<u32>| seconds.map_or_else(|| "?".to_owned(), |seconds| short_duration(seconds.into()));
    let from = match times.basis {
        "measured" => format!("of {}", times.samples),
        _ => "estimated".to_owned(),
    };
    let (median, worst) = (one(times.p50_s), one(times.p95_s));
    let both = if median == worst { median } else { format!("{median}, {worst}") };
    vec![vec![text(both)], vec![text(from)]]
}
