//! What went wrong with a call: the one place where the SDK's errors become kind, missing action and message, for a
//! pull's gaps and for operations alike.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use fleet::GapKind;

use crate::api_call::ApiCall;
use crate::profile::chain;
use crate::retry::is_page;

/// Clocks that differ by more than this make AWS refuse a signature (five minutes, by Signature Version 4).
const SKEW_LIMIT_S: i32 = 300;

/// How a connection that failed is told.
pub(crate) const UNREACHED: &str = "AWS can't be reached";

/// Who asked, and where: what the next step depends on.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// The profile, or `environment`.
    pub(crate) profile: String,
    pub(crate) region: String,
    /// The command that signs in again.
    pub(crate) sign_in_command: Option<String>,
    /// Server's clock minus the local one, where it was heard.
    pub(crate) skew_s: Option<i32>,
    /// What the person does to ask again.
    pub(crate) again: Again,
}

/// What a person does to ask again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Again {
    /// Pull.
    Pull,
    /// Do the same once more.
    Try,
}

impl Again {
    /// At the beginning of a sentence.
    pub(crate) fn first(self) -> &'static str {
        match self {
            Self::Pull => "Pull again",
            Self::Try => "Try again",
        }
    }

    /// Within one.
    fn word(self) -> &'static str {
        match self {
            Self::Pull => "pull again",
            Self::Try => "try again",
        }
    }
}

/// A call that failed for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: GapKind,
    /// AWS's code: `UnauthorizedOperation`.
    pub(crate) code: Option<String>,
    /// The IAM action that is missing.
    pub(crate) action: Option<String>,
    /// Whether the same request may do later: AWS throttles, can't be reached, has a fault of its own, or what it said
    /// can't be read.
    pub(crate) may_pass: bool,
    /// What failed and why, or what AWS said, without a full stop and without the next step.
    pub(crate) said: String,
    /// What to do next, in sentences.
    pub(crate) next: String,
}

impl Failure {
    /// The user stopped the pull.
    pub(crate) fn cancelled() -> Self {
        Self {
            kind: GapKind::Cancelled,
            code: None,
            action: None,
            may_pass: true,
            said: "The pull was stopped before this was read".to_owned(),
            next: "Pull again to read it.".to_owned(),
        }
    }

    /// A failure that we found ourselves: what failed and why, and what to do next.
    pub(crate) fn error(said: &str, next: &str) -> Self {
        let said = fleet::clean(said.trim_end_matches('.')).into_owned();
        let next = fleet::clean(next).into_owned();
        Self { kind: GapKind::Error, code: None, action: None, may_pass: false, said, next }
    }

    /// As [`Failure::error`], of something that may do later.
    fn passing(said: &str, next: &str) -> Self {
        Self { may_pass: true, ..Self::error(said, next) }
    }

    /// An answer that is no error and can't be read; why.
    pub(crate) fn unreadable(call: ApiCall, reason: &str) -> Self {
        let said = format!("The answer to {} can't be read: {reason}", call.operation());
        Self::passing(&said, "Something between here and AWS may have changed it.")
    }

    /// What failed, why, and what to do next.
    pub(crate) fn message(&self) -> String {
        format!("{}. {}", self.said, self.next)
    }

    /// Whether asking for the next resource would fail the same way.
    pub(crate) fn ends_the_call(&self) -> bool {
        matches!(self.kind, GapKind::Denied | GapKind::Unsupported | GapKind::Expired | GapKind::Cancelled)
    }

    pub(crate) fn has_code(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    pub(crate) fn of<E>(call: ApiCall, error: &SdkError<E, HttpResponse>, asker: &Asker) -> Self
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        if let Some(cause) = find::<CredentialsError>(error) {
            return Self::of_credentials(cause, asker);
        }
        match error {
            SdkError::ServiceError(context) => {
                let (answer, error) = (context.raw(), context.err());
                match error.code() {
                    Some(code) => Self::of_code(call, code, error.message(), answer, asker),
                    None => Self::of_answer(call, answer, &chain(error), asker),
                }
            }
            SdkError::ResponseError(context) => Self::of_answer(call, context.raw(), &chain(error), asker),
            SdkError::TimeoutError(_) => Self::timeout(call, asker),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::timeout(call, asker),
            SdkError::DispatchFailure(_) => Self::of_connection(&chain(error), asker),
            _ => {
                let said = format!("{} could not be sent: {}", call.operation(), chain(error));
                Self::error(&said, &format!("{}.", asker.again.first()))
            }
        }
    }

