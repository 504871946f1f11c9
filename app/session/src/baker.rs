//! What bakes a recipe: Image Builder, a command of the policy file, or nothing that Emberline could start. And what an
//! action calls it by: a pipeline's recipe by its ARN, a command by its name.

use std::collections::BTreeSet;

use fleet::{Fleet, GroupIx, Lineage, RecipeKind, RecipeNode};
use insight::Policy;

use crate::target::{Target, TargetError, TargetKind, find_target};

/// What bakes a recipe in one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Baker {
    /// A pipeline of Image Builder.
    Pipeline,
    /// The bake command of this name.
    Command(String),
    /// Nothing that could be started here: why, and what to do instead.
    Nothing(String),
}

impl Baker {
    /// What bakes a recipe in an account and region.
    #[must_use]
    pub fn of(policy: &Policy, recipe: &RecipeNode, account: &str, region: &str) -> Self {
        let mut commands = policy.bakes().iter().filter(|bake| bake.is_in(account, region) && bake.bakes(recipe));
        let name = recipe.name.as_deref().unwrap_or(&recipe.id);
        match (commands.next(), commands.next()) {
            (Some(one), None) => Self::Command(one.name.clone()),
            (Some(one), Some(other)) => Self::Nothing(format!(
                "[bake.{}] and [bake.{}] of the policy file both bake {name} here: leave one of them.",
                one.name, other.name
            )),
            (None, _) => match recipe.kind {
                RecipeKind::ImageBuilder => Self::Pipeline,
                RecipeKind::Packer => Self::Nothing(format!(
                    "Packer bakes {name}, and the policy file has no command for it here. Write [bake.NAME] with recipes \
                     = [{name:?}], its command and its image, or run the build yourself and roll the group."
                )),
                RecipeKind::Manual => Self::Nothing("A person baked it: there is nothing to run.".to_owned()),
                RecipeKind::Vendor => Self::Nothing("Its vendor bakes it.".to_owned()),
                RecipeKind::Unknown => Self::Nothing("Nothing says how it was baked.".to_owned()),
            },
        }
    }
}

/// The bake commands that a text names in one place: by their own name, by what they say they bake, or by a recipe that
/// the pull knows.
pub(crate) fn commands_meant(
    fleet: &Fleet,
    lineage: &Lineage,
    policy: &Policy,
    (account, region): (&str, &str),
    text: &str,
) -> BTreeSet<String> {
    let here = policy.bakes().iter().filter(|bake| bake.is_in(account, region));
    let template = text.strip_prefix("packer:").unwrap_or(text);
    let named = here.filter(|bake| bake.name == text || bake.recipes.iter().any(|recipe| recipe == template));
    let mut names: BTreeSet<String> = named.map(|bake| bake.name.clone()).collect();
    for recipe in lineage.find_recipes(fleet, text) {
        if let Baker::Command(name) = Baker::of(policy, &lineage.recipes[recipe.at()], account, region) {
            names.insert(name);
        }
    }
    names
}

/// The recipe that the image of a group's template version was baked from; `None` where nothing tells.
#[must_use]
pub fn recipe_of_group(lineage: &Lineage, group: GroupIx) -> Option<&RecipeNode> {
    let template = lineage.groups.get(group.at())?.wants?;
    let image = lineage.templates.get(template.at())?.image?;
    lineage.recipes.get(lineage.images.get(image.at())?.recipe.at())
}

/// What a rebake of a group bakes, as an action calls it: the recipe that was named, else the one that its image was
/// baked from. `None` where nothing tells, or where there is nothing to run.
///
/// # Errors
/// None or several are called as was named.
pub fn recipe_for_group(
    fleet: &Fleet,
    lineage: &Lineage,
    policy: &Policy,
    group: &Target,
    named: Option<&str>,
) -> Result<Option<String>, TargetError> {
    let (account, region) = (group.scope.account.as_str(), group.scope.region.as_str());
    if let Some(text) = named {
        // In the group's own place, which need not be named again.
        let mut meant = commands_meant(fleet, lineage, policy, (account, region), text.trim());
        if let (Some(name), true) = (meant.pop_first(), meant.is_empty()) {
            return Ok(Some(name));
        }
        return find_target(fleet, lineage, policy, TargetKind::Recipe, text).map(|found| Some(found.id));
    }
    let is_group = |row: &fleet::Group| {
        fleet.str(row.name) == group.id
            && fleet
                .scope(row.scope)
                .is_some_and(|scope| fleet.str(scope.account) == account && fleet.str(scope.region) == region)
    };
    let at = (0..).map(GroupIx).zip(&fleet.groups).find(|(_, row)| is_group(row)).map(|(at, _)| at);
    let recipe = at.and_then(|at| recipe_of_group(lineage, at));
    Ok(recipe.and_then(|recipe| match Baker::of(policy, recipe, account, region) {
        Baker::Pipeline => Some(recipe.id.clone()),
        Baker::Command(name) => Some(name),
        Baker::Nothing(_) => None,
    }))
}
