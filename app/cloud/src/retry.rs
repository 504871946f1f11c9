//! Which failures are worth another try, beyond what the SDK knows.

use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_types::retry::RetryConfig;

/// How long is waited at most before the second attempt, as in the SDK's own settings.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Five attempts, `first_pause` at most between the first two, then twice as long each time up to five seconds: a pull
/// that must wait longer says so with a gap.
pub(crate) fn config(first_pause: Duration) -> RetryConfig {
    let config = RetryConfig::standard().with_max_attempts(5);
    config.with_initial_backoff(first_pause).with_max_backoff(Duration::from_secs(5))
}

/// Never tries again after an HTTP 500 with a page for people, which is how an endpoint says that it has no such call
/// (moto does); tries again after HTTP 429, since Image Builder's `CallRateLimitExceededException` is in none of the
/// SDK's lists.
#[derive(Debug)]
pub(crate) struct PullRetry;

impl ClassifyRetry for PullRetry {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        match response.status().as_u16() {
            500 | 501 if is_page(response.headers().get("content-type")) => RetryAction::RetryForbidden,
            429 => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "emberline pull"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Whether an answer's content type is that of a page for people.
pub(crate) fn is_page(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"))
}
