//! Filters: each must hold, by any of its values, and values may have `*` and `?`.

use super::fault::Fault;
use crate::world::Tag;

/// A filter as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// Whether `text` is what `pattern` says: `*` is any text, `?` any character, and a backslash takes their power.
pub(crate) fn matches_wildcard(pattern: &str, text: &str) -> bool {
    if !pattern.contains(['*', '?', '\\']) {
        return pattern == text;
    }
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read, mut star): (usize, usize, Option<(usize, usize)>) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some(Token::Any) => {
                star = Some((at, read));
                at += 1;
            }
            Some(Token::One) => (at, read) = (at + 1, read + 1),
            Some(Token::Char(char)) if *char == text[read] => (at, read) = (at + 1, read + 1),
            _ => match star {
                // Let the last star take one character more.
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, read) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|token| matches!(token, Token::Any))
}

enum Token {
    Any,
    One,
    Char(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut chars = pattern.chars();
    let mut tokens = Vec::new();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            char => Token::Char(char),
        });
    }
    tokens
}

/// What a resource has under a filter's name.
pub(crate) enum Has<'a> {
    /// It has no such thing, so no value can hold.
    Nothing,
    One(std::borrow::Cow<'a, str>),
    Many(Vec<std::borrow::Cow<'a, str>>),
}

impl<'a> Has<'a> {
    /// A text that lives elsewhere.
    pub(crate) fn text(text: &'a str) -> Has<'a> {
        Has::One(text.into())
    }

    /// A text made for this.
    pub(crate) fn made(text: impl std::fmt::Display) -> Has<'a> {
        Has::One(text.to_string().into())
    }

    /// A text that may be missing.
    pub(crate) fn maybe(text: Option<impl std::fmt::Display>) -> Has<'a> {
        text.map_or(Has::Nothing, Has::made)
    }
}

impl Filter {
    fn accepts(&self, has: &Has<'_>) -> bool {
        let any = |text: &str| self.values.iter().any(|value| matches_wildcard(value, text));
        match has {
            Has::Nothing => false,
            Has::One(text) => any(text),
            Has::Many(texts) => texts.iter().any(|text| any(text)),
        }
    }

    fn accepts_tags(&self, tags: &[Tag]) -> bool {
        match self.name.strip_prefix("tag:") {
            Some(key) => tags
                .iter()
                .any(|tag| &*tag.key == key && self.values.iter().any(|value| matches_wildcard(value, &tag.value))),
            None => tags.iter().any(|tag| self.values.iter().any(|value| matches_wildcard(value, &tag.key))),
        }
    }

    /// Whether it asks for tags.
    fn is_of_tags(&self) -> bool {
        self.name == "tag-key" || self.name.starts_with("tag:")
    }
}

/// The most values that all filters of one EC2 call may have together.
const MAX_VALUES: usize = 200;

/// Refuses filters that a call does not have, and too many values.
///
/// # Errors
/// EC2's `InvalidParameterValue` with the name, or `FilterLimitExceeded`.
pub(crate) fn check(filters: &[Filter], known: &[&str], tags: bool) -> Result<(), Fault> {
    if filters.iter().map(|filter| filter.values.len()).sum::<usize>() > MAX_VALUES {
        return Err(Fault::new(
            "FilterLimitExceeded",
            format!("The maximum number of filter values specified on a single call is {MAX_VALUES}"),
        ));
    }
    for filter in filters {
        if filter.values.is_empty() {
            return Err(Fault::invalid(format!("The filter '{}' must have at least one value", filter.name)));
        }
        if !(known.contains(&&*filter.name) || tags && filter.is_of_tags()) {
            return Err(Fault::invalid(format!("The filter '{}' is invalid", filter.name)));
        }
    }
    Ok(())
}

/// Whether a resource passes all filters.
pub(crate) fn pass<'a>(filters: &[Filter], tags: &[Tag], has: impl Fn(&str) -> Has<'a>) -> bool {
    filters.iter().all(
        |filter| {
            if filter.is_of_tags() { filter.accepts_tags(tags) } else { filter.accepts(&has(&filter.name)) }
        },
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn wildcards_match_as_ec2_says() {
        let cases = [
            ("web-*", "web-prod", true),
            ("web-*", "api-prod", false),
            ("*prod*", "web-prod-7", true),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("*", "", true),
            ("a*b*c", "a1b2b3c", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            ("web", "web-prod", false),
            ("é*", "ecole", false),
            ("é*", "été", true),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(matches_wildcard(pattern, text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn every_filter_must_hold_by_one_of_its_values() {
        let tags = [Tag { key: "env".into(), value: "prod".into() }];
        let filter = |name: &str, values: &[&str]| Filter {
            name: name.into(),
            values: values.iter().map(|value| (*value).into()).collect(),
        };
        let has = |name: &str| if name == "state" { Has::text("running") } else { Has::Nothing };
        assert!(pass(&[filter("state", &["stopped", "run*"]), filter("tag:env", &["prod"])], &tags, has));
        assert!(!pass(&[filter("state", &["running"]), filter("tag:env", &["dev"])], &tags, has));
        assert!(pass(&[filter("tag-key", &["e?v"])], &tags, has));
        assert!(!pass(&[filter("ip-address", &["*"])], &tags, has));
        assert_eq!(check(&[filter("x", &["1"])], &["y"], true).unwrap_err().message, "The filter 'x' is invalid");
        assert!(check(&[filter("tag:x", &["1"])], &[], true).is_ok());
        assert!(check(&[filter("tag:x", &["1"])], &[], false).is_err());
        assert_eq!(check(&[filter("y", &["1"; 201])], &["y"], true).unwrap_err().code, "FilterLimitExceeded");
    }
}
