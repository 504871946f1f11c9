//! When a pipeline runs by itself: AWS's cron expressions (Image Builder user guide, "Use cron expressions"), in UTC.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

/// A schedule: `cron(MINUTES HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK [YEAR])`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: Set,
    hours: Set,
    days: Days,
    months: Set,
    years: Set,
}

/// Which numbers of a field are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Set(Vec<bool>);

impl Set {
    fn has(&self, number: i16) -> bool {
        usize::try_from(number).ok().and_then(|number| self.0.get(number)).copied().unwrap_or_default()
    }
}

/// Which days are meant: by the month or by the week, never by both.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    OfMonth(Set),
    /// `L`, or `LW` for the last one from Monday to Friday.
    Last {
        weekday: bool,
    },
    /// `15W`: the one from Monday to Friday that is nearest to it in its month.
    NearestWeekday(i8),
    OfWeek(Set),
    /// `6#3`: the third Friday.
    Nth {
        weekday: i8,
        nth: i8,
    },
    /// `6L`: the last Friday.
    LastOfWeek(i8),
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// From 1.
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Years that AWS takes.
const YEARS: (u32, u32) = (1970, 2199);

/// So far ahead is looked for the next time: a 29th of February on a given weekday comes once in 28 years.
const HORIZON_DAYS: u32 = 29 * 366;

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Cron, String> {
        let wrong = |what: &str| format!("'{text}' is no schedule such as cron(0 3 ? * mon *): {what}");
        let inside = text
            .trim()
            .strip_prefix("cron(")
            .and_then(|rest| rest.strip_suffix(')'))
            .ok_or_else(|| wrong("it is not cron(...)"))?;
        let fields: Vec<String> = inside.split_whitespace().map(str::to_ascii_uppercase).collect();
        let (minutes, hours, of_month, month, of_week, year) = match &fields[..] {
            [a, b, c, d, e] => (a, b, c, d, e, "*"),
            [a, b, c, d, e, f] => (a, b, c, d, e, &**f),
            _ => return Err(wrong("it has to have five or six fields")),
        };
        let set = |field: &str, range, names: &[&str]| set(field, range, names).ok_or_else(|| wrong(field));
        let days = match (&**of_month, &**of_week) {
            ("?", "?") => return Err(wrong("one of the two fields for days has to say something")),
            (of_month, "?") => days_of_month(of_month).ok_or_else(|| wrong(of_month))?,
            ("?" | "*", of_week) => days_of_week(of_week).ok_or_else(|| wrong(of_week))?,
            _ => return Err(wrong("one of the two fields for days has to be ?")),
        };
        Ok(Cron {
            minutes: set(minutes, (0, 59), &[])?,
            hours: set(hours, (0, 23), &[])?,
            days,
            months: set(month, (1, 12), MONTHS)?,
            years: set(year, YEARS, &[])?,
        })
    }

    /// The first time after `now`; none if there is none any more.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let from = now.checked_add(SignedDuration::from_mins(1)).ok()?.to_zoned(TimeZone::UTC).datetime();
        let mut date = from.date();
        let mut earliest = (from.hour(), from.minute());
        for _ in 0..HORIZON_DAYS {
            if self.years.has(date.year()) && self.months.has(i16::from(date.month())) && self.days.has(date) {
                let times = (0..24_i8).flat_map(|hour| (0..60_i8).map(move |minute| (hour, minute)));
                let mut times = times.skip_while(|time| *time < earliest);
                let found = times
                    .find(|(hour, minute)| self.hours.has(i16::from(*hour)) && self.minutes.has(i16::from(*minute)));
                if let Some((hour, minute)) = found {
                    let at = date.at(hour, minute, 0, 0).to_zoned(TimeZone::UTC).ok()?;
                    return Some(at.timestamp());
                }
            }
            earliest = (0, 0);
            date = date.tomorrow().ok()?;
        }
        None
    }
}

impl Days {
    fn has(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_one_offset();
        match self {
            Days::OfMonth(set) => set.has(i16::from(date.day())),
            Days::Last { weekday: false } => date.day() == date.days_in_month(),
            Days::Last { weekday: true } => nearest_weekday(date, date.days_in_month()) == Some(date),
            Days::NearestWeekday(day) => nearest_weekday(date, *day) == Some(date),
            Days::OfWeek(set) => set.has(i16::from(weekday)),
            Days::Nth { weekday: wanted, nth } => weekday == *wanted && (date.day() - 1) / 7 + 1 == *nth,
            Days::LastOfWeek(wanted) => weekday == *wanted && date.day() + 7 > date.days_in_month(),
        }
    }
}

/// The day from Monday to Friday that is nearest to this day of `date`'s month and in the same month; none if the month
/// has no such day.
fn nearest_weekday(date: Date, day: i8) -> Option<Date> {
    let wanted = Date::new(date.year(), date.month(), day).ok()?;
    let (back, ahead) = match wanted.weekday() {
        Weekday::Saturday => (-1, 2),
        Weekday::Sunday => (-2, 1),
        _ => return Some(wanted),
    };
    let moves = if wanted.weekday() == Weekday::Saturday { [back, ahead] } else { [ahead, back] };
    let moved = moves.into_iter().filter_map(|days: i32| wanted.checked_add(days.days()).ok());
    moved.into_iter().find(|moved| moved.month() == date.month())
}

fn number(text: &str, (low, high): (u32, u32), names: &[&str]) -> Option<u32> {
    let number = match names.iter().position(|name| *name == text) {
        Some(at) => u32::try_from(at).ok()? + 1,
        None => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?,
    };
    (low..=high).contains(&number).then_some(number)
}

