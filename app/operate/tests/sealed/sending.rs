//! A change that nobody verified, on its way.

use emberline_operate::{ExactMutation, Scope, Sending, Token};

fn forged<'a>(scope: &'a Scope, mutation: &'a ExactMutation, token: &'a Token) -> Sending<'a> {
    Sending { scope, mutation, token }
}

fn main() {
    let _: for<'a> fn(&'a Scope, &'a ExactMutation, &'a Token) -> Sending<'a> = forged;
}
