//! Texts of a policy that a request's are held against: wildcards `*` and `?`, and policy variables.
//!
//! IAM User Guide, 'IAM JSON policy elements: Resource' and 'Variables and tags'.

use std::borrow::Cow;

use super::evaluate::Request;

/// One character's worth of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any text.
    Any,
    /// `${key}` or `${key, 'default'}`.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// Which characters of a text have a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Wildcards alone: actions.
    Wildcards,
    /// Variables alone: `StringEquals`.
    Variables,
    /// Both: resources, `StringLike` and ARNs.
    Both,
}

/// How far a `*` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Over all characters.
    All,
    /// In an ARN: over colons only at the end of a segment, as the guide's page of the Resource element says.
    Segment,
}

/// A text with wildcards or variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with its variables.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Pattern, String> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            if syntax != Syntax::Wildcards
                && let Some(inner) = rest.strip_prefix("${")
            {
                let Some((name, after)) = inner.split_once('}') else {
                    return Err(format!("the variable in '{text}' does not end"));
                };
                tokens.push(variable(name)?);
                rest = after;
                continue;
            }
            tokens.push(match char {
                '*' if syntax != Syntax::Variables => Token::Any,
                '?' if syntax != Syntax::Variables => Token::One,
                char => Token::Char(char),
            });
            rest = &rest[char.len_utf8()..];
        }
        Ok(Pattern { tokens })
    }

    /// Its characters with the request's values in place of the variables; none if a variable has no value.
    /// A value's own `*` and `?` are plain characters.
    fn resolve(&self, request: &Request<'_>) -> Option<Cow<'_, [Token]>> {
        if !self.tokens.iter().any(|token| matches!(token, Token::Variable { .. })) {
            return Some(Cow::Borrowed(&self.tokens));
        }
        let mut tokens = Vec::with_capacity(self.tokens.len() + 16);
        for token in &self.tokens {
            match token {
                Token::Variable { key, default } => {
                    let values = request.values(key);
                    // A key with many values is no variable.
                    let value = match (&*values, default) {
                        ([one], _) => *one,
                        ([], Some(default)) => default,
                        _ => return None,
                    };
                    tokens.extend(value.chars().map(Token::Char));
                }
                token => tokens.push(token.clone()),
            }
        }
        Some(Cow::Owned(tokens))
    }

    /// Whether `text` is what the pattern says. A variable without a value matches nothing.
    pub(super) fn matches(&self, text: &str, reach: Reach, request: &Request<'_>) -> bool {
        self.resolve(request).is_some_and(|tokens| matches(&tokens, text, reach))
    }

    /// The same whatever the case of either.
    pub(super) fn matches_any_case(&self, text: &str, request: &Request<'_>) -> bool {
        self.resolve(request).is_some_and(|tokens| {
            let tokens: Vec<Token> = tokens
                .iter()
                .flat_map(|token| match token {
                    Token::Char(char) => char.to_lowercase().map(Token::Char).collect(),
                    other => vec![other.clone()],
                })
                .collect();
            matches(&tokens, &text.to_lowercase(), Reach::All)
        })
    }

    /// Whether an ARN has the six parts that the pattern says, each held against its own
    /// (the guide's `ArnLike`); a lone `*` is any ARN.
    pub(super) fn matches_arn(&self, arn: &str, request: &Request<'_>) -> bool {
        let Some(tokens) = self.resolve(request) else { return false };
        if !arn.starts_with("arn:") {
            return false;
        }
        if matches!(*tokens, [Token::Any]) {
            return true;
        }
        let mut pattern = &*tokens;
        let mut parts = arn.splitn(6, ':');
        for _ in 0..5 {
            let Some(end) = pattern.iter().position(|token| *token == Token::Char(':')) else { return false };
            let Some(part) = parts.next() else { return false };
            if !matches(&pattern[..end], part, Reach::All) {
                return false;
            }
            pattern = &pattern[end + 1..];
        }
        parts.next().is_some_and(|resource| matches(pattern, resource, Reach::All))
    }
}

