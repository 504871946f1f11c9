//! The stop signal of a pull.

use std::sync::Arc;

use tokio::sync::watch;

/// Stops a pull from another task; clones share the signal. What was read until then is kept.
#[derive(Clone, Debug)]
pub struct Cancel {
    sender: Arc<watch::Sender<bool>>,
}

impl Cancel {
    /// A signal that has not been given.
    #[must_use]
    pub fn new() -> Self {
        Self { sender: Arc::new(watch::Sender::new(false)) }
    }

    /// Gives the signal. It can't be taken back.
    pub fn cancel(&self) {
        self.sender.send_replace(true);
    }

    /// Whether the signal was given.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.sender.borrow()
    }

    /// Waits for the signal.
    pub async fn cancelled(&self) {
        let mut receiver = self.sender.subscribe();
        // The sender lives as long as `self`, so that waiting ends with the signal and with nothing else.
        let _ = receiver.wait_for(|given| *given).await;
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_given_before_or_after_waiting_is_seen_by_every_clone() {
        let cancel = Cancel::new();
        let clone = cancel.clone();
        assert!(!clone.is_cancelled());
        let waiting = tokio::spawn({
            let clone = cancel.clone();
            async move { clone.cancelled().await }
        });
        tokio::task::yield_now().await;
        cancel.cancel();
        assert!(waiting.await.is_ok());
        clone.cancelled().await;
        assert!(clone.is_cancelled());
    }
}
