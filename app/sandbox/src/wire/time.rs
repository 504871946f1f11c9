//! Times as AWS writes them.

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};

/// Appends a time in ISO 8601 with milliseconds: `2026-11-02T08:00:00.000Z`.
pub(crate) fn push_iso(out: &mut String, at: Timestamp) {
    let seconds = at.as_second();
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let digits = |out: &mut String, value: i64, width: u32| {
        for place in (0..width).rev() {
            let digit = (value / 10_i64.pow(place)) % 10;
            out.push(char::from(b'0' + u8::try_from(digit).expect("a digit")));
        }
    };
    digits(out, year, 4);
    out.push('-');
    digits(out, month, 2);
    out.push('-');
    digits(out, day, 2);
    out.push('T');
    digits(out, of_day / 3_600, 2);
    out.push(':');
    digits(out, of_day / 60 % 60, 2);
    out.push(':');
    digits(out, of_day % 60, 2);
    out.push('.');
    digits(out, i64::from(at.subsec_millisecond().max(0)), 3);
    out.push('Z');
}

/// The same as a text.
pub(crate) fn iso(at: Timestamp) -> String {
    let mut out = String::with_capacity(24);
    push_iso(&mut out, at);
    out
}

/// The same in whole seconds, as texts for people have it: `2026-11-02T08:00:00Z`.
pub(crate) fn iso_seconds(at: Timestamp) -> String {
    let mut out = iso(at);
    // What follows the seconds is always a point, three digits and the Z.
    out.truncate(out.len() - 5);
    out.push('Z');
    out
}

/// The date of a day counted from 1970 (Hinnant, "chrono-compatible low-level date algorithms").
/// Written out since an answer of 1,000 servers has 5,000 times in it.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// A time for the `Date` header.
pub(crate) fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).expect("a year below 10,000")
}

/// A time in seconds since 1970, as JSON bodies carry it.
pub(crate) fn epoch(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn times_are_written_as_jiff_writes_them() {
        for text in [
            "1970-01-01T00:00:00.000Z",
            "2024-02-29T23:59:59.999Z",
            "2026-11-23T04:05:06.070Z",
            "1999-12-31T12:00:00.000Z",
        ] {
            assert_eq!(iso(text.parse().unwrap()), text);
            assert_eq!(iso_seconds(text.parse().unwrap()), format!("{}Z", &text[..19]));
        }
    }

    #[test]
    fn the_date_header_is_in_its_own_form() {
        assert_eq!(http_date("2026-11-02T08:00:00Z".parse().unwrap()), "Mon, 02 Nov 2026 08:00:00 GMT");
    }
}