impl Pattern {
    /// Whether it can name a resource: `*`, or an ARN of six parts whose service is written out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check_resource(&self) -> Result<(), &'static str> {
        if matches!(*self.tokens, [Token::Any]) {
            return Ok(());
        }
        let parts: Vec<&[Token]> = self.tokens.split(is_colon).collect();
        if parts.len() < 6 || !parts[0].iter().cloned().eq("arn".chars().map(Token::Char)) {
            return Err("is neither \"*\" nor an ARN of six parts");
        }
        if parts[1].is_empty() {
            return Err("has no partition");
        }
        if parts[2].is_empty() || !parts[2].iter().all(|token| matches!(token, Token::Char(_))) {
            return Err("does not write out its service");
        }
        Ok(())
    }

    /// Whether it can be held against an ARN: a lone `*`, one that begins with a variable, or six parts.
    pub(super) fn can_match_arn(&self) -> bool {
        match &*self.tokens {
            [Token::Any] | [Token::Variable { .. }, ..] => true,
            tokens => {
                let is_arn = tokens.iter().take(4).cloned().eq("arn:".chars().map(Token::Char));
                is_arn && tokens.iter().filter(|token| is_colon(token)).count() >= 5
            }
        }
    }
}

/// A variable, or one of the three characters that are written as one.
fn variable(name: &str) -> Result<Token, String> {
    match name {
        "*" | "?" | "$" => return Ok(Token::Char(name.chars().next().expect("each of these has a character"))),
        _ => {}
    }
    let (key, default) = match name.split_once(',') {
        None => (name, None),
        Some((key, default)) => {
            let default = default.trim();
            let quoted = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let Some(quoted) = quoted else {
                return Err(format!("the default of '${{{name}}}' is not between single quotes"));
            };
            (key, Some(quoted.to_owned()))
        }
    };
    let key = key.trim();
    if !is_key(key) {
        return Err(format!("'${{{name}}}' names no key such as aws:username"));
    }
    Ok(Token::Variable { key: key.to_lowercase(), default })
}

/// Whether a text is the name of a key: `service:Name`, with a tag's key after a slash.
pub(super) fn is_key(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, name)| {
        // A service may be an identity provider's address: `oidc.example.com/id/7:sub`.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let first = name.split('/').next().unwrap_or_default();
        !service.is_empty()
            && service.bytes().all(|byte| plain(byte) || byte == b'/')
            && !first.is_empty()
            && first.bytes().all(|byte| plain(byte) || byte == b':')
    })
}

/// Holds a text against resolved tokens: all places in the pattern that can be reached are kept at once, so that no
/// pattern takes longer than its length times the text's.
fn matches(tokens: &[Token], text: &str, reach: Reach) -> bool {
    // A star that may take a colon ends its segment.
    let takes_colons = |at: usize| {
        reach == Reach::All || tokens[at + 1..].iter().find(|token| **token != Token::Any).is_none_or(is_colon)
    };
    let mut here = vec![false; tokens.len() + 1];
    here[0] = true;
    pass_stars(tokens, &mut here);
    let mut next = vec![false; tokens.len() + 1];
    for char in text.chars() {
        next.fill(false);
        for at in 0..tokens.len() {
            if !here[at] {
                continue;
            }
            match &tokens[at] {
                Token::Any if char != ':' || takes_colons(at) => next[at] = true,
                Token::One if char != ':' || reach == Reach::All => next[at + 1] = true,
                Token::Char(wanted) if *wanted == char => next[at + 1] = true,
                _ => {}
            }
        }
        pass_stars(tokens, &mut next);
        std::mem::swap(&mut here, &mut next);
    }
    here[tokens.len()]
}

/// A star may take nothing.
fn pass_stars(tokens: &[Token], here: &mut [bool]) {
    for (at, token) in tokens.iter().enumerate() {
        if here[at] && *token == Token::Any {
            here[at + 1] = true;
        }
    }
}

