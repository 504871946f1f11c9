//! Durations as people write them: `14d`, `36h`, `2w`, `90m`, `45s`.

use std::fmt;

/// Units, longest first, with their seconds.
const UNITS: [(char, u32); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Why a text is no duration. The message says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// There is no number, or something else than a number and a unit.
    #[error("'{0}' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)")]
    Malformed(String),
    /// A number without its unit.
    #[error("'{0}' has no unit; write {0}d for days (units: s m h d w)")]
    NoUnit(String),
    /// More seconds than fit: over 136 years.
    #[error("'{0}' is too long; a duration is at most 49710d")]
    TooLong(String),
}

/// Reads a whole number and one unit (`s`, `m` for minutes, `h`, `d`, `w`) as seconds. Zero is a duration.
///
/// # Errors
/// Names the text and says what would be right.
pub fn parse_duration(text: &str) -> Result<u32, DurationError> {
    let shown = || text.chars().take(40).collect::<String>();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(DurationError::Malformed(shown()));
    }
    if unit.is_empty() {
        return Err(DurationError::NoUnit(shown()));
    }
    let seconds = UNITS
        .iter()
        .find(|(name, _)| unit.chars().eq([*name]))
        .map(|&(_, seconds)| seconds)
        .ok_or_else(|| DurationError::Malformed(shown()))?;
    number
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .ok_or_else(|| DurationError::TooLong(shown()))
}

/// Seconds as [`parse_duration`] reads them back, in the longest unit that loses nothing: `14d`, `36h`, `90m`. Weeks
/// are written in days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrittenDuration(
    /// Seconds.
    pub u32,
);

impl fmt::Display for WrittenDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, seconds) =
            UNITS[1..].iter().copied().find(|&(_, seconds)| self.0.is_multiple_of(seconds)).unwrap_or(('s', 1));
        if self.0 == 0 { f.write_str("0s") } else { write!(f, "{}{unit}", self.0 / seconds) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_number_with_a_unit_is_seconds() {
        for (text, seconds) in [
            ("14d", 1_209_600),
            ("36h", 129_600),
            ("2w", 1_209_600),
            ("90m", 5_400),
            ("45s", 45),
            ("0d", 0),
            ("49710d", 4_294_944_000),
        ] {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_what_would_be_right() {
        for (text, message) in [
            ("", "'' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
            ("d", "'d' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
            ("14", "'14' has no unit; write 14d for days (units: s m h d w)"),
            ("1.5d", "'1.5d' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
            ("-3d", "'-3d' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
            ("14 d", "'14 d' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
            ("3mo", "'3mo' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
            ("49711d", "'49711d' is too long; a duration is at most 49710d"),
            ("99999999999999999999s", "'99999999999999999999s' is too long; a duration is at most 49710d"),
        ] {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_in_the_longest_unit_that_loses_nothing() {
        for (seconds, text) in
            [(1_209_600, "14d"), (129_600, "36h"), (5_400, "90m"), (45, "45s"), (0, "0s"), (86_401, "86401s")]
        {
            assert_eq!(WrittenDuration(seconds).to_string(), text);
            assert_eq!(parse_duration(text), Ok(seconds));
        }
    }
}
