//! The report for a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anstyle::{AnsiColor, Effects};
use insight::human::{counted, short_duration};
use insight::{Phoenix, Rto};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::document::{Document, Gap, Server};

/// How a table is to look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// The most columns of the terminal that a line may take; at least 40 are taken for granted.
    pub width: usize,
    /// Whether to colour it, with ANSI escape codes.
    pub colour: bool,
}

/// Between two columns.
const GAP: &str = "  ";

/// A column: its heading, the narrowest that it may get, and whether its end matters more than its beginning.
struct Column {
    heading: &'static str,
    narrowest: usize,
    to_the_right: bool,
}

const fn column(heading: &'static str, narrowest: usize, to_the_right: bool) -> Column {
    Column { heading, narrowest, to_the_right }
}

const COLUMNS: [Column; 8] = [
    column("Server", 19, false),
    column("Name", 12, false),
    column("Account/region", 15, false),
    column("Group", 12, false),
    column("Age", 4, true),
    column("of", 4, true),
    column("Boot", 5, false),
    column("Recipe > image", 14, false),
];

/// The document as a table: what it covers in a line or two, a line a server under its phoenix state (overdue first,
/// then due, then the rest, each oldest first), and last what could not be read. No line is wider than asked for.
#[must_use]
pub fn table(document: &Document<'_>, style: Style) -> String {
    let width = style.width.max(40);
    let mut text = String::new();
    let painter = Painter { colour: style.colour };
    summary(document, width, painter, &mut text);
    if document.servers.is_empty() {
        let scopes = document.source.scopes.len() as i64;
        let _ = match document.complete {
            true => writeln!(text, "\nNo server matches in {}.", counted(scopes, "scope")),
            false => writeln!(text, "\nNo server matches in what could be read; the gaps below may hide some."),
        };
    } else {
        text.push('\n');
        rows(document, width, painter, &mut text);
    }
    gaps(&document.gaps, width, painter, &mut text);
    text
}

#[derive(Clone, Copy)]
struct Painter {
    colour: bool,
}

