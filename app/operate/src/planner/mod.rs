//! From what is asked for to a plan: everything is read anew, then decided by pure functions. The same reading, rules
//! and action give the same plan or the same refusals, and all refusals are told, not only the first.

mod bake;
mod burn;
mod draft;
mod ground;
mod group;
mod lifetime;
mod losses;
mod owners;
mod patience;
mod rebake;
mod rebake_roll;
mod reimage;
mod replace;
mod roll;
mod standalone;
#[cfg(test)]
mod tests;
mod zones;

use ground::Ground;

use crate::action::Action;
use crate::guard::{self, Refused};
use crate::plan::Plan;
use crate::rules::Rules;
use crate::scope::Scope;
use crate::world::World;

/// Plans an action: reads everything that it touches, and decides.
///
/// Nothing is changed by it, and the plan holds for as long as what was read does.
///
/// # Errors
/// Everything that stands against the action.
pub fn plan(world: World<'_>, rules: &Rules, scope: &Scope, action: Action) -> Result<Plan, Refused> {
    let ground = Ground::read(world, rules, scope, &action)?;
    guard::timely(ground.situation.read_at, world.time.now())?;
    decide(&ground, rules, action)
}

/// The plan that follows from what was read.
fn decide(ground: &Ground, rules: &Rules, action: Action) -> Result<Plan, Refused> {
    let draft = match &action {
        Action::Replace { servers } => replace::draft(ground, rules, servers),
        Action::Roll { group, choices } => roll::draft(ground, rules, group, choices),
        Action::Reimage { server, image } => reimage::draft(ground, rules, server, image.as_deref()),
        Action::Rebake { recipe, pipeline } => rebake::draft(ground, recipe, pipeline.as_deref()),
        Action::Bake { server, name, reboot } => bake::draft(ground, rules, server, name.as_deref(), *reboot),
        Action::RebakeRoll { group, recipe, pipeline, choices, pauses } => {
            rebake_roll::draft(ground, rules, group, &rebake::Source::of(recipe, pipeline.as_deref()), choices, *pauses)
        }
        Action::SetLifetime { group, lifetime_s } => lifetime::draft(ground, rules, group, *lifetime_s),
        Action::Burn { group, seed } => burn::draft(ground, rules, group, *seed),
    };
    draft.finish(&ground.situation, rules, action)
}
