//! A query as text that parses to the same query.

use std::fmt::{self, Write};

use super::Query;
use super::pattern::Pattern;
use super::tree::{AddressPattern, Comparison, Term};
use crate::duration::WrittenDuration;

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| root.fmt(f))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator.as_str(), WrittenDuration(self.seconds))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(terms) => joined(f, terms, " ", |term, f| match term {
                Self::Or(_) => write!(f, "({term})"),
                _ => term.fmt(f),
            }),
            Self::Or(terms) => joined(f, terms, " or ", Self::fmt),
            Self::Not(term) => match **term {
                Self::And(_) | Self::Or(_) => write!(f, "not ({term})"),
                _ => write!(f, "not {term}"),
            },
            Self::Age(comparison) => write!(f, "age{comparison}"),
            Self::Behind(comparison) => write!(f, "behind{comparison}"),
            Self::Verdict { of, any } => {
                write!(f, "{}:", of.as_str())?;
                joined(f, any, ",", |word, f| f.write_str(word))
            }
            Self::Text { field, any, .. } => {
                write!(f, "{}:", field.as_str())?;
                joined(f, any, ",", Pattern::fmt)
            }
            Self::Ip { any, .. } => {
                f.write_str("ip:")?;
                joined(f, any, ",", |pattern, f| match pattern {
                    AddressPattern::Network { address, prefix } => {
                        let whole = if address.is_ipv4() { 32 } else { 128 };
                        if *prefix == whole { write!(f, "{address}") } else { write!(f, "{address}/{prefix}") }
                    }
                    AddressPattern::Text(pattern) => pattern.fmt(f),
                })
            }
            Self::Tag { key, any, .. } => {
                write!(f, "tag:{key}")?;
                let Some(any) = any else { return Ok(()) };
                f.write_char('=')?;
                joined(f, any, ",", Pattern::fmt)
            }
            Self::Free { needle, .. } => written(f, &needle.text, needle.quoted),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        written(f, &self.text, self.quoted)
    }
}

fn joined<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    separator: &str,
    each: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(separator)?;
        }
        each(item, f)?;
    }
    Ok(())
}

/// Quotes stay where they stood: within them a wildcard and a word such as `none` mean themselves.
fn written(f: &mut fmt::Formatter<'_>, text: &str, quoted: bool) -> fmt::Result {
    if !quoted {
        return f.write_str(text);
    }
    f.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}
