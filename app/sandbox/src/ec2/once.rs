//! Calls that make one thing for one client token: the same request again tells of what it made.

use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form},
    world::Scope,
};

/// The token of a request, if it came with one.
pub(super) struct Token {
    action: &'static str,
    text: Option<String>,
    /// A hash over all of the request.
    question: u64,
}

impl Token {
    /// Reads `ClientToken` of at most `most` characters.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a longer one.
    pub(super) fn read(ask: &Ask<'_>, form: &Form, action: &'static str, most: usize) -> Result<Token, Fault> {
        let text = form.get("ClientToken");
        if text.is_some_and(|text| text.chars().count() > most || !text.is_ascii()) {
            return Err(Fault::invalid(format!(
                "Invalid value for clientToken. It must have at most {most} ASCII characters."
            )));
        }
        let question = ask.world.seed.id(&form.question());
        Ok(Token { action, text: text.map(str::to_owned), question })
    }

    /// What the same request made before.
    ///
    /// # Errors
    /// `IdempotentParameterMismatch` if the token came with another request.
    pub(super) fn made(&self, ask: &Ask<'_>) -> Result<Option<u64>, Fault> {
        let Some(text) = &self.text else { return Ok(None) };
        match ask.scope.tokens.used(self.action, text, self.question) {
            Ok(used) => Ok(used.and_then(|used| used.made.first().copied())),
            Err(_) => Err(Fault::new(
                "IdempotentParameterMismatch",
                "The client token has already been used with different request parameters.",
            )),
        }
    }

    /// Remembers what was made.
    pub(super) fn remember(&self, scope: &mut Scope, made: u64) {
        if let Some(text) = &self.text {
            scope.tokens.remember(self.action, text, self.question, vec![made]);
        }
    }
}
