//! Is the bake command the one of this machine's configuration, and the one that was shown?

use super::{Guard, Refusal};
use crate::bake_command::BakeCommand;
use crate::rules::Rules;
use crate::scope::Scope;

/// Gives the command that this machine's configuration has for a recipe in a scope; refuses where it has none, or where
/// no program could reach what the scope is in.
///
/// # Errors
/// [`Guard::BakeCommand`].
pub fn bake_command<'a>(rules: &'a Rules, scope: &Scope, recipe: &str) -> Result<&'a BakeCommand, Refusal> {
    Guard::BakeCommand.demand(rules.no_bakes.is_none(), || {
        let reason = rules.no_bakes.clone().unwrap_or_default();
        (reason, "Bake where other programs get to, too.".to_owned())
    })?;
    rules.bake(recipe, &scope.region).ok_or_else(|| {
        let reason = format!("no bake command is configured here for {} in {scope}", fleet::clean(recipe));
        let next = "Write its command and image under [bake.NAME] in the policy file, then plan again.".to_owned();
        Refusal { guard: Guard::BakeCommand, reason, next }
    })
}

/// The same, where a plan has shown it: refuses where it is another one by now. What a plan shows is compared and never
/// run.
///
/// # Errors
/// [`Guard::BakeCommand`].
pub fn shown_bake_command<'a>(
    rules: &'a Rules,
    scope: &Scope,
    recipe: &str,
    shown: &BakeCommand,
) -> Result<&'a BakeCommand, Refusal> {
    let configured = bake_command(rules, scope, recipe)?;
    Guard::BakeCommand.demand(configured == shown, || {
        let reason = format!(
            "the bake command {} is not what the plan shows: here it is `{}` {}",
            fleet::clean(recipe),
            configured.line(),
            configured.terms()
        );
        (reason, "Plan again, so that you see what would be run.".to_owned())
    })?;
    Ok(configured)
}
