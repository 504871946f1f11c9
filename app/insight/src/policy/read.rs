//! From the text of a policy file to a [`Policy`], with the place of whatever is wrong.

use std::ops::Range;

use fleet::query::{Query, Word};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::{Account, LifetimeRule, Policy, PolicyError, parse_lifetime, waive};

pub(super) type Value<'t> = Spanned<DeValue<'t>>;

pub(super) struct Reader<'t> {
    text: &'t str,
    file: &'t str,
}

pub(super) fn read(text: &str, file: &str) -> Result<Policy, PolicyError> {
    let reader = Reader { text, file };
    let table = DeTable::parse(text).map_err(|e| {
        let message = e.message().lines().collect::<Vec<_>>().join(", ");
        reader.error(e.span().unwrap_or(0..0), format!("this is not TOML: {message}"))
    })?;
    reader.policy(table.get_ref())
}

impl<'t> Reader<'t> {
    pub(super) fn error(&self, bytes: Range<usize>, message: impl Into<String>) -> PolicyError {
        let before = &self.text[..self.text.floor_char_boundary(bytes.start)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        PolicyError {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    pub(super) fn wrong_type(&self, value: &Value<'t>, key: &str, right: &str) -> PolicyError {
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(value.span(), format!("`{key}` is {found} here; write {right}"))
    }

    pub(super) fn unknown_key(
        &self,
        key: &Spanned<toml::de::DeString<'t>>,
        place: &str,
        known: &[&str],
    ) -> PolicyError {
        let name = key.get_ref();
        let hint = match fleet::query::nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        self.error(key.span(), format!("{place} has no key `{name}`; {hint}"))
    }

    pub(super) fn text<'v>(&self, value: &'v Value<'t>, key: &str, right: &str) -> Result<&'v str, PolicyError> {
        value.get_ref().as_str().ok_or_else(|| self.wrong_type(value, key, right))
    }

    pub(super) fn table<'v>(
        &self,
        value: &'v Value<'t>,
        key: &str,
        right: &str,
    ) -> Result<&'v DeTable<'t>, PolicyError> {
        value.get_ref().as_table().ok_or_else(|| self.wrong_type(value, key, right))
    }

    pub(super) fn array<'v>(
        &self,
        value: &'v Value<'t>,
        key: &str,
        right: &str,
    ) -> Result<&'v DeArray<'t>, PolicyError> {
        value.get_ref().as_array().ok_or_else(|| self.wrong_type(value, key, right))
    }

    fn policy(&self, table: &DeTable<'t>) -> Result<Policy, PolicyError> {
        let mut policy = Policy::default();
        let (mut bake, mut exempt, mut off) = (None, Vec::new(), Vec::new());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "default_lifetime" => policy.default_lifetime_s = self.lifetime(value, "default_lifetime")?,
                "lifetime" => {
                    let right = "[[lifetime]] with query and is";
                    for rule in self.array(value, "lifetime", right)? {
                        policy.lifetimes.push(self.rule(rule)?);
                    }
                    if policy.lifetimes.len() > usize::from(u16::MAX) {
                        return Err(self.error(value.span(), "more than 65535 lifetimes; write fewer, wider queries"));
                    }
                }
                "objective" => policy.objectives = self.objectives(value)?,
                "accounts" => {
                    for (id, value) in self.table(value, "accounts", "[accounts] with 123456789012 = \"prod\"")? {
                        if id.get_ref().len() != 12 || !id.get_ref().bytes().all(|byte| byte.is_ascii_digit()) {
                            let message = format!("`{}` is no account id; write its 12 digits", id.get_ref());
                            return Err(self.error(id.span(), message));
                        }
                        policy.accounts.insert(id.get_ref().to_string(), self.account(id.get_ref(), value)?);
                    }
                }
                "packer" => {
                    let conventions = &mut policy.conventions;
                    for (key, value) in self.table(value, "packer", "[packer] with recipe_tags = [\"...\"]")? {
                        match key.get_ref().as_ref() {
                            "recipe_tags" => conventions.packer_recipe_tags = self.tag_keys(value, "recipe_tags")?,
                            "marker_tags" => conventions.packer_marker_tags = self.tag_keys(value, "marker_tags")?,
                            "base_tags" => conventions.packer_base_tags = self.tag_keys(value, "base_tags")?,
                            _ => {
                                let known = ["recipe_tags", "marker_tags", "base_tags"];
                                return Err(self.unknown_key(key, "[packer]", &known));
                            }
                        }
                    }
                }
                "exempt" => {
                    for one in self.array(value, "exempt", waive::EXEMPT)? {
                        exempt.push(self.exempt(one)?);
                    }
                }
                "off" => {
                    for one in self.array(value, "off", waive::OFF)? {
                        off.push(self.off(one)?);
                    }
                }
                "operate" => policy.operate = self.operate(value)?,
                "burn" => policy.burn = Some(self.burn(value)?),
                "bake" => bake = Some(value),
                _ => {
                    let known = [
                        "lifetime",
                        "default_lifetime",
                        "exempt",
                        "off",
                        "objective",
                        "accounts",
                        "packer",
                        "operate",
                        "burn",
                        "bake",
                    ];
                    return Err(self.unknown_key(key, "a policy", &known));
                }
            }
        }
        // What is exempt comes first: of two that speak of the same, the first counts.
        policy.waivers = exempt.into_iter().chain(off).collect();
        if policy.waivers.len() > usize::from(u16::MAX) {
            return Err(self.error(0..0, "more than 65535 of [[exempt]] and [[off]]; write fewer, wider queries"));
        }
        // Last, since it may name accounts that stand below it.
        if let Some(value) = bake {
            policy.bakes = self.bakes(value, &policy.accounts)?;
        }
        Ok(policy)
    }

    fn lifetime(&self, value: &Value<'t>, key: &str) -> Result<u32, PolicyError> {
        let text = self.text(value, key, &format!("{key} = \"30d\""))?;
        parse_lifetime(text).map_err(|e| self.error(value.span(), e.to_string()))
    }

    fn rule(&self, value: &Value<'t>) -> Result<LifetimeRule, PolicyError> {
        let table = self.table(value, "lifetime", "[[lifetime]] with query and is")?;
        let (mut query, mut lifetime_s) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "query" => {
                    let everything =
                        "this query selects everything; to set the lifetime of all others, write default_lifetime";
                    query = Some(self.query(value, everything, ("a lifetime", "which follows from it"))?);
                }
                "is" => lifetime_s = Some(self.lifetime(value, "is")?),
                _ => return Err(self.unknown_key(key, "[[lifetime]]", &["query", "is"])),
            }
        }
        let missing = |key: &str, example: &str| {
            self.error(value.span(), format!("this [[lifetime]] has no `{key}`; write {key} = \"{example}\""))
        };
        Ok(LifetimeRule {
            query: query.ok_or_else(|| missing("query", "group:web*"))?,
            lifetime_s: lifetime_s.ok_or_else(|| missing("is", "14d"))?,
        })
    }

    /// A query of a rule that comes before ages and verdicts. `everything` says what to do instead of selecting all,
    /// `rule` what it is the query of, and why that can't depend on a verdict.
    pub(super) fn query(&self, value: &Value<'t>, everything: &str, rule: (&str, &str)) -> Result<Query, PolicyError> {
        let text = self.text(value, "query", "query = \"group:web*\"")?;
        let query = Query::parse(text).map_err(|e| {
            let inside = text.char_indices().nth(e.column - 1).map_or(text.len(), |(at, _)| at);
            let message = format!("in this query, column {}: {}", e.column, e.message);
            self.error(self.within(value, text, inside), message)
        })?;
        if query.is_empty() {
            return Err(self.error(value.span(), everything));
        }
        for word in query.words() {
            let name = match word {
                Word::Age => Some("age"),
                Word::Behind => Some("behind"),
                Word::Verdict(verdict) => Some(verdict.as_str()),
                Word::Tag | Word::Free | Word::Field(_) => None,
            };
            if let Some(name) = name {
                let (rule, why) = rule;
                let message = format!(
                    "{rule} can't depend on `{name}`, {why}; select by group, tag, account, recipe and the like"
                );
                return Err(self.error(value.span(), message));
            }
        }
        Ok(query)
    }

    /// The place of byte `inside` of a text value; where escapes make that unclear, the value's own.
    fn within(&self, value: &Value<'t>, text: &str, inside: usize) -> Range<usize> {
        let span = value.span();
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let quoted = raw.get(1..raw.len().saturating_sub(1));
        if quoted == Some(text) { span.start + 1 + inside..span.end } else { span }
    }

    fn account(&self, id: &str, value: &Value<'t>) -> Result<Account, PolicyError> {
        let right = "its name, such as \"prod\", or { name = \"prod\", production = false }";
        if let Some(name) = value.get_ref().as_str() {
            return Ok(Account { name: Some(self.name(value, name)?), production: true });
        }
        let mut account = Account { name: None, production: true };
        for (key, value) in self.table(value, id, right)? {
            match key.get_ref().as_ref() {
                "name" => account.name = Some(self.name(value, self.text(value, "name", "name = \"prod\"")?)?),
                "production" => {
                    account.production = value
                        .get_ref()
                        .as_bool()
                        .ok_or_else(|| self.wrong_type(value, "production", "production = false"))?;
                }
                _ => return Err(self.unknown_key(key, "an account", &["name", "production"])),
            }
        }
        Ok(account)
    }

    fn name(&self, value: &Value<'t>, name: &str) -> Result<String, PolicyError> {
        let name = fleet::clean(name.trim()).into_owned();
        if name.is_empty() {
            return Err(self.error(value.span(), "an account's name can't be empty; write one, or leave the line out"));
        }
        Ok(name)
    }

    fn tag_keys(&self, value: &Value<'t>, key: &str) -> Result<Vec<String>, PolicyError> {
        let right = format!("{key} = [\"packer:template\"]");
        let mut keys = Vec::new();
        for item in self.array(value, key, &right)? {
            let text = self.text(item, key, &right)?;
            if text.trim().is_empty() {
                return Err(self.error(item.span(), "a tag's key can't be empty"));
            }
            keys.push(text.to_owned());
        }
        Ok(keys)
    }
}
