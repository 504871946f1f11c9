//! What the answer to a change proves: that it was taken, that nothing happened, or neither.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ::operate::{DryRun, Outputs, Receipt, Sent};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId as _;
use bytes::Bytes;
use fleet::GapKind;

use super::line::Line;
use super::told::text;
use crate::api_call::ApiCall;
use crate::failure::{Failure, UNREACHED, find};

/// Codes of the class of server errors that say that a launch did not happen: EC2 launches nothing at all where it
/// can't launch the least number that was asked for ("Error codes for the Amazon EC2 API").
const NO_CAPACITY: &[&str] = &[
    "InsufficientAddressCapacity",
    "InsufficientCapacity",
    "InsufficientHostCapacity",
    "InsufficientInstanceCapacity",
    "InsufficientReservedInstanceCapacity",
    "InsufficientVolumeCapacity",
];

/// The body of an answer as it came. It may hold user data: it is kept for the time of one call and printed nowhere.
#[derive(Clone, Default)]
pub(super) struct Overheard {
    body: Arc<Mutex<Option<Bytes>>>,
}

impl std::fmt::Debug for Overheard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Overheard")
    }
}

impl Overheard {
    /// The body, once the answer came.
    pub(super) fn body(&self) -> Option<Bytes> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Intercept for Overheard {
    fn name(&self) -> &'static str {
        "emberline overhears the answer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().map(Bytes::copy_from_slice);
        *self.body.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        Ok(())
    }
}

/// What became of a change. `made` tells what a good answer made; none where it does not tell what it must.
pub(super) fn sent<T, E>(
    line: &Line,
    call: ApiCall,
    overheard: &Overheard,
    outcome: Result<T, SdkError<E, HttpResponse>>,
    made: impl FnOnce(&T) -> Option<Outputs>,
) -> Sent
where
    T: aws_types::request_id::RequestId,
    E: StdError + ProvideErrorMetadata + aws_types::request_id::RequestId + 'static,
{
    let body = overheard.body();
    match outcome {
        Ok(answer) => {
            let request_id = text(answer.request_id()).or_else(|| request_id_in(body.as_deref()));
            match made(&answer).filter(|_| answers_the_call(call, body.as_deref())) {
                Some(made) => Sent::Accepted { request_id, receipt: Receipt { made } },
                None => Sent::Unknown {
                    why: format!("the answer to {} was good, but did not tell what was done", call.operation()),
                },
            }
        }
        Err(error) => {
            let failure = Failure::of(call, &error, &line.asker());
            if never_left(&error) {
                return not_sent(failure);
            }
            let status = match &error {
                SdkError::ServiceError(context) => Some(context.raw().status().as_u16()),
                _ => None,
            };
            match (status, &failure.code) {
                (Some(status), Some(code)) if proves_that_nothing_happened(status, code, failure.kind) => {
                    Sent::Refused {
                        code: fleet::clean(code).into_owned(),
                        message: failure.message(),
                        action: failure.action,
                        request_id: text(error.request_id()).or_else(|| request_id_in(body.as_deref())),
                    }
                }
                _ => Sent::Unknown { why: seen_instead(call, &failure) },
            }
        }
    }
}

/// A refusal of our own: nothing was sent.
pub(super) fn not_sent(failure: Failure) -> Sent {
    let message = failure.message();
    Sent::Refused { code: Sent::NOT_SENT.to_owned(), message, action: failure.action, request_id: None }
}

/// What a change that was sent with `DryRun` tells.
pub(super) fn tried(sent: Sent) -> DryRun {
    match sent {
        Sent::Refused { code, .. } if code == "DryRunOperation" => DryRun::Would,
        Sent::Refused { code, message, action, .. } => DryRun::Refused { code, message, action },
        Sent::Unknown { why } => DryRun::Unknown { why },
        Sent::Accepted { .. } => DryRun::Unknown {
            why: "the trial run was answered as if it had been done: this endpoint may not know DryRun".to_owned(),
        },
    }
}

fn seen_instead(call: ApiCall, failure: &Failure) -> String {
    let broke = failure.said.strip_prefix(UNREACHED).and_then(|rest| rest.strip_prefix(": "));
    match (&failure.code, broke) {
        (None, Some(why)) => format!("the connection broke before {} was answered: {why}", call.operation()),
        _ => failure.said.clone(),
    }
}

