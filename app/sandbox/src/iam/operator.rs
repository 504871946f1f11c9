//! Condition operators: `ForAnyValue:StringLikeIfExists` and the like.
//!
//! IAM User Guide, 'IAM JSON policy elements: Condition operators'.

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) set: Set,
    pub(super) test: Test,
    /// Whether none of the policy's values may match.
    pub(super) negated: bool,
    /// Whether it holds where the request lacks the key.
    pub(super) if_exists: bool,
}

/// How many of the request's values must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// Without a set operator: the request has one value.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Text,
    TextOfAnyCase,
    TextLike,
    Number(Order),
    Date(Order),
    Bool,
    Address,
    Arn,
    Null,
}

/// How a number or a date of the request stands to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether `asked` stands so to `wanted`; what can't be compared does not.
    pub(super) fn holds<T: PartialOrd>(self, asked: &T, wanted: &T) -> bool {
        match self {
            Order::Equal => asked == wanted,
            Order::Less => asked < wanted,
            Order::LessOrEqual => asked <= wanted,
            Order::Greater => asked > wanted,
            Order::GreaterOrEqual => asked >= wanted,
        }
    }
}

/// Every operator without its prefix and suffix, and whether it is negated.
const OPERATORS: &[(&str, Test, bool)] = &[
    ("StringEquals", Test::Text, false),
    ("StringNotEquals", Test::Text, true),
    ("StringEqualsIgnoreCase", Test::TextOfAnyCase, false),
    ("StringNotEqualsIgnoreCase", Test::TextOfAnyCase, true),
    ("StringLike", Test::TextLike, false),
    ("StringNotLike", Test::TextLike, true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Order::Equal), false),
    ("DateNotEquals", Test::Date(Order::Equal), true),
    ("DateLessThan", Test::Date(Order::Less), false),
    ("DateLessThanEquals", Test::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("IpAddress", Test::Address, false),
    ("NotIpAddress", Test::Address, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

/// The names of all operators without prefix and suffix.
pub(super) fn names() -> String {
    OPERATORS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
}

impl Operator {
    /// By its name in a policy; none for a name that IAM's guide does not have, or `BinaryEquals`.
    pub(super) fn named(name: &str) -> Option<Operator> {
        let (set, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Set::All, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            Some(_) => return None,
            None => (Set::One, name),
        };
        let (rest, if_exists) = match rest.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (_, test, negated) = OPERATORS.iter().find(|(known, ..)| *known == rest)?;
        // Null asks for existence itself.
        let plain = *test != Test::Null || (set == Set::One && !if_exists);
        plain.then_some(Operator { set, test: *test, negated: *negated, if_exists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_read_with_its_prefix_and_suffix() {
        let operator = |set, test, negated, if_exists| Some(Operator { set, test, negated, if_exists });
        let cases = [
            ("StringLike", operator(Set::One, Test::TextLike, false, false)),
            ("ForAllValues:StringNotEquals", operator(Set::All, Test::Text, true, false)),
            ("ForAnyValue:ArnLikeIfExists", operator(Set::Any, Test::Arn, false, true)),
            ("BoolIfExists", operator(Set::One, Test::Bool, false, true)),
            ("Null", operator(Set::One, Test::Null, false, false)),
            ("NullIfExists", None),
            ("ForAnyValue:Null", None),
            ("ForSomeValue:StringLike", None),
            ("stringlike", None),
            ("IfExists", None),
            ("", None),
        ];
        for (name, want) in cases {
            assert_eq!(Operator::named(name), want, "{name}");
        }
        assert_eq!(OPERATORS.iter().filter(|(name, ..)| Operator::named(name).is_none()).count(), 0);
    }
}
