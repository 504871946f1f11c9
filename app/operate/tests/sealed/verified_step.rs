//! All its parts are at hand, and still they make no verified step.

use emberline_operate::{Baseline, ExactMutation, VerifiedStep};
use jiff::Timestamp;

fn forged(mutation: ExactMutation, before: Baseline, read_at: Timestamp) -> VerifiedStep {
    VerifiedStep { mutation, before, read_at }
}

fn main() {
    let _: fn(ExactMutation, Baseline, Timestamp) -> VerifiedStep = forged;
}
