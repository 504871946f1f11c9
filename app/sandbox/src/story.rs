//! The story of a scenario: what people and schedules do in the course of time. Each deed is a request like any other,
//! made by somebody of the account, so whatever a client can do a story can tell.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    call::{Call, Input},
    events::Event,
    faults::spec::FaultSpec,
    request::Request,
    service::Service,
    wire::form::Form,
    world::{
        Scope, World, id,
        principal::Principal,
        server::{Server, ServerState},
    },
};

/// Something that happens by the story.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) what: What,
    /// How much later it happens again, in seconds.
    pub(crate) again_s: Option<i64>,
}

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Somebody asks for something.
    Asked(Asked),
    /// Something begins to go wrong.
    Fault(Box<FaultSpec>),
}

/// A request and who makes it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) principal: Arc<Principal>,
    /// The scope's slot.
    pub(crate) scope: usize,
    pub(crate) service: Service,
    pub(crate) call: &'static Call,
    pub(crate) parameters: Parameters,
}

/// What a deed's request says; texts may name things that only the world knows, in braces.
#[derive(Debug, Clone)]
pub(crate) enum Parameters {
    Form(Vec<(String, String)>),
    Json(serde_json::Value),
}

/// Lets the `nth` deed of the story be done, and says what came of it.
pub(crate) fn happen(world: &mut World, nth: usize, now: Timestamp) {
    let Some(deed) = world.story.get(nth).cloned() else { return };
    if let Some(again_s) = deed.again_s {
        let at = now.saturating_add(SignedDuration::from_secs(again_s)).unwrap_or(Timestamp::MAX);
        world.schedule(at, Event::Story { deed: nth });
    }
    match deed.what {
        What::Asked(asked) => {
            let request_id = id::uuid(world.seed.0 ^ nth as u64, now.as_millisecond().unsigned_abs());
            asked.carry_out(world, now, &request_id);
        }
        What::Fault(spec) => {
            world.faults.inject(*spec, now);
        }
    }
}

impl Asked {
    fn carry_out(&self, world: &mut World, now: Timestamp, request_id: &str) {
        let Some(filled) = self.parameters.fill(world, self.scope, request_id) else { return };
        let (form, body) = match filled {
            Parameters::Form(fields) => (Form::of(fields), Vec::new()),
            Parameters::Json(value) => (Form::default(), value.to_string().into_bytes()),
        };
        let request = Request {
            service: self.service,
            call: self.call,
            input: Input { form, query: "", body: &body },
            principal: self.principal.clone(),
            scope: self.scope,
            dry_run: false,
            denied: false,
        };
        if let Err(fault) = request.change(world, now, request_id) {
            let (action, code, message) = (request.action(), fault.code, fault.message);
            tracing::debug!(action, code, message, "a deed of the story was refused");
        }
    }
}

/// The deed in a line of the trace.
pub(crate) fn tell(world: &World, nth: usize) -> String {
    match world.story.get(nth).map(|deed| &deed.what) {
        Some(What::Asked(asked)) => {
            format!("{} does {}:{}", asked.principal.session, asked.service.prefix(), asked.call.name)
        }
        Some(What::Fault(spec)) => format!("begins to go wrong: {spec}"),
        None => String::new(),
    }
}

impl Parameters {
    /// The parameters with what the braces name; none if the world has no such thing now.
    fn fill(&self, world: &World, scope: usize, request_id: &str) -> Option<Parameters> {
        let fill = |text: &str| fill(text, world, world.scope_at(scope), request_id);
        match self {
            Parameters::Form(fields) => fields
                .iter()
                .map(|(key, value)| Some((key.clone(), fill(value)?)))
                .collect::<Option<_>>()
                .map(Parameters::Form),
            Parameters::Json(value) => fill_json(value, &fill).map(Parameters::Json),
        }
    }

