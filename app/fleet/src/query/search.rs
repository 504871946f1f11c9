//! A query set on one fleet's strings, so that no string is compared twice.

use std::sync::atomic::{AtomicU8, Ordering};

use fixedbitset::FixedBitSet;

use super::pattern::{Needle, Pattern};
use super::tree::{AddressPattern, Term};
use super::{FREE_FIELDS, Field, Query, Subject, Text};
use crate::symbol::{Sym, SymList, Symbols, TagSet};

/// A query that remembers what it found out about each string of a [`Symbols`].
///
/// Servers are sorted by id, which is random, so that looking at the strings of one after the other misses every
/// cache. So a free word is looked for in all strings at once, and tags are asked in the order in which they lie;
/// a server then costs a few look-ups in small tables.
pub struct Search<'a> {
    query: &'a Query,
    symbols: &'a Symbols,
    memos: Vec<Memo>,
}

/// What is known of each string, list and tag set for one comparison of text: a bit each where all were asked at once,
/// so that the answers of millions of strings lie in the second cache.
#[derive(Default)]
pub(super) struct Memo {
    syms: Syms,
    /// Whether one of a list's strings fits. Nothing where that is found out server by server.
    lists: Option<FixedBitSet>,
    /// Whether a tag set's `Name` fits, or one of its tags, whichever the comparison asks.
    tags: Option<FixedBitSet>,
    /// Whether a tag set has a `Name`, where the comparison asks for that.
    named: Option<FixedBitSet>,
}

/// Whether each string fits.
enum Syms {
    /// As far as it was asked.
    Asked(Box<[AtomicU8]>),
    /// Of all of them.
    All(FixedBitSet),
}

/// Nobody has asked yet; else a bool as a number.
const OPEN: u8 = 2;

impl Default for Syms {
    fn default() -> Self {
        Self::Asked(Box::default())
    }
}

impl Memo {
    /// One that is filled as it is asked.
    fn asked(symbols: &Symbols) -> Self {
        let syms = Syms::Asked((0..symbols.len()).map(|_| AtomicU8::new(OPEN)).collect());
        Self { syms, ..Self::default() }
    }

    fn sym(&self, sym: Sym, symbols: &Symbols, test: impl Fn(&str) -> bool) -> bool {
        match &self.syms {
            Syms::All(fitting) => fitting.contains(sym.index()),
            Syms::Asked(asked) => {
                let Some(answer) = asked.get(sym.index()) else { return test(symbols.str(sym)) };
                // Whoever asks at the same time finds the same, so that nothing has to be ordered.
                match answer.load(Ordering::Relaxed) {
                    OPEN => {
                        let fits = test(symbols.str(sym));
                        answer.store(u8::from(fits), Ordering::Relaxed);
                        fits
                    }
                    fits => fits == u8::from(true),
                }
            }
        }
    }
}

/// The symbols of `Name` and of the empty text, where the fleet has them.
fn name_key(symbols: &Symbols) -> Option<(Sym, Option<Sym>)> {
    Some((symbols.find("Name")?, symbols.find("")))
}

fn name_of(list: &[Sym], key: Option<(Sym, Option<Sym>)>) -> Option<Sym> {
    let (key, empty) = key?;
    list.chunks_exact(2).find(|pair| pair[0] == key).map(|pair| pair[1]).filter(|&value| Some(value) != empty)
}

impl<'a> Search<'a> {
    /// `query` over the strings of `symbols`. The servers asked for must have their symbols from there.
    #[must_use]
    pub fn new(query: &'a Query, symbols: &'a Symbols) -> Self {
        let memos = (0..query.memos).map(|_| Memo::default()).collect();
        let mut search = Self { query, symbols, memos };
        if let Some(root) = &query.root {
            root.leaves(&mut |leaf| search.prepare(leaf));
        }
        search
    }

    /// Whether `subject` is selected.
    #[must_use]
    pub fn matches(&self, subject: &impl Subject) -> bool {
        let look = Look { symbols: self.symbols, memos: &self.memos };
        self.query.root.as_ref().is_none_or(|root| look.holds(root, subject))
    }

