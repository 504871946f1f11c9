//! A request that is understood: it reads or changes the world, if its caller may, and the account's trail tells of it.
//! Whether it came over the wire or from a scenario's story makes no difference here.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    authority,
    call::{Ask, Call, Change, Handler, Input},
    cloudtrail::told,
    service::Service,
    wire::{envelope, fault::Fault},
    world::{
        World, id,
        principal::Principal,
        trail::{Outcome, TrailEvent},
    },
};

/// All that is to be known of a request.
pub(crate) struct Request<'a> {
    pub(crate) service: Service,
    pub(crate) call: &'static Call,
    pub(crate) input: Input<'a>,
    pub(crate) principal: Arc<Principal>,
    /// The scope's slot.
    pub(crate) scope: usize,
    pub(crate) dry_run: bool,
    /// Whether a fault says that its caller may not.
    pub(crate) denied: bool,
}

impl Request<'_> {
    /// As IAM names it: `ec2:RunInstances`.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.call.name)
    }

    /// Answers a call that reads.
    ///
    /// # Errors
    /// AWS's own.
    pub(crate) fn read(&self, world: &World, now: Timestamp, request_id: &str) -> Result<String, Fault> {
        let ask = self.ask(world, now, request_id);
        self.check(&ask)?;
        if self.dry_run {
            return Err(Fault::dry_run());
        }
        match self.call.handler {
            Handler::ReadXml(read) => envelope::wrap(self.service.protocol(), self.call.name, request_id, |xml| {
                read(&ask, &self.input.form, xml)
            }),
            Handler::ReadJson(read) => read(&ask, &self.input).map(|value| value.to_string()),
            Handler::WriteXml(_) | Handler::WriteJson(_) => Err(self.service.unknown_action(self.call.name)),
        }
    }

    /// Answers a call that changes the world, and lets the account's trail tell of it.
    ///
    /// # Errors
    /// AWS's own.
    pub(crate) fn change(&self, world: &mut World, now: Timestamp, request_id: &str) -> Result<String, Fault> {
        // AWS dates what it does in whole seconds.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let checked = self.check(&self.ask(world, now, request_id));
        let mut resources = checked.as_ref().cloned().unwrap_or_default();
        // What is yet to be made has no name.
        resources.retain(|arn| !arn.ends_with('*'));
        let result = checked.and_then(|_| {
            let mut change = Change::new(world, self.scope, self.principal.clone(), now, request_id, self.dry_run);
            let result = match self.call.handler {
                Handler::WriteXml(write) => {
                    envelope::wrap(self.service.protocol(), self.call.name, request_id, |xml| {
                        write(&mut change, &self.input.form, xml)
                    })
                }
                Handler::WriteJson(write) => write(&mut change, &self.input).map(|value| value.to_string()),
                Handler::ReadXml(_) | Handler::ReadJson(_) => Err(self.service.unknown_action(self.call.name)),
            };
            resources.extend(change.into_made());
            result
        });
        let event = TrailEvent {
            id: id::mix(world.seed.id(&["trail", request_id])),
            at: now,
            request_id: request_id.to_owned(),
            service: self.service.prefix(),
            name: self.call.name,
            principal: self.principal.clone(),
            parameters: told::parameters(self.service.protocol(), self.call.name, &self.input),
            resources,
            outcome: match &result {
                Ok(_) => Outcome::Done,
                Err(fault) => Outcome::Refused { code: fault.code.clone(), message: fault.message.clone() },
            },
        };
        world.scope_at_mut(self.scope).trail.push(event);
        result
    }

    /// What its call knows in this world.
    pub(crate) fn ask<'w>(&'w self, world: &'w World, now: Timestamp, request_id: &'w str) -> Ask<'w> {
        Ask { world, scope: world.scope_at(self.scope), principal: &self.principal, now, request_id }
    }

    /// The resources of a request, if its parameters are known and its caller may.
    fn check(&self, ask: &Ask<'_>) -> Result<Vec<String>, Fault> {
        if self.service == Service::Ec2
            && let Some(name) = self.input.form.unknown(self.call.parameters)
        {
            return Err(Fault::new("UnknownParameter", format!("The parameter {name} is not recognized")));
        }
        let resources = (self.call.resources)(ask, &self.input);
        authority::check(ask, self, &resources)?;
        Ok(resources)
    }
}
