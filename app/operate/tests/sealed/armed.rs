//! A scope that nobody armed, armed for good.

use emberline_operate::{Armed, Scope};
use jiff::Timestamp;

fn forged(scope: Scope) -> Armed {
    Armed { place: (scope.partition, scope.account, scope.region), until: Timestamp::MAX }
}

fn main() {
    let _: fn(Scope) -> Armed = forged;
}