    /// Asks what is best asked of all at once.
    fn prepare(&mut self, leaf: &Term) {
        let symbols = self.symbols;
        match leaf {
            Term::Free { needle, memo } => {
                let fitting = fitting(needle, symbols);
                let fits = |sym: &Sym| fitting.contains(sym.index());
                let (mut lists, mut tags) = (FixedBitSet::new(), FixedBitSet::new());
                if !fitting.is_clear() {
                    let name_key = name_key(symbols);
                    lists = of_lists(symbols, |list| list.iter().any(fits));
                    tags = of_lists(symbols, |list| name_of(list, name_key).as_ref().is_some_and(fits));
                }
                self.memos[*memo] =
                    Memo { syms: Syms::All(fitting), lists: Some(lists), tags: Some(tags), ..Memo::default() };
            }
            Term::Ip { any, memo } => {
                let mut asked = Memo::asked(symbols);
                let fits = |&sym: &Sym| asked.sym(sym, symbols, |text| fits_address(any, text));
                asked.lists = Some(of_lists(symbols, |list| list.iter().any(fits)));
                self.memos[*memo] = asked;
            }
            Term::Text { field, any, memo } => {
                let mut asked = Memo::asked(symbols);
                if *field == Field::Name {
                    let name_key = name_key(symbols);
                    let fits = |sym| asked.sym(sym, symbols, |text| fits_any(any, text));
                    let tags = of_lists(symbols, |list| name_of(list, name_key).is_some_and(fits));
                    asked.named = Some(of_lists(symbols, |list| name_of(list, name_key).is_some()));
                    asked.tags = Some(tags);
                }
                self.memos[*memo] = asked;
            }
            Term::Tag { key, any, key_memo, value_memo } => {
                self.memos[*key_memo] = Memo::asked(symbols);
                self.memos[*value_memo] = Memo::asked(symbols);
                let look = Look { symbols, memos: &self.memos };
                let tags = of_lists(symbols, |list| look.has_tag(list, key, any.as_deref(), *key_memo, *value_memo));
                self.memos[*key_memo].tags = Some(tags);
            }
            Term::And(_) | Term::Or(_) | Term::Not(_) | Term::Age(_) | Term::Behind(_) | Term::Verdict { .. } => {}
        }
    }
}

/// What `fits` says of each list, tag sets among them, in the order in which they lie.
fn of_lists(symbols: &Symbols, fits: impl Fn(&[Sym]) -> bool) -> FixedBitSet {
    let lists = symbols.lists();
    let mut fitting = FixedBitSet::with_capacity(lists.len());
    fitting.extend(lists.enumerate().filter(|(_, list)| fits(list)).map(|(at, _)| at));
    fitting
}

fn fits_any(any: &[Pattern], text: &str) -> bool {
    any.iter().any(|pattern| pattern.matches(text))
}

fn fits_address(any: &[AddressPattern], text: &str) -> bool {
    any.iter().any(|pattern| pattern.matches(text))
}

/// The strings that a needle is in. Where it has a literal, that is looked for in all strings joined.
fn fitting(needle: &Needle, symbols: &Symbols) -> FixedBitSet {
    let (text, ends) = symbols.joined();
    let mut fitting = FixedBitSet::with_capacity(ends.len());
    let (mut at, mut unsettled) = (0, 0);
    // Finds come in the order of the text.
    let mut settle = |at: usize, is_found: bool| {
        if (unsettled..ends.len()).contains(&at) {
            fitting.set(at, is_found || needle.matches(symbols.at(at)));
            unsettled = at + 1;
        }
    };
    let scanned = needle.scan(text, |found| {
        while ends.get(at).is_some_and(|&end| end as usize <= found) {
            at += 1;
        }
        let found_end = found + needle.literal_len();
        if ends.get(at).is_some_and(|&end| found_end <= end as usize) {
            settle(at, needle.is_literal());
            return;
        }
        // A find across strings hides any that begins within it, so that its strings are asked one by one.
        let mut touched = at;
        settle(touched, false);
        while ends.get(touched).is_some_and(|&end| (end as usize) < found_end) {
            touched += 1;
            settle(touched, false);
        }
    });
    if !scanned {
        (0..ends.len()).for_each(|at| settle(at, false));
    }
    fitting
}

/// Answers for one subject, with or without a memory.
pub(super) struct Look<'a> {
    pub(super) symbols: &'a Symbols,
    pub(super) memos: &'a [Memo],
}

