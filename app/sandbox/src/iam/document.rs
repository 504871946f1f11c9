//! A policy's JSON.
//!
//! IAM User Guide, 'Grammar of the IAM JSON policy language'. Stricter than AWS in this: the version is 2012-10-17,
//! since variables are none in the older one.

use super::{
    condition::Condition,
    error::PolicyError,
    evaluate::Request,
    json::Json,
    operator::{self, Operator},
    pattern::{self, Pattern, Reach, Syntax},
};

/// An identity policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// In lower case.
    actions: Choice,
    resources: Choice,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What a statement is about: what any pattern matches, or what none does.
#[derive(Debug, Clone, PartialEq)]
struct Choice {
    negated: bool,
    patterns: Vec<Pattern>,
}

impl Choice {
    fn takes(&self, text: &str, reach: Reach, request: &Request<'_>) -> bool {
        self.negated != self.patterns.iter().any(|pattern| pattern.matches(text, reach, request))
    }
}

impl Statement {
    /// Whether it has a say about a request.
    pub(super) fn applies(&self, request: &Request<'_>) -> bool {
        self.actions.takes(&request.action, Reach::All, request)
            && self.resources.takes(&request.resource.arn, Reach::Segment, request)
            && self.conditions.iter().all(|condition| condition.holds(request))
    }
}

/// The most characters of a role's inline policies (IAM quotas). White space does not count.
const MAX_CHARS: usize = 10_240;

const VERSION: &str = "2012-10-17";
const ELEMENTS: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS: &[&str] =
    &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "NotPrincipal"];

impl Policy {
    /// Reads a policy as IAM takes it.
    ///
    /// # Errors
    /// Where something is wrong, what, and what to do about it.
    pub(crate) fn parse(json: &str) -> Result<Policy, PolicyError> {
        let chars = json.chars().filter(|char| !char.is_whitespace()).count();
        if chars > MAX_CHARS {
            let what = format!("it has {chars} characters, and IAM takes {MAX_CHARS}");
            return Err(PolicyError::new("the policy", what, "split it"));
        }
        let json: Json = serde_json::from_str(json).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            let what = error.to_string().replace(&format!(" at {place}"), "");
            PolicyError::new(place, what, "write it as JSON, with each key once")
        })?;
        let members = members(&json, "the policy")?;
        known(members, ELEMENTS, "the policy")?;
        match find(members, "Version") {
            Some(Json::Text(version)) if version == VERSION => {}
            Some(Json::Text(version)) => {
                let what = format!("'{version}' is not {VERSION}");
                return Err(PolicyError::new("Version", what, format!("write \"{VERSION}\"")));
            }
            Some(other) => return Err(wrong_kind("Version", other, "a text")),
            None => {
                let next = format!("add \"Version\": \"{VERSION}\"");
                return Err(PolicyError::new("the policy", "there is no Version", next));
            }
        }
        if let Some(other) = find(members, "Id").filter(|id| !matches!(id, Json::Text(_))) {
            return Err(wrong_kind("Id", other, "a text"));
        }
        let list = match find(members, "Statement") {
            Some(Json::List(list)) => list,
            Some(one @ Json::Members(_)) => std::slice::from_ref(one),
            Some(other) => return Err(wrong_kind("Statement", other, "an object or a list of them")),
            None => &[],
        };
        if list.is_empty() {
            return Err(PolicyError::new("the policy", "there is no Statement", "add one"));
        }
        let (mut statements, mut sids) = (Vec::with_capacity(list.len()), Vec::new());
        for (nth, json) in list.iter().enumerate() {
            let place = format!("Statement[{nth}]");
            let members = self::members(json, &place)?;
            if let Some(sid) = sid(members, &place)? {
                if sids.contains(&sid) {
                    let what = format!("another statement is called '{sid}'");
                    return Err(PolicyError::new(format!("{place}.Sid"), what, "give each its own Sid, or none"));
                }
                sids.push(sid);
            }
            statements.push(statement(members, &place)?);
        }
        Ok(Policy { statements })
    }
}

