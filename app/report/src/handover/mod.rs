//! The report for people: what one hands over in an incident, or prints for a meeting. A [`Document`] becomes [`Page`]s of
//! blocks once, and [`markdown`] and [`html`] write the same blocks down, so that they can't say different things, nor
//! other than the JSON, which comes of the same document.

mod first;
mod fried;
mod groups;
mod html;
mod markdown;
mod provenance;
mod readiness;
mod sources;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use insight::human::counted;

use crate::document::{Document, Server, SourceKind};
use crate::value::At;

pub use html::html;
pub use markdown::markdown;

/// The most rows of a table; what is left out is counted below it, and JSON and CSV have it.
const ROWS: usize = 40;

/// How a word is meant, for its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    /// Past its time, or broken.
    Bad,
    /// Soon, or doubtful.
    Warning,
    /// As it should be.
    Good,
    /// Neither.
    Quiet,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Words of ours, and sentences.
    Text(String),
    /// The same, of which one should take note.
    Strong(String),
    /// A name that AWS or people gave: written as it is.
    Name(String),
    /// A verdict.
    Verdict(Tone, String),
}

/// A line of pieces.
pub(crate) type Line = Vec<Piece>;

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Column {
    heading: &'static str,
    is_number: bool,
}

/// What a page is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Block {
    /// A section begins.
    Heading(&'static str),
    /// A paragraph.
    Paragraph(Line),
    /// Numbers with what they count.
    Numbers(Vec<(String, &'static str, Tone)>),
    /// A table; its cells may have several lines.
    Table { columns: Vec<Column>, rows: Vec<Vec<Vec<Line>>>, left_out: usize },
    /// Words with what they mean.
    Words(Vec<(String, String)>),
}

/// The whole report.
pub(crate) struct Page {
    title: String,
    blocks: Vec<Block>,
}

impl Page {
    fn of(document: &Document<'_>) -> Self {
        let about = About { document };
        let mut blocks = vec![Block::Paragraph(about.origin()), about.numbers()];
        if document.servers.is_empty() {
            let words = match document.complete {
                true => "No server matches.",
                false => "No server matches in what could be read; what could not be read may hide some.",
            };
            blocks.push(Block::Paragraph(vec![Piece::Text(words.to_owned())]));
        } else {
            first::blocks(&about, &mut blocks);
            provenance::blocks(&about, &mut blocks);
            fried::blocks(&about, &mut blocks);
            readiness::blocks(&about, &mut blocks);
            groups::blocks(&about, &mut blocks);
        }
        sources::blocks(&about, &mut blocks);
        blocks.push(Block::Heading("What the words mean"));
        blocks.push(Block::Words(
            words::WORDS.iter().map(|&(word, meaning)| (word.to_owned(), meaning.to_owned())).collect(),
        ));
        Self { title: about.title(), blocks }
    }
}

/// A document, with what several sections ask of it.
struct About<'a> {
    document: &'a Document<'a>,
}

/// Servers that belong together: those of a group, or one that is in none.
type Kin<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>);

impl<'a> About<'a> {
    fn title(&self) -> String {
        let count = counted(self.document.servers.len() as i64, "server");
        match self.count(|server| server.phoenix == "overdue") {
            0 => format!("Fleet: {count}"),
            overdue => format!("Fleet: {count}, {overdue} overdue"),
        }
    }

    fn origin(&self) -> Line {
        let document = self.document;
        let mut words = match document.source.kind {
            SourceKind::Aws => "Read from AWS".to_owned(),
            SourceKind::Sandbox => "Read from the embedded sandbox, a simulated AWS,".to_owned(),
            SourceKind::File => "Loaded from a saved pull, which was read".to_owned(),
        };
        let times = document.source.scopes.iter().map(|scope| scope.pulled_at);
        if let Some(oldest) = times.min() {
            words.push_str(&format!(" at {}", moment(oldest)));
        }
        words.push_str(&format!(": {}. ", counted(document.source.scopes.len() as i64, "scope")));
        let mut line = vec![Piece::Text(words)];
        match document.gaps.len() as i64 {
            0 => line.push(Piece::Text("All that was asked for could be read.".to_owned())),
            gaps => {
                let it = if gaps == 1 { "it" } else { "them" };
                line.push(Piece::Strong(format!("{}: what depends on {it} is unknown.", counted(gaps, "gap"))));
            }
        }
        line
    }