impl Painter {
    fn paint(self, style: anstyle::Style, text: &str) -> String {
        if self.colour && style != anstyle::Style::new() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn style_of(phoenix: &str) -> anstyle::Style {
    match phoenix {
        "overdue" => AnsiColor::Red.on_default() | Effects::BOLD,
        "due" => AnsiColor::Yellow.on_default(),
        "exempt" => AnsiColor::Blue.on_default(),
        "unknown" => AnsiColor::BrightBlack.on_default(),
        _ => anstyle::Style::new(),
    }
}

fn summary(document: &Document<'_>, width: usize, painter: Painter, text: &mut String) {
    let mut line = counted(document.servers.len() as i64, "server");
    let mut separator = ": ";
    for phoenix in Phoenix::ALL {
        let count = document.servers.iter().filter(|server| server.phoenix == phoenix.as_str()).count();
        if count > 0 {
            let _ = write!(line, "{separator}{count} {}", phoenix.as_str());
            separator = ", ";
        }
    }
    let _ = writeln!(text, "{}", painter.paint(anstyle::Style::new().bold(), &cut(&line, width)));
    let scopes = &document.source.scopes;
    let distinct = |names: Vec<&str>| {
        let mut names = names;
        names.sort_unstable();
        names.dedup();
        names.len() as i64
    };
    let mut line = format!(
        "{}, {}",
        counted(distinct(scopes.iter().map(|scope| scope.account).collect()), "account"),
        counted(distinct(scopes.iter().map(|scope| scope.region).collect()), "region"),
    );
    if let Some(oldest) = scopes.iter().map(|scope| scope.pulled_at).min() {
        let _ = write!(line, ", pulled at {oldest}");
    }
    if !document.gaps.is_empty() {
        let _ = write!(line, ", {}", counted(document.gaps.len() as i64, "gap"));
    }
    let _ = writeln!(text, "{}", painter.paint(anstyle::Style::new().dimmed(), &cut(&line, width)));
    if let Some(line) = objectives(document) {
        let _ = writeln!(text, "{}", cut(&line, width));
    }
}

/// How many groups keep their recovery objective; nothing where none has one.
fn objectives(document: &Document<'_>) -> Option<String> {
    let of = |server: &Server<'_>| {
        let rto = server.rto.filter(|rto| rto.objective_s.is_some())?;
        Some(((server.account.to_owned(), server.region.to_owned(), server.group?.to_owned()), rto.verdict))
    };
    let groups: BTreeMap<_, _> = document.servers.iter().filter_map(of).collect();
    let said = Rto::ALL.into_iter().filter_map(|verdict| {
        let count = groups.values().filter(|found| **found == verdict.as_str()).count();
        (count > 0).then(|| format!("{count} {}", verdict.as_str().replace('-', " ")))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| {
        let objectives = counted(groups.len() as i64, "recovery objective");
        format!("{objectives}: {}", said.join(", "))
    })
}

fn rows(document: &Document<'_>, width: usize, painter: Painter, text: &mut String) {
    let rank = |phoenix: &str| Phoenix::ALL.iter().position(|state| state.as_str() == phoenix);
    let mut servers: Vec<&Server<'_>> = document.servers.iter().collect();
    servers.sort_by_key(|server| (rank(server.phoenix), std::cmp::Reverse(server.age.age_s)));
    let ids = document.servers.iter().map(|server| server.account).collect();
    let accounts = short_accounts(&ids, &document.account_names);
    let rows: Vec<[String; COLUMNS.len()]> = servers.iter().map(|server| cells(server, &accounts)).collect();
    let widths = widths(&rows, width);
    let headings = COLUMNS.map(|column| column.heading.to_owned());
    let _ = writeln!(text, "{}", painter.paint(anstyle::Style::new().dimmed(), &line(&headings, &widths)));
    let mut state = None;
    for (row, server) in rows.iter().zip(servers) {
        if state.replace(server.phoenix) != Some(server.phoenix) {
            let _ = writeln!(text, "{}", painter.paint(style_of(server.phoenix), server.phoenix));
        }
        let _ = writeln!(text, "{}", line(row, &widths));
    }
}

fn cells(server: &Server<'_>, accounts: &BTreeMap<&str, String>) -> [String; COLUMNS.len()] {
    let unknown = || "-".to_owned();
    let account = accounts.get(server.account).map_or(server.account, String::as_str);
    let image = server.image.map(|id| {
        let step = server.lineage.iter().rev().find(|step| step.kind == "image" && step.id == Some(id));
        step.and_then(|step| step.name).unwrap_or(id)
    });
    let recipe = server.recipe.as_ref().map_or("unknown", |recipe| recipe.name.unwrap_or(recipe.kind));
    let lifetime = server.lifetime.seconds.map(|seconds| short_duration(i64::from(seconds)));
    [
        server.id.to_owned(),
        server.name.map_or_else(unknown, str::to_owned),
        format!("{account}/{}", server.region),
        match (server.group, &server.owner) {
            (Some(group), _) => group.to_owned(),
            (None, Some(owner)) => format!("({owner})"),
            (None, None) => unknown(),
        },
        server.age.age_s.map_or_else(unknown, short_duration),
        lifetime.unwrap_or_else(unknown),
        if server.bake.verdict == "unknown" { unknown() } else { server.bake.verdict.to_owned() },
        format!("{recipe} > {}", image.unwrap_or("unknown image")),
    ]
}

/// What each account is called in a narrow column: its name in the policy file, else the last four digits of its id,
/// which is how people tell theirs apart, else the first four, whichever no other account of the document shares.
fn short_accounts<'a>(ids: &BTreeSet<&'a str>, names: &BTreeMap<&str, &str>) -> BTreeMap<&'a str, String> {
    let is_unique = |short: fn(&str) -> Option<&str>, id: &str| {
        short(id).is_some() && ids.iter().filter(|other| short(other) == short(id)).count() == 1
    };
    let last: fn(&str) -> Option<&str> = |id| id.get(id.len().checked_sub(4)?..);
    let first: fn(&str) -> Option<&str> = |id| id.get(..4);
    ids.iter()
        .map(|&id| {
            let short = match names.get(id) {
                Some(name) => (*name).to_owned(),
                None if id.len() <= "unknown".len() => id.to_owned(),
                None if is_unique(last, id) => format!("…{}", last(id).unwrap_or(id)),
                None if is_unique(first, id) => format!("{}…", first(id).unwrap_or(id)),
                None => id.to_owned(),
            };
            (id, short)
        })
        .collect()
}

/// The width of each column: what its cells need, and where all together need too much, the widest gives first.
fn widths(rows: &[[String; COLUMNS.len()]], width: usize) -> [usize; COLUMNS.len()] {
    let mut widths = COLUMNS.map(|column| column.heading.width());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(shown_width(cell));
        }
    }
    let room = width - GAP.len() * (COLUMNS.len() - 1);
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
    while excess > 0 {
        let spare = |at: &usize| widths[*at].saturating_sub(COLUMNS[*at].narrowest);
        let Some(widest) = (0..widths.len()).filter(|at| spare(at) > 0).max_by_key(|&at| widths[at]) else { break };
        widths[widest] -= 1;
        excess -= 1;
    }
    // A terminal too narrow even for that loses its last columns' ends.
    for at in (0..widths.len()).rev() {
        let taken = excess.min(widths[at] - 1);
        widths[at] -= taken;
        excess -= taken;
    }
    widths
}

