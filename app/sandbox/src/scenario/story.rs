//! The story of a scenario file: who does what, and when; and who was on which server before.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use toml::Spanned;

use super::{
    build::{Builder, Place, Wrong, wrong},
    file::{ChangeData, DeedData, SessionData},
};
use crate::{
    FaultSpecError,
    events::Event,
    service::Service,
    ssm::{SHELL, session_id},
    story::{Asked, Deed, Parameters, What},
    wire::Protocol,
    world::{
        id,
        principal::Principal,
        server::Server,
        session::Session,
        trail::{Outcome, TrailEvent},
    },
};

/// The role of those who act in stories.
const ROLE: &str = "Engineer";

impl Builder {
    pub(super) fn add_story(&mut self, story: &[DeedData]) -> Result<(), Wrong> {
        let deeds = story.iter().map(|data| self.deed(data)).collect::<Result<Vec<_>, _>>()?;
        self.world.story = deeds.into();
        for (deed, data) in story.iter().enumerate() {
            let at =
                self.opened.saturating_add(SignedDuration::from_secs(data.after.get_ref().0)).unwrap_or(Timestamp::MAX);
            self.world.schedule(at, Event::Story { deed });
        }
        Ok(())
    }

    fn deed(&self, data: &DeedData) -> Result<Deed, Wrong> {
        let what = match (&data.scope, &data.who, &data.call, &data.fault) {
            (Some(scope), Some(who), Some(call), None) => What::Asked(self.asked(scope, who, call, &data.with)?),
            (None, None, None, Some(fault)) => match fault.get_ref().parse() {
                Ok(spec) => What::Fault(Box::new(spec)),
                Err(error) => return wrong(fault, FaultSpecError::to_string(&error)),
            },
            _ => return wrong(&data.after, "a story tells either scope, who and call, or a fault"),
        };
        Ok(Deed { what, again_s: data.every.map(|age| age.0.max(1)) })
    }

    fn asked(
        &self,
        scope: &Spanned<String>,
        who: &str,
        call: &Spanned<String>,
        with: &toml::Table,
    ) -> Result<Asked, Wrong> {
        let place = self.place(scope)?;
        let name = call.get_ref();
        let found = name.split_once(':').and_then(|(prefix, action)| {
            let service = Service::named(prefix)?;
            Some((service, service.call(action).filter(|call| call.writes())?))
        });
        let Some((service, known)) = found else {
            return wrong(call, format!("'{name}' is no call of the sandbox that changes something"));
        };
        let parameters = match service.protocol() {
            Protocol::Ec2 | Protocol::Query(_) => {
                let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Parameters::Form(with.iter().map(|(key, value)| (key.clone(), text(value))).collect())
            }
            Protocol::Json | Protocol::RestJson => match serde_json::to_value(with) {
                Ok(value) => Parameters::Json(value),
                Err(error) => return wrong(call, error.to_string()),
            },
        };
        if let Some(fault) = parameters.fault() {
            return wrong(call, fault);
        }
        let scope = self
            .world
            .scope_slot(&place.account, place.region.name)
            .expect("a place names an account and a region of the world");
        let principal = self.engineer(&place, who);
        Ok(Asked { principal: Arc::new(principal), scope, service, call: known, parameters })
    }

    /// Somebody of the account who works on its servers.
    pub(super) fn engineer(&self, place: &Place, who: &str) -> Principal {
        let seed = self.world.seed;
        Principal {
            name: who.to_owned(),
            account: place.account.clone(),
            regions: vec![place.region.name.to_owned()],
            access_key_id: format!("ASIA{:016X}", seed.id(&["story", &place.account, who])),
            secret_access_key: String::new(),
            role_id: format!("AROA{:016X}", seed.id(&["role", &place.account, ROLE])),
            role: ROLE.to_owned(),
            session: who.to_owned(),
            denied: Vec::new(),
            policies: None,
        }
    }

    /// Adds the logins of the past, and tells of them in the account's trail.
    pub(super) fn add_sessions(&mut self, sessions: &[SessionData]) -> Result<(), Wrong> {
        let mut sessions: Vec<&SessionData> = sessions.iter().collect();
        sessions.sort_by_key(|data| std::cmp::Reverse(data.ago));
        for data in sessions {
            self.add_session(data)?;
        }
        Ok(())
    }

    fn add_session(&mut self, data: &SessionData) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        let name = data.server.get_ref();
        let started = self.since(data.ago);
        let (slot, target) = self.called(&place, &data.server, started)?;
        let principal = Arc::new(self.engineer(&place, &data.who));
        let seed = self.world.seed.id(&["session", &place.account, &data.who, name, &data.ago.0.to_string()]);
        let session = Session {
            id: session_id(&data.who, seed),
            server: slot,
            owner: principal.arn().into(),
            document: SHELL.to_owned(),
            reason: data.reason.clone(),
            started,
            ends: started.saturating_add(SignedDuration::from_secs(data.lasted.0)).unwrap_or(Timestamp::MAX),
        };
        let event = TrailEvent {
            id: id::mix(seed),
            at: started,
            request_id: id::uuid(seed, 0x5E5),
            service: Service::Ssm.prefix(),
            name: "StartSession",
            principal,
            parameters: serde_json::json!({ "target": target }),
            resources: vec![target],
            outcome: Outcome::Done,
        };
        let scope = self.scope_mut(&place);
        scope.sessions.push(session);
        scope.trail.push(event);
        Ok(())
    }

    /// Adds the changes of the past to the accounts' trails.
    pub(super) fn add_changes(&mut self, changes: &[ChangeData]) -> Result<(), Wrong> {
        for data in changes {
            let place = self.place(&data.scope)?;
            let at = self.since(data.ago);
            let (_, target) = self.called(&place, &data.server, at)?;
            let ago = data.ago.0.to_string();
            let seed = self.world.seed.id(&["change", &place.account, &data.who, &target, &data.attribute, &ago]);
            let event = TrailEvent {
                id: id::mix(seed),
                at,
                request_id: id::uuid(seed, 0xC4A),
                service: Service::Ec2.prefix(),
                name: "ModifyInstanceAttribute",
                principal: Arc::new(self.engineer(&place, &data.who)),
                parameters: serde_json::json!({ "instanceId": target, "attribute": data.attribute }),
                resources: vec![target],
                outcome: Outcome::Done,
            };
            let trail = &mut self.scope_mut(&place).trail;
            trail.push(event);
            trail.sort_by_key(|event| event.at);
        }
        Ok(())
    }

    /// The first server of that name, which was there at that time: its slot and its id.
    fn called(&self, place: &Place, name: &Spanned<String>, at: Timestamp) -> Result<(u32, String), Wrong> {
        let is_called = |server: &Server| {
            let mut tags = server.tags.iter();
            server.is_known() && tags.any(|tag| &*tag.key == "Name" && *tag.value == **name.get_ref())
        };
        let servers = &self.scope(place).servers;
        let Some((slot, server)) = (0_u32..).zip(servers).find(|(_, server)| is_called(server)) else {
            return wrong(name, format!("there is no server '{}' in this scope", name.get_ref()));
        };
        if at < server.born {
            return wrong(name, format!("'{}' is younger than this", name.get_ref()));
        }
        Ok((slot, id::show("i", server.id)))
    }
}