impl Look<'_> {
    fn text(&self, text: Text<'_>, memo: usize, test: impl Fn(&str) -> bool) -> bool {
        match text {
            Text::Str(text) => test(text),
            Text::Sym(sym) => self.sym(sym, memo, test),
            Text::List(list) => match self.memos.get(memo).and_then(|memo| memo.lists.as_ref()) {
                Some(lists) => holds_at(lists, list),
                None => self.symbols.list(list).iter().any(|&sym| self.sym(sym, memo, &test)),
            },
        }
    }

    fn sym(&self, sym: Sym, memo: usize, test: impl Fn(&str) -> bool) -> bool {
        match self.memos.get(memo) {
            Some(memo) => memo.sym(sym, self.symbols, test),
            None => test(self.symbols.str(sym)),
        }
    }

    /// Whether the `Name` among `tags` fits.
    fn name(&self, tags: TagSet, memo: usize, test: impl Fn(&str) -> bool) -> bool {
        match self.memos.get(memo).and_then(|memo| memo.tags.as_ref()) {
            Some(fitting) => holds_at(fitting, tags.list()),
            None => self.name_of(tags).is_some_and(|name| self.sym(name, memo, test)),
        }
    }

    /// Whether there is a `Name` among `tags`.
    fn has_name(&self, tags: TagSet, memo: usize) -> bool {
        match self.memos.get(memo).and_then(|memo| memo.named.as_ref()) {
            Some(named) => holds_at(named, tags.list()),
            None => self.name_of(tags).is_some(),
        }
    }

    fn name_of(&self, tags: TagSet) -> Option<Sym> {
        name_of(self.symbols.list(tags.list()), name_key(self.symbols))
    }

    fn has_tag(
        &self,
        list: &[Sym],
        key: &Pattern,
        any: Option<&[Pattern]>,
        key_memo: usize,
        value_memo: usize,
    ) -> bool {
        list.chunks_exact(2).any(|pair| {
            self.sym(pair[0], key_memo, |text| key.matches(text))
                && any.is_none_or(|any| self.sym(pair[1], value_memo, |text| fits_any(any, text)))
        })
    }

    /// Whether one of the texts of `field` fits, or there is none and the field's word for that was asked for.
    fn field<S: Subject>(&self, subject: &S, field: Field, memo: usize, any: &[Pattern]) -> bool {
        let test = |text: &str| fits_any(any, text);
        let mut absent = true;
        let fits = if field == Field::Name {
            absent = !self.has_name(subject.tags(), memo);
            self.name(subject.tags(), memo, test)
        } else {
            subject.texts(field, |text| {
                absent &= is_empty(text);
                self.text(text, memo, test)
            })
        };
        fits || (absent && any.iter().any(|pattern| pattern.is_word(field.absent_word())))
    }

    fn ip<S: Subject>(&self, subject: &S, memo: usize, any: &[AddressPattern]) -> bool {
        let mut absent = true;
        let fits = subject.texts(Field::Ip, |text| {
            absent &= is_empty(text);
            self.text(text, memo, |text| fits_address(any, text))
        });
        fits || (absent && any.iter().any(AddressPattern::is_absent_word))
    }

    pub(super) fn holds<S: Subject>(&self, term: &Term, subject: &S) -> bool {
        match term {
            Term::And(terms) => terms.iter().all(|term| self.holds(term, subject)),
            Term::Or(terms) => terms.iter().any(|term| self.holds(term, subject)),
            Term::Not(term) => !self.holds(term, subject),
            Term::Age(comparison) => comparison.holds(subject.age_s()),
            Term::Behind(comparison) => comparison.holds(subject.behind_days().map(|days| days.saturating_mul(86_400))),
            Term::Verdict { of, any } => any.contains(&subject.verdict(*of)),
            Term::Text { field, any, memo } => self.field(subject, *field, *memo, any),
            Term::Ip { any, memo } => self.ip(subject, *memo, any),
            Term::Tag { key, any, key_memo, value_memo } => {
                let tags = subject.tags().list();
                match self.memos.get(*key_memo).and_then(|memo| memo.tags.as_ref()) {
                    Some(fitting) => holds_at(fitting, tags),
                    None => self.has_tag(self.symbols.list(tags), key, any.as_deref(), *key_memo, *value_memo),
                }
            }
            Term::Free { needle, memo } => {
                let test = |text: &str| needle.matches(text);
                let any_of = |field| subject.texts(field, |text| self.text(text, *memo, test));
                FREE_FIELDS.into_iter().any(any_of) || self.name(subject.tags(), *memo, test)
            }
        }
    }
}

fn holds_at(fitting: &FixedBitSet, list: SymList) -> bool {
    list.index().is_some_and(|index| fitting.contains(index))
}

fn is_empty(text: Text<'_>) -> bool {
    matches!(text, Text::List(list) if list.index().is_none())
}