fn statement(members: &[(String, Json)], place: &str) -> Result<Statement, PolicyError> {
    known(members, STATEMENT_ELEMENTS, place)?;
    if let Some(name) = ["Principal", "NotPrincipal"].into_iter().find(|name| find(members, name).is_some()) {
        let what = "a policy of an identity names no principal: it is about whoever has it";
        return Err(PolicyError::new(format!("{place}.{name}"), what, "take it out"));
    }
    let effect = match find(members, "Effect") {
        Some(Json::Text(effect)) if effect == "Allow" => Effect::Allow,
        Some(Json::Text(effect)) if effect == "Deny" => Effect::Deny,
        Some(Json::Text(effect)) => {
            let what = format!("'{effect}' is no effect");
            return Err(PolicyError::new(format!("{place}.Effect"), what, "write \"Allow\" or \"Deny\""));
        }
        Some(other) => return Err(wrong_kind(&format!("{place}.Effect"), other, "\"Allow\" or \"Deny\"")),
        None => {
            let next = "add \"Effect\": \"Allow\" or \"Effect\": \"Deny\"";
            return Err(PolicyError::new(place, "there is no Effect", next));
        }
    };
    let actions = choice(members, place, ["Action", "NotAction"], action)?;
    let resources = choice(members, place, ["Resource", "NotResource"], resource)?;
    let conditions = match find(members, "Condition") {
        Some(json) => conditions(json, &format!("{place}.Condition"))?,
        None => Vec::new(),
    };
    Ok(Statement { effect, actions, resources, conditions })
}

fn sid<'a>(members: &'a [(String, Json)], place: &str) -> Result<Option<&'a str>, PolicyError> {
    let place = || format!("{place}.Sid");
    match find(members, "Sid") {
        None => Ok(None),
        Some(Json::Text(sid)) if sid.is_empty() => Ok(None),
        Some(Json::Text(sid)) if sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Ok(Some(sid)),
        Some(Json::Text(sid)) => {
            let what = format!("'{sid}' has other characters than letters and digits");
            Err(PolicyError::new(place(), what, "write letters and digits alone"))
        }
        Some(other) => Err(wrong_kind(&place(), other, "a text")),
    }
}

/// One of an element and its opposite, of which there is exactly one.
fn choice(
    members: &[(String, Json)],
    place: &str,
    [plain, opposite]: [&str; 2],
    read: fn(&str, &str) -> Result<Pattern, PolicyError>,
) -> Result<Choice, PolicyError> {
    let (name, json, negated) = match (find(members, plain), find(members, opposite)) {
        (Some(json), None) => (plain, json, false),
        (None, Some(json)) => (opposite, json, true),
        (Some(_), Some(_)) => {
            let what = format!("there are both {plain} and {opposite}");
            return Err(PolicyError::new(place, what, "keep one of them"));
        }
        (None, None) => {
            let what = format!("there is neither {plain} nor {opposite}");
            return Err(PolicyError::new(place, what, format!("add {plain}")));
        }
    };
    let place = format!("{place}.{name}");
    let patterns = match json {
        Json::Text(text) => vec![read(&place, text)?],
        Json::List(list) if !list.is_empty() => list
            .iter()
            .map(|json| match json {
                Json::Text(text) => read(&place, text),
                other => Err(wrong_kind(&place, other, "texts")),
            })
            .collect::<Result<_, _>>()?,
        Json::List(_) => return Err(PolicyError::new(place, "the list is empty", "write at least one text")),
        other => return Err(wrong_kind(&place, other, "a text or a list of them")),
    };
    Ok(Choice { negated, patterns })
}

