//! The language that selects servers: `age>30d phoenix:overdue group:web* tag:env=prod or 10.1.2.3`.

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

/// What a query asks of a server. Unknown answers `None`, and an unknown matches no comparison, neither `age>30d` nor
/// `age<30d`.
pub trait Subject {
    /// Seconds since its state was last born from an image.
    fn age_s(&self) -> Option<i64>;
    /// Days behind the newest image of its family.
    fn behind_days(&self) -> Option<i64>;
    /// `young`, `due`, `overdue`, `exempt` or `unknown`.
    fn phoenix(&self) -> &str;
    /// The strings that a field of the language has for this server: of `name` its `Name` tag, of `group` its
    /// group's name, of `image` the image's id and name, and so on.
    fn texts(&self, field: Field, each: &mut dyn FnMut(&str));
    /// The value of a tag.
    fn tag(&self, key: &str) -> Option<&str>;
}

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
}
