//! The section `[[objective]]` of the policy file: in how long the groups that a query selects are to be made again.

use fleet::query::{Field, Query, Word};
use fleet::{DurationError, parse_duration};

use super::PolicyError;
use super::read::{Reader, Value};

/// A recovery objective for the groups that a query selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveRule {
    /// Which groups. It asks only for what a group has, and for no finding.
    pub query: Query,
    /// In how long each of them is to be made again, in seconds.
    pub rto_s: u32,
}

/// Why a text is no recovery objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectiveError {
    /// It is no duration.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// Nothing is made again in no time.
    #[error("'{0}' is too short for a recovery objective; write one such as 15m")]
    Zero(String),
}

/// Reads a recovery objective such as `15m` or `2h` as seconds: the same for the policy file and for the tag
/// `emberline:rto`.
///
/// # Errors
/// Says what would be right.
pub fn parse_objective(text: &str) -> Result<u32, ObjectiveError> {
    match parse_duration(text)? {
        0 => Err(ObjectiveError::Zero(text.to_owned())),
        seconds => Ok(seconds),
    }
}

const OBJECTIVE: &str = "[[objective]] with query and rto";

impl<'t> Reader<'t> {
    pub(super) fn objectives(&self, value: &Value<'t>) -> Result<Vec<ObjectiveRule>, PolicyError> {
        let rules = self.array(value, "objective", OBJECTIVE)?;
        if rules.len() > usize::from(u16::MAX) {
            return Err(self.error(value.span(), "more than 65535 objectives; write fewer, wider queries"));
        }
        rules.iter().map(|rule| self.objective(rule)).collect()
    }

    fn objective(&self, value: &Value<'t>) -> Result<ObjectiveRule, PolicyError> {
        let (mut query, mut rto_s) = (None, None);
        for (key, value) in self.table(value, "objective", OBJECTIVE)? {
            match key.get_ref().as_ref() {
                "query" => query = Some(self.group_query(value)?),
                "rto" => {
                    let text = self.text(value, "rto", "rto = \"45m\"")?;
                    rto_s = Some(parse_objective(text).map_err(|e| self.error(value.span(), e.to_string()))?);
                }
                _ => return Err(self.unknown_key(key, "[[objective]]", &["query", "rto"])),
            }
        }
        let missing = |key: &str, example: &str| {
            self.error(value.span(), format!("this [[objective]] has no `{key}`; write {key} = \"{example}\""))
        };
        Ok(ObjectiveRule {
            query: query.ok_or_else(|| missing("query", "group:web*"))?,
            rto_s: rto_s.ok_or_else(|| missing("rto", "45m"))?,
        })
    }

    /// A query of groups, which have neither age nor address.
    fn group_query(&self, value: &Value<'t>) -> Result<Query, PolicyError> {
        let everything = "this query selects everything; to select every group, write group:*";
        let query = self.query(value, everything, ("a group's objective", "which only a server has"))?;
        for word in query.words() {
            let Word::Field(field) = word else { continue };
            if matches!(field, Field::Id | Field::Name | Field::Zone | Field::State | Field::Ip | Field::Dns) {
                let message = format!(
                    "a group's objective can't depend on `{}`, which only a server has; select by group, tag, account, \
                     recipe and the like",
                    field.as_str()
                );
                return Err(self.error(value.span(), message));
            }
        }
        Ok(query)
    }
}