    fn numbers(&self) -> Block {
        let mut numbers = Vec::new();
        let mut add = |count: usize, what: &'static str, tone: Tone| {
            if count > 0 {
                let one = if count == 1 { what.strip_suffix('s').unwrap_or(what) } else { what };
                numbers.push((count.to_string(), one, tone));
            }
        };
        add(self.document.servers.len(), "servers", Tone::Quiet);
        add(self.count(|server| server.phoenix == "overdue"), "overdue", Tone::Bad);
        add(self.count(|server| server.phoenix == "due"), "due", Tone::Warning);
        add(self.count(|server| server.phoenix == "young"), "young", Tone::Good);
        add(self.count(|server| server.phoenix == "exempt"), "exempt", Tone::Quiet);
        add(self.count(|server| server.phoenix == "unknown"), "of unknown age", Tone::Quiet);
        add(self.count(|server| server.snowflake.verdict == "snowflake"), "snowflakes", Tone::Bad);
        add(self.count(|server| server.snowflake.verdict == "suspect"), "suspects", Tone::Warning);
        add(self.count(differs), "drifted", Tone::Warning);
        add(self.count(|server| server.bake.verdict == "fried"), "fried", Tone::Bad);
        add(self.count(|server| server.bake.verdict == "mixed"), "mixed", Tone::Warning);
        let missed = |server: &Server<'_>| server.rto.is_some_and(|rto| rto.verdict == "missed");
        add(self.count(missed), "too slow to rise again", Tone::Bad);
        let unknown_recipe = |server: &Server<'_>| server.recipe.as_ref().is_none_or(|recipe| recipe.kind == "unknown");
        add(self.count(unknown_recipe), "of unknown recipe", Tone::Warning);
        add(self.document.gaps.len(), "gaps", Tone::Warning);
        Block::Numbers(numbers)
    }

    fn count(&self, of: impl Fn(&Server<'_>) -> bool) -> usize {
        self.document.servers.iter().filter(|server| of(server)).count()
    }

    /// The servers of which something holds, by what they belong to.
    fn by_kin(&self, of: impl Fn(&Server<'_>) -> bool) -> BTreeMap<Kin<'a>, Vec<&'a Server<'a>>> {
        let mut kin: BTreeMap<Kin<'a>, Vec<&'a Server<'a>>> = BTreeMap::new();
        for server in self.document.servers.iter().filter(|server| of(server)) {
            let alone = server.group.is_none().then_some(server.id);
            kin.entry((server.account, server.region, server.group, alone)).or_default().push(server);
        }
        kin
    }

    /// What servers are of: their group's name, or the only one's own.
    fn name_of(&self, servers: &[&Server<'_>]) -> Vec<Line> {
        let Some(first) = servers.first() else { return Vec::new() };
        match (first.group, first.name) {
            (Some(group), _) => vec![vec![name(group)]],
            (None, Some(own)) => vec![vec![name(own)], vec![name(first.id)]],
            (None, None) => vec![vec![name(first.id)]],
        }
    }

    /// Where that is.
    fn place(&self, account: &str, region: &str) -> Vec<Line> {
        let known = self.document.account_names.get(account);
        vec![vec![name(known.copied().unwrap_or(account))], vec![name(region)]]
    }
}

/// Whether a server differs from its template version in what is not exempt.
fn differs(server: &Server<'_>) -> bool {
    server.drift.iter().flatten().any(|difference| difference.exempt.is_none())
}

fn text(words: impl Into<String>) -> Piece {
    Piece::Text(words.into())
}

fn name(name: &str) -> Piece {
    Piece::Name(name.to_owned())
}

/// A cell of one line of our own words.
fn cell(words: impl Into<String>) -> Vec<Line> {
    vec![vec![text(words)]]
}

/// A cell of a name, or a dash where it is unknown.
fn name_cell(of: Option<&str>) -> Vec<Line> {
    vec![vec![of.map_or_else(|| text("–"), name)]]
}

fn columns(headings: &[&'static str], numbers: &[&'static str]) -> Vec<Column> {
    headings.iter().map(|heading| Column { heading, is_number: numbers.contains(heading) }).collect()
}

/// A table with at most [`ROWS`] rows.
fn table(columns: Vec<Column>, mut rows: Vec<Vec<Vec<Line>>>) -> Block {
    let left_out = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    Block::Table { columns, rows, left_out }
}

/// `2026-11-23 05:00 UTC`.
fn moment(at: At) -> String {
    at.0.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `2026-11-23`.
fn day(at: At) -> String {
    at.0.timestamp().strftime("%Y-%m-%d").to_string()
}

/// The longest name that is shown whole, in characters: the longest value of a tag (EC2). JSON has all of it.
const LONGEST_NAME: usize = 256;

/// The same of a sentence, which may hold several names.
const LONGEST_TEXT: usize = 1_200;

/// A sentence in one line, without what turns writing around, and cut where it is too long.
fn shown(text: &str) -> String {
    cut(&fleet::clean(text), LONGEST_TEXT)
}

/// A name, likewise.
fn shown_name(name: &str) -> String {
    cut(&fleet::clean(name), LONGEST_NAME)
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => text[..at].to_owned() + "…",
        None => text.to_owned(),
    }
}
