//! What a group, or a refresh of one, is told to launch servers by: a template's version, or a mixed-instances policy.

use std::sync::Arc;

use super::{asked::number, invalid};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form},
    world::{
        group::{Group, Launch, Mixed, Override},
        id,
        image::ImageState,
        mould::Mould,
        template::VersionName,
    },
};

/// The refusal of a template that does not hold.
fn bad_template(what: impl std::fmt::Display) -> Fault {
    invalid(format!("You must use a valid fully-formed launch template. {what}"))
}

/// The template that a `LaunchTemplateSpecification` under `prefix` names: its slot, and its version as it was named.
/// None if nothing is there.
///
/// # Errors
/// `ValidationError` for a template, a version or an image that is not there.
pub(super) fn template(ask: &Ask<'_>, form: &Form, prefix: &str) -> Result<Option<(u32, VersionName)>, Fault> {
    let field = |name: &str| form.get(&format!("{prefix}.{name}"));
    let (by_id, by_name) = (field("LaunchTemplateId"), field("LaunchTemplateName"));
    let templates = &ask.scope.templates;
    let found = match (by_id, by_name) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(invalid("Valid requests must contain either launchTemplateId or LaunchTemplateName"));
        }
        (Some(text), None) => {
            let found =
                id::parse("lt", text).and_then(|id| templates.iter().position(|one| one.id == id && !one.deleted));
            found.ok_or_else(|| {
                bad_template(format!("The specified launch template, with template ID {text}, does not exist."))
            })?
        }
        (None, Some(name)) => templates.iter().position(|one| *one.name == *name && !one.deleted).ok_or_else(|| {
            bad_template(format!("The specified launch template, with template name {name}, does not exist."))
        })?,
    };
    let template = &templates[found];
    let text = field("Version").unwrap_or("$Default");
    let version = VersionName::parse(text).filter(|version| template.version(version.number(template)).is_some());
    let Some((version, slot)) = version.zip(u32::try_from(found).ok()) else {
        let id = id::show("lt", template.id);
        return Err(bad_template(format!(
            "Could not find launch template version {text} for launch template ID {id}."
        )));
    };
    // A version may leave its image to the overrides of a policy.
    let number = version.number(template);
    if template.version(number).is_some_and(|known| known.data.image.is_some()) {
        check_image(ask, mould(ask, slot, number)?.image)?;
    }
    Ok(Some((slot, version)))
}

/// What a server would get by this version.
pub(super) fn mould(ask: &Ask<'_>, template: u32, number: u32) -> Result<Mould, Fault> {
    Mould::of_version(ask.world, ask.scope, template, number, None).map_err(|no| bad_template(no.fault().message))
}

/// Auto Scaling tries out what it is given: an image that is gone is refused.
fn check_image(ask: &Ask<'_>, slot: u32) -> Result<(), Fault> {
    let image = &ask.world.images[slot as usize];
    if image.state == ImageState::Available && image.visible_to(&ask.scope.account) {
        return Ok(());
    }
    Err(bad_template(format!("The image id '[{}]' does not exist", id::show("ami", image.id))))
}

/// The most overrides that a policy may have (API reference, `LaunchTemplate.Overrides`).
const MAX_OVERRIDES: usize = 40;

