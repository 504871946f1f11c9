//! The one place that time comes from.

use jiff::Timestamp;

/// What the sandbox goes by.
#[derive(Debug)]
pub(crate) enum Clock {
    /// The machine's clock.
    Wall,
    /// One instant for good.
    Frozen(Timestamp),
}

impl Clock {
    /// The simulated time.
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Clock::Wall => Timestamp::now(),
            Clock::Frozen(instant) => *instant,
        }
    }
}
