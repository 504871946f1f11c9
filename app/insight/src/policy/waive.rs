//! `[[exempt]]` and `[[off]]`: what a policy file takes out of the findings on the servers that a query selects.
//!
//! What is exempt is found, shown with its reason, and counts for nothing; it ends by itself where it says until when. A
//! rule that is off is not asked there. Where both speak of the same, it is exempt, which shows more.

use fleet::Time;
use fleet::query::Query;
use toml::de::DeValue;

use super::PolicyError;
use super::read::{Reader, Value};
use crate::drift::DriftField;
use crate::fry;
use crate::snowflake::EvidenceKind;

/// What a policy file can take out, by its name there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Waivable {
    /// `lifetime`: the phoenix lifetime.
    Lifetime,
    /// `bake`, or `bake:package-upgrade`: findings in user data, or those of one rule.
    Bake(Option<&'static str>),
    /// `snowflake`, or `snowflake:no-recipe`: what speaks against making a server again, or one kind of it.
    Snowflake(Option<EvidenceKind>),
    /// `drift`, or `drift:tags`: differences from the template version, or those of one field.
    Drift(Option<DriftField>),
}

impl Waivable {
    /// Everything that can be named, in the order in which it is listed.
    fn all() -> impl Iterator<Item = Self> {
        let whole = [Self::Lifetime, Self::Bake(None), Self::Snowflake(None), Self::Drift(None)].into_iter();
        whole
            .chain(fry::rules().iter().map(|rule| Self::Bake(Some(rule.id.as_str()))))
            .chain(EvidenceKind::ALL.into_iter().map(|kind| Self::Snowflake(Some(kind))))
            .chain(DriftField::ALL.into_iter().map(|field| Self::Drift(Some(field))))
    }

    /// Its name in the policy file.
    #[must_use]
    pub fn name(&self) -> String {
        let (whole, part) = match self {
            Self::Lifetime => ("lifetime", None),
            Self::Bake(rule) => ("bake", *rule),
            Self::Snowflake(kind) => ("snowflake", kind.map(EvidenceKind::as_str)),
            Self::Drift(field) => ("drift", field.map(DriftField::as_str)),
        };
        part.map_or_else(|| whole.to_owned(), |part| format!("{whole}:{part}"))
    }

    /// Whether this takes out `other`, which is one rule, kind or field.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bake(None), Self::Bake(_))
            | (Self::Snowflake(None), Self::Snowflake(_))
            | (Self::Drift(None), Self::Drift(_)) => true,
            _ => self == other,
        }
    }
}

/// One `[[exempt]]` or `[[off]]` of a policy file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiver {
    /// The servers that it is about; the empty one means all. It never asks for age, behind or a verdict.
    pub query: Query,
    /// What it takes out; never empty.
    pub of: Vec<Waivable>,
    /// Whether these rules are off, and not exempt.
    pub is_off: bool,
    /// Why; what is exempt always has a reason.
    pub reason: Option<String>,
    /// The first instant at which it no longer holds: the end of its last day, in UTC. `None` for good.
    pub ends: Option<Time>,
    /// The line of the policy file that it begins on.
    pub line: usize,
}

impl Waiver {
    /// Its last day, in UTC: `2027-03-31`.
    #[must_use]
    pub fn last_day(&self) -> Option<String> {
        let last = self.ends?.plus_s(-1)?;
        Some(last.timestamp().strftime("%Y-%m-%d").to_string())
    }

    /// What it takes out, as the policy file names it: `lifetime, drift:tags`.
    #[must_use]
    pub fn names(&self) -> String {
        self.of.iter().map(Waivable::name).collect::<Vec<_>>().join(", ")
    }

    /// A sentence on it: `Exempt by the policy file until 2027-03-31: it goes with the old data centre.`
    #[must_use]
    pub fn sentence(&self) -> String {
        let what = if self.is_off { "Switched off" } else { "Exempt" };
        let until = self.last_day().map_or_else(String::new, |day| format!(" until {day}"));
        match &self.reason {
            Some(reason) => format!("{what} by the policy file{until}: {}.", reason.trim_end_matches('.')),
            None => format!("{what} by the policy file{until}."),
        }
    }
}

pub(super) const EXEMPT: &str = "[[exempt]] with query, from and reason";
pub(super) const OFF: &str = "[[off]] with rules and, if not for all servers, query";
const FROM: &str = "from = [\"lifetime\"]";
const RULES: &str = "rules = [\"drift:tags\"]";
const UNTIL: &str = "until = 2027-03-31, a date without quotes";

/// The longest reason, in characters: it is shown in one line or two.
const LONGEST_REASON: usize = 300;

