//! What a call is: its name, its parameters, what it touches and who answers it; and what every answer knows.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{Scope, World, principal::Principal},
};

/// One action of a service.
pub(crate) struct Call {
    /// As IAM names it, without the service.
    pub(crate) name: &'static str,
    /// What its parameters' names begin with, before the first dot; other parameters are refused where the service
    /// refuses them.
    pub(crate) parameters: &'static [&'static str],
    /// The ARNs of what a request is about, as IAM has them; `*` where the action knows no resources.
    pub(crate) resources: fn(&Ask<'_>, &Input<'_>) -> Vec<String>,
    pub(crate) handler: Handler,
}

/// Who answers a call. What changes the world has it to itself meanwhile; what reads shares it.
pub(crate) enum Handler {
    ReadXml(fn(&Ask<'_>, &Form, &mut Xml) -> Result<(), Fault>),
    WriteXml(fn(&mut Change<'_>, &Form, &mut Xml) -> Result<(), Fault>),
    ReadJson(fn(&Ask<'_>, &Input<'_>) -> Result<Value, Fault>),
    WriteJson(fn(&mut Change<'_>, &Input<'_>) -> Result<Value, Fault>),
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Call {
    /// Whether it may change the world.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.handler, Handler::WriteXml(_) | Handler::WriteJson(_))
    }
}

/// For calls that IAM knows no resources of.
pub(crate) fn anything(_: &Ask<'_>, _: &Input<'_>) -> Vec<String> {
    vec!["*".to_owned()]
}

/// What was sent.
pub(crate) struct Input<'a> {
    /// The parameters of a query call; empty for JSON.
    pub(crate) form: Form,
    /// The query string of a REST call.
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// What every reading call knows beside its parameters.
pub(crate) struct Ask<'a> {
    pub(crate) world: &'a World,
    pub(crate) scope: &'a Scope,
    pub(crate) principal: &'a Principal,
    pub(crate) now: Timestamp,
    pub(crate) request_id: &'a str,
}

/// What every changing call knows beside its parameters.
pub(crate) struct Change<'a> {
    world: &'a mut World,
    /// The scope's slot.
    pub(crate) scope: usize,
    pub(crate) principal: Arc<Principal>,
    pub(crate) now: Timestamp,
    request_id: &'a str,
    dry_run: bool,
    made: Vec<String>,
}

impl<'a> Change<'a> {
    pub(crate) fn new(
        world: &'a mut World,
        scope: usize,
        principal: Arc<Principal>,
        now: Timestamp,
        request_id: &'a str,
        dry_run: bool,
    ) -> Change<'a> {
        Change { world, scope, principal, now, request_id, dry_run, made: Vec::new() }
    }

    /// The world as it is, to check and to answer.
    pub(crate) fn ask(&self) -> Ask<'_> {
        Ask {
            world: self.world,
            scope: self.world.scope_at(self.scope),
            principal: &self.principal,
            now: self.now,
            request_id: self.request_id,
        }
    }

    /// The world to change, after all checks passed.
    ///
    /// # Errors
    /// `DryRunOperation` if the call was only to be tried.
    pub(crate) fn effect(&mut self) -> Result<&mut World, Fault> {
        if self.dry_run {
            return Err(Fault::dry_run());
        }
        Ok(self.world)
    }

    /// Notes the ARN or id of something that the call made or touched and that its request does not name.
    pub(crate) fn note(&mut self, what: String) {
        self.made.push(what);
    }

    /// What was noted.
    pub(crate) fn into_made(self) -> Vec<String> {
        self.made
    }
}
