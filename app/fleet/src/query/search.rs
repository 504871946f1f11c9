//! A query set on one fleet's strings, so that no string is compared twice.

use std::cell::Cell;

use super::pattern::Needle;
use super::tree::{AddressPattern, Term};
use super::{FREE_FIELDS, Field, Query, Subject, Text};
use crate::symbol::{Sym, Symbols};

/// A query that remembers what it found out about each string of a [`Symbols`].
///
/// A free word is looked for in all strings at once; the others are compared when a server first has them. Either
/// way a server then costs a few look-ups.
pub struct Search<'a> {
    query: &'a Query,
    symbols: &'a Symbols,
    memos: Vec<Memo>,
}

/// Of each symbol: not asked yet, no, or yes.
type Memo = Box<[Cell<u8>]>;

const NO: u8 = 1;
const YES: u8 = 2;

impl<'a> Search<'a> {
    /// `query` over the strings of `symbols`. The servers asked for must have their symbols from there.
    #[must_use]
    pub fn new(query: &'a Query, symbols: &'a Symbols) -> Self {
        let mut memos: Vec<Memo> =
            (0..query.memos).map(|_| vec![Cell::new(0); symbols.len()].into_boxed_slice()).collect();
        if let Some(root) = &query.root {
            root.leaves(&mut |leaf| {
                if let Term::Free { needle, memo } = leaf {
                    fill(&mut memos[*memo], symbols, needle);
                }
            });
        }
        Self { query, symbols, memos }
    }

    /// Whether `subject` is selected.
    #[must_use]
    pub fn matches(&self, subject: &impl Subject) -> bool {
        let look = Look { symbols: self.symbols, memos: &self.memos };
        self.query.root.as_ref().is_none_or(|root| look.holds(root, subject))
    }
}

/// Looks for an ASCII needle in the joined strings and marks those that hold it whole.
fn fill(memo: &mut Memo, symbols: &Symbols, needle: &Needle) {
    let (text, ends) = symbols.joined();
    let mut at = 0;
    let scanned = needle.scan(text, |found| {
        while ends.get(at).is_some_and(|&end| end as usize <= found) {
            at += 1;
        }
        let Some(&end) = ends.get(at) else { return text.len() };
        if found + needle.ascii_len() <= end as usize {
            memo[at].set(YES);
            return end as usize;
        }
        found + 1
    });
    if scanned.is_some() {
        memo.iter().filter(|answer| answer.get() != YES).for_each(|answer| answer.set(NO));
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
        }
    }

    fn sym(&self, sym: Sym, memo: usize, test: impl Fn(&str) -> bool) -> bool {
        let Some(answer) = self.memos.get(memo).and_then(|memo| memo.get(sym.index())) else {
            return test(self.symbols.str(sym));
        };
        if answer.get() == 0 {
            answer.set(if test(self.symbols.str(sym)) { YES } else { NO });
        }
        answer.get() == YES
    }

    pub(super) fn holds<S: Subject>(&self, term: &Term, subject: &S) -> bool {
        match term {
            Term::And(terms) => terms.iter().all(|term| self.holds(term, subject)),
            Term::Or(terms) => terms.iter().any(|term| self.holds(term, subject)),
            Term::Not(term) => !self.holds(term, subject),
            Term::Age(comparison) => comparison.holds(subject.age_s()),
            Term::Behind(comparison) => comparison.holds(subject.behind_days().map(|days| days.saturating_mul(86_400))),
            Term::Phoenix(any) => any.contains(&subject.phoenix()),
            Term::Text { field, any, memo } => {
                let mut absent = true;
                subject.texts(*field, |text| {
                    absent = false;
                    self.text(text, *memo, |text| any.iter().any(|pattern| pattern.matches(text)))
                }) || (absent && any.iter().any(|pattern| pattern.is_word(field.absent_word())))
            }
            Term::Ip(any) => {
                let mut absent = true;
                subject.texts(Field::Ip, |text| {
                    absent = false;
                    let text = match text {
                        Text::Str(text) => text,
                        Text::Sym(sym) => self.symbols.str(sym),
                    };
                    any.iter().any(|pattern| pattern.matches(text))
                }) || (absent && any.iter().any(AddressPattern::is_absent_word))
            }
            Term::Tag { key, any, key_memo, value_memo } => subject.tags(|found, value| {
                self.text(found, *key_memo, |text| key.matches(text))
                    && any.as_ref().is_none_or(|any| {
                        self.text(value, *value_memo, |text| any.iter().any(|pattern| pattern.matches(text)))
                    })
            }),
            Term::Free { needle, memo } => FREE_FIELDS
                .iter()
                .any(|&field| subject.texts(field, |text| self.text(text, *memo, |text| needle.matches(text)))),
        }
    }
}
