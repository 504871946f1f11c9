//! What an action is aimed at: `[ACCOUNT/REGION/]ID or NAME`, found in a pull.

use std::collections::BTreeSet;

use fleet::{Fleet, Lineage, RecipeKind, RecipeNode, ScopeIx, query};
use insight::Policy;
use operate::{ActionKind, Scope};

use crate::baker::{Baker, commands_meant};

/// What kind of thing an action is aimed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetKind {
    /// A server.
    Server,
    /// A group.
    Group,
    /// A recipe.
    Recipe,
}

impl TargetKind {
    /// What an action of this kind is aimed at.
    #[must_use]
    pub fn of(action: ActionKind) -> Self {
        match action {
            ActionKind::Replace | ActionKind::Reimage | ActionKind::Bake => Self::Server,
            ActionKind::Roll | ActionKind::RebakeRoll | ActionKind::SetLifetime | ActionKind::Burn => Self::Group,
            ActionKind::Rebake => Self::Recipe,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Group => "group",
            Self::Recipe => "recipe",
        }
    }
}

/// A target that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Where.
    pub scope: Scope,
    /// A server's id, a group's name, a recipe's id (`fleet::RecipeNode::id`) or the name of its bake command.
    pub id: String,
}

/// Why a text names no target.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// Nothing is called so.
    #[error("there is no {} called {text:?}{}{}", .kind.word(), within(.place), meant(.near))]
    None {
        /// What was looked for.
        kind: TargetKind,
        /// The text, without its place.
        text: String,
        /// The place that the text names.
        place: Option<String>,
        /// A name that is much like it.
        near: Option<String>,
    },
    /// Several are.
    #[error("{text:?} names {} {}s. Say which:\n{}", .candidates.len(), .kind.word(), listed(.candidates))]
    Ambiguous {
        /// What was looked for.
        kind: TargetKind,
        /// The text.
        text: String,
        /// Each as it can be given: `ACCOUNT/REGION/ID`, with what tells it apart.
        candidates: Vec<String>,
    },
    /// It is in a scope whose account is not known.
    #[error("the account of {text:?} is not known, since its profile could not sign in. Sign in, then try again")]
    UnknownAccount {
        /// The text.
        text: String,
    },
}

fn within(place: &Option<String>) -> String {
    place.as_ref().map_or_else(String::new, |place| format!(" in {place}"))
}