    /// An error that AWS named.
    fn of_code(call: ApiCall, code: &str, message: Option<&str>, answer: &HttpResponse, asker: &Asker) -> Self {
        let said = match message.map(str::trim).filter(|message| !message.is_empty()) {
            Some(message) => format!("{} ({code})", message.trim_end_matches('.')),
            None => code.to_owned(),
        };
        let status = answer.status().as_u16();
        let kind = kind_of(code, status, asker);
        let action = (kind == GapKind::Denied)
            .then(|| message.and_then(missing_action).unwrap_or_else(|| call.action().to_owned()));
        let next = match (kind, &action) {
            (GapKind::Denied, Some(action)) => {
                format!("Allow the action {action}, or choose a profile that has it.")
            }
            (GapKind::Expired, _) => sign_in_again(asker),
            (GapKind::Throttled, _) => format!("Others use the same quota: {} in a minute.", asker.again.word()),
            (GapKind::Unsupported, _) => {
                format!("This endpoint does not know {}: what depends on it stays unknown.", call.operation())
            }
            (GapKind::Timeout, _) => format!("{}.", asker.again.first()),
            _ if refuses_the_signature(code) => signature_step(asker),
            // A pull asks nothing that could be wrong by itself; what an operation asks for can be.
            _ if asker.again == Again::Try && (400..500).contains(&status) => {
                "AWS does not take it as things are: look at what it says, then plan again.".to_owned()
            }
            _ => format!("{}; if it stays, AWS's health page may know more.", asker.again.first()),
        };
        let may_pass =
            matches!(kind, GapKind::Throttled | GapKind::Timeout) || (kind == GapKind::Error && status >= 500);
        Self { kind, code: Some(code.to_owned()), action, may_pass, ..Self::error(&said, &next) }
    }

    /// An answer that names no error.
    fn of_answer(call: ApiCall, answer: &HttpResponse, reason: &str, asker: &Asker) -> Self {
        let status = answer.status().as_u16();
        let (operation, unsupported) = (call.operation(), is_page(answer.headers().get("content-type")));
        let page = if unsupported { " with a web page" } else { "" };
        match status {
            429 => Self {
                kind: GapKind::Throttled,
                ..Self::passing(
                    "The answer was HTTP 429",
                    &format!("Others use the same quota: {} in a minute.", asker.again.word()),
                )
            },
            500 | 501 | 404 | 405 if unsupported || status == 501 => Self {
                kind: GapKind::Unsupported,
                ..Self::error(
                    &format!("The answer was HTTP {status}{page}"),
                    &format!("This endpoint does not know {operation}: what depends on it stays unknown."),
                )
            },
            200..300 => Self::unreadable(call, reason),
            _ => Self::passing(
                &format!("The answer to {operation} was HTTP {status}{page} without an AWS error"),
                "A proxy may have answered: check HTTPS_PROXY and NO_PROXY.",
            ),
        }
    }

    fn of_connection(reason: &str, asker: &Asker) -> Self {
        let lower = reason.to_lowercase();
        let next = if lower.contains("unknownissuer") || lower.contains("certificate") {
            "The certificate is not one that this machine trusts: where a proxy opens TLS, give its certificate with \
             AWS_CA_BUNDLE."
                .to_owned()
        } else if lower.contains("dns") || lower.contains("lookup") || lower.contains("resolve") {
            format!("Check the network, and that {} is a region.", asker.region)
        } else {
            "Check the network, HTTPS_PROXY and NO_PROXY.".to_owned()
        };
        Self::passing(&format!("{UNREACHED}: {reason}"), &next)
    }

    fn timeout(call: ApiCall, asker: &Asker) -> Self {
        let said = format!("No answer to {} from {} in time", call.operation(), asker.region);
        Self {
            kind: GapKind::Timeout,
            ..Self::passing(&said, &format!("{}; check the network or the proxy if it stays.", asker.again.first()))
        }
    }