fn line(cells: &[String; COLUMNS.len()], widths: &[usize; COLUMNS.len()]) -> String {
    let mut line = String::new();
    for (at, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        let cell = cut(cell, width);
        let space = " ".repeat(width.saturating_sub(cell.width()));
        let is_last = at + 1 == COLUMNS.len();
        if COLUMNS[at].to_the_right {
            line.push_str(&space);
        }
        line.push_str(&cell);
        if !COLUMNS[at].to_the_right && !is_last {
            line.push_str(&space);
        }
        if !is_last {
            line.push_str(GAP);
        }
    }
    line
}

fn gaps(gaps: &[Gap<'_>], width: usize, painter: Painter, text: &mut String) {
    if gaps.is_empty() {
        return;
    }
    let them = if gaps.len() == 1 { "it" } else { "them" };
    let heading = format!("{}: what depends on {them} is unknown", counted(gaps.len() as i64, "gap"));
    let _ = writeln!(text, "\n{}", painter.paint(AnsiColor::Yellow.on_default(), &cut(&heading, width)));
    for gap in gaps {
        let what = match gap.action {
            Some(action) => action.to_owned(),
            None => gap.operation.to_owned(),
        };
        let resource = gap.resource.map(|resource| format!(" of {resource}")).unwrap_or_default();
        let line = format!("{}/{}  {what}{resource}: {}: {}", gap.account, gap.region, gap.kind, gap.message);
        for line in wrapped(&line, width, "  ", "      ") {
            let _ = writeln!(text, "{line}");
        }
    }
}

/// Breaks text between words into lines no wider than `width`, the first after `first`, the others after `other`.
fn wrapped(text: &str, width: usize, first: &str, other: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let space = usize::from(!is_fresh);
            if shown_width(&line) + space + shown_width(word) <= width {
                if !is_fresh {
                    line.push(' ');
                }
                line.push_str(&printable(word));
                is_fresh = false;
                break;
            }
            if is_fresh {
                // A word wider than a line is cut where the line ends.
                let head = fitting(word, width - shown_width(&line));
                line.push_str(&printable(&word[..head]));
                word = &word[head..];
            }
            lines.push(std::mem::replace(&mut line, other.to_owned()));
            is_fresh = true;
            if word.is_empty() {
                break;
            }
        }
    }
    if !is_fresh {
        lines.push(line);
    }
    lines
}

/// How many bytes of `text`, at least one character, take no more than `width` columns.
fn fitting(text: &str, width: usize) -> usize {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > width && at > 0 {
            return at;
        }
    }
    text.len()
}

/// `text` without characters that a terminal acts on.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn shown_width(text: &str) -> usize {
    printable(text).width()
}

/// `text` in at most `width` columns, with an ellipsis where something is left out.
fn cut(text: &str, width: usize) -> String {
    let text = printable(text);
    if text.width() <= width {
        return text;
    }
    let mut kept = text[..fitting(&text, width.saturating_sub(1))].to_owned();
    // A sequence of characters may be wider than they are one by one.
    while !kept.is_empty() && kept.width() + 1 > width {
        kept.pop();
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_its_width_in_columns() {
        for (text, width, expected) in [
            ("web-prod", 8, "web-prod"),
            ("web-prod", 5, "web-…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("a\u{1b}[31mb", 3, "a[…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(cut(text, width), expected, "{text} in {width}");
        }
    }

    #[test]
    fn words_are_wrapped_and_a_long_one_is_broken() {
        assert_eq!(wrapped("one two three", 9, "  ", "    "), ["  one two", "    three"]);
        let broken = wrapped(&"x".repeat(20), 10, "", "  ");
        assert_eq!(broken, ["x".repeat(10), format!("  {}", "x".repeat(8)), "  xx".to_owned()]);
        assert_eq!(wrapped("", 10, "  ", "  "), Vec::<String>::new());
    }

    #[test]
    fn accounts_are_told_apart_by_as_few_digits_as_that_takes() {
        let names = BTreeMap::from([("555555555555", "stage")]);
        for (ids, expected) in [
            (vec!["210987654321"], vec!["…4321"]),
            (vec!["210987654321", "310987654321"], vec!["2109…", "3109…"]),
            (vec!["210987654321", "210900004321"], vec!["210900004321", "210987654321"]),
            (vec!["555555555555", "unknown"], vec!["stage", "unknown"]),
            (vec!["", "ö€"], vec!["", "ö€"]),
        ] {
            let short = short_accounts(&ids.iter().copied().collect(), &names);
            assert_eq!(short.into_values().collect::<Vec<_>>(), expected, "{ids:?}");
        }
    }
}
