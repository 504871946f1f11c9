//! The one way in: tells service, caller, region and action of a request, and who answers it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use jiff::Timestamp;

use crate::{
    autoscaling, ec2, imagebuilder, ssm, sts,
    wire::{Protocol, credential::Credential, fault::Fault, form::Form, time},
    world::{Scope, World, id, principal::Principal, region},
};

/// The largest body that is read. AWS's own limits lie below it.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;

/// What every call knows beside its parameters.
pub(crate) struct Ask<'a> {
    pub(crate) world: &'a World,
    pub(crate) scope: &'a Scope,
    pub(crate) principal: &'a Principal,
    pub(crate) now: Timestamp,
    pub(crate) request_id: &'a str,
}

/// The services that are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Ec2,
    AutoScaling,
    Sts,
    ImageBuilder,
    Ssm,
}

impl Service {
    /// By the name in a credential's scope.
    fn named(name: &str) -> Option<Service> {
        Some(match name {
            "ec2" => Service::Ec2,
            "autoscaling" => Service::AutoScaling,
            "sts" => Service::Sts,
            "imagebuilder" => Service::ImageBuilder,
            "ssm" => Service::Ssm,
            _ => return None,
        })
    }

    /// The likeliest service of a request that is not signed, to give its error in a fitting form.
    fn guess(parts: &Parts) -> Service {
        if parts.headers.contains_key("x-amz-target") {
            Service::Ssm
        } else if parts.uri.path().len() > 1 {
            Service::ImageBuilder
        } else {
            Service::Ec2
        }
    }

    fn protocol(self) -> Protocol {
        match self {
            Service::Ec2 => Protocol::Ec2,
            Service::AutoScaling => Protocol::Query(autoscaling::NAMESPACE),
            Service::Sts => Protocol::Query(sts::NAMESPACE),
            Service::ImageBuilder => Protocol::RestJson,
            Service::Ssm => Protocol::Json,
        }
    }

    /// AWS's error for an access key that nobody has.
    fn unknown_key(self) -> Fault {
        match self {
            Service::Ec2 => Fault::new("AuthFailure", "AWS was not able to validate the provided access credentials")
                .with_status(401),
            Service::AutoScaling | Service::Sts => {
                Fault::new("InvalidClientTokenId", "The security token included in the request is invalid")
                    .with_status(403)
            }
            Service::ImageBuilder => {
                Fault::new("UnrecognizedClientException", "The security token included in the request is invalid.")
                    .with_status(403)
            }
            Service::Ssm => {
                Fault::new("UnrecognizedClientException", "The security token included in the request is invalid.")
            }
        }
    }

    /// AWS's error for a call that it does not know.
    fn unknown_action(self, action: &str) -> Fault {
        match self {
            Service::Ec2 => {
                Fault::new("InvalidAction", format!("The action {action} is not valid for this web service."))
            }
            Service::AutoScaling | Service::Sts => {
                Fault::new("InvalidAction", format!("Could not find operation {action} for this service"))
            }
            Service::ImageBuilder => {
                Fault::new("UnknownOperationException", format!("Unknown operation: {action}")).with_status(404)
            }
            Service::Ssm => Fault::new("UnknownOperationException", format!("Unknown operation: {action}")),
        }
    }

    fn knows(self, action: &str) -> bool {
        match self {
            Service::Ec2 => ec2::knows(action),
            Service::AutoScaling => autoscaling::knows(action),
            Service::Sts => sts::knows(action),
            Service::ImageBuilder => imagebuilder::knows(action),
            Service::Ssm => ssm::knows(action),
        }
    }

    /// AWS's error for an action that no policy allows, in the service's own wording.
    fn denied(self, principal: &Principal, scope: &Scope, action: &str) -> Fault {
        let who = format!("User: {}", principal.arn());
        let why = |action: &str| format!("because no identity-based policy allows the {action} action");
        match self {
            Service::Ec2 => Fault::new(
                "UnauthorizedOperation",
                format!(
                    "You are not authorized to perform this operation. {who} is not authorized to perform: {action} {}",
                    why(action)
                ),
            )
            .with_status(403),
            Service::AutoScaling | Service::Sts => {
                Fault::new("AccessDenied", format!("{who} is not authorized to perform: {action} {}", why(action)))
                    .with_status(403)
            }
            Service::ImageBuilder | Service::Ssm => {
                let resource = match self {
                    Service::Ssm => format!("arn:aws:ssm:{}:{}:*", scope.region.name, scope.account),
                    _ => imagebuilder::resource(scope, action),
                };
                let status = if self == Service::Ssm { 400 } else { 403 };
                Fault::new(
                    "AccessDeniedException",
                    format!("{who} is not authorized to perform: {action} on resource: {resource} {}", why(action)),
                )
                .with_status(status)
            }
        }
    }

    /// The word before the colon in IAM's names of actions.
    fn prefix(self) -> &'static str {
        match self {
            Service::Ec2 => "ec2",
            Service::AutoScaling => "autoscaling",
            Service::Sts => "sts",
            Service::ImageBuilder => "imagebuilder",
            Service::Ssm => "ssm",
        }
    }
}

