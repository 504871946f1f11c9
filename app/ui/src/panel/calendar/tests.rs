#![expect(clippy::unwrap_used, reason = "a test")]

use fleet::Time;

use super::chart::{count_step, date_step, day_words};
use super::*;

#[test]
fn counts_and_dates_stand_at_round_distances() {
    for (peak, step) in [(0, 1), (5, 1), (6, 2), (11, 5), (27, 10), (130, 50), (1_000, 200), (99_999, 20_000)] {
        assert_eq!(count_step(peak), step, "{peak}");
    }
    assert!(count_step(u32::MAX) > 800_000_000);
    for (days, width, step) in [(14, 900.0, 1), (14, 600.0, 2), (60, 900.0, 7), (60, 300.0, 14), (60, 1.0, 56)] {
        assert_eq!(date_step(days, width), step, "{days} days on {width}");
    }
}

#[test]
fn a_day_says_what_falls_due_and_what_would_burn_instead() {
    let as_of = Time::parse("2026-11-23T04:00:00Z").unwrap();
    let day = |overdue, due, in_herds, budgeted, spread| Day { overdue, due, in_herds, budgeted, spread };
    for (day, number, words) in [
        (day(0, 0, 0, 0, 0), 3, "26 Nov: none falls due"),
        (day(0, 1, 0, 1, 1), 1, "24 Nov: 1 server falls due"),
        (day(27, 2, 0, 29, 29), 0, "today: 2 servers fall due, 27 overdue"),
        (
            day(0, 18, 18, 17, 5),
            4,
            "27 Nov: 18 servers fall due, 18 of them in herds, 17 would burn under the budget, 5 with an even spread",
        ),
    ] {
        assert_eq!(day_words(&day, number, as_of), words);
    }
}