/// The `MixedInstancesPolicy` under `prefix`; none if nothing is there. What it leaves out stays as the group `before`
/// has it, and is Auto Scaling's default without one.
///
/// # Errors
/// `ValidationError` for what Auto Scaling refuses.
pub(super) fn mixed(ask: &Ask<'_>, form: &Form, prefix: &str, before: Option<&Group>) -> Result<Option<Mixed>, Fault> {
    let inside = format!("{prefix}.");
    if !form.names().any(|name| name.starts_with(&inside)) {
        return Ok(None);
    }
    let before = before.and_then(|group| match &group.launch {
        Launch::Mixed(mixed) => Some(mixed.clone()),
        Launch::Template(..) | Launch::Configuration(_) => None,
    });
    let named = template(ask, form, &format!("{prefix}.LaunchTemplate.LaunchTemplateSpecification"))?;
    let mut mixed = match (named, before) {
        (Some((template, version)), before) => Mixed {
            template,
            version,
            ..before.unwrap_or_else(|| Mixed {
                template,
                version,
                overrides: Vec::new(),
                on_demand_base: 0,
                on_demand_percent: 100,
                on_demand_strategy: "prioritized".into(),
                spot_strategy: "lowest-price".into(),
            })
        },
        (None, Some(before)) => before,
        (None, None) => {
            return Err(invalid(
                "The LaunchTemplateSpecification of the mixed instances policy must contain a launch template.",
            ));
        }
    };
    let list = format!("{prefix}.LaunchTemplate.Overrides.member");
    let numbers = form.numbers(&list);
    if numbers.len() > MAX_OVERRIDES {
        return Err(invalid(format!("The number of overrides is limited to {MAX_OVERRIDES}.")));
    }
    if !numbers.is_empty() {
        mixed.overrides = numbers
            .into_iter()
            .map(|nth| one_override(ask, form, &format!("{list}.{nth}")))
            .collect::<Result<_, _>>()?;
        let weighted = mixed.overrides.iter().filter(|one| one.weight.is_some()).count();
        if weighted != 0 && weighted != mixed.overrides.len() {
            return Err(invalid("If you specify a weight for one instance type, you must specify it for all of them."));
        }
    }
    let field = |name: &str| format!("{prefix}.InstancesDistribution.{name}");
    if let Some(base) = number(form, &field("OnDemandBaseCapacity"), 0..=1_000_000)? {
        mixed.on_demand_base = u32::try_from(base).unwrap_or(0);
    }
    if let Some(percent) = number(form, &field("OnDemandPercentageAboveBaseCapacity"), 0..=100)? {
        mixed.on_demand_percent = u32::try_from(percent).unwrap_or(100);
    }
    if let Some(text) = one_of(form, &field("OnDemandAllocationStrategy"), &["prioritized", "lowest-price"])? {
        mixed.on_demand_strategy = text;
    }
    let strategies =
        ["lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized"];
    if let Some(text) = one_of(form, &field("SpotAllocationStrategy"), &strategies)? {
        mixed.spot_strategy = text;
    }
    Ok(Some(mixed))
}

fn one_of(form: &Form, name: &str, known: &[&str]) -> Result<Option<Arc<str>>, Fault> {
    match form.get(name) {
        None => Ok(None),
        Some(text) if known.contains(&text) => Ok(Some(text.into())),
        Some(text) => {
            let name = name.rsplit('.').next().unwrap_or(name);
            Err(invalid(format!("{text} is not a valid {name}. Valid values are: {}", known.join(", "))))
        }
    }
}

fn one_override(ask: &Ask<'_>, form: &Form, prefix: &str) -> Result<Override, Fault> {
    let field = |name: &str| form.get(&format!("{prefix}.{name}"));
    let Some(instance_type) = field("InstanceType") else {
        return Err(invalid("The sandbox simulates only overrides that name an InstanceType."));
    };
    let weight = match field("WeightedCapacity").map(str::parse::<u32>) {
        None => None,
        Some(Ok(weight)) if (1..=999).contains(&weight) => Some(weight),
        Some(_) => return Err(invalid("The weighted capacity must be between 1 and 999.")),
    };
    let image = match field("ImageId") {
        None => None,
        Some(text) => {
            let found = id::parse("ami", text).and_then(|id| Some((id, ask.world.image_slot(id)?)));
            let missing = || bad_template(format!("The image id '[{text}]' does not exist"));
            let (id, slot) = found.ok_or_else(missing)?;
            check_image(ask, slot)?;
            Some(id)
        }
    };
    Ok(Override {
        instance_type: instance_type.into(),
        weight,
        template: template(ask, form, &format!("{prefix}.LaunchTemplateSpecification"))?,
        image,
    })
}
