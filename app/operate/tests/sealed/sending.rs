//! A change that nobody verified, on its way.

use emberline_operate::{ExactMutation, KillSwitch, Scope, Sending, Token};

fn forged<'a>(
    scope: &'a Scope,
    mutation: &'a ExactMutation,
    token: &'a Token,
    kill_switch: &'a KillSwitch,
) -> Sending<'a> {
    Sending { scope, mutation, token, kill_switch }
}

fn main() {
    let _: for<'a> fn(&'a Scope, &'a ExactMutation, &'a Token, &'a KillSwitch) -> Sending<'a> = forged;
}
