//! Conditions of a statement: an operator, a key of the request and the values that it is held against.
//!
//! IAM User Guide, 'IAM JSON policy elements: Condition operators' and 'Set operators for multivalued context keys'.

use std::net::IpAddr;

use jiff::{Timestamp, civil};

use super::{
    evaluate::Request,
    operator::{Operator, Set, Test},
    pattern::{Pattern, Reach, Syntax},
};

/// One key of one operator.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    operator: Operator,
    /// In lower case.
    key: String,
    values: Vec<Wanted>,
}

/// A value of a policy.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    Text(Pattern),
    Number(f64),
    Date(Timestamp),
    Bool(bool),
    /// An address and how many of its first bits count.
    Range(IpAddr, u8),
}

impl Condition {
    /// Reads the values of a key.
    ///
    /// # Errors
    /// What is wrong with a value, and what to write.
    pub(super) fn new(operator: Operator, key: &str, values: &[String]) -> Result<Condition, (String, &'static str)> {
        let values = values.iter().map(|value| Wanted::parse(operator.test, value)).collect::<Result<_, _>>()?;
        Ok(Condition { operator, key: key.to_lowercase(), values })
    }

    /// Whether a request meets it.
    pub(super) fn holds(&self, request: &Request<'_>) -> bool {
        let Operator { set, test, negated, if_exists } = self.operator;
        let asked = request.values(&self.key);
        if test == Test::Null {
            return self.values.contains(&Wanted::Bool(asked.is_empty()));
        }
        if asked.is_empty() {
            return if_exists
                || match set {
                    Set::One => negated,
                    Set::All => true,
                    Set::Any => false,
                };
        }
        let matches = |asked: &&str| self.values.iter().any(|wanted| wanted.matches(test, asked, request));
        match set {
            Set::One => negated != asked.iter().any(matches),
            Set::All => asked.iter().all(|asked| negated != matches(asked)),
            Set::Any => asked.iter().any(|asked| negated != matches(asked)),
        }
    }
}

impl Wanted {
    fn parse(test: Test, text: &str) -> Result<Wanted, (String, &'static str)> {
        let pattern =
            |syntax| Pattern::parse(text, syntax).map_err(|what| (what, "write it as ${key} or ${key, 'default'}"));
        let no = |what: &str| format!("'{text}' is not {what}");
        Ok(match test {
            Test::Text | Test::TextOfAnyCase => Wanted::Text(pattern(Syntax::Variables)?),
            Test::TextLike => Wanted::Text(pattern(Syntax::Both)?),
            Test::Arn => {
                let pattern = pattern(Syntax::Both)?;
                if !pattern.can_match_arn() {
                    return Err((no("an ARN"), "write all six parts, with * for those that may be anything"));
                }
                Wanted::Text(pattern)
            }
            Test::Number(_) => Wanted::Number(number(text).ok_or((no("a number"), "write one such as 3 or 0.5"))?),
            Test::Date(_) => {
                let next = "write one such as 2026-01-31T12:00:00Z, or seconds since 1970";
                Wanted::Date(date(text).ok_or((no("a date"), next))?)
            }
            Test::Bool | Test::Null => {
                Wanted::Bool(truth(text).ok_or((no("true or false"), "write \"true\" or \"false\""))?)
            }
            Test::Address => {
                let (address, bits) =
                    range(text).ok_or((no("a range of addresses"), "write one such as 10.0.0.0/8 or 2001:db8::/32"))?;
                Wanted::Range(address, bits)
            }
        })
    }

    fn matches(&self, test: Test, asked: &str, request: &Request<'_>) -> bool {
        match (self, test) {
            (Wanted::Text(pattern), Test::TextOfAnyCase) => pattern.matches_any_case(asked, request),
            (Wanted::Text(pattern), Test::Arn) => pattern.matches_arn(asked, request),
            (Wanted::Text(pattern), _) => pattern.matches(asked, Reach::All, request),
            (Wanted::Number(wanted), Test::Number(order)) => {
                number(asked).is_some_and(|asked| order.holds(&asked, wanted))
            }
            (Wanted::Date(wanted), Test::Date(order)) => date(asked).is_some_and(|asked| order.holds(&asked, wanted)),
            (Wanted::Bool(wanted), _) => truth(asked) == Some(*wanted),
            (Wanted::Range(first, bits), _) => {
                asked.parse().is_ok_and(|address: IpAddr| masked(address, *bits) == masked(*first, *bits))
            }
            (Wanted::Number(_) | Wanted::Date(_), _) => false,
        }
    }
}

/// An integer or a decimal fraction.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// A date as W3C's profile of ISO 8601 has it, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        // Four digits are a year.
        return if text.len() == 4 { day(&format!("{text}-01-01")) } else { Timestamp::from_second(seconds).ok() };
    }
    text.parse().ok().or_else(|| day(text)).or_else(|| day(&format!("{text}-01")))
}

fn day(text: &str) -> Option<Timestamp> {
    let date: civil::Date = text.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn truth(text: &str) -> Option<bool> {
    [("true", true), ("false", false)].into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, is)| is)
}

/// An address with the number of bits that count, or one address.
fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(all), |bits| bits.parse().ok().filter(|bits| *bits <= all))?;
    Some((address, bits))
}

