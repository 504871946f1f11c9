//! Words that several panels say alike.

use std::time::Duration;

use fleet::{GapKind, Time};
use insight::human::short_duration;
use insight::{Phoenix, ServerFinding};
use session::View;

use crate::widget::Tone;

/// `412`, `1,204`: a count with its thousands apart.
#[must_use]
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 group`, `9 groups`.
#[must_use]
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A reason as a sentence of its own: with a full stop, and with a capital where it begins with a word. What has digits
/// or signs in it, such as `i-0abc`, is a name and stays as it is.
#[must_use]
pub(crate) fn sentence(reason: &str) -> String {
    let first = reason.split_whitespace().next().unwrap_or_default();
    let is_word =
        first.trim_end_matches([',', ':', '.']).chars().all(|letter| letter.is_alphabetic() || letter == '\'');
    let mut letters = reason.chars();
    let begun = match letters.next().filter(|_| is_word) {
        Some(letter) => letter.to_uppercase().chain(letters).collect(),
        None => reason.to_owned(),
    };
    if begun.is_empty() || begun.ends_with(['.', '!', '?']) { begun } else { format!("{begun}.") }
}

/// How long ago a pull ended, and in how long these words change. Whole minutes: a window at rest draws nothing.
#[must_use]
pub(crate) fn freshness(age_s: i64) -> (String, Duration) {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 3600;
    const DAY: i64 = 86_400;
    let age_s = age_s.max(0);
    let unit = match age_s {
        0..HOUR => MINUTE,
        HOUR..DAY => HOUR,
        _ => DAY,
    };
    let words =
        if age_s < MINUTE { "pulled just now".to_owned() } else { format!("pulled {} ago", short_duration(age_s)) };
    (words, Duration::from_secs((unit - age_s % unit).unsigned_abs()))
}

/// The local clock's time.
#[must_use]
pub(crate) fn now() -> Option<Time> {
    Time::from_epoch_s(jiff::Timestamp::now().as_second())
}

/// `every 5 min`, or `by hand`.
#[must_use]
pub(crate) fn interval(every: Option<Duration>) -> String {
    match every {
        Some(every) => format!("every {}", short_duration(i64::try_from(every.as_secs()).unwrap_or(i64::MAX))),
        None => "by hand".to_owned(),
    }
}

/// Where a server stands in its lifetime: `overdue by 13 d`, `due in 4 d`, `young`.
#[must_use]
pub(crate) fn standing(finding: &ServerFinding) -> (Tone, String) {
    let left_s = finding.due_at.map(|due_at| due_at.since_s(finding.as_of));
    match (finding.phoenix, left_s) {
        (Phoenix::Overdue, Some(left_s)) => (Tone::Overdue, format!("overdue by {}", short_duration(-left_s))),
        (Phoenix::Overdue, None) => (Tone::Overdue, "overdue".to_owned()),
        (Phoenix::Due, Some(left_s)) => (Tone::Due, format!("due in {}", short_duration(left_s))),
        (Phoenix::Due, None) => (Tone::Due, "due".to_owned()),
        (Phoenix::Young, Some(left_s)) => (Tone::Young, format!("young, due in {}", short_duration(left_s))),
        (Phoenix::Young, None) => (Tone::Young, "young".to_owned()),
        (Phoenix::Exempt, _) => (Tone::Quiet, "exempt".to_owned()),
        (Phoenix::Unknown, _) => (Tone::Quiet, "unknown".to_owned()),
    }
}

/// What a gap is, in two or three words.
#[must_use]
pub(crate) fn gap_kind(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Denied => "permission missing",
        GapKind::Throttled => "throttled",
        GapKind::Timeout => "no answer in time",
        GapKind::Unsupported => "not supported there",
        GapKind::Expired => "sign-in expired",
        GapKind::Cancelled => "stopped",
        GapKind::Error => "failed",
    }
}

/// A gap in one sentence: `imagebuilder:ListImagePipelines is not allowed in 310987654321 / us-east-1`.
#[must_use]
pub(crate) fn gap_sentence(view: &View, gap: &fleet::Gap) -> String {
    let fleet = &view.fleet;
    let what = fleet.text(gap.action).map_or_else(|| gap.call.action().to_owned(), str::to_owned);
    let why = match gap.kind {
        GapKind::Denied => "is not allowed",
        GapKind::Throttled => "was throttled",
        GapKind::Timeout => "got no answer",
        GapKind::Unsupported => "is not supported",
        GapKind::Expired => "was asked with an expired sign-in",
        GapKind::Cancelled => "was stopped",
        GapKind::Error => "failed",
    };
    match fleet.scope(gap.scope) {
        Some(scope) => format!("{what} {why} in {} / {}", fleet.str(scope.account), fleet.str(scope.region)),
        None => format!("{what} {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_changes_by_whole_minutes_hours_and_days() {
        for (age_s, words, changes_in_s) in [
            (-5, "pulled just now", 60),
            (0, "pulled just now", 60),
            (59, "pulled just now", 1),
            (60, "pulled 1 min ago", 60),
            (3599, "pulled 59 min ago", 1),
            (3600, "pulled 1 h ago", 3600),
            (90_000, "pulled 1 d ago", 82_800),
        ] {
            assert_eq!(freshness(age_s), (words.to_owned(), Duration::from_secs(changes_in_s)), "{age_s} s");
        }
    }

    #[test]
    fn a_reason_becomes_a_sentence_and_a_name_stays_a_name() {
        for (reason, words) in [
            ("the group web would fall to 1", "The group web would fall to 1."),
            ("i-0abc is protected", "i-0abc is protected."),
            ("12 servers are more than 10", "12 servers are more than 10."),
            ("AWS said no.", "AWS said no."),
            ("what can't be read", "What can't be read."),
            ("", ""),
        ] {
            assert_eq!(sentence(reason), words);
        }
    }

    #[test]
    fn thousands_stand_apart() {
        for (count, text) in [(0, "0"), (412, "412"), (1204, "1,204"), (100_000, "100,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(count), text);
        }
        assert_eq!((counted(1, "group"), counted(1000, "server")), ("1 group".into(), "1,000 servers".into()));
    }
}
