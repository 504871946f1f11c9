//! What an answer told, as facts hold it: cleaned, and never a made-up value where something is missing.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::api_call::ApiCall;
use crate::failure::Failure;

/// A text; none for an empty one.
pub(super) fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| fleet::clean(text).into_owned())
}

/// An instant of the SDK's.
pub(super) fn time(time: Option<&DateTime>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

/// An instant that came as text.
pub(super) fn time_of(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// Tags by their keys.
pub(super) fn tags<'a>(tags: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> BTreeMap<String, String> {
    let pairs = tags.filter_map(|(key, value)| Some((fleet::clean(key?), fleet::clean(value.unwrap_or_default()))));
    pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

/// What must be there, or the whole reading is worth nothing.
pub(super) fn needed<T>(value: Option<T>, call: ApiCall, what: &str, whose: &str) -> Result<T, Failure> {
    value.ok_or_else(|| {
        let said = format!("The answer to {} does not tell {what} of {whose}", call.operation());
        Failure::error(&said, "Try again; nothing is done on half an answer.")
    })
}

/// As [`needed`], of a number that can't be below zero.
pub(super) fn count(value: Option<i32>, call: ApiCall, what: &str, whose: &str) -> Result<u32, Failure> {
    needed(value.and_then(|value| u32::try_from(value).ok()), call, what, whose)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn an_empty_text_is_none_and_a_hostile_one_is_cleaned() {
        assert_eq!(text(Some("")), None);
        assert_eq!(text(Some("web\u{202e}\u{1b}[2J")).as_deref(), Some("web[2J"));
    }

    #[test]
    fn what_is_missing_fails_the_reading_with_its_name() {
        let call = ApiCall::new("ec2:DescribeInstances");
        let failure = needed::<()>(None, call, "the image", "i-1").unwrap_err();
        assert_eq!(
            failure.message(),
            "The answer to DescribeInstances does not tell the image of i-1. Try again; nothing is done on half an \
             answer."
        );
        assert!(count(Some(-1), call, "the size", "web").is_err());
    }

    #[test]
    fn times_are_read_to_the_fraction() {
        let read = time(Some(&DateTime::from_secs_and_nanos(1_700_000_000, 500_000_000))).unwrap();
        assert_eq!(read.to_string(), "2023-11-14T22:13:20.5Z");
        assert_eq!(time_of(Some("2026-01-02T03:04:05.000Z")).unwrap().as_second(), 1_767_323_045);
        assert_eq!(time_of(Some("yesterday")), None);
    }
}
