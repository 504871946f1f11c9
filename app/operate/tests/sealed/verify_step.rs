//! What makes verified steps is not called from outside.

use emberline_operate::verify::verify_step;

fn main() {
    let _ = verify_step;
}
