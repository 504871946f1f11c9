//! The rules, which are data (`assets/fry/*.toml`), and how they look at what a text does.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::commands::positionals;
use super::facts::{Act, Dialect, Facts, Place, Word};
use super::fetch::{self, Fetch, Fetched, From};
use super::pin::{self, Style};

/// The files of rules, in the order that they are shown in.
const FILES: &[(&str, &str)] = &[
    ("packages.toml", include_str!("../../../../assets/fry/packages.toml")),
    ("network.toml", include_str!("../../../../assets/fry/network.toml")),
    ("machine.toml", include_str!("../../../../assets/fry/machine.toml")),
    ("secrets.toml", include_str!("../../../../assets/fry/secrets.toml")),
];

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Costs something at each boot.
    Low,
    /// May go wrong by itself.
    Medium,
    /// Makes two servers of one template different, or gives something away.
    High,
}

impl Severity {
    /// `high`, `medium` or `low`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in reports, such as `package-upgrade`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// It brings something at boot that an image could have brought; a secret, say, does not.
    pub fries: bool,
    /// Why it is a risk, in one sentence.
    pub why: String,
    /// What to bake instead, in one sentence.
    pub fix: String,
    /// Rules that say less about the same line and are left out there.
    #[serde(default)]
    over: Vec<String>,
    when: Vec<When>,
}

/// What a rule matches: all that is said must hold. Lists are of patterns with `*`, of which one must fit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct When {
    /// The program.
    command: Vec<String>,
    /// The first words that it is told.
    verb: Vec<String>,
    /// One of the words after those.
    argument: Vec<String>,
    /// One of the words after those, by the name of a list in the same file.
    argument_of: Option<String>,
    /// One of its options.
    option: Vec<String>,
    /// None of its options and words is one of these.
    without: Vec<String>,
    /// A package among the words has no version, as the program writes versions.
    unpinned: Option<Style>,
    /// What else it is.
    is: Option<Is>,
    /// A file that it writes, by its path.
    file: Vec<String>,
    /// A module of cloud-config, or a key of other settings.
    module: Vec<String>,
    /// The module's value.
    value: Vec<String>,
}

/// What takes more than words to tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Is {
    /// It gets something from the web or a repository.
    Download,
    /// It gets something large from S3.
    LargeDownload,
    /// It runs what was downloaded.
    RunsDownload,
    /// It starts an image by a tag that moves.
    FloatingImage,
    /// It does nothing for so long.
    LongSleep,
    /// A loop that waits.
    WaitingLoop,
    /// A secret.
    Secret,
    /// A part that could not be read.
    Unreadable,
    /// A part in a language that is not read.
    Unread,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Lists that several rules share.
    #[serde(default)]
    list: FxHashMap<String, Vec<String>>,
    rule: Vec<Rule>,
}

/// The version of the rules, as it is kept with what they found: this program's, and the first digits of the SHA-256 of
/// their files.
#[must_use]
pub fn rules_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Sha256::new();
        FILES.iter().for_each(|(_, text)| hash.update(text));
        let digits: String = hash.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{digits}", env!("CARGO_PKG_VERSION"))
    });
    &VERSION
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| -> File {
        toml::from_str(text).unwrap_or_else(|error| panic!("assets/fry/{name}, which is compiled in: {error}"))
    };
    FILES.iter().flat_map(|file| read(file).filled()).collect()
});

impl File {
    /// The rules with their lists in place.
    fn filled(mut self) -> Vec<Rule> {
        for when in self.rule.iter_mut().flat_map(|rule| &mut rule.when) {
            if let Some(name) = &when.argument_of {
                let list =
                    self.list.get(name).unwrap_or_else(|| panic!("assets/fry, which is compiled in: no list {name}"));
                when.argument.extend(list.iter().cloned());
            }
        }
        self.rule
    }
}

/// All rules, in the order that they are shown in.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// A rule that holds at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hit {
    pub rule: &'static Rule,
    pub place: Place,
    /// What more there is to say than the rule's own sentence.
    pub detail: Option<String>,
    /// Which of the text's acts it is, if it is one: two rules may tell of the same.
    pub act: Option<usize>,
}

