//! Client tokens: the same request twice is done once.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// The tokens that a scope's calls were given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens(FxHashMap<(&'static str, Arc<str>), Used>);

/// A token that was used, and what for.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    /// A hash over the parameters that it came with.
    question: u64,
    /// The ids of what the call made.
    pub(crate) made: Vec<u64>,
}

/// The token came with other parameters before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch;

impl Tokens {
    /// What `action` did when it was given this token before, with the same question; none if it never was.
    ///
    /// # Errors
    /// [`Mismatch`] if it came with another question.
    pub(crate) fn used(&self, action: &'static str, token: &str, question: u64) -> Result<Option<&Used>, Mismatch> {
        match self.0.get(&(action, Arc::from(token))) {
            Some(used) if used.question == question => Ok(Some(used)),
            Some(_) => Err(Mismatch),
            None => Ok(None),
        }
    }

    /// Remembers what `action` did for this token.
    pub(crate) fn remember(&mut self, action: &'static str, token: &str, question: u64, made: Vec<u64>) {
        self.0.insert((action, Arc::from(token)), Used { question, made });
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_token_belongs_to_its_action_and_question() {
        let mut tokens = Tokens::default();
        tokens.remember("RunInstances", "t", 7, vec![1]);
        assert_eq!(tokens.used("RunInstances", "t", 7).unwrap().unwrap().made, [1]);
        assert_eq!(tokens.used("RunInstances", "t", 8).err(), Some(Mismatch));
        assert!(tokens.used("CopyImage", "t", 8).unwrap().is_none());
        assert!(tokens.used("RunInstances", "u", 7).unwrap().is_none());
    }
}
