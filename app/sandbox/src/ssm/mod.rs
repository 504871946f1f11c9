//! Systems Manager: parameters, the servers that its agent runs on, and logins.

mod managed;
mod parameters;
mod put;
mod sessions;

use serde_json::Value;

use crate::{
    call::{Ask, Call, Change, Handler, Input, anything},
    wire::fault::Fault,
    world::{
        Scope,
        server::{Server, ServerState},
    },
};

pub(crate) use parameters::arn;
pub(crate) use sessions::{SHELL, session_id};

/// SSM's calls.
pub(crate) const CALLS: &[Call] = &[
    read("GetParameter", parameters::arns, parameters::get),
    read("GetParameters", parameters::arns, parameters::get_many),
    read("GetParameterHistory", parameters::arns, parameters::history),
    write("PutParameter", put::new_arn, put::put),
    read("DescribeSessions", anything, sessions::describe),
    write("StartSession", sessions::started_arns, sessions::start),
    write("TerminateSession", sessions::ended_arn, sessions::terminate),
    read("DescribeInstanceInformation", anything, managed::describe),
];

const fn read(
    name: &'static str,
    resources: fn(&Ask<'_>, &Input<'_>) -> Vec<String>,
    answer: fn(&Ask<'_>, &Input<'_>) -> Result<Value, Fault>,
) -> Call {
    Call { name, parameters: &[], resources, handler: Handler::ReadJson(answer) }
}

const fn write(
    name: &'static str,
    resources: fn(&Ask<'_>, &Input<'_>) -> Vec<String>,
    answer: fn(&mut Change<'_>, &Input<'_>) -> Result<Value, Fault>,
) -> Call {
    Call { name, parameters: &[], resources, handler: Handler::WriteJson(answer) }
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// A size of a page, from `low` to `high`; `high` if nothing is asked.
fn page_size(asked: Option<i64>, (low, high): (i64, i64)) -> Result<usize, Fault> {
    let size = asked.unwrap_or(high);
    usize::try_from(size).ok().filter(|_| (low..=high).contains(&size)).ok_or_else(|| {
        validation(format!(
            "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: \
             Member must have value between {low} and {high}"
        ))
    })
}

/// Whether SSM's agent can be reached on a server: it works, and its role lets it report.
fn is_online(server: &Server, ask: &Ask<'_>) -> bool {
    server.state == ServerState::Running && server.instance_profile.is_some() && server.ready_at() <= ask.now
}

/// The slot of the server with this id.
fn slot_of(scope: &Scope, text: &str) -> Option<u32> {
    scope.server_slots.get(&crate::world::id::parse("i", text)?).copied()
}
