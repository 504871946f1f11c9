//! A query set on one fleet's strings, so that no string is compared twice.

use std::cell::Cell;

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

/// What is known of each string, list and tag set for one comparison of text.
pub(super) struct Memo {
    syms: Box<[Cell<Answer>]>,
    /// Of a list, whether one of its strings fits. Nothing where that is found out server by server.
    lists: Box<[Answer]>,
    /// Of a tag set, whether its `Name` fits, or one of its tags, whichever the comparison asks.
    tags: Box<[Answer]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Answer {
    /// Not asked yet, or there is nothing to ask.
    #[default]
    Open,
    No,
    Yes,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Memo {
    fn new(symbols: &Symbols) -> Self {
        let syms = vec![Cell::new(Answer::Open); symbols.len()].into_boxed_slice();
        Self { syms, lists: Box::default(), tags: Box::default() }
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
        let memos = (0..query.memos).map(|_| Memo::new(symbols)).collect();
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
        let look = Look { symbols: self.symbols, memos: &self.memos };
        let name_key = name_key(self.symbols);
        let names = |memo: usize, test: &dyn Fn(&str) -> bool| -> Box<[Answer]> {
            let answer = |list| name_of(list, name_key).map_or(Answer::Open, |name| look.sym(name, memo, test).into());
            self.symbols.lists().map(answer).collect()
        };
        let lists = |memo: usize, test: &dyn Fn(&str) -> bool| -> Box<[Answer]> {
            let fits = |list: &[Sym]| list.iter().any(|&sym| look.sym(sym, memo, test)).into();
            self.symbols.lists().map(fits).collect()
        };
        match leaf {
            Term::Free { needle, memo } => {
                fill(&self.memos[*memo].syms, self.symbols, needle);
                let test = |text: &str| needle.matches(text);
                let names = names(*memo, &test);
                let lists = lists(*memo, &test);
                (self.memos[*memo].lists, self.memos[*memo].tags) = (lists, names);
            }
            Term::Ip { any, memo } => self.memos[*memo].lists = lists(*memo, &|text| fits_address(any, text)),
            Term::Text { field: Field::Name, any, memo } => {
                self.memos[*memo].tags = names(*memo, &|text| fits_any(any, text));
            }
            Term::Tag { key, any, key_memo, value_memo } => {
                let fits = |list| look.has_tag(list, key, any.as_deref(), *key_memo, *value_memo).into();
                self.memos[*key_memo].tags = self.symbols.lists().map(fits).collect();
            }
            _ => {}
        }
    }
}

fn fits_any(any: &[Pattern], text: &str) -> bool {
    any.iter().any(|pattern| pattern.matches(text))
}

fn fits_address(any: &[AddressPattern], text: &str) -> bool {
    any.iter().any(|pattern| pattern.matches(text))
}

/// Looks for a needle in the joined strings and answers for each of them, where it has a literal to look for.
fn fill(syms: &[Cell<Answer>], symbols: &Symbols, needle: &Needle) {
    let (text, ends) = symbols.joined();
    let mut at = 0;
    let settle = |at: usize, is_found: bool| {
        if let Some(answer) = syms.get(at).filter(|answer| answer.get() == Answer::Open) {
            answer.set((is_found || needle.matches(symbols.at(at))).into());
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
    if scanned {
        syms.iter().filter(|answer| answer.get() == Answer::Open).for_each(|answer| answer.set(Answer::No));
    }
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
            Text::List(list) => match self.memos.get(memo).filter(|memo| !memo.lists.is_empty()) {
                Some(memo) => answer(&memo.lists, list) == Answer::Yes,
                None => self.symbols.list(list).iter().any(|&sym| self.sym(sym, memo, &test)),
            },
        }
    }

    fn sym(&self, sym: Sym, memo: usize, test: impl Fn(&str) -> bool) -> bool {
        let Some(answer) = self.memos.get(memo).and_then(|memo| memo.syms.get(sym.index())) else {
            return test(self.symbols.str(sym));
        };
        if answer.get() == Answer::Open {
            answer.set(test(self.symbols.str(sym)).into());
        }
        answer.get() == Answer::Yes
    }

    /// Whether the `Name` among `tags` fits; open where there is none.
    fn name(&self, tags: TagSet, memo: usize, test: impl Fn(&str) -> bool) -> Answer {
        match self.memos.get(memo).filter(|memo| !memo.tags.is_empty()) {
            Some(memo) => answer(&memo.tags, tags.list()),
            None => name_of(self.symbols.list(tags.list()), name_key(self.symbols))
                .map_or(Answer::Open, |name| self.sym(name, memo, test).into()),
        }
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
            let answer = self.name(subject.tags(), memo, test);
            absent = answer == Answer::Open;
            answer == Answer::Yes
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
                match self.memos.get(*key_memo).filter(|memo| !memo.tags.is_empty()) {
                    Some(memo) => answer(&memo.tags, tags) == Answer::Yes,
                    None => self.has_tag(self.symbols.list(tags), key, any.as_deref(), *key_memo, *value_memo),
                }
            }
            Term::Free { needle, memo } => {
                let test = |text: &str| needle.matches(text);
                let any_of = |field| subject.texts(field, |text| self.text(text, *memo, test));
                FREE_FIELDS.into_iter().any(any_of) || self.name(subject.tags(), *memo, test) == Answer::Yes
            }
        }
    }
}

fn answer(answers: &[Answer], list: SymList) -> Answer {
    list.index().and_then(|index| answers.get(index)).copied().unwrap_or_default()
}

fn is_empty(text: Text<'_>) -> bool {
    matches!(text, Text::List(list) if list.index().is_none())
}
