//! The one place that time comes from.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

/// A clock that goes with the wall clock, faster or slower, or stands still; it never runs backwards.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Run>);

/// How the clock has been going since it was last set.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: Timestamp,
    since: Instant,
    /// Simulated seconds a second; 0 stands still.
    speed: f64,
}

/// The fastest that a clock goes, in simulated seconds a second: a day in less than a tenth of a second.
pub const MAX_SPEED: f64 = 1e6;

impl Run {
    fn now(&self) -> Timestamp {
        if self.speed == 0.0 {
            return self.from;
        }
        let passed = SignedDuration::try_from_secs_f64(self.since.elapsed().as_secs_f64() * self.speed);
        self.from.saturating_add(passed.unwrap_or(SignedDuration::MAX)).unwrap_or(Timestamp::MAX)
    }
}

impl Clock {
    /// A clock that shows `from` now and goes at `speed`, from 0 to [`MAX_SPEED`].
    pub(crate) fn new(from: Timestamp, speed: f64) -> Clock {
        Clock(Mutex::new(Run { from, since: Instant::now(), speed }))
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        // A run is replaced as a whole, so one that was being replaced in a panic is still a run.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The simulated time.
    pub(crate) fn now(&self) -> Timestamp {
        self.run().now()
    }

    /// Simulated seconds a second.
    pub(crate) fn speed(&self) -> f64 {
        self.run().speed
    }

    /// Goes on at another speed. What is not between 0 and [`MAX_SPEED`] is taken as the nearer of both.
    pub(crate) fn go(&self, speed: f64) {
        let mut run = self.run();
        let speed = if speed.is_nan() { 0.0 } else { speed.clamp(0.0, MAX_SPEED) };
        *run = Run { from: run.now(), since: Instant::now(), speed };
    }

    /// Moves on by so much.
    pub(crate) fn advance(&self, by: Duration) {
        let mut run = self.run();
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let from = run.now().saturating_add(by).unwrap_or(Timestamp::MAX);
        *run = Run { from, since: Instant::now(), ..*run };
    }

    /// Moves on to an instant; false, and nothing is done, if that has passed.
    pub(crate) fn set(&self, to: Timestamp) -> bool {
        let mut run = self.run();
        let ahead = to >= run.now();
        if ahead {
            *run = Run { from: to, since: Instant::now(), ..*run };
        }
        ahead
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_clock_that_stands_still_moves_when_told_and_never_back() {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let clock = Clock::new(start, 0.0);
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now(), "2026-11-02T08:01:30Z".parse().unwrap());
        assert!(!clock.set(start));
        assert!(clock.set("2026-11-02T09:00:00Z".parse().unwrap()));
        assert_eq!(clock.now(), "2026-11-02T09:00:00Z".parse().unwrap());
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[test]
    fn a_fast_clock_runs_ahead_of_the_wall() {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let clock = Clock::new(start, 1_000.0);
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() >= start + SignedDuration::from_secs(20));
        clock.go(f64::INFINITY);
        assert_eq!(clock.speed(), MAX_SPEED);
        clock.go(f64::NAN);
        let stopped = clock.now();
        assert_eq!((clock.speed(), clock.now()), (0.0, stopped));
    }
}