/// What the rules need to know of a text beyond its facts.
struct Seen<'a> {
    facts: &'a Facts,
    fetches: Vec<Option<Fetch>>,
    fetched: Fetched,
    secrets: &'a [Place],
}

/// All that the rules find, by line; a rule tells of a line once.
pub(super) fn hits(facts: &Facts, secrets: &[Place]) -> Vec<Hit> {
    let fetches = fetch::fetches(facts);
    let fetched = Fetched::of(&fetches);
    let seen = Seen { facts, fetches, fetched, secrets };
    let mut hits: Vec<Hit> = Vec::new();
    for rule in rules() {
        for when in &rule.when {
            when.places(&seen, &mut |place, act, detail| hits.push(Hit { rule, place: place.clone(), detail, act }));
        }
    }
    hits.sort_by(|a, b| (a.place.line, b.rule.severity, &a.rule.id).cmp(&(b.place.line, a.rule.severity, &b.rule.id)));
    hits.dedup_by(|b, a| a.place.line == b.place.line && a.rule.id == b.rule.id && a.detail == b.detail);
    let outdone: Vec<(u32, &str)> =
        hits.iter().flat_map(|hit| hit.rule.over.iter().map(|id| (hit.place.line, id.as_str()))).collect();
    hits.retain(|hit| !outdone.contains(&(hit.place.line, hit.rule.id.as_str())));
    hits
}

/// Takes a place that a rule matches, the act that it is, and what more there is to say.
type Each<'a> = dyn FnMut(&Place, Option<usize>, Option<String>) + 'a;

impl When {
    fn places(&self, seen: &Seen<'_>, hit: &mut Each<'_>) {
        match self.is {
            Some(Is::WaitingLoop) => return seen.facts.waits.iter().for_each(|place| hit(place, None, None)),
            Some(Is::Secret) => return seen.secrets.iter().for_each(|place| hit(place, None, None)),
            Some(Is::Unreadable) => {
                return seen.facts.faults.iter().for_each(|(place, what)| hit(place, None, Some(what.clone())));
            }
            Some(Is::Unread) => {
                return seen.facts.unread.iter().for_each(|(place, what)| hit(place, None, Some(what.clone())));
            }
            _ => {}
        }
        if !self.module.is_empty() {
            for module in &seen.facts.modules {
                let fits =
                    any(&self.module, &module.path) && (self.value.is_empty() || any(&self.value, &module.value));
                if fits && self.is.is_none_or(|_| pin::is_floating(&module.value)) {
                    hit(&module.place, None, None);
                }
            }
            return;
        }
        if !self.file.is_empty() && self.command.is_empty() {
            for made in seen.facts.files.iter().filter(|made| any(&self.file, &made.path)) {
                hit(&made.place, None, None);
            }
        }
        for (at, act) in seen.facts.acts.iter().enumerate().filter(|(at, act)| self.fits(seen, *at, act)) {
            hit(&act.place, Some(at), None);
        }
    }

    fn fits(&self, seen: &Seen<'_>, at: usize, act: &Act) -> bool {
        if !self.command.is_empty() && !any(&self.command, &act.name) {
            return false;
        }
        let words = positionals(act);
        let Some(verbs) = self.verbs(&words) else { return false };
        let rest = words.get(verbs..).unwrap_or_default();
        let is_marked = |word: &Word| word.is_option() || (act.dialect == Dialect::Batch && word.text.starts_with('/'));
        let option = |pattern: &String| act.args.iter().any(|word| is_marked(word) && is_option(pattern, &word.text));
        // PowerShell names nearly all its arguments.
        let named = act.args.iter().filter(|word| act.dialect == Dialect::PowerShell && !word.is_option());
        (self.argument.is_empty() || rest.iter().copied().chain(named).any(|word| any(&self.argument, &word.text)))
            && (self.option.is_empty() || self.option.iter().any(option))
            && !act.args.iter().any(|word| any(&self.without, &word.text))
            && self.unpinned.is_none_or(|style| pin::leaves_open(act, verbs, style))
            && (self.file.is_empty() || self.writes(seen, at, act))
            && self.is.is_none_or(|is| is.holds(seen, at, act))
    }

