//! The one way in: tells service, caller, region and action of a request, lets through what is allowed, and hands it
//! to who answers it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use jiff::Timestamp;

use crate::{
    Delivery, Inner,
    call::Input,
    control,
    faults::{
        past, plan, refusal, touched,
        verdict::{Mishap, Stop},
    },
    request::Request,
    service::Service,
    wire::{Protocol, credential::Credential, fault::Fault, form::Form, time},
    world::{id, region},
};

/// The largest body that is read. AWS's own limits lie below it.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;

/// Answers the `nth` request since the opening.
pub(crate) fn answer(inner: &Inner, nth: u64, parts: &Parts, body: &[u8]) -> Delivery {
    if let Some(answer) = control::answer(inner, parts, body) {
        return Delivery::Whole(answer);
    }
    let now = inner.settle();
    let request_id = id::uuid(inner.seed.0 ^ 0x4E0, nth);
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
        (Some(credential), Some(service)) => match read(inner, parts, body, service, &credential) {
            Ok(request) => return meet(inner, now, &request_id, parts, request),
            Err(fault) => Err(fault),
        },
    };
    Delivery::Whole(respond(result, protocol, now, &request_id))
}

/// Carries a request out and delivers the answer, as far as the plan of faults lets it.
fn meet(inner: &Inner, now: Timestamp, request_id: &str, parts: &Parts, mut request: Request<'_>) -> Delivery {
    // Both look at the world, one after the other: it must not be held twice, nor while the plan is.
    let region = inner.world().scope_at(request.scope).region.name;
    let resources = touched(inner, now, request_id, &request);
    let verdict = inner.faults.strike(&plan::Call {
        service: request.service.prefix(),
        action: request.call.name,
        principal: &request.principal.name,
        account: &request.principal.account,
        region,
        reads: !request.call.writes(),
        resources: &resources,
        bare: touched::is_bare(&request.input),
        now,
        wall: Timestamp::now(),
        signed: parts.headers.get("x-amz-date").and_then(|value| value.to_str().ok()).and_then(refusal::parse_amz_date),
    });
    let service = request.service;
    let shown = verdict.clock.unwrap_or(now);
    let answer = |result| respond(result, service.protocol(), shown, request_id);
    let (word, delivery) = match verdict.stop {
        None | Some(Stop::Denied) => {
            request.denied = verdict.stop.is_some();
            let response = answer(carry_out(inner, now, request_id, &request, verdict.stale_s));
            match verdict.mishap {
                None => return Delivery::Whole(response),
                Some(Mishap::Truncated) => ("answer truncated".to_owned(), Delivery::Cut(response)),
                Some(Mishap::Lost) => ("answer lost".to_owned(), Delivery::Closed),
            }
        }
        Some(Stop::Silence) => ("timeout".to_owned(), Delivery::Silence),
        Some(Stop::Reset) => ("reset".to_owned(), Delivery::Reset),
        Some(Stop::Lost) => ("lost".to_owned(), Delivery::Closed),
        Some(Stop::HtmlPage) => ("page".to_owned(), Delivery::Whole(refusal::html_page(shown))),
        Some(Stop::Refused(refused)) => {
            let fault = refusal::of(refused, service);
            (fault.code.clone(), Delivery::Whole(answer(Err(fault))))
        }
    };
    inner.trace(now, format!("{} {word}", request.action()), &[]);
    delivery
}

/// What the request touches, where a fault asks: the ARNs that IAM would look at, and all texts that it carries.
fn touched(inner: &Inner, now: Timestamp, request_id: &str, request: &Request<'_>) -> Vec<String> {
    if !inner.faults.asks_resources() {
        return Vec::new();
    }
    let world = inner.world();
    let mut touched = (request.call.resources)(&request.ask(&world, now, request_id), &request.input);
    touched.extend(touched::texts(&request.input));
    touched
}

fn missing_token(protocol: Protocol) -> Fault {
    let code = match protocol {
        Protocol::Ec2 | Protocol::Query(_) => "MissingAuthenticationToken",
        Protocol::Json | Protocol::RestJson => "MissingAuthenticationTokenException",
    };
    Fault::new(code, "Request is missing Authentication Token").with_status(403)
}

/// Reads who asks for what.
fn read<'a>(
    inner: &Inner,
    parts: &'a Parts,
    body: &'a [u8],
    service: Service,
    credential: &Credential<'_>,
) -> Result<Request<'a>, Fault> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Fault::new("RequestEntityTooLarge", "The request is larger than 1 MiB.").with_status(413));
    }
    let world = inner.world();
    let principal = world
        .principals
        .iter()
        .find(|principal| principal.access_key_id == credential.access_key_id)
        .cloned()
        .ok_or_else(|| service.unknown_key())?;
    let scope = region::find(credential.region)
        .and_then(|region| world.scope_slot(&principal.account, region.name))
        .ok_or_else(|| {
            Fault::new(
                "SignatureDoesNotMatch",
                format!("Credential should be scoped to a valid region, not '{}'.", credential.region),
            )
            .with_status(403)
        })?;
    drop(world);
    let query = parts.uri.query().unwrap_or_default();
    let protocol = service.protocol();
    let form = match protocol {
        Protocol::Ec2 | Protocol::Query(_) => form_of(parts, body)?,
        Protocol::Json | Protocol::RestJson => Form::default(),
    };
    let action = match protocol {
        Protocol::Ec2 | Protocol::Query(_) => form
            .get("Action")
            .ok_or_else(|| Fault::new("MissingAction", "The request must contain the parameter Action"))?,
        Protocol::Json => {
            let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
            target.rsplit_once('.').filter(|(prefix, _)| service.is_target(prefix)).map_or("", |(_, action)| action)
        }
        Protocol::RestJson => parts.uri.path().trim_start_matches('/'),
    };
    let call = service.call(action).ok_or_else(|| service.unknown_action(action))?;
    if protocol == Protocol::RestJson && !service.is_method(action, &parts.method) {
        return Err(service.unknown_action(action));
    }
    let dry_run = service == Service::Ec2 && form.flag("DryRun")?;
    let input = Input { form, query, body };
    Ok(Request { service, call, input, principal, scope, dry_run, denied: false })
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

/// Lets the call read or change the world; what was, where a fault has it lag so many seconds behind.
fn carry_out(
    inner: &Inner,
    now: Timestamp,
    request_id: &str,
    request: &Request<'_>,
    stale_s: Option<i64>,
) -> Result<String, Fault> {
    let result = if request.call.writes() {
        let mut world = inner.world_mut();
        inner.past.keep(&world, now);
        let result = request.change(&mut world, now, request_id);
        inner.changed(&world);
        result
    } else {
        match stale_s.and_then(|seconds| inner.past.at(past::ago(now, seconds))) {
            Some(was) => request.read(&was, now, request_id),
            None => request.read(&inner.world(), now, request_id),
        }
    };
    let told = result.as_ref().map_or_else(|fault| &*fault.code, |_| "done");
    let body = result.as_ref().map_or(&[][..], |body| body.as_bytes());
    inner.trace(now, format!("{} {told}", request.action()), body);
    result
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
