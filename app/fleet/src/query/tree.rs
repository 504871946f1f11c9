//! What a parsed query is made of.

use std::net::IpAddr;

use super::pattern::{Needle, Pattern};
use super::{Field, Verdict, Word};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    And(Vec<Term>),
    Or(Vec<Term>),
    Not(Box<Term>),
    Age(Comparison),
    Behind(Comparison),
    Verdict { of: Verdict, any: Vec<&'static str> },
    Text { field: Field, any: Vec<Pattern>, memo: usize },
    Ip { any: Vec<AddressPattern>, memo: usize },
    Tag { key: Pattern, any: Option<Vec<Pattern>>, key_memo: usize, value_memo: usize },
    Free { needle: Needle, memo: usize },
}

/// `>30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    pub(super) seconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Operator {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
        }
    }
}

impl Comparison {
    /// Whether `seconds` compares as asked; unknown never does.
    pub(super) fn holds(self, seconds: Option<i64>) -> bool {
        seconds.is_some_and(|seconds| {
            let limit = i64::from(self.seconds);
            match self.operator {
                Operator::Less => seconds < limit,
                Operator::LessOrEqual => seconds <= limit,
                Operator::More => seconds > limit,
                Operator::MoreOrEqual => seconds >= limit,
            }
        })
    }
}

/// One alternative of `ip:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AddressPattern {
    /// An address, or a network with its prefix length.
    Network { address: IpAddr, prefix: u8 },
    /// Text with wildcards, or the word `none`.
    Text(Pattern),
}

impl AddressPattern {
    /// The network that `address` lies in, its host bits dropped.
    pub(super) fn network(address: IpAddr, prefix: u8) -> Self {
        let address = match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
                IpAddr::V4((v4.to_bits() & mask).into())
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
                IpAddr::V6((v6.to_bits() & mask).into())
            }
        };
        Self::Network { address, prefix }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Text(pattern) => pattern.matches(text),
            Self::Network { address, prefix } => text.parse().is_ok_and(|found| within(found, *address, *prefix)),
        }
    }

    pub(super) fn is_absent_word(&self) -> bool {
        matches!(self, Self::Text(pattern) if pattern.is_word(Field::Ip.absent_word()))
    }
}

fn within(found: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let differing = match (found, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => return false,
    };
    differing >= u32::from(prefix)
}

impl Term {
    /// Gives every comparison of text a number of its own, so that answers can be remembered beside the tree.
    pub(super) fn number(&mut self, next: &mut usize) {
        let mut take = || {
            *next += 1;
            *next - 1
        };
        match self {
            Self::And(terms) | Self::Or(terms) => terms.iter_mut().for_each(|term| term.number(next)),
            Self::Not(term) => term.number(next),
            Self::Text { memo, .. } | Self::Ip { memo, .. } | Self::Free { memo, .. } => *memo = take(),
            Self::Tag { key_memo, value_memo, .. } => {
                *key_memo = take();
                *value_memo = take();
            }
            Self::Age(_) | Self::Behind(_) | Self::Verdict { .. } => {}
        }
    }

    /// Calls `each` with every leaf.
    pub(super) fn leaves<'a>(&'a self, each: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::And(terms) | Self::Or(terms) => terms.iter().for_each(|term| term.leaves(each)),
            Self::Not(term) => term.leaves(each),
            leaf => each(leaf),
        }
    }

    /// What a leaf reads; `None` for what joins others.
    pub(super) fn word(&self) -> Option<Word> {
        Some(match self {
            Self::And(_) | Self::Or(_) | Self::Not(_) => return None,
            Self::Age(_) => Word::Age,
            Self::Behind(_) => Word::Behind,
            Self::Verdict { of, .. } => Word::Verdict(*of),
            Self::Text { field, .. } => Word::Field(*field),
            Self::Ip { .. } => Word::Field(Field::Ip),
            Self::Tag { .. } => Word::Tag,
            Self::Free { .. } => Word::Free,
        })
    }
}
