//! Logins by Session Manager.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json as value};

use super::{is_online, page_size, slot_of, validation};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, json, page::Page, time},
    world::{Scope, id, session::Session},
};

/// What a session runs if nothing else is said.
pub(crate) const SHELL: &str = "SSM-SessionManagerRunShell";

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Start {
    target: String,
    document_name: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Terminate {
    session_id: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Describe {
    state: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
struct Filter {
    key: String,
    value: String,
}

/// The server and the document that a session needs.
pub(super) fn started_arns(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let asked: Start = json::read(input.body).unwrap_or_default();
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    let mut arns = vec![format!("arn:aws:ec2:{region}:{account}:instance/{}", asked.target)];
    if let Some(document) = asked.document_name {
        arns.push(format!("arn:aws:ssm:{region}:{account}:document/{document}"));
    }
    arns
}

pub(super) fn ended_arn(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let asked: Terminate = json::read(input.body).unwrap_or_default();
    vec![format!("arn:aws:ssm:{}:{}:session/{}", ask.scope.region.name, ask.scope.account, asked.session_id)]
}

/// The id of a session of this person.
pub(crate) fn session_id(person: &str, seed: u64) -> String {
    format!("{person}-0{seed:016x}")
}

/// How long people stay if nobody ends their session: from some minutes to the 20 minutes of idleness after which
/// Session Manager ends one itself (user guide, 'Specify an idle session timeout value'), and the work before.
fn stay(seed: u64) -> SignedDuration {
    SignedDuration::from_secs(id::Seed(seed).dice(&["stay"]).between(20 * 60, 75 * 60))
}

pub(super) fn start(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Start = json::read(input.body)?;
    let ask = change.ask();
    let target = &asked.target;
    if target.is_empty() || target.len() > 400 {
        return Err(validation("A session needs a target of 1 to 400 characters."));
    }
    let document = asked.document_name.unwrap_or_else(|| SHELL.to_owned());
    if !matches!(&*document, SHELL | "AWS-StartSSHSession" | "AWS-StartPortForwardingSession") {
        return Err(Fault::new("InvalidDocument", format!("Document with name {document} does not exist.")));
    }
    let server = slot_of(ask.scope, target)
        .filter(|&slot| is_online(&ask.scope.servers[slot as usize], &ask))
        .ok_or_else(|| Fault::new("TargetNotConnected", format!("{target} is not connected.")))?;
    let seed = ask.world.seed.id(&["session", ask.request_id]);
    let session = Session {
        id: session_id(&change.principal.session, seed),
        server,
        owner: change.principal.arn().into(),
        document,
        reason: asked.reason,
        started: change.now,
        ends: change.now.saturating_add(stay(seed)).unwrap_or(Timestamp::MAX),
    };
    let id = session.id.clone();
    let scope = change.scope;
    change.effect()?.scope_at_mut(scope).sessions.push(session);
    let region = change.ask().scope.region.name;
    change.note(target.clone());
    Ok(value!({
        "SessionId": id,
        "TokenValue": format!("{:016x}{:016x}", id::mix(seed), id::mix(seed ^ 1)),
        "StreamUrl":
            format!("wss://ssmmessages.{region}.amazonaws.com/v1/data-channel/{id}?role=publish_subscribe"),
    }))
}

pub(super) fn terminate(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Terminate = json::read(input.body)?;
    let (scope, now) = (change.scope, change.now);
    let slot =
        change.ask().scope.sessions.iter().position(|session| session.id == asked.session_id).ok_or_else(|| {
            Fault::new("DoesNotExistException", format!("Session {} does not exist.", asked.session_id))
        })?;
    let session = &mut change.effect()?.scope_at_mut(scope).sessions[slot];
    session.ends = session.ends.min(now);
    Ok(value!({ "SessionId": asked.session_id }))
}

fn status(session: &Session, scope: &Scope, now: Timestamp) -> &'static str {
    if now < session.end(&scope.servers[session.server as usize]) { "Connected" } else { "Terminated" }
}

/// Whether a session passes a filter.
fn passes(session: &Session, ask: &Ask<'_>, filter: &Filter) -> Result<bool, Fault> {
    let wanted = &*filter.value;
    let instant = || {
        wanted.parse::<Timestamp>().map_err(|_| {
            Fault::new("InvalidFilterValue", format!("The value {wanted} is not a time such as 2026-11-02T08:00:00Z."))
        })
    };
    Ok(match &*filter.key {
        "InvokedAfter" => session.started >= instant()?,
        "InvokedBefore" => session.started <= instant()?,
        "Target" => id::show("i", ask.scope.servers[session.server as usize].id) == wanted,
        "Owner" => *session.owner == *wanted,
        "Status" => status(session, ask.scope, ask.now) == wanted,
        "SessionId" => session.id == wanted,
        "AccessType" => wanted == "Standard",
        other => return Err(Fault::new("InvalidFilterKey", format!("The filter key {other} is not valid."))),
    })
}

/// The most sessions on a page.
const MAX_PAGE: i64 = 200;

pub(super) fn describe(ask: &Ask<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: Describe = json::read(input.body)?;
    let active = match asked.state.as_deref() {
        Some("Active") => true,
        Some("History") => false,
        other => {
            return Err(validation(format!(
                "1 validation error detected: Value '{}' at 'state' failed to satisfy constraint: \
                 Member must satisfy enum value set: [Active, History]",
                other.unwrap_or("null")
            )));
        }
    };
    let size = page_size(asked.max_results, (1, MAX_PAGE))?;
    let mut question = vec!["ssm", &*ask.scope.account, ask.scope.region.name, if active { "active" } else { "past" }];
    question.extend(asked.filters.iter().flat_map(|filter| [&*filter.key, &*filter.value]));
    let page = Page::new(ask.world.seed, &question, asked.next_token.as_deref(), size)
        .map_err(|_| Fault::new("InvalidNextToken", "The specified token is not valid."))?;
    let mut passing = Vec::with_capacity(ask.scope.sessions.len());
    for session in &ask.scope.sessions {
        let server = &ask.scope.servers[session.server as usize];
        let is_active = ask.now < session.end(server);
        let mut passed = is_active == active && session.is_told(server, ask.now);
        for filter in &asked.filters {
            passed &= passes(session, ask, filter)?;
        }
        passing.push((session, passed));
    }
    let (taken, next) = page.take_newest(&passing, |(_, passed)| *passed);
    let mut answer = Map::new();
    answer.insert("Sessions".into(), taken.into_iter().map(|(session, _)| show(ask, session)).collect());
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

fn show(ask: &Ask<'_>, session: &Session) -> Value {
    let server = &ask.scope.servers[session.server as usize];
    let status = status(session, ask.scope, ask.now);
    let mut shown = value!({
        "SessionId": session.id,
        "Target": id::show("i", server.id),
        "Status": status,
        "StartDate": time::epoch(session.started),
        "DocumentName": session.document,
        "Owner": &*session.owner,
        "OutputUrl": {},
        "AccessType": "Standard",
    });
    if status == "Terminated" {
        shown["EndDate"] = time::epoch(session.end(server)).into();
    }
    if let Some(reason) = &session.reason {
        shown["Reason"] = reason.as_str().into();
    }
    shown
}