    /// No credentials could be had. Where a command signs in, that is the way: its cached token is gone, expired or
    /// can't be renewed.
    pub(crate) fn of_credentials(error: &CredentialsError, asker: &Asker) -> Self {
        let cause = error.source().map_or_else(|| error.to_string(), chain);
        let said = format!("The profile {} gives no credentials: {cause}", asker.profile);
        let renewable = asker.sign_in_command.is_some() && !matches!(error, CredentialsError::InvalidConfiguration(_));
        let (kind, next) = match error {
            _ if renewable => (GapKind::Expired, sign_in_again(asker)),
            CredentialsError::ProviderTimedOut(_) => (GapKind::Timeout, format!("{}.", asker.again.first())),
            _ if cause.contains("xpired") => (GapKind::Expired, sign_in_again(asker)),
            _ => (GapKind::Error, format!("`{}` shows what is wrong.", identity_command(asker))),
        };
        let may_pass = kind == GapKind::Timeout;
        Self { kind, may_pass, ..Self::error(&said, &next) }
    }
}

fn identity_command(asker: &Asker) -> String {
    match asker.profile.as_str() {
        "environment" => "aws sts get-caller-identity".to_owned(),
        profile => format!("aws sts get-caller-identity --profile {}", crate::profile::shell_word(profile)),
    }
}

fn sign_in_again(asker: &Asker) -> String {
    let again = asker.again.word();
    match &asker.sign_in_command {
        Some(command) => format!("Run `{command}` and {again}."),
        None if asker.profile == "environment" => {
            format!("Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew and {again}.")
        }
        None => format!("Renew the credentials of the profile {} and {again}.", asker.profile),
    }
}

fn kind_of(code: &str, status: u16, asker: &Asker) -> GapKind {
    match code {
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "NotAuthorized"
        | "Client.UnauthorizedOperation" => GapKind::Denied,
        // EC2 says RequestExpired of an expired session and of a wrong clock alike.
        "RequestExpired" if clock_is_wrong(asker) => GapKind::Error,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" | "CredentialsExpired" => {
            GapKind::Expired
        }
        "CallRateLimitExceededException"
        | "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "EC2ThrottledException"
        | "SlowDown"
        | "BandwidthLimitExceeded" => GapKind::Throttled,
        "InvalidAction"
        | "UnknownOperationException"
        | "UnknownOperation"
        | "UnsupportedOperation"
        | "UnsupportedOperationException"
        | "NotImplemented"
        | "OperationNotSupported"
        | "OperationNotPermittedInRegion" => GapKind::Unsupported,
        "RequestTimeout" | "RequestTimeoutException" => GapKind::Timeout,
        _ if status == 429 => GapKind::Throttled,
        _ if status == 501 => GapKind::Unsupported,
        _ => GapKind::Error,
    }
}

fn clock_is_wrong(asker: &Asker) -> bool {
    asker.skew_s.is_some_and(|skew| skew.unsigned_abs() > SKEW_LIMIT_S.unsigned_abs())
}

/// Codes that say no more than that the request's signature was not accepted.
fn refuses_the_signature(code: &str) -> bool {
    matches!(
        code,
        "AuthFailure"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "RequestTimeTooSkewed"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "IncompleteSignature"
            | "OptInRequired"
            | "RequestInTheFuture"
    )
}

fn signature_step(asker: &Asker) -> String {
    match asker.skew_s.filter(|_| clock_is_wrong(asker)) {
        Some(skew) => {
            let minutes = skew.unsigned_abs().div_ceil(60);
            let way = if skew > 0 { "behind" } else { "ahead of" };
            format!("This machine's clock is {minutes} min {way} AWS's, which makes AWS refuse it: set the clock.")
        }
        None => format!(
            "Either the region {} is not enabled for the account, or the keys of the profile {} are no longer valid.",
            asker.region, asker.profile
        ),
    }
}

/// The action in 'User: ... is not authorized to perform: ec2:DescribeInstances on resource: ...'.
fn missing_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '*')).collect();
    action.contains(':').then(|| action.trim_end_matches(':').to_owned())
}