    /// How many words the verb is; `None` where it is another.
    fn verbs(&self, words: &[&Word]) -> Option<usize> {
        if self.verb.is_empty() {
            return Some(0);
        }
        self.verb.iter().find_map(|verb| {
            let parts: Vec<&str> = verb.split(' ').collect();
            let fits = parts.len() <= words.len()
                && parts.iter().zip(words).all(|(part, word)| matches(part, &word.text.to_ascii_lowercase()));
            fits.then_some(parts.len())
        })
    }

    /// Whether an act writes one of the files: by redirection, as a download, by `tee`, or as an option says.
    fn writes(&self, seen: &Seen<'_>, at: usize, act: &Act) -> bool {
        let fetched = seen.fetches[at].as_ref().and_then(|fetch| fetch.to.as_deref());
        let named = super::commands::value_of(act, &["-o", "--output", "-O", "-FilePath", "-Path"])
            .map(|word| word.text.as_str());
        let places = match act.name.as_str() {
            "tee" => positionals(act).into_iter().map(|word| word.text.as_str()).collect(),
            "cp" | "mv" | "install" | "ln" => {
                positionals(act).last().map(|word| word.text.as_str()).into_iter().collect()
            }
            "sed" => positionals(act).into_iter().skip(1).map(|word| word.text.as_str()).collect(),
            _ => Vec::new(),
        };
        let outputs = act.outputs.iter().map(|word| word.text.as_str());
        outputs.chain(fetched).chain(named).chain(places).any(|path| any(&self.file, path))
    }
}

impl Is {
    fn holds(self, seen: &Seen<'_>, at: usize, act: &Act) -> bool {
        let from = seen.fetches[at].as_ref();
        match self {
            Self::Download => from.is_some_and(|fetch| fetch.from != From::S3),
            Self::LargeDownload => from.is_some_and(|fetch| fetch.from == From::S3 && fetch.is_large),
            Self::RunsDownload => fetch::runs_download(seen.facts, &seen.fetches, &seen.fetched, at),
            Self::FloatingImage => pin::image(act).is_some_and(|image| pin::is_floating(&image.text)),
            Self::LongSleep => {
                act.sleeps() && !act.in_loop && sleep_s(act).is_some_and(|seconds| seconds >= LONG_SLEEP_S)
            }
            Self::WaitingLoop | Self::Secret | Self::Unreadable | Self::Unread => false,
        }
    }
}

/// Shorter pauses are nobody's boot time.
const LONG_SLEEP_S: u64 = 10;

/// `sleep 30`, `sleep 2m`, `Start-Sleep -Seconds 30`.
fn sleep_s(act: &Act) -> Option<u64> {
    act.args.iter().find_map(|word| {
        let text = word.text.as_str();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        digits.parse::<u64>().ok().map(|number| number.saturating_mul(unit))
    })
}

fn any(patterns: &[String], text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    patterns.iter().any(|pattern| matches(pattern, &lower))
}

/// `-i` also stands in `-ivh`, a long option also before `=`.
fn is_option(pattern: &str, text: &str) -> bool {
    if pattern.contains('*') {
        return matches(pattern, &text.to_ascii_lowercase());
    }
    let is_short = pattern.len() == 2 && !text.starts_with("--") && text.starts_with('-');
    // PowerShell's options have no case; a letter of everybody else's has.
    text == pattern
        || (pattern.len() > 2 && text.eq_ignore_ascii_case(pattern))
        || (is_short && text[1..].contains(&pattern[1..]))
        || text.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('='))
}

/// Whether a pattern with `*` fits the whole text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut open = false;
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        open = true;
        if at + 1 == pieces.len() {
            return piece.is_empty() || (rest.len() >= piece.len() && rest.ends_with(piece));
        }
        match rest.find(piece) {
            Some(found) => rest = &rest[found + piece.len()..],
            None => return false,
        }
    }
    open || rest.is_empty()
}
