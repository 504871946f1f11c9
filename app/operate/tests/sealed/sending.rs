//! A change that nobody verified, on its way.

use emberline_operate::{ExactMutation, Refusal, Scope, Sending, Token};

type LastWord = dyn Fn() -> Result<(), Refusal> + Sync;

fn forged<'a>(
    scope: &'a Scope,
    mutation: &'a ExactMutation,
    token: &'a Token,
    last_word: &'a LastWord,
) -> Sending<'a> {
    Sending { scope, mutation, token, last_word }
}

fn main() {
    let _: for<'a> fn(&'a Scope, &'a ExactMutation, &'a Token, &'a LastWord) -> Sending<'a> = forged;
}
