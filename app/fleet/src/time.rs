//! Instants as AWS reports them.

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// An instant in whole seconds since 1970-01-01T00:00:00Z, from one second after it to 2106-02-07T06:28:15Z.
///
/// Four bytes, and `Option<Time>` takes no more. AWS gives whole seconds for everything that a clock is read from
/// (`CreationDate` of an image has milliseconds, which are always `.000`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(NonZeroU32);

impl Time {
    /// The instant `seconds` after the epoch; `None` outside the range that a [`Time`] holds.
    #[must_use]
    pub fn from_epoch_s(seconds: i64) -> Option<Self> {
        u32::try_from(seconds).ok().and_then(NonZeroU32::new).map(Self)
    }

    /// Reads RFC 3339 text such as `2024-05-01T12:00:00.000Z`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let timestamp: jiff::Timestamp = text.trim().parse().ok()?;
        Self::from_epoch_s(timestamp.as_second())
    }

    /// Seconds since the epoch.
    #[must_use]
    pub fn epoch_s(self) -> i64 {
        i64::from(self.0.get())
    }

    /// The same instant for formatting and calendars.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.epoch_s()).expect("every u32 of seconds lies within jiff's range")
    }

    /// Seconds from `earlier` to `self`, negative where `earlier` is the later one.
    #[must_use]
    pub fn since_s(self, earlier: Self) -> i64 {
        self.epoch_s() - earlier.epoch_s()
    }

    /// The instant `seconds` later (or earlier, where negative); `None` outside the range.
    #[must_use]
    pub fn plus_s(self, seconds: i64) -> Option<Self> {
        Self::from_epoch_s(self.epoch_s().checked_add(seconds)?)
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC: `2026-11-23T04:35:12Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn an_instant_reads_back_as_it_was_written() {
        let time = Time::parse("2024-05-01T12:00:00.000Z").unwrap();
        assert_eq!(time.epoch_s(), 1_714_564_800);
        assert_eq!(time.to_string(), "2024-05-01T12:00:00Z");
        assert_eq!(size_of::<Option<Time>>(), 4);
    }

    #[test]
    fn what_is_no_instant_of_ours_is_unknown() {
        for text in ["", "yesterday", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z"] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