impl<'t> Reader<'t> {
    pub(super) fn exempt(&self, value: &Value<'t>) -> Result<Waiver, PolicyError> {
        let (mut query, mut of, mut reason, mut ends) = (None, None, None, None);
        for (key, value) in self.table(value, "exempt", EXEMPT)? {
            match key.get_ref().as_ref() {
                "query" => {
                    let everything = "this query selects everything; to take a rule out everywhere, write [[off]] \
                                      without a query";
                    query = Some(self.waiving_query(value, everything)?);
                }
                "from" => of = Some(self.waivables(value, "from", FROM)?),
                "reason" => reason = Some(self.reason(value)?),
                "until" => ends = Some(self.until(value)?),
                _ => return Err(self.unknown_key(key, "[[exempt]]", &["query", "from", "reason", "until"])),
            }
        }
        let missing =
            |key: &str, right: &str| self.error(value.span(), format!("this [[exempt]] has no `{key}`; write {right}"));
        Ok(Waiver {
            query: query.ok_or_else(|| missing("query", "query = \"group:web*\""))?,
            of: of.ok_or_else(|| missing("from", FROM))?,
            is_off: false,
            reason: Some(reason.ok_or_else(|| missing("reason", "reason = \"why\", which is shown with it"))?),
            ends,
            line: self.error(value.span(), "").line,
        })
    }

    pub(super) fn off(&self, value: &Value<'t>) -> Result<Waiver, PolicyError> {
        let (mut query, mut of, mut reason) = (Query::default(), None, None);
        for (key, value) in self.table(value, "off", OFF)? {
            match key.get_ref().as_ref() {
                "query" => {
                    let everything = "this query selects everything; leave the line out to switch rules off everywhere";
                    query = self.waiving_query(value, everything)?;
                }
                "rules" => {
                    let rules = self.waivables(value, "rules", RULES)?;
                    if rules.contains(&Waivable::Lifetime) {
                        let message = "a lifetime is no rule that could be off; write [[exempt]] with a reason";
                        return Err(self.error(value.span(), message));
                    }
                    of = Some(rules);
                }
                "reason" => reason = Some(self.reason(value)?),
                _ => return Err(self.unknown_key(key, "[[off]]", &["query", "rules", "reason"])),
            }
        }
        let missing = || self.error(value.span(), format!("this [[off]] has no `rules`; write {RULES}"));
        let line = self.error(value.span(), "").line;
        Ok(Waiver { query, of: of.ok_or_else(missing)?, is_off: true, reason, ends: None, line })
    }

    fn waiving_query(&self, value: &Value<'t>, everything: &str) -> Result<Query, PolicyError> {
        self.query(value, everything, ("what counts", "which is told after it"))
    }

    fn waivables(&self, value: &Value<'t>, key: &str, right: &str) -> Result<Vec<Waivable>, PolicyError> {
        let mut found = Vec::new();
        for item in self.array(value, key, right)? {
            let name = self.text(item, key, right)?.trim();
            let known = Waivable::all().find(|one| one.name() == name);
            found.push(known.ok_or_else(|| {
                let names: Vec<String> = Waivable::all().map(|one| one.name()).collect();
                let hint = match fleet::query::nearest(name, names.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "write lifetime, bake, snowflake or drift, or one of theirs, such as drift:tags".to_owned(),
                };
                self.error(item.span(), format!("no finding is called `{}`; {hint}", fleet::clean(name)))
            })?);
        }
        if found.is_empty() {
            return Err(self.error(value.span(), format!("`{key}` is empty, so that this does nothing; write {right}")));
        }
        Ok(found)
    }

    fn reason(&self, value: &Value<'t>) -> Result<String, PolicyError> {
        let text = self.text(value, "reason", "reason = \"why\"")?;
        // It is shown in one piece, however it was broken into lines here.
        let words: Vec<&str> = text.split_whitespace().collect();
        let reason = fleet::clean(&words.join(" ")).into_owned();
        match reason.chars().count() {
            0 => Err(self.error(value.span(), "a reason can't be empty; it is what people read who find this later")),
            1..=LONGEST_REASON => Ok(reason),
            length => {
                let message = format!("this reason has {length} characters; {LONGEST_REASON} are the most");
                Err(self.error(value.span(), message))
            }
        }
    }

