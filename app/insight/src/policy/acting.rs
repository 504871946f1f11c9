//! The sections of the policy file that say what may be done to a fleet: `[operate]` and `[burn]`. A number that is out
//! of range, a burn without hours or in a time zone that is not known is an error: nothing is put in its place.

use std::fmt::Display;
use std::ops::RangeInclusive;

use fleet::{WrittenDuration, parse_duration};
use jiff::tz::TimeZone;

use super::read::{Reader, Value};
use super::{PolicyError, SHORTEST_LIFETIME_S};

/// What the policy lets actions do, under `[operate]`. `None` where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperatePolicy {
    /// The least share of a group that stays healthy, in percent: 0 to 100.
    pub min_healthy_percent: Option<u8>,
    /// The least units of any group that stay healthy.
    pub floor: Option<u32>,
    /// The most servers in one plan. 0 lets none be acted on.
    pub batch: Option<u32>,
}

/// Where chance may burn a server, under `[burn]`. Without that section it may nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnPolicy {
    /// At most one burn of a group in this time, in seconds: one hour to a year.
    pub period_s: u32,
    /// The first hour of the day in which it may burn: 0 to 23.
    pub from_hour: u8,
    /// The hour at which it stops: later than the first, at most 24.
    pub to_hour: u8,
    /// The IANA time zone that the hours are of.
    pub time_zone: String,
}

/// The longest period of burns: a year, as `MaxInstanceLifetime` has it.
const LONGEST_PERIOD_S: u32 = 365 * 86_400;

const BURN: &str = "[burn] with period = \"1d\", hours = \"9-15\" and time_zone = \"Europe/Berlin\"";

impl<'t> Reader<'t> {
    pub(super) fn operate(&self, value: &Value<'t>) -> Result<OperatePolicy, PolicyError> {
        let mut operate = OperatePolicy::default();
        for (key, value) in self.table(value, "operate", "[operate] with min_healthy = 90")? {
            match key.get_ref().as_ref() {
                "min_healthy" => {
                    let percent = self.whole(value, "min_healthy", 0..=100, "a percentage, such as 90")?;
                    operate.min_healthy_percent = u8::try_from(percent).ok();
                }
                "floor" => {
                    operate.floor = Some(self.whole(value, "floor", 0..=u32::MAX, "healthy units, such as 2")?);
                }
                "batch" => operate.batch = Some(self.whole(value, "batch", 0..=u32::MAX, "servers, such as 10")?),
                _ => return Err(self.unknown_key(key, "[operate]", &["min_healthy", "floor", "batch"])),
            }
        }
        Ok(operate)
    }

    pub(super) fn burn(&self, value: &Value<'t>) -> Result<BurnPolicy, PolicyError> {
        let (mut period_s, mut hours, mut time_zone) = (None, None, None);
        for (key, value) in self.table(value, "burn", BURN)? {
            match key.get_ref().as_ref() {
                "period" => period_s = Some(self.period(value)?),
                "hours" => hours = Some(self.hours(value)?),
                "time_zone" => time_zone = Some(self.time_zone(value)?),
                _ => return Err(self.unknown_key(key, "[burn]", &["period", "hours", "time_zone"])),
            }
        }
        let missing = |key: &str, example: &str| {
            self.error(value.span(), format!("[burn] has no `{key}`; write {key} = \"{example}\", or leave [burn] out"))
        };
        let (from_hour, to_hour) = hours.ok_or_else(|| missing("hours", "9-15"))?;
        Ok(BurnPolicy {
            period_s: period_s.ok_or_else(|| missing("period", "1d"))?,
            from_hour,
            to_hour,
            time_zone: time_zone.ok_or_else(|| missing("time_zone", "Europe/Berlin"))?,
        })
    }

    /// A whole number in `range`; `right` says of what.
    fn whole(&self, value: &Value<'t>, key: &str, range: RangeInclusive<u32>, right: &str) -> Result<u32, PolicyError> {
        let out = |found: &dyn Display| {
            let (least, most) = (range.start(), range.end());
            let message = format!("`{key}` is {found}; write a whole number from {least} to {most}: {right}");
            self.error(value.span(), message)
        };
        if let Some(float) = value.get_ref().as_float() {
            return Err(out(float));
        }
        let wrong_type = || self.wrong_type(value, key, &format!("a whole number: {right}"));
        let integer = value.get_ref().as_integer().ok_or_else(wrong_type)?;
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        number.filter(|number| range.contains(number)).ok_or_else(|| out(integer))
    }

    fn period(&self, value: &Value<'t>) -> Result<u32, PolicyError> {
        let text = self.text(value, "period", "period = \"1d\"")?;
        let period_s = parse_duration(text).map_err(|error| self.error(value.span(), error.to_string()))?;
        if (SHORTEST_LIFETIME_S..=LONGEST_PERIOD_S).contains(&period_s) {
            return Ok(period_s);
        }
        let (least, most) = (WrittenDuration(SHORTEST_LIFETIME_S), WrittenDuration(LONGEST_PERIOD_S));
        let message = format!("one burn in '{text}' is not a period; write one from {least} to {most}, such as 1d");
        Err(self.error(value.span(), message))
    }

    fn hours(&self, value: &Value<'t>) -> Result<(u8, u8), PolicyError> {
        let text = self.text(value, "hours", "hours = \"9-15\"")?;
        let hour = |text: &str| {
            let is_hour = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u8>().ok().filter(|hour| is_hour && *hour <= 24)
        };
        let hours = text.split_once('-').and_then(|(from, to)| Some((hour(from.trim())?, hour(to.trim())?)));
        let (from, to) = hours.ok_or_else(|| {
            let message =
                format!("'{text}' are no hours; write the first and the last of a day, 0 to 24, such as 9-15");
            self.error(value.span(), message)
        })?;
        if from < to {
            return Ok((from, to));
        }
        let message = format!("'{text}' ends before it begins; the hours are of one day, such as 9-15");
        Err(self.error(value.span(), message))
    }

    /// A machine that knows no time zones at all can't tell a wrong one: there the name is kept, and who would burn by
    /// it has to refuse.
    fn time_zone(&self, value: &Value<'t>) -> Result<String, PolicyError> {
        let text = self.text(value, "time_zone", "time_zone = \"Europe/Berlin\"")?;
        let zones = jiff::tz::db();
        if TimeZone::get(text).is_ok() || (zones.is_definitively_empty() && !text.trim().is_empty()) {
            return Ok(text.to_owned());
        }
        let known: Vec<String> = zones.available().map(|name| name.as_str().to_owned()).collect();
        let hint = match fleet::query::nearest(text, known.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "write one by its IANA name, such as Europe/Berlin or UTC".to_owned(),
        };
        Err(self.error(value.span(), format!("no time zone is called '{}'; {hint}", fleet::clean(text))))
    }
}
