//! The story of a scenario file: who does what, and when.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    build::{Builder, Wrong, wrong},
    file::DeedData,
};
use crate::{
    events::Event,
    service::Service,
    story::{Deed, Parameters},
    wire::Protocol,
    world::principal::Principal,
};

/// The role of those who act in stories.
const ROLE: &str = "Engineer";

impl Builder {
    pub(super) fn add_story(&mut self, story: &[DeedData]) -> Result<(), Wrong> {
        let deeds = story.iter().map(|data| self.deed(data)).collect::<Result<Vec<_>, _>>()?;
        self.world.story = deeds.into();
        for (deed, data) in story.iter().enumerate() {
            let at = self.opened.saturating_add(SignedDuration::from_secs(data.after.0)).unwrap_or(Timestamp::MAX);
            self.world.schedule(at, Event::Story { deed });
        }
        Ok(())
    }

    fn deed(&self, data: &DeedData) -> Result<Deed, Wrong> {
        let place = self.place(&data.scope)?;
        let name = data.call.get_ref();
        let found = name.split_once(':').and_then(|(prefix, action)| {
            let service = Service::named(prefix)?;
            Some((service, service.call(action).filter(|call| call.writes())?))
        });
        let Some((service, call)) = found else {
            return wrong(&data.call, format!("'{name}' is no call of the sandbox that changes something"));
        };
        let parameters = match service.protocol() {
            Protocol::Ec2 | Protocol::Query(_) => {
                let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Parameters::Form(data.with.iter().map(|(key, value)| (key.clone(), text(value))).collect())
            }
            Protocol::Json | Protocol::RestJson => match serde_json::to_value(&data.with) {
                Ok(value) => Parameters::Json(value),
                Err(error) => return wrong(&data.call, error.to_string()),
            },
        };
        if let Some(fault) = parameters.fault() {
            return wrong(&data.call, fault);
        }
        let scope = self
            .world
            .scope_slot(&place.account, place.region.name)
            .expect("a place names an account and a region of the world");
        let seed = self.world.seed;
        let principal = Principal {
            name: data.who.clone(),
            account: place.account.clone(),
            regions: vec![place.region.name.to_owned()],
            access_key_id: format!("ASIA{:016X}", seed.id(&["story", &place.account, &data.who])),
            secret_access_key: String::new(),
            role_id: format!("AROA{:016X}", seed.id(&["role", &place.account, ROLE])),
            role: ROLE.to_owned(),
            session: data.who.clone(),
            denied: Vec::new(),
            policies: None,
        };
        let again_s = data.every.map(|age| age.0.max(1));
        Ok(Deed { principal: Arc::new(principal), scope, service, call, parameters, again_s })
    }
}