/// Answers the `nth` request since the opening.
pub(crate) fn answer(world: &World, now: Timestamp, nth: u64, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    let request_id = id::uuid(world.seed.0 ^ 0x4E0, nth);
    let credential =
        parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(Credential::parse);
    let service = credential.as_ref().and_then(|credential| Service::named(credential.service));
    let protocol = service.unwrap_or_else(|| Service::guess(parts)).protocol();
    let result = match (credential, service) {
        (None, _) => Err(missing_token(protocol)),
        (Some(credential), None) => Err(Fault::new(
            "SignatureDoesNotMatch",
            format!("Credential should be scoped to correct service: the sandbox has no '{}'.", credential.service),
        )
        .with_status(403)),
        (Some(credential), Some(service)) => {
            tracing::trace!(service = service.prefix(), region = credential.region, "request");
            call(world, now, &request_id, parts, body, service, &credential)
        }
    };
    respond(result, protocol, now, &request_id)
}

fn missing_token(protocol: Protocol) -> Fault {
    let code = match protocol {
        Protocol::Ec2 | Protocol::Query(_) => "MissingAuthenticationToken",
        Protocol::Json | Protocol::RestJson => "MissingAuthenticationTokenException",
    };
    Fault::new(code, "Request is missing Authentication Token").with_status(403)
}

fn call(
    world: &World,
    now: Timestamp,
    request_id: &str,
    parts: &Parts,
    body: &[u8],
    service: Service,
    credential: &Credential<'_>,
) -> Result<String, Fault> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Fault::new("RequestEntityTooLarge", "The request is larger than 1 MiB.").with_status(413));
    }
    let principal = world
        .principals
        .iter()
        .find(|principal| principal.access_key_id == credential.access_key_id)
        .ok_or_else(|| service.unknown_key())?;
    let scope = region::find(credential.region)
        .and_then(|region| world.scope(&principal.account, region.name))
        .ok_or_else(|| {
            Fault::new(
                "SignatureDoesNotMatch",
                format!("Credential should be scoped to a valid region, not '{}'.", credential.region),
            )
            .with_status(403)
        })?;
    let ask = Ask { world, scope, principal, now, request_id };
    let may = |action: &str| {
        if !service.knows(action) {
            return Err(service.unknown_action(action));
        }
        let full = format!("{}:{action}", service.prefix());
        // AWS answers GetCallerIdentity whatever the policies say.
        if service != Service::Sts && principal.is_denied(scope.region.name, &full) {
            return Err(service.denied(principal, scope, &full));
        }
        Ok(())
    };
    match service {
        Service::Ec2 | Service::AutoScaling | Service::Sts => {
            let form = form_of(parts, body)?;
            let action = form
                .get("Action")
                .ok_or_else(|| Fault::new("MissingAction", "The request must contain the parameter Action"))?;
            may(action)?;
            match service {
                Service::Ec2 => ec2::answer(&ask, action, &form),
                Service::AutoScaling => autoscaling::answer(&ask, action, &form),
                _ => Ok(sts::answer(&ask)),
            }
        }
        Service::Ssm => {
            let action = parts
                .headers
                .get("x-amz-target")
                .and_then(|value| value.to_str().ok())
                .and_then(|target| target.strip_prefix("AmazonSSM."))
                .unwrap_or_default();
            may(action)?;
            ssm::answer(&ask, action, body)
        }
        Service::ImageBuilder => {
            let action = parts.uri.path().trim_start_matches('/');
            may(action)?;
            let method = if action.starts_with("Get") { Method::GET } else { Method::POST };
            if parts.method != method {
                return Err(service.unknown_action(action));
            }
            imagebuilder::answer(&ask, action, parts.uri.query().unwrap_or_default(), body)
        }
    }
}

fn form_of(parts: &Parts, body: &[u8]) -> Result<Form, Fault> {
    if parts.uri.path() != "/" {
        return Err(Fault::new("InvalidAction", "There is nothing at this path.").with_status(404));
    }
    match parts.method {
        Method::POST => Form::parse(body),
        Method::GET => Form::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        _ => Err(Fault::new("InvalidAction", "Use GET or POST.").with_status(405)),
    }
}

fn respond(result: Result<String, Fault>, protocol: Protocol, now: Timestamp, request_id: &str) -> Response<Bytes> {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| {
        // What comes from outside never goes into a header, so this holds; if not, the header is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    let (status, body) = match result {
        Ok(body) => (200, body),
        Err(fault) => {
            if protocol == Protocol::RestJson {
                put("x-amzn-errortype", &fault.code);
            }
            (fault.status, fault.body(protocol, request_id))
        }
    };
    put("date", &time::http_date(now));
    put("x-amzn-requestid", request_id);
    put(
        "content-type",
        match protocol {
            Protocol::Ec2 => "text/xml;charset=UTF-8",
            Protocol::Query(_) => "text/xml",
            Protocol::Json => "application/x-amz-json-1.1",
            Protocol::RestJson => "application/json",
        },
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    *response.headers_mut() = headers;
    response
}