/// The first cause of a given type.
pub(crate) fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn asker(skew_s: Option<i32>, sign_in_command: Option<&str>) -> Asker {
        Asker {
            profile: "prod".into(),
            region: "eu-west-1".into(),
            sign_in_command: sign_in_command.map(str::to_owned),
            skew_s,
            again: Again::Pull,
        }
    }

    fn coded(code: &str, message: &str, asker: &Asker) -> Failure {
        let answer = HttpResponse::try_from(http::Response::builder().status(400).body(SdkBody::empty()).unwrap());
        Failure::of_code(fleet::Call::DescribeImages.into(), code, Some(message), &answer.unwrap(), asker)
    }

    #[test]
    fn every_code_has_its_kind() {
        let cases = [
            ("UnauthorizedOperation", GapKind::Denied),
            ("AccessDeniedException", GapKind::Denied),
            ("ExpiredToken", GapKind::Expired),
            ("ExpiredTokenException", GapKind::Expired),
            ("RequestExpired", GapKind::Expired),
            ("RequestLimitExceeded", GapKind::Throttled),
            ("CallRateLimitExceededException", GapKind::Throttled),
            ("InvalidAction", GapKind::Unsupported),
            ("UnknownOperationException", GapKind::Unsupported),
            ("AuthFailure", GapKind::Error),
            ("InternalError", GapKind::Error),
        ];
        for (code, kind) in cases {
            assert_eq!(coded(code, "because", &asker(None, None)).kind, kind, "{code}");
        }
    }

    #[test]
    fn the_missing_action_is_what_aws_names_and_else_the_calls_own() {
        let named = coded(
            "AccessDeniedException",
            "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: kms:Decrypt on resource: x",
            &asker(None, None),
        );
        assert_eq!(named.action.as_deref(), Some("kms:Decrypt"));
        let unnamed =
            coded("UnauthorizedOperation", "You are not authorized to perform this operation.", &asker(None, None));
        assert_eq!(unnamed.action.as_deref(), Some("ec2:DescribeImages"));
        assert_eq!(
            unnamed.message(),
            "You are not authorized to perform this operation (UnauthorizedOperation). Allow the action \
             ec2:DescribeImages, or choose a profile that has it."
        );
    }

    #[test]
    fn an_expired_sign_in_gives_the_command() {
        let failure = coded(
            "ExpiredToken",
            "The security token included in the request is expired",
            &asker(None, Some("aws sso login --profile prod")),
        );
        assert_eq!(
            failure.message(),
            "The security token included in the request is expired (ExpiredToken). Run `aws sso login --profile prod` \
             and pull again."
        );
    }

    #[test]
    fn a_refused_signature_with_a_wrong_clock_says_the_clock() {
        let behind = coded("AuthFailure", "AWS was not able to validate", &asker(Some(1_130), None));
        assert!(behind.message().contains("clock is 19 min behind AWS's"), "{}", behind.message());
        let ahead = coded("RequestExpired", "Request has expired.", &asker(Some(-7_200), None));
        assert_eq!(ahead.kind, GapKind::Error);
        assert!(ahead.message().contains("clock is 120 min ahead of AWS's"), "{}", ahead.message());
        let right = coded("AuthFailure", "AWS was not able to validate", &asker(Some(2), None));
        assert!(right.message().contains("eu-west-1 is not enabled"), "{}", right.message());
    }

    #[test]
    fn no_cached_token_asks_to_sign_in_and_a_broken_setting_to_be_corrected() {
        let sso = asker(None, Some("aws sso login --profile prod"));
        let missing = Failure::of_credentials(&CredentialsError::provider_error("no cached token"), &sso);
        assert_eq!(
            (missing.kind, missing.message().contains("`aws sso login --profile prod`")),
            (GapKind::Expired, true)
        );
        let broken = Failure::of_credentials(&CredentialsError::invalid_configuration("no sso_region"), &sso);
        assert_eq!(broken.kind, GapKind::Error);
        assert_eq!(
            broken.message(),
            "The profile prod gives no credentials: no sso_region. `aws sts get-caller-identity --profile prod` \
             shows what is wrong."
        );
    }

    #[test]
    fn a_hostile_message_is_cleaned() {
        let failure = coded("InternalError", "\u{1b}]0;x\u{7}\u{202e}gone", &asker(None, None));
        assert!(failure.message().starts_with("]0;xgone (InternalError)."), "{}", failure.message());
    }
}
