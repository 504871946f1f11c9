//! Durations and dates as people say them: the one place that table, window and story share.

use fleet::Time;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
/// From here prose counts in years: nobody pictures 799 days.
const PROSE_IN_YEARS_DAYS: i64 = 730;

/// `43 d`, `6 h`, `12 min`, `40 s`: whole units, rounded down. Below zero counts as zero.
#[must_use]
pub fn short_duration(seconds: i64) -> String {
    match seconds.max(0) {
        s if s >= DAY_S => format!("{} d", s / DAY_S),
        s if s >= HOUR_S => format!("{} h", s / HOUR_S),
        s if s >= MINUTE_S => format!("{} min", s / MINUTE_S),
        s => format!("{s} s"),
    }
}

/// `94 s`, `2 min 48 s`, `37 min`, `1 h 13 min`, `2 d 3 h`: what was measured, to three digits or so, rounded to the
/// nearest. Below zero counts as zero.
#[must_use]
pub fn timing(seconds: i64) -> String {
    let two = |whole: i64, unit: &str, rest: i64, rest_unit: &str| match rest {
        0 => format!("{whole} {unit}"),
        rest => format!("{whole} {unit} {rest} {rest_unit}"),
    };
    let seconds = seconds.max(0);
    let minutes = seconds.saturating_add(MINUTE_S / 2) / MINUTE_S;
    let hours = seconds.saturating_add(HOUR_S / 2) / HOUR_S;
    match seconds {
        s if s < 2 * MINUTE_S => format!("{s} s"),
        s if s < 10 * MINUTE_S => two(s / MINUTE_S, "min", s % MINUTE_S, "s"),
        _ if minutes < 60 => format!("{minutes} min"),
        _ if hours < 24 => two(minutes / 60, "h", minutes % 60, "min"),
        _ => two(hours / 24, "d", hours % 24, "h"),
    }
}

/// `43 days`, `1 hour`, `12 minutes`, `2 years`; `less than a minute` below one. Rounded down.
#[must_use]
pub fn long_duration(seconds: i64) -> String {
    match seconds.max(0) {
        s if s >= PROSE_IN_YEARS_DAYS * DAY_S => counted(s / (365 * DAY_S), "year"),
        s if s >= DAY_S => counted(s / DAY_S, "day"),
        s if s >= HOUR_S => counted(s / HOUR_S, "hour"),
        s if s >= MINUTE_S => counted(s / MINUTE_S, "minute"),
        _ => "less than a minute".to_owned(),
    }
}

/// `30 days`, `36 hours`, `90 minutes`: the longest unit that loses nothing, for what somebody set.
#[must_use]
pub fn exact_duration(seconds: u32) -> String {
    let seconds = i64::from(seconds);
    let (unit_s, unit) = [(DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute")]
        .into_iter()
        .find(|(unit_s, _)| seconds > 0 && seconds % unit_s == 0)
        .unwrap_or((1, "second"));
    counted(seconds / unit_s, unit)
}

/// `1 server`, `24 servers`: with the plural that English makes by an `s`.
#[must_use]
pub fn counted(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `9 Sep` where it lies in the year of `as_of`, else `9 Sep 2024`; in UTC.
#[must_use]
pub fn short_date(time: Time, as_of: Time) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date_of = |time: Time| jiff::tz::Offset::UTC.to_datetime(time.timestamp()).date();
    let date = date_of(time);
    let month = MONTHS[date.month().unsigned_abs() as usize - 1];
    if date.year() == date_of(as_of).year() {
        format!("{} {month}", date.day())
    } else {
        format!("{} {month} {}", date.day(), date.year())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_duration_is_said_in_its_largest_whole_unit() {
        for (seconds, short, long) in [
            (-5, "0 s", "less than a minute"),
            (0, "0 s", "less than a minute"),
            (59, "59 s", "less than a minute"),
            (60, "1 min", "1 minute"),
            (3_599, "59 min", "59 minutes"),
            (3_600, "1 h", "1 hour"),
            (86_399, "23 h", "23 hours"),
            (86_400, "1 d", "1 day"),
            (43 * 86_400 + 5, "43 d", "43 days"),
            (729 * 86_400, "729 d", "729 days"),
            (730 * 86_400, "730 d", "2 years"),
            (1_095 * 86_400, "1095 d", "3 years"),
        ] {
            assert_eq!((short_duration(seconds), long_duration(seconds)), (short.to_owned(), long.to_owned()));
        }
    }

    #[test]
    fn a_measured_time_keeps_what_matters() {
        for (seconds, said) in [
            (-1, "0 s"),
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (168, "2 min 48 s"),
            (599, "9 min 59 s"),
            (600, "10 min"),
            (2_250, "38 min"),
            (3_569, "59 min"),
            (3_570, "1 h"),
            (4_380, "1 h 13 min"),
            (84_599, "23 h 30 min"),
            (84_600, "1 d"),
            (183_600, "2 d 3 h"),
            (i64::MAX, "106751991167300 d 15 h"),
        ] {
            assert_eq!(timing(seconds), said, "{seconds}");
        }
    }

    #[test]
    fn a_set_duration_loses_nothing() {
        for (seconds, said) in [
            (2_592_000, "30 days"),
            (129_600, "36 hours"),
            (5_400, "90 minutes"),
            (86_401, "86401 seconds"),
            (0, "0 seconds"),
        ] {
            assert_eq!(exact_duration(seconds), said);
        }
    }

    #[test]
    fn a_date_names_its_year_only_where_it_is_another() {
        let as_of = Time::parse("2026-11-23T04:00:00Z").unwrap();
        for (time, said) in [
            ("2026-09-09T23:59:59Z", "9 Sep"),
            ("2026-01-01T00:00:00Z", "1 Jan"),
            ("2025-12-31T23:59:59Z", "31 Dec 2025"),
            ("2027-01-01T00:00:00Z", "1 Jan 2027"),
        ] {
            assert_eq!(short_date(Time::parse(time).unwrap(), as_of), said);
        }
    }
}
