//! An old one is not made fresh by reaching into it.

use emberline_operate::VerifiedStep;
use jiff::Timestamp;

fn freshened(mut step: VerifiedStep, now: Timestamp) -> VerifiedStep {
    step.read_at = now;
    step
}

fn main() {
    let _: fn(VerifiedStep, Timestamp) -> VerifiedStep = freshened;
}