/// `*`, `5`, `1-5`, `0/15`, `MON-FRI/2` and lists of them.
fn set(field: &str, range: (u32, u32), names: &[&str]) -> Option<Set> {
    let mut set = Set(vec![false; usize::try_from(range.1).ok()? + 1]);
    for part in field.split(',') {
        let (span, stride) = match part.split_once('/') {
            Some((span, stride)) => (span, Some(stride.parse::<usize>().ok().filter(|stride| *stride > 0)?)),
            None => (part, None),
        };
        let (from, to) = match span.split_once('-') {
            Some((from, to)) => (number(from, range, names)?, number(to, range, names)?),
            None if span == "*" => range,
            None => {
                let from = number(span, range, names)?;
                (from, if stride.is_some() { range.1 } else { from })
            }
        };
        // From Friday to Monday goes over the end of the week.
        let numbers: Vec<u32> =
            if from <= to { (from..=to).collect() } else { (from..=range.1).chain(range.0..=to).collect() };
        for number in numbers.into_iter().step_by(stride.unwrap_or(1)) {
            *set.0.get_mut(usize::try_from(number).ok()?)? = true;
        }
    }
    Some(set)
}

fn days_of_month(field: &str) -> Option<Days> {
    match field {
        "L" => Some(Days::Last { weekday: false }),
        "LW" => Some(Days::Last { weekday: true }),
        _ => match field.strip_suffix('W') {
            Some(day) => i8::try_from(number(day, (1, 31), &[])?).ok().map(Days::NearestWeekday),
            None => set(field, (1, 31), &[]).map(Days::OfMonth),
        },
    }
}

fn days_of_week(field: &str) -> Option<Days> {
    let weekday = |text: &str| i8::try_from(number(text, (1, 7), WEEKDAYS)?).ok();
    if field == "L" {
        return Some(Days::OfWeek(set("7", (1, 7), WEEKDAYS)?));
    }
    if let Some((day, nth)) = field.split_once('#') {
        let nth = i8::try_from(number(nth, (1, 5), &[])?).ok()?;
        return Some(Days::Nth { weekday: weekday(day)?, nth });
    }
    match field.strip_suffix('L') {
        Some(day) => weekday(day).map(Days::LastOfWeek),
        None => set(field, (1, 7), WEEKDAYS).map(Days::OfWeek),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_next_time_is_found() {
        // A Monday.
        let now = "2026-11-02T08:00:00Z";
        let cases = [
            ("cron(0 3 ? * mon *)", &["2026-11-09T03:00:00Z", "2026-11-16T03:00:00Z"][..]),
            ("cron(30 4 ? * tue *)", &["2026-11-03T04:30:00Z"]),
            ("cron(0 6 1 * ? *)", &["2026-12-01T06:00:00Z", "2027-01-01T06:00:00Z"]),
            ("cron(0 0 * * ? *)", &["2026-11-03T00:00:00Z"]),
            ("cron(0 8 * * ?)", &["2026-11-03T08:00:00Z"]),
            ("cron(0/20 8-9 ? * MON-FRI *)", &["2026-11-02T08:20:00Z", "2026-11-02T08:40:00Z", "2026-11-02T09:00:00Z"]),
            ("cron(0 9 ? * FRI-MON *)", &["2026-11-02T09:00:00Z", "2026-11-06T09:00:00Z", "2026-11-07T09:00:00Z"]),
            ("cron(0 9 L * ? *)", &["2026-11-30T09:00:00Z", "2026-12-31T09:00:00Z"]),
            ("cron(0 9 LW * ? *)", &["2026-11-30T09:00:00Z", "2026-12-31T09:00:00Z", "2027-01-29T09:00:00Z"]),
            ("cron(0 9 15W * ? *)", &["2026-11-16T09:00:00Z", "2026-12-15T09:00:00Z"]),
            ("cron(0 9 1W 8 ? *)", &["2027-08-02T09:00:00Z"]),
            ("cron(0 9 ? * 6#3 *)", &["2026-11-20T09:00:00Z", "2026-12-18T09:00:00Z"]),
            ("cron(0 9 ? * 6L *)", &["2026-11-27T09:00:00Z", "2026-12-25T09:00:00Z"]),
            ("cron(0 0 29 FEB ? *)", &["2028-02-29T00:00:00Z"]),
            ("cron(0 0 1 1 ? 2025)", &[]),
            ("cron(0 0 31 2 ? *)", &[]),
        ];
        for (text, want) in cases {
            let cron = Cron::parse(text).unwrap();
            let mut at: Timestamp = now.parse().unwrap();
            for time in want {
                at = cron.next(at).unwrap();
                assert_eq!(at.to_string(), **time, "{text}");
            }
            if want.is_empty() {
                assert_eq!(cron.next(at), None, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_schedule_is_told() {
        for text in [
            "",
            "rate(1 day)",
            "cron()",
            "cron(0 3 * *)",
            "cron(0 3 1 * mon *)",
            "cron(0 3 ? * ? *)",
            "cron(60 3 * * ? *)",
            "cron(0 3 0 * ? *)",
            "cron(0 3 ? * 8 *)",
            "cron(0 3 ? * 6#6 *)",
            "cron(0/0 3 * * ? *)",
            "cron(+5 3 * * ? *)",
            "cron(0 3 é * ? *)",
        ] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_schedule_or_an_error(text in "cron\\([0-9*?,/LW#a-z -]{0,24}\\)", second in 0_i64..4_000_000_000) {
            if let Ok(cron) = Cron::parse(&text) {
                let now = Timestamp::from_second(second).unwrap();
                prop_assert!(cron.next(now).is_none_or(|next| next > now));
            }
        }
    }
}