/// An action: `*`, or a service and a name that may have wildcards.
fn action(place: &str, text: &str) -> Result<Pattern, PolicyError> {
    let fits = text == "*"
        || text.split_once(':').is_some_and(|(service, name)| {
            let service_fits = service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let name_fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?'));
            !service.is_empty() && service_fits && !name.is_empty() && name_fits
        });
    if !fits {
        let next = "write a service and a name, as in ec2:DescribeImages or ec2:*";
        return Err(PolicyError::new(place, format!("'{text}' is no action"), next));
    }
    Pattern::parse(&text.to_lowercase(), Syntax::Wildcards).map_err(|what| PolicyError::new(place, what, "take it out"))
}

fn resource(place: &str, text: &str) -> Result<Pattern, PolicyError> {
    let pattern = Pattern::parse(text, Syntax::Both)
        .map_err(|what| PolicyError::new(place, what, "write variables as ${key} or ${key, 'default'}"))?;
    pattern.check_resource().map_err(|what| {
        let next = "write one such as arn:aws:ec2:*:*:instance/*";
        PolicyError::new(place, format!("'{text}' {what}"), next)
    })?;
    Ok(pattern)
}

fn conditions(json: &Json, place: &str) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    for (name, keys) in members(json, place)? {
        let place = format!("{place}.{name}");
        let operator = Operator::named(name).ok_or_else(|| {
            let next = format!(
                "use one of {}, with IfExists after it or ForAllValues: or ForAnyValue: before it where that fits",
                operator::names()
            );
            PolicyError::new(&place, format!("'{name}' is no operator"), next)
        })?;
        let keys = members(keys, &place)?;
        if keys.is_empty() {
            return Err(PolicyError::new(place, "it has no key", "add one, or take the operator out"));
        }
        for (nth, (key, values)) in keys.iter().enumerate() {
            let place = format!("{place}[\"{key}\"]");
            if !pattern::is_key(key) {
                let next = "write one such as aws:RequestedRegion";
                return Err(PolicyError::new(place, format!("'{key}' is no key"), next));
            }
            // The names of keys have no case, so this would be the same one twice.
            if keys[..nth].iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
                let what = "the key is there twice, since the case of its letters does not count";
                return Err(PolicyError::new(place, what, "write all values under one"));
            }
            let values: Vec<String> = match values {
                Json::List(list) if list.is_empty() => {
                    return Err(PolicyError::new(place, "the list is empty", "write at least one value"));
                }
                Json::List(list) => list.iter().map(|value| scalar(value, &place)).collect::<Result<_, _>>()?,
                one => vec![scalar(one, &place)?],
            };
            let condition =
                Condition::new(operator, key, &values).map_err(|(what, next)| PolicyError::new(place, what, next))?;
            conditions.push(condition);
        }
    }
    Ok(conditions)
}

/// A condition's value. IAM takes numbers and flags with and without quotes.
fn scalar(json: &Json, place: &str) -> Result<String, PolicyError> {
    match json {
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        Json::Bool(is) => Ok(is.to_string()),
        other => Err(wrong_kind(place, other, "a text or a list of them")),
    }
}

fn members<'a>(json: &'a Json, place: &str) -> Result<&'a [(String, Json)], PolicyError> {
    match json {
        Json::Members(members) => Ok(members),
        other => Err(wrong_kind(place, other, "an object")),
    }
}

fn find<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Refuses an element that is not among `names`.
fn known(members: &[(String, Json)], names: &[&str], place: &str) -> Result<(), PolicyError> {
    match members.iter().find(|(key, _)| !names.contains(&&**key)) {
        None => Ok(()),
        Some((key, _)) => {
            let next = match names.iter().find(|name| name.eq_ignore_ascii_case(key)) {
                Some(name) => format!("write it as {name}"),
                None => format!("use {}", names.iter().take(7).copied().collect::<Vec<_>>().join(", ")),
            };
            Err(PolicyError::new(place, format!("'{key}' is no element of it"), next))
        }
    }
}