    /// What is wrong with its braces.
    pub(crate) fn fault(&self) -> Option<String> {
        let texts: Vec<&str> = match self {
            Parameters::Form(fields) => fields.iter().map(|(_, value)| &**value).collect(),
            Parameters::Json(value) => texts(value),
        };
        texts.iter().find_map(|text| pieces(text).err())
    }
}

/// Every text in a JSON value.
pub(crate) fn texts(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(texts).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn fill_json(value: &serde_json::Value, fill: &dyn Fn(&str) -> Option<String>) -> Option<serde_json::Value> {
    use serde_json::Value;
    Some(match value {
        Value::String(text) => Value::String(fill(text)?),
        Value::Array(items) => items.iter().map(|item| fill_json(item, fill)).collect::<Option<_>>()?,
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(key, value)| Some((key.clone(), fill_json(value, fill)?))).collect::<Option<_>>()?,
        ),
        plain => plain.clone(),
    })
}

/// A part of a text: itself, or what the world knows by this name.
enum Piece<'a> {
    Plain(&'a str),
    /// The server with this name tag.
    Server(&'a str),
    /// The server of this group that is longest in service.
    Oldest(&'a str),
    /// The newest image whose name begins so.
    Image(&'a str),
    /// The ARN of the pipeline of this recipe.
    Pipeline(&'a str),
    /// Something new each time.
    Uuid,
}

/// Takes a text apart at its braces: `{server jenkins}`.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) =
            after.split_once('}').ok_or_else(|| format!("'{text}' has a brace that does not close"))?;
        pieces.push(Piece::Plain(before));
        pieces.push(match inside.split_once(' ') {
            Some(("server", name)) => Piece::Server(name),
            Some(("oldest", name)) => Piece::Oldest(name),
            Some(("image", name)) => Piece::Image(name),
            Some(("pipeline", name)) => Piece::Pipeline(name),
            None if inside == "uuid" => Piece::Uuid,
            _ => {
                return Err(format!(
                    "'{{{inside}}}' is none of {{server NAME}}, {{oldest GROUP}}, {{image NAME}}, {{pipeline NAME}} \
                     and {{uuid}}"
                ));
            }
        });
        rest = after;
    }
    pieces.push(Piece::Plain(rest));
    Ok(pieces)
}

fn fill(text: &str, world: &World, scope: &Scope, request_id: &str) -> Option<String> {
    let mut filled = String::new();
    for piece in pieces(text).ok()? {
        match piece {
            Piece::Plain(text) => filled.push_str(text),
            Piece::Server(name) => filled.push_str(&server_called(scope, name)?),
            Piece::Oldest(group) => filled.push_str(&oldest(scope, group)?),
            Piece::Image(name) => {
                let images = world.images.iter().filter(|image| {
                    image.region == scope.region && image.may_launch(&scope.account) && image.name.starts_with(name)
                });
                filled.push_str(&id::show("ami", images.max_by_key(|image| image.created)?.id));
            }
            Piece::Pipeline(name) => {
                let recipe = scope.recipes.iter().find(|recipe| recipe.name == name)?;
                filled.push_str(&crate::imagebuilder::pipeline_arn(scope, recipe));
            }
            Piece::Uuid => filled.push_str(request_id),
        }
    }
    Some(filled)
}

fn server_called(scope: &Scope, name: &str) -> Option<String> {
    let is_called = |server: &&Server| {
        server.is_alive() && server.tags.iter().any(|tag| &*tag.key == "Name" && &*tag.value == name)
    };
    scope.known_servers().find(is_called).map(|server| id::show("i", server.id))
}

fn oldest(scope: &Scope, group: &str) -> Option<String> {
    let group = scope.groups.iter().find(|known| &*known.name == group)?;
    let running = |server: &&Server| server.state == ServerState::Running;
    let servers = group.members.iter().map(|&slot| &scope.servers[slot as usize]).filter(running);
    servers.min_by_key(|server| (server.born, server.id)).map(|server| id::show("i", server.id))
}
