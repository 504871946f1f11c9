//! What a group, or a refresh of one, is told to launch servers by: a template's version, or a mixed-instances policy.

use super::invalid;
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form},
    world::{
        group::{Mixed, Override},
        id,
        template::VersionName,
    },
};

/// Auto Scaling's words before what is wrong with a template.
const NOT_FULLY_FORMED: &str = "You must use a valid fully-formed launch template.";

/// So many instance types can be named (`Overrides` of the API's `LaunchTemplate`).
const MAX_OVERRIDES: usize = 40;

/// The template that a `LaunchTemplateSpecification` under `prefix` names: its slot, and its version as it was named.
/// None if nothing is there.
///
/// # Errors
/// `ValidationError` for a template or version that is not there.
pub(super) fn template(ask: &Ask<'_>, form: &Form, prefix: &str) -> Result<Option<(u32, VersionName)>, Fault> {
    let field = |name: &str| form.get(&format!("{prefix}.{name}"));
    let found = match (field("LaunchTemplateId"), field("LaunchTemplateName")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(invalid(
                "Valid requests must contain either launchTemplateId or LaunchTemplateName, but not both.",
            ));
        }
        (Some(text), None) => {
            let wanted = id::parse("lt", text);
            ask.scope.templates.iter().position(|template| Some(template.id) == wanted).ok_or_else(|| {
                invalid(format!(
                    "{NOT_FULLY_FORMED} The specified launch template, with template ID {text}, does not exist."
                ))
            })
        }
        (None, Some(name)) => {
            ask.scope.templates.iter().position(|template| &*template.name == name).ok_or_else(|| {
                invalid(format!(
                    "{NOT_FULLY_FORMED} The specified launch template, with template name {name}, does not exist."
                ))
            })
        }
    };
    let slot = found?;
    let known = &ask.scope.templates[slot];
    let text = field("Version").unwrap_or("$Default");
    let version = VersionName::parse(text).filter(|version| known.version(version.number(known)).is_some());
    let version = version.ok_or_else(|| {
        let id = id::show("lt", known.id);
        invalid(format!(
            "{NOT_FULLY_FORMED} Could not find launch template version {text} for launch template ID {id}."
        ))
    })?;
    Ok(u32::try_from(slot).ok().map(|slot| (slot, version)))
}

/// The `MixedInstancesPolicy` under `prefix`; none if nothing is there. What it does not say is Auto Scaling's default.
///
/// # Errors
/// `ValidationError` for what Auto Scaling refuses.
pub(super) fn mixed(ask: &Ask<'_>, form: &Form, prefix: &str) -> Result<Option<Mixed>, Fault> {
    let inside = format!("{prefix}.");
    if !form.names().any(|name| name.starts_with(&inside)) {
        return Ok(None);
    }
    let specification = format!("{prefix}.LaunchTemplate.LaunchTemplateSpecification");
    let Some((slot, version)) = template(ask, form, &specification)? else {
        return Err(invalid("Valid requests must contain a LaunchTemplateSpecification in MixedInstancesPolicy."));
    };
    let list = format!("{prefix}.LaunchTemplate.Overrides.member");
    let numbers = form.numbers(&list);
    if numbers.len() > MAX_OVERRIDES {
        return Err(invalid(format!("You can specify up to {MAX_OVERRIDES} instance types in Overrides.")));
    }
    let overrides: Vec<Override> = numbers
        .into_iter()
        .map(|number| an_override(ask, form, &format!("{list}.{number}")))
        .collect::<Result<_, _>>()?;
    if overrides.iter().any(|one| one.weight.is_some()) && overrides.iter().any(|one| one.weight.is_none()) {
        return Err(invalid(
            "If you specify WeightedCapacity for one instance type, you must specify WeightedCapacity for all of them.",
        ));
    }
    let field = |name: &str| form.get(&format!("{prefix}.InstancesDistribution.{name}"));
    Ok(Some(Mixed {
        template: slot,
        version,
        overrides,
        on_demand_base: number(field("OnDemandBaseCapacity"), "OnDemandBaseCapacity", 0, i32::MAX.unsigned_abs())?
            .unwrap_or(0),
        on_demand_percent: number(
            field("OnDemandPercentageAboveBaseCapacity"),
            "OnDemandPercentageAboveBaseCapacity",
            0,
            100,
        )?
        .unwrap_or(100),
        on_demand_strategy: field("OnDemandAllocationStrategy").unwrap_or("prioritized").into(),
        spot_strategy: field("SpotAllocationStrategy").unwrap_or("lowest-price").into(),
    }))
}

fn an_override(ask: &Ask<'_>, form: &Form, prefix: &str) -> Result<Override, Fault> {
    let field = |name: &str| form.get(&format!("{prefix}.{name}"));
    let instance_type = field("InstanceType").ok_or_else(|| {
        invalid("Overrides must specify an InstanceType each; InstanceRequirements are not supported here.")
    })?;
    let image = match field("ImageId") {
        None => None,
        Some(text) => {
            let known = id::parse("ami", text)
                .filter(|&id| ask.world.image(id).is_some_and(|image| image.region == ask.scope.region));
            let missing = || invalid(format!("{NOT_FULLY_FORMED} The image id '[{text}]' does not exist"));
            Some(known.ok_or_else(missing)?)
        }
    };
    Ok(Override {
        instance_type: instance_type.into(),
        weight: number(field("WeightedCapacity"), "WeightedCapacity", 1, 999)?,
        template: template(ask, form, &format!("{prefix}.LaunchTemplateSpecification"))?,
        image,
    })
}

/// A number within bounds; none if there is none.
fn number(text: Option<&str>, name: &str, least: u32, most: u32) -> Result<Option<u32>, Fault> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => Err(invalid(format!("Invalid {name} {text}: it must be a number from {least} to {most}."))),
    }
}
