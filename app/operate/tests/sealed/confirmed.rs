//! A plan that nobody has looked at, confirmed.

use emberline_operate::{Confirmation, Confirmed, Plan};

fn forged(plan: &Plan) -> Confirmed {
    Confirmed { plan_hash: plan.hash(), how: Confirmation::Window { typed: None } }
}

fn main() {
    let _: fn(&Plan) -> Confirmed = forged;
}