/// Whether a request certainly did not leave: there were no credentials to sign it with, it could not be built, or
/// nobody took the connection. TCP tells a refused connection before a byte of the request is sent; every other way
/// in which a connection fails may have come after it.
fn never_left<E: StdError + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::DispatchFailure(_) => {
            find::<CredentialsError>(error).is_some()
                || find::<io::Error>(error).is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
        }
        _ => false,
    }
}

/// Whether an error that AWS named says that the request changed nothing: it blames the request itself (4xx), there
/// was no capacity for it, or it was throttled, for which services have several statuses.
fn proves_that_nothing_happened(status: u16, code: &str, kind: GapKind) -> bool {
    match kind {
        GapKind::Throttled => true,
        GapKind::Timeout => false,
        _ => NO_CAPACITY.contains(&code) || ((400..500).contains(&status) && status != 408),
    }
}

/// Whether a good answer is one to this call and not a page that something between here and AWS put there: some calls
/// answer with nothing that the SDK would look at. Image Builder's answers have no such name; the SDK reads an ARN out
/// of them.
fn answers_the_call(call: ApiCall, body: Option<&[u8]>) -> bool {
    if call.service() == "imagebuilder" {
        return true;
    }
    let root = format!("<{}Response", call.operation());
    body.is_some_and(|body| body.windows(root.len()).any(|window| window == root.as_bytes()))
}

/// The id in a body, for an endpoint that leaves the header out.
fn request_id_in(body: Option<&[u8]>) -> Option<String> {
    let body = std::str::from_utf8(body?).ok()?;
    let after = ["<requestId>", "<RequestId>", "<RequestID>"].iter().find_map(|tag| body.split_once(tag))?.1;
    let (id, _) = after.split_once('<')?;
    text(Some(id.trim())).filter(|id| id.len() <= 128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_blames_the_request_or_did_not_begin_proves_that_nothing_happened() {
        let cases = [
            (400, "ValidationError", GapKind::Error, true),
            (403, "UnauthorizedOperation", GapKind::Denied, true),
            (400, "IdempotentParameterMismatch", GapKind::Error, true),
            (503, "RequestLimitExceeded", GapKind::Throttled, true),
            (429, "CallRateLimitExceededException", GapKind::Throttled, true),
            (500, "InsufficientInstanceCapacity", GapKind::Error, true),
            (500, "InternalError", GapKind::Error, false),
            (503, "ServiceUnavailable", GapKind::Error, false),
            (400, "RequestTimeout", GapKind::Timeout, false),
            (408, "Gone", GapKind::Error, false),
            (500, "ResourceContention", GapKind::Error, false),
            (302, "Moved", GapKind::Error, false),
        ];
        for (status, code, kind, proves) in cases {
            assert_eq!(proves_that_nothing_happened(status, code, kind), proves, "{status} {code}");
        }
    }

    #[test]
    fn a_page_for_people_is_no_answer_to_a_change() {
        let call = ApiCall::new("autoscaling:SetDesiredCapacity");
        assert!(!answers_the_call(call, Some(b"<html>Sign in to the guest network</html>")));
        assert!(!answers_the_call(call, None));
        assert!(answers_the_call(call, Some(b"<SetDesiredCapacityResponse xmlns=\"x\">")));
    }

    #[test]
    fn the_id_of_a_request_is_found_in_its_answer() {
        assert_eq!(request_id_in(Some(b"<R><requestId>a-1</requestId></R>")).as_deref(), Some("a-1"));
        assert_eq!(request_id_in(Some(b"<R><RequestID>\x1b[2Jb</RequestID></R>")).as_deref(), Some("[2Jb"));
        assert_eq!(request_id_in(Some(b"<R><requestId>cut")), None);
        assert_eq!(request_id_in(Some(&[0xff, 0xfe])), None);
    }

    #[test]
    fn a_trial_run_that_was_done_is_not_a_yes() {
        let done = Sent::Accepted { request_id: None, receipt: Receipt::default() };
        assert!(matches!(tried(done), DryRun::Unknown { .. }));
        let would =
            Sent::Refused { code: "DryRunOperation".into(), message: String::new(), action: None, request_id: None };
        assert_eq!(tried(would), DryRun::Would);
    }
}