fn meant(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

fn listed(candidates: &[String]) -> String {
    candidates.iter().map(|candidate| format!("  {candidate}")).collect::<Vec<_>>().join("\n")
}

/// The account (its id, or its name in the policy) and the region that a text begins with.
fn split_place<'t>(fleet: &Fleet, policy: &Policy, text: &'t str) -> Option<(Vec<ScopeIx>, String, &'t str)> {
    let mut parts = text.splitn(3, '/');
    let (account, region, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let is_place = |scope: &fleet::Scope| {
        let id = fleet.str(scope.account);
        fleet.str(scope.region) == region && (id == account || policy.account_name(id) == Some(account))
    };
    let scopes: Vec<ScopeIx> =
        (0..).map(ScopeIx).zip(&fleet.scopes).filter(|(_, scope)| is_place(scope)).map(|(at, _)| at).collect();
    (!scopes.is_empty()).then(|| (scopes, format!("{account}/{region}"), rest))
}

/// Finds the one target that a text names.
///
/// # Errors
/// None or several are called so.
pub fn find_target(
    fleet: &Fleet,
    lineage: &Lineage,
    policy: &Policy,
    kind: TargetKind,
    text: &str,
) -> Result<Target, TargetError> {
    let text = text.trim();
    let (scopes, place, name) = match split_place(fleet, policy, text) {
        Some((scopes, place, name)) => (Some(scopes), Some(place), name),
        None => (None, None, text),
    };
    let mut found = match kind {
        TargetKind::Recipe => recipes(fleet, lineage, policy, scopes.is_some(), name),
        _ => named(fleet, lineage, kind, name),
    };
    found.retain(|one| scopes.as_ref().is_none_or(|scopes| scopes.contains(&one.scope)));
    let [one] = found.as_slice() else {
        return Err(if found.is_empty() {
            let near = nearest(fleet, lineage, policy, kind, name);
            TargetError::None { kind, text: name.to_owned(), place, near }
        } else {
            let candidates = found.iter().map(|one| one.told(fleet)).collect();
            TargetError::Ambiguous { kind, text: name.to_owned(), candidates }
        });
    };
    let scope = fleet.scope(one.scope).map(|scope| Scope {
        partition: fleet.str(scope.partition).to_owned(),
        account: fleet.str(scope.account).to_owned(),
        region: fleet.str(scope.region).to_owned(),
        profile: fleet.text(scope.profile).map(str::to_owned),
    });
    match scope {
        Some(scope) if scope.account != "unknown" => Ok(Target { scope, id: one.id.clone() }),
        _ => Err(TargetError::UnknownAccount { text: name.to_owned() }),
    }
}

struct Found {
    scope: ScopeIx,
    id: String,
    told: Option<String>,
}

impl Found {
    fn told(&self, fleet: &Fleet) -> String {
        let scope = fleet.scope(self.scope);
        let place = scope
            .map_or_else(String::new, |scope| format!("{}/{}/", fleet.str(scope.account), fleet.str(scope.region)));
        let told = self.told.as_ref().map_or_else(String::new, |told| format!("  {told}"));
        format!("{place}{}{told}", self.id)
    }
}

fn named(fleet: &Fleet, lineage: &Lineage, kind: TargetKind, name: &str) -> Vec<Found> {
    match kind {
        TargetKind::Server => lineage
            .find_servers(fleet, name)
            .into_iter()
            .map(|at| {
                let server = &fleet.servers[at.at()];
                let told = fleet.server_name(server).map(str::to_owned);
                Found { scope: server.scope, id: fleet.str(server.id).to_owned(), told }
            })
            .collect(),
        TargetKind::Group => lineage
            .find_groups(fleet, name)
            .into_iter()
            .map(|at| {
                let group = &fleet.groups[at.at()];
                Found { scope: group.scope, id: fleet.str(group.name).to_owned(), told: None }
            })
            .collect(),
        TargetKind::Recipe => Vec::new(),
    }
}

/// What bakes a recipe of this name, and where: bake commands in every place that they are for, pipelines' recipes where
/// they are. Unless a place is named, a command is meant where the pull knows its recipe, if it does.
fn recipes(fleet: &Fleet, lineage: &Lineage, policy: &Policy, is_placed: bool, name: &str) -> Vec<Found> {
    let place = |scope: ScopeIx| {
        let scope = fleet.scope(scope)?;
        Some((fleet.str(scope.account), fleet.str(scope.region)))
    };
    let mut found: Vec<Found> = Vec::new();
    let mut seen = BTreeSet::new();
    for scope in (0..).map(ScopeIx).take(fleet.scopes.len()) {
        // Profiles that reach the same account and region are one place.
        let Some(here) = place(scope).filter(|here| seen.insert(*here)) else { continue };
        for id in commands_meant(fleet, lineage, policy, here, name) {
            found.push(Found { scope, id, told: Some("bake command".to_owned()) });
        }
    }
    let known = |one: &Found| {
        let bakes = policy.bakes().iter().filter(|bake| bake.name == one.id);
        let mut recipes = lineage.recipes.iter().filter(|recipe| bakes.clone().any(|bake| bake.bakes(recipe)));
        recipes.any(|recipe| recipe.scope.is_some_and(|scope| place(scope) == place(one.scope)))
    };
    if !is_placed && found.iter().any(known) {
        found.retain(known);
    }
    for recipe in lineage.find_recipes(fleet, name).into_iter().map(|at| &lineage.recipes[at.at()]) {
        let Some(scope) = recipe.scope.filter(|_| can_be_baked(recipe)) else { continue };
        let baker = place(scope).map(|(account, region)| Baker::of(policy, recipe, account, region));
        if !matches!(baker, Some(Baker::Command(_))) {
            found.push(Found { scope, id: recipe.id.clone(), told: recipe.name.clone() });
        }
    }
    found
}

/// Whether there is something to run: a pipeline, or a template that a configured command takes.
fn can_be_baked(recipe: &RecipeNode) -> bool {
    matches!(recipe.kind, RecipeKind::ImageBuilder | RecipeKind::Packer)
}

fn nearest(fleet: &Fleet, lineage: &Lineage, policy: &Policy, kind: TargetKind, name: &str) -> Option<String> {
    let known: Vec<&str> = match kind {
        TargetKind::Server => fleet.servers.iter().filter_map(|server| fleet.server_name(server)).collect(),
        TargetKind::Group => fleet.groups.iter().map(|group| fleet.str(group.name)).collect(),
        TargetKind::Recipe => {
            let recipes = lineage.recipes.iter().filter(|one| can_be_baked(one));
            let commands = policy.bakes().iter().map(|bake| bake.name.as_str());
            recipes.filter_map(|one| one.name.as_deref()).chain(commands).collect()
        }
    };
    query::nearest(name, known).map(str::to_owned)
}
