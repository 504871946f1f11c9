//! The language that selects servers: `age>30d phoenix:overdue group:web* tag:env=prod or 10.1.2.3`.
//!
//! One parser serves the window's search, the command line's `--query` and the policy file. [`HELP`] is the
//! reference. A query asks a [`Subject`], which is a server with what is known of it; for many servers of one fleet
//! set it on their strings with [`Search`].
//!
//! An unknown matches no comparison, neither `age>30d` nor `age<30d`; `not` selects whatever its term does not, so
//! `not age>30d` takes servers of unknown age in.

mod display;
mod nearest;
mod parse;
mod pattern;
mod search;
mod tree;
mod verdict;
mod words;

pub use nearest::nearest;
pub use search::Search;
pub use verdict::Verdict;

use search::Look;
use tree::Term;

use crate::symbol::{Sym, SymList, Symbols, TagSet};

/// The reference of the language, for `--help` and the window: at most 80 columns wide.
pub const HELP: &str = "\
Words side by side must all hold; or, not, -word and parentheses work too.
  web 10.1.2 \"two words\"   part of an id, name, address, DNS name, group, image
  age>30d  age<=36h        since the server was last born from an image
  behind>14d               how much newer the newest image of the family is
  phoenix:overdue          young, due, overdue, exempt or unknown
  snowflake:suspect        snowflake, suspect, reproducible or unknown
  drift:any                any, exempt, none or unknown: differs from template
  bake:fried               baked, mixed, fried or unknown: made at boot
  fry:package-*  fry:none  the rules that its user data breaks, see `scan`
  rto:missed               met, at-risk, missed, unknown or none: its group's
                           recovery objective
  group:web*  name:api-?   id name account region zone state type group template
                           image base recipe owner dns: the whole text, * and ?
  ip:10.1.2.3  ip:10.1.0.0/16
  tag:env=prod  tag:env    a tag's value, or that it is there
  group:web*,api*          a comma gives alternatives
  owner:none  group:none   without one; recipe:unknown  image:unknown
Case does not count. Units: s m h d w. An unknown age is neither > nor <.";

/// Where and why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct QueryError {
    /// The column at which it goes wrong, in characters from 1.
    pub column: usize,
    /// How many characters are meant; at least 1.
    pub width: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A parsed query. The empty one selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    root: Option<Term>,
    /// How many comparisons of text there are to remember answers for.
    memos: usize,
}

/// What a part of a query reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Word {
    /// `age>30d`
    Age,
    /// `behind>14d`
    Behind,
    /// `phoenix:overdue`, `snowflake:suspect`, `drift:any`, `bake:fried`, `rto:missed`
    Verdict(Verdict),
    /// `tag:env=prod`
    Tag,
    /// A word without a field.
    Free,
    /// A text field.
    Field(Field),
}

impl Query {
    /// Reads a query; text with nothing in it selects everything.
    ///
    /// # Errors
    /// Names the column, what is wrong there and what would be right.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut query = Self { root: parse::parse(text)?, memos: 0 };
        if let Some(root) = &mut query.root {
            root.number(&mut query.memos);
        }
        Ok(query)
    }

    /// Whether it selects everything because it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Whether `subject` is selected. For many servers of one fleet, [`Search`] is faster.
    #[must_use]
    pub fn matches(&self, subject: &impl Subject) -> bool {
        let look = Look { symbols: subject.symbols(), memos: &[] };
        self.root.as_ref().is_none_or(|root| look.holds(root, subject))
    }

    /// What it reads, sorted, each once. A policy's lifetime must not depend on [`Word::Age`], [`Word::Behind`] or a
    /// [`Word::Verdict`], which depend on it or come after it.
    #[must_use]
    pub fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        if let Some(root) = &self.root {
            root.leaves(&mut |leaf| words.extend(leaf.word()));
        }
        words.sort_unstable();
        words.dedup();
        words
    }
}

impl std::str::FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        Self::parse(text)
    }
}

/// Text of a server: a symbol of its fleet where it is one, so that an answer can be remembered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Text<'a> {
    /// A string of the fleet's [`Symbols`].
    Sym(Sym),
    /// Several of them.
    List(SymList),
    /// Any other.
    Str(&'a str),
}

/// What a query asks of a server. Unknown answers `None`.
pub trait Subject {
    /// Where the symbols that it gives come from.
    fn symbols(&self) -> &Symbols;
    /// Seconds since its state was last born from an image.
    fn age_s(&self) -> Option<i64>;
    /// Days behind the newest image of its family.
    fn behind_days(&self) -> Option<i64>;
    /// One of the words of this verdict.
    fn verdict(&self, of: Verdict) -> &str;
    /// Its tags; the tag `Name` is what `name:` reads.
    fn tags(&self) -> TagSet;
    /// Calls `found` with the texts that a field of the language has for this server (of `image` the image's id and
    /// name, and so on) until it answers true; whether it did. A field without text calls nothing. Never asked for
    /// [`Field::Name`].
    fn texts(&self, field: Field, found: impl FnMut(Text<'_>) -> bool) -> bool;
}

/// Where a word without a field is looked for, beside the name.
const FREE_FIELDS: [Field; 5] = [Field::Id, Field::Ip, Field::Dns, Field::Group, Field::Image];

/// A field that is compared as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Field {
    /// `id:i-...`
    Id,
    /// `name:web*`
    Name,
    /// `account:123456789012`, or the account's name in the policy file.
    Account,
    /// `region:eu-*`
    Region,
    /// `zone:eu-west-1a`
    Zone,
    /// `state:running`
    State,
    /// `type:m7g.*`
    Type,
    /// `group:web*`
    Group,
    /// `template:`: id, name, `name:version`.
    Template,
    /// `image:`: id and name.
    Image,
    /// `base:`: id and name of the base image.
    Base,
    /// `recipe:`: name, id, kind; `recipe:unknown`.
    Recipe,
    /// `owner:`: whose machinery owns it; `owner:none`.
    Owner,
    /// `ip:`: private, public, IPv6; `ip:10.1.0.0/16` too.
    Ip,
    /// `dns:`
    Dns,
    /// `fry:`: ids of the rules that its user data breaks.
    Fry,
}

#[cfg(test)]
mod tests;