fn wrong_kind(place: &str, found: &Json, wanted: &str) -> PolicyError {
    PolicyError::new(place, format!("there is {}", found.kind()), format!("write {wanted}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use proptest::prelude::*;

    use super::*;

    /// A policy with these members in its one statement.
    fn with(statement: &str) -> String {
        format!(r#"{{"Version": "2012-10-17", "Statement": {{{statement}}}}}"#)
    }

    #[test]
    fn a_policy_is_read_in_all_its_forms() {
        let cases = [
            (with(r#""Effect": "Allow", "Action": "*", "Resource": "*""#), 1),
            (with(r#""Effect": "Deny", "NotAction": ["iam:*", "sts:Get?aller*"], "NotResource": ["*"]"#), 1),
            (
                r#"{"Version": "2012-10-17", "Id": "x", "Statement": [
                    {"Sid": "A1", "Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
                    {"Sid": "B2", "Effect": "Allow", "Action": "ec2:RunInstances",
                     "Resource": "arn:aws:ec2:*:${aws:PrincipalAccount}:instance/*",
                     "Condition": {"StringEquals": {"aws:RequestTag/a b": ["x", 1, true]}, "Bool": {"aws:SecureTransport": true}}}
                ]}"#
                .to_owned(),
                2,
            ),
        ];
        for (json, statements) in cases {
            assert_eq!(Policy::parse(&json).unwrap().statements.len(), statements, "{json}");
        }
    }

    #[test]
    fn a_wrong_policy_is_told_with_place_fault_and_way_out() {
        let allow = |rest: &str| with(&format!(r#""Effect": "Allow", {rest}"#));
        let all = r#""Action": "*", "Resource": "*""#;
        let cases = [
            ("[]".to_owned(), "the policy: there is a list; write an object"),
            ("{".to_owned(), "line 1 column 1: EOF while parsing an object; write it as JSON, with each key once"),
            ("{}".to_owned(), "the policy: there is no Version; add \"Version\": \"2012-10-17\""),
            (
                r#"{"Version": "2008-10-17"}"#.to_owned(),
                "Version: '2008-10-17' is not 2012-10-17; write \"2012-10-17\"",
            ),
            (
                r#"{"Version": "2012-10-17", "statement": []}"#.to_owned(),
                "the policy: 'statement' is no element of it; write it as Statement",
            ),
            (r#"{"Version": "2012-10-17"}"#.to_owned(), "the policy: there is no Statement; add one"),
            (r#"{"Version": "2012-10-17", "Statement": []}"#.to_owned(), "the policy: there is no Statement; add one"),
            (r#"{"Version": "2012-10-17", "Id": 7}"#.to_owned(), "Id: there is a number; write a text"),
            (
                r#"{"Version": "2012-10-17", "Version": "2012-10-17"}"#.to_owned(),
                "line 1 column 35: \"Version\" is there twice in one object; write it as JSON, with each key once",
            ),
            (with(all), "Statement[0]: there is no Effect; add \"Effect\": \"Allow\" or \"Effect\": \"Deny\""),
            (
                with(&format!(r#""Effect": "allow", {all}"#)),
                "Statement[0].Effect: 'allow' is no effect; write \"Allow\" or \"Deny\"",
            ),
            (
                allow(&format!(r#"{all}, "Principal": "*""#)),
                "Statement[0].Principal: a policy of an identity names no principal: it is about whoever has it; take it out",
            ),
            (
                allow(&format!(r#"{all}, "Conditions": {{}}"#)),
                "Statement[0]: 'Conditions' is no element of it; use Sid, Effect, Action, NotAction, Resource, \
                 NotResource, Condition",
            ),
            (
                allow(&format!(r#"{all}, "Sid": "a-b""#)),
                "Statement[0].Sid: 'a-b' has other characters than letters and digits; write letters and digits alone",
            ),
            (allow(r#""Resource": "*""#), "Statement[0]: there is neither Action nor NotAction; add Action"),
            (
                allow(&format!(r#"{all}, "NotAction": "ec2:*""#)),
                "Statement[0]: there are both Action and NotAction; keep one of them",
            ),
            (allow(r#""Action": "*""#), "Statement[0]: there is neither Resource nor NotResource; add Resource"),
            (
                allow(r#""Action": [], "Resource": "*""#),
                "Statement[0].Action: the list is empty; write at least one text",
            ),
            (
                allow(r#""Action": "RunInstances", "Resource": "*""#),
                "Statement[0].Action: 'RunInstances' is no action; write a service and a name, as in \
                 ec2:DescribeImages or ec2:*",
            ),
            (
                allow(r#""Action": "*:RunInstances", "Resource": "*""#),
                "Statement[0].Action: '*:RunInstances' is no action; write a service and a name, as in \
                 ec2:DescribeImages or ec2:*",
            ),
            (
                allow(r#""Action": "ec2:*", "Resource": "i-1""#),
                "Statement[0].Resource: 'i-1' is neither \"*\" nor an ARN of six parts; write one such as \
                 arn:aws:ec2:*:*:instance/*",
            ),
            (
                allow(r#""Action": "ec2:*", "Resource": "arn:aws:*:*:*:instance/*""#),
                "Statement[0].Resource: 'arn:aws:*:*:*:instance/*' does not write out its service; write one such as \
                 arn:aws:ec2:*:*:instance/*",
            ),
            (
                allow(r#""Action": "ec2:*", "Resource": ["arn:aws:ec2:::x", 7]"#),
                "Statement[0].Resource: there is a number; write texts",
            ),
            (
                allow(&format!(r#"{all}, "Condition": {{"StringEquals": {{}}}}"#)),
                "Statement[0].Condition.StringEquals: it has no key; add one, or take the operator out",
            ),
            (
                allow(&format!(r#"{all}, "Condition": {{"StringEquals": {{"region": "x"}}}}"#)),
                "Statement[0].Condition.StringEquals[\"region\"]: 'region' is no key; write one such as \
                 aws:RequestedRegion",
            ),
            (
                allow(&format!(r#"{all}, "Condition": {{"StringEquals": {{"aws:a": "x", "AWS:A": "x"}}}}"#)),
                "Statement[0].Condition.StringEquals[\"AWS:A\"]: the key is there twice, since the case of its letters \
                 does not count; write all values under one",
            ),
            (
                allow(&format!(r#"{all}, "Condition": {{"NumericEquals": {{"aws:a": {{}}}}}}"#)),
                "Statement[0].Condition.NumericEquals[\"aws:a\"]: there is an object; write a text or a list of them",
            ),
            (
                allow(&format!(r#"{all}, "Condition": {{"NumericEquals": {{"aws:a": "x"}}}}"#)),
                "Statement[0].Condition.NumericEquals[\"aws:a\"]: 'x' is not a number; write one such as 3 or 0.5",
            ),
        ];
        for (json, want) in cases {
            assert_eq!(Policy::parse(&json).unwrap_err().to_string(), want, "{json}");
        }
        let error = Policy::parse(&allow(&format!(r#"{all}, "Condition": {{"Like": {{"aws:a": "x"}}}}"#))).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("Statement[0].Condition.Like: 'Like' is no operator; use one of StringEquals,"),
            "{text}"
        );
        let twice = r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;
        assert_eq!(
            Policy::parse(twice).unwrap_err().to_string(),
            "Statement[1].Sid: another statement is called 'A'; give each its own Sid, or none"
        );
        let long = allow(&format!(r#""Action": "ec2:{}", "Resource": "*""#, "A".repeat(10_240)));
        assert!(Policy::parse(&long).unwrap_err().to_string().contains("and IAM takes 10240; split it"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", action in ".{0,12}", resource in ".{0,30}", key in ".{0,12}") {
            let _: Result<Policy, PolicyError> = Policy::parse(&text);
            let statement = serde_json::json!({
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Action": format!("ec2:{action}"),
                    "Resource": format!("arn:aws:ec2:::{resource}"),
                    "Condition": { "StringLike": { format!("aws:{key}"): text } },
                },
            });
            let _: Result<Policy, PolicyError> = Policy::parse(&statement.to_string());
        }
    }
}