fn is_colon(token: &Token) -> bool {
    *token == Token::Char(':')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::{
        super::evaluate::{Context, Resource},
        *,
    };

    fn context() -> Context {
        let mut context = Context::default();
        context.add("aws:username", "ada");
        context.add("aws:PrincipalTag/team", "*");
        context.add("aws:TagKeys", "a");
        context.add("aws:TagKeys", "b");
        context
    }

    #[test]
    fn a_pattern_of_a_resource_matches_what_iam_says() {
        let cases = [
            ("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:eu-west-1:1:instance/i-1", true),
            ("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:eu-west-1:1:volume/vol-1", false),
            ("arn:aws:ec2:*:*:instance/i-?", "arn:aws:ec2:eu-west-1:1:instance/i-1", true),
            ("arn:aws:ec2:*:*:instance/i-?", "arn:aws:ec2:eu-west-1:1:instance/i-12", false),
            ("arn:aws:ec2:*:*:instance/I-1", "arn:aws:ec2:eu-west-1:1:instance/i-1", false),
            // A star at the end of a segment takes colons; one within it does not.
            (
                "arn:aws:autoscaling:*",
                "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:u:autoScalingGroupName/web",
                true,
            ),
            (
                "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/web",
                "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:u:autoScalingGroupName/web",
                true,
            ),
            (
                "arn:aws:autoscaling:*:autoScalingGroupName/web",
                "arn:aws:autoscaling:r:1:x:u:autoScalingGroupName/web",
                true,
            ),
            ("arn:aws:ec2:eu-*t-1:1:image/x", "arn:aws:ec2:eu-west-1:1:image/x", true),
            ("arn:aws:sqs:eu-*1:q", "arn:aws:sqs:eu-west-1:1:q", false),
            ("arn:aws:sqs:eu-west-1?1:q", "arn:aws:sqs:eu-west-1:1:q", false),
            ("*", "*", true),
            ("*", "arn:aws:ec2:eu-west-1:1:instance/i-1", true),
            ("arn:aws:ec2:*:*:instance/*", "*", false),
            ("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/ada/x", true),
            ("arn:aws:s3:::home/${AWS:UserName}/*", "arn:aws:s3:::home/bob/x", false),
            // A value's own star is a plain one, and so is one that is written as a variable.
            ("arn:aws:s3:::${aws:PrincipalTag/team}", "arn:aws:s3:::x", false),
            ("arn:aws:s3:::${aws:PrincipalTag/team}", "arn:aws:s3:::*", true),
            ("arn:aws:s3:::${*}${?}${$}", "arn:aws:s3:::*?$", true),
            ("arn:aws:s3:::${*}", "arn:aws:s3:::x", false),
            // Without a value, or with many, there is no variable.
            ("arn:aws:s3:::${aws:SourceVpc}", "arn:aws:s3:::", false),
            ("arn:aws:s3:::${aws:SourceVpc, 'none'}", "arn:aws:s3:::none", true),
            ("arn:aws:s3:::${aws:TagKeys}", "arn:aws:s3:::a", false),
            ("arn:aws:s3:::${aws:TagKeys, 'a'}", "arn:aws:s3:::a", false),
        ];
        let (context, resource) = (context(), Resource::new("*"));
        for (pattern, text, want) in cases {
            let parsed = Pattern::parse(pattern, Syntax::Both).unwrap();
            let request = Request::new("ec2:RunInstances", &resource, &context);
            assert_eq!(parsed.matches(text, Reach::Segment, &request), want, "{pattern} {text}");
        }
    }

    #[test]
    fn a_wrong_variable_is_told() {
        let cases = [
            ("a/${aws:username", "the variable in 'a/${aws:username' does not end"),
            ("${}", "'${}' names no key such as aws:username"),
            ("${username}", "'${username}' names no key such as aws:username"),
            ("${aws:username, x}", "the default of '${aws:username, x}' is not between single quotes"),
        ];
        for (pattern, want) in cases {
            assert_eq!(Pattern::parse(pattern, Syntax::Both).unwrap_err(), want);
        }
        assert!(Pattern::parse("${", Syntax::Wildcards).is_ok());
    }

    #[test]
    fn an_arn_is_held_against_its_pattern_part_by_part() {
        let cases = [
            ("arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b", true),
            ("arn:aws:iam::*:role/web", "arn:aws:iam::1:role/web", true),
            ("arn:aws:iam::*:role/web", "arn:aws:iam::1:x:role/web", false),
            ("arn:*:role/web", "arn:aws:iam::1:role/web", false),
            ("arn:aws:autoscaling:*:*:a*b", "arn:aws:autoscaling:r:1:a:b", true),
            ("*", "arn:aws:iam::1:role/web", true),
            ("*", "web", false),
            ("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/ada", true),
        ];
        let (context, resource) = (context(), Resource::new("*"));
        for (pattern, text, want) in cases {
            let parsed = Pattern::parse(pattern, Syntax::Both).unwrap();
            let request = Request::new("iam:PassRole", &resource, &context);
            assert_eq!(parsed.matches_arn(text, &request), want, "{pattern} {text}");
        }
    }

    #[test]
    fn a_long_pattern_of_stars_is_quick() {
        let pattern = Pattern::parse(&"*a".repeat(1000), Syntax::Both).unwrap();
        let (context, resource) = (context(), Resource::new("*"));
        let request = Request::new("x:Y", &resource, &context);
        assert!(!pattern.matches(&"a".repeat(999), Reach::All, &request));
        assert!(pattern.matches(&"a".repeat(1001), Reach::All, &request));
    }
}