    fn until(&self, value: &Value<'t>) -> Result<Time, PolicyError> {
        let DeValue::Datetime(at) = value.get_ref() else { return Err(self.wrong_type(value, "until", UNTIL)) };
        let day = at.date.filter(|_| at.time.is_none() && at.offset.is_none());
        let Some(day) = day else {
            return Err(self.error(value.span(), format!("`until` is a time here; write {UNTIL}")));
        };
        let start = Time::parse(&format!("{day}T00:00:00Z"));
        start.and_then(|start| start.plus_s(86_400)).ok_or_else(|| {
            let message = format!("{day} is beyond the calendar; write a date from 1970 to 2105, or leave `until` out");
            self.error(value.span(), message)
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use crate::policy::Policy;

    #[test]
    fn what_is_exempt_or_off_is_what_the_file_says() {
        let text = "[[off]]\nrules = [\"drift:tags\", \"bake\"]\n\n\
                [[exempt]]\nquery = 'group:billing*'\nfrom = [\"lifetime\", \"snowflake:no-recipe\", \
                \"bake:package-upgrade\"]\nreason = \" goes\\tin spring. \"\nuntil = 2027-03-31";
        let policy = Policy::parse(text, "p.toml").unwrap();
        let [exempt, off] = policy.waivers() else { panic!("two waivers, what is exempt first") };
        assert_eq!((exempt.line, exempt.is_off, exempt.query.to_string().as_str()), (4, false, "group:billing*"));
        assert_eq!(exempt.names(), "lifetime, snowflake:no-recipe, bake:package-upgrade");
        assert_eq!(exempt.ends, fleet::Time::parse("2027-04-01T00:00:00Z"));
        assert_eq!(exempt.sentence(), "Exempt by the policy file until 2027-03-31: goes in spring.");
        assert_eq!((off.line, off.is_off, off.query.is_empty(), off.ends), (1, true, true, None));
        assert_eq!(
            (off.names().as_str(), off.sentence().as_str()),
            ("drift:tags, bake", "Switched off by the policy file.")
        );
    }

    #[test]
    fn a_waiver_that_can_not_be_meant_is_pointed_at() {
        let whole = "query = \"group:web\"\nfrom = [\"lifetime\"]\nreason = \"r\"";
        for (text, expected) in [
            ("exempt = 3".into(), "1:10: `exempt` is a number here; write [[exempt]] with query, from and reason"),
            (
                "[[exempt]]\nfrom = [\"lifetime\"]\nreason = \"r\"".to_owned(),
                "1:1: this [[exempt]] has no `query`; write query = \"group:web*\"",
            ),
            (
                "[[exempt]]\nquery = \"web\"\nreason = \"r\"".into(),
                "1:1: this [[exempt]] has no `from`; write from = [\"lifetime\"]",
            ),
            (
                "[[exempt]]\nquery = \"web\"\nfrom = [\"lifetime\"]".into(),
                "1:1: this [[exempt]] has no `reason`; write reason = \"why\", which is shown with it",
            ),
            ("[[exempt]]\nform = \"x\"".into(), "2:1: [[exempt]] has no key `form`; did you mean `from`?"),
            (
                "[[exempt]]\nquery = \"\"".into(),
                "2:9: this query selects everything; to take a rule out everywhere, write [[off]] without a query",
            ),
            (
                "[[exempt]]\nquery = \"snowflake:suspect\"".into(),
                "2:9: what counts can't depend on `snowflake`, which is told after it; select by group, tag, account, recipe \
             and the like",
            ),
            ("[[exempt]]\nfrom = \"lifetime\"".into(), "2:8: `from` is text here; write from = [\"lifetime\"]"),
            (
                "[[exempt]]\nfrom = []".into(),
                "2:8: `from` is empty, so that this does nothing; write from = [\"lifetime\"]",
            ),
            (
                "[[exempt]]\nfrom = [\"drift\", \"drift:tag\"]".into(),
                "2:18: no finding is called `drift:tag`; did you mean `drift:tags`?",
            ),
            (
                "[[exempt]]\nfrom = [\"age of things\"]".into(),
                "2:9: no finding is called `age of things`; write lifetime, bake, snowflake or drift, or one of theirs, such \
             as drift:tags",
            ),
            (
                "[[exempt]]\nreason = \"\\n\"".into(),
                "2:10: a reason can't be empty; it is what people read who find this later",
            ),
            (
                format!("[[exempt]]\nreason = \"{}\"", "x".repeat(301)),
                "2:10: this reason has 301 characters; 300 are the most",
            ),
            (
                format!("[[exempt]]\n{whole}\nuntil = \"2027-03-31\""),
                "5:9: `until` is text here; write until = 2027-03-31, a date without quotes",
            ),
            (
                format!("[[exempt]]\n{whole}\nuntil = 2027-03-31T10:00:00Z"),
                "5:9: `until` is a time here; write until = 2027-03-31, a date without quotes",
            ),
            (
                format!("[[exempt]]\n{whole}\nuntil = 2107-01-01"),
                "5:9: 2107-01-01 is beyond the calendar; write a date from 1970 to 2105, or leave `until` out",
            ),
            ("[[off]]\nreason = \"r\"".into(), "1:1: this [[off]] has no `rules`; write rules = [\"drift:tags\"]"),
            ("[[off]]\nuntil = 2027-03-31".into(), "2:1: [[off]] has no key `until`; known are query, rules, reason"),
            (
                "[[off]]\nrules = [\"lifetime\"]".into(),
                "2:9: a lifetime is no rule that could be off; write [[exempt]] with a reason",
            ),
            (
                "[[off]]\nquery = \" \"".into(),
                "2:9: this query selects everything; leave the line out to switch rules off everywhere",
            ),
        ] {
            let error = Policy::parse(&text, "p.toml").expect_err(&text);
            assert_eq!(error.to_string(), format!("p.toml:{expected}"), "{text}");
        }
    }
}
