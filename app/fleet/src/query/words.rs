//! The words of the language.

use super::Field;

/// Fields compared as text, by their names.
pub(super) const FIELDS: [(&str, Field); 16] = [
    ("id", Field::Id),
    ("name", Field::Name),
    ("account", Field::Account),
    ("region", Field::Region),
    ("zone", Field::Zone),
    ("state", Field::State),
    ("type", Field::Type),
    ("group", Field::Group),
    ("template", Field::Template),
    ("image", Field::Image),
    ("base", Field::Base),
    ("recipe", Field::Recipe),
    ("owner", Field::Owner),
    ("ip", Field::Ip),
    ("dns", Field::Dns),
    ("fry", Field::Fry),
];

/// Every word that stands before a colon or a comparison.
pub(super) const NAMES: [&str; 24] = [
    "id",
    "name",
    "account",
    "region",
    "zone",
    "state",
    "type",
    "group",
    "template",
    "image",
    "base",
    "recipe",
    "owner",
    "ip",
    "dns",
    "fry",
    "tag",
    "age",
    "behind",
    "phoenix",
    "snowflake",
    "drift",
    "bake",
    "rto",
];

impl Field {
    /// The word before the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Account => "account",
            Self::Region => "region",
            Self::Zone => "zone",
            Self::State => "state",
            Self::Type => "type",
            Self::Group => "group",
            Self::Template => "template",
            Self::Image => "image",
            Self::Base => "base",
            Self::Recipe => "recipe",
            Self::Owner => "owner",
            Self::Ip => "ip",
            Self::Dns => "dns",
            Self::Fry => "fry",
        }
    }

    /// The word that matches a server for which the field has no text. What should be there and could not be told is
    /// `unknown`; what a server may rightly lack is `none`.
    pub(super) fn absent_word(self) -> &'static str {
        match self {
            Self::Image | Self::Base | Self::Recipe => "unknown",
            _ => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn every_field_has_its_name_in_the_list_of_names() {
        for (name, field) in FIELDS {
            assert_eq!(field.as_str(), name);
            assert!(NAMES.contains(&name), "{name}");
        }
        for verdict in Verdict::ALL {
            assert!(NAMES.contains(&verdict.as_str()), "{}", verdict.as_str());
        }
        assert_eq!(NAMES.len(), FIELDS.len() + 3 + Verdict::ALL.len(), "tag, age, behind and verdicts come on top");
    }
}