/// An address with its last bits gone.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).into()),
        IpAddr::V6(v6) => {
            IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::{
        super::evaluate::{Context, Resource},
        *,
    };

    /// Whether an operator holds for a key with `values` (none: it is missing) in the request.
    fn holds(operator: &str, wanted: &[&str], asked: &[&str]) -> bool {
        let wanted: Vec<String> = wanted.iter().map(|&text| text.to_owned()).collect();
        let condition = Condition::new(Operator::named(operator).unwrap(), "x:Key", &wanted).unwrap();
        let mut context = Context::default();
        context.add("aws:username", "ada");
        for value in asked {
            context.add("X:key", *value);
        }
        condition.holds(&Request::new("x:Do", &Resource::new("*"), &context))
    }

    #[test]
    fn operators_hold_as_the_guide_says() {
        let cases: &[(&str, &[&str], &[&str], bool)] = &[
            ("StringEquals", &["a", "b"], &["b"], true),
            ("StringEquals", &["a"], &["A"], false),
            ("StringEquals", &["*"], &["A"], false),
            ("StringEquals", &["${aws:username}"], &["ada"], true),
            ("StringEquals", &["a"], &[], false),
            ("StringNotEquals", &["a", "b"], &["b"], false),
            ("StringNotEquals", &["a", "b"], &["c"], true),
            ("StringNotEquals", &["a"], &[], true),
            ("StringEqualsIgnoreCase", &["É"], &["é"], true),
            ("StringNotEqualsIgnoreCase", &["a"], &["A"], false),
            ("StringLike", &["web-?-*"], &["web-1-x"], true),
            ("StringLike", &["a:*b"], &["a:x:b"], true),
            ("StringNotLike", &["web-*"], &["web-1"], false),
            ("StringEqualsIfExists", &["a"], &[], true),
            ("StringEqualsIfExists", &["a"], &["b"], false),
            ("NumericEquals", &["3"], &["3.0"], true),
            ("NumericNotEquals", &["3"], &["4"], true),
            ("NumericLessThan", &["100"], &["99.5"], true),
            ("NumericLessThanEquals", &["100"], &["100"], true),
            ("NumericGreaterThan", &["1"], &["1"], false),
            ("NumericGreaterThanEquals", &["1"], &["1"], true),
            ("NumericLessThan", &["1"], &["abc"], false),
            ("NumericLessThan", &["1"], &["-inf"], false),
            ("DateLessThan", &["2026-01-01T00:00:00Z"], &["2025-12-31T23:59:59Z"], true),
            ("DateGreaterThanEquals", &["2026"], &["2026-01-01"], true),
            ("DateEquals", &["1767225600"], &["2026-01-01T00:00Z"], true),
            ("DateEquals", &["2026-01"], &["2026-01-01T01:00:00+01:00"], true),
            ("DateNotEquals", &["2026-01-01"], &["2026-01-02"], true),
            ("Bool", &["true"], &["True"], true),
            ("Bool", &["false"], &["true"], false),
            ("Bool", &["false"], &[], false),
            ("BoolIfExists", &["true"], &[], true),
            ("IpAddress", &["10.0.0.0/8"], &["10.9.8.7"], true),
            ("IpAddress", &["10.0.0.1"], &["10.0.0.2"], false),
            ("IpAddress", &["0.0.0.0/0"], &["255.1.1.1"], true),
            ("IpAddress", &["::/0"], &["255.1.1.1"], false),
            ("NotIpAddress", &["10.0.0.0/8"], &["11.0.0.1"], true),
            ("IpAddress", &["2001:db8::/32"], &["2001:db8:1::7"], true),
            ("ArnLike", &["arn:aws:iam::*:role/web*"], &["arn:aws:iam::1:role/web-1"], true),
            ("ArnEquals", &["arn:aws:iam::*:role/web*"], &["arn:aws:iam::1:role/web-1"], true),
            ("ArnNotLike", &["arn:aws:iam::1:role/web"], &["arn:aws:iam::2:role/web"], true),
            ("ArnNotEquals", &["arn:aws:iam::1:role/web"], &[], true),
            ("Null", &["true"], &[], true),
            ("Null", &["true"], &["a"], false),
            ("Null", &["false"], &["a"], true),
            ("Null", &["false"], &[], false),
            ("ForAllValues:StringEquals", &["a", "b"], &["a", "b", "a"], true),
            ("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], false),
            ("ForAllValues:StringEquals", &["a"], &[], true),
            ("ForAnyValue:StringEquals", &["a", "b"], &["c", "b"], true),
            ("ForAnyValue:StringEquals", &["a", "b"], &["c"], false),
            ("ForAnyValue:StringEquals", &["a"], &[], false),
            ("ForAnyValue:StringNotEquals", &["a"], &["a", "b"], true),
            ("ForAllValues:StringNotEquals", &["a"], &["a", "b"], false),
            ("ForAllValues:StringNotLike", &["aws:*"], &["team", "env"], true),
            ("ForAnyValue:StringLikeIfExists", &["a"], &[], true),
        ];
        for (operator, wanted, asked, want) in cases {
            assert_eq!(holds(operator, wanted, asked), *want, "{operator} {wanted:?} {asked:?}");
        }
    }

    #[test]
    fn a_value_that_the_operator_can_not_compare_is_refused() {
        let cases = [
            ("NumericEquals", "many", "'many' is not a number"),
            ("NumericEquals", "NaN", "'NaN' is not a number"),
            ("DateLessThan", "soon", "'soon' is not a date"),
            ("DateLessThan", "9223372036854775807", "'9223372036854775807' is not a date"),
            ("Bool", "yes", "'yes' is not true or false"),
            ("IpAddress", "10.0.0.0/33", "'10.0.0.0/33' is not a range of addresses"),
            ("ArnLike", "role/web", "'role/web' is not an ARN"),
            ("ArnLike", "arn:aws:iam", "'arn:aws:iam' is not an ARN"),
            ("StringLike", "${aws:x", "the variable in '${aws:x' does not end"),
        ];
        for (operator, value, want) in cases {
            let error = Condition::new(Operator::named(operator).unwrap(), "x:Key", &[value.to_owned()]).unwrap_err();
            assert_eq!(error.0, want);
        }
    }
}
