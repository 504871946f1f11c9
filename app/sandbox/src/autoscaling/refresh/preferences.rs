//! What a refresh is asked to respect: `RefreshPreferences`, read, checked and told.

use super::super::{asked::flag, invalid, members};
use crate::{
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        group::{Group, Launch},
        refresh::{OnProtected, OnStandby, Preferences},
    },
};

/// The most that `CheckpointDelay` and `BakeTime` may be, in seconds.
const LONGEST_DELAY_S: u32 = 172_800;
/// So many alarms can be named.
const MAX_ALARMS: usize = 10;

/// A number within bounds; none if it was not given.
fn number(form: &Form, name: &str, least: u32, most: u32) -> Result<Option<u32>, Fault> {
    let Some(text) = form.get(&format!("Preferences.{name}")) else { return Ok(None) };
    bounded(text, name, least, most).map(Some)
}

fn bounded(text: &str, name: &str, least: u32, most: u32) -> Result<u32, Fault> {
    let wrong = |bound: String| {
        let (first, rest) = name.split_at(1);
        let member = format!("{}{rest}", first.to_lowercase());
        invalid(format!(
            "1 validation error detected: Value '{text}' at 'preferences.{member}' failed to satisfy constraint: {bound}"
        ))
    };
    match text.parse::<i64>() {
        Err(_) => Err(Fault::new("MalformedInput", format!("{text} can not be converted to an Integer"))),
        Ok(number) if number < i64::from(least) => {
            Err(wrong(format!("Member must have value greater than or equal to {least}")))
        }
        Ok(number) => u32::try_from(number)
            .ok()
            .filter(|&number| number <= most)
            .ok_or_else(|| wrong(format!("Member must have value less than or equal to {most}"))),
    }
}

/// One of a few words; the last one if it was not given.
fn word<T: Copy>(form: &Form, name: &str, known: [(T, &str); 3]) -> Result<T, Fault> {
    let Some(text) = form.get(&format!("Preferences.{name}")) else { return Ok(known[2].0) };
    known.iter().find(|(_, word)| *word == text).map(|(value, _)| *value).ok_or_else(|| {
        let (first, rest) = name.split_at(1);
        let words = known.map(|(_, word)| word).join(", ");
        invalid(format!(
            "1 validation error detected: Value '{text}' at 'preferences.{}{rest}' failed to satisfy constraint: Member \
             must satisfy enum value set: [{words}]",
            first.to_lowercase()
        ))
    })
}

/// Reads what a call says, over what the group and the API say. `wanted` is the configuration that the refresh brings.
///
/// # Errors
/// A `ValidationError` for what Auto Scaling refuses.
pub(super) fn read(form: &Form, group: &Group, wanted: Option<&Launch>) -> Result<Preferences, Fault> {
    let default = Preferences::default();
    let (min, max) = (number(form, "MinHealthyPercentage", 0, 100)?, number(form, "MaxHealthyPercentage", 100, 200)?);
    let (min_healthy, max_healthy) = match (min, max) {
        (None, Some(_)) => {
            return Err(invalid("If you specify MaxHealthyPercentage, you must also specify MinHealthyPercentage."));
        }
        (Some(min), max) => (min, max),
        (None, None) => match group.maintenance {
            Some((min, max)) => (min, Some(max)),
            None => (default.min_healthy, default.max_healthy),
        },
    };
    if max_healthy.is_some_and(|max| max - min_healthy > 100) {
        return Err(invalid(
            "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100.",
        ));
    }
    let checkpoints = checkpoints(form)?;
    let delay = number(form, "CheckpointDelay", 0, LONGEST_DELAY_S)?;
    if delay.is_some() && checkpoints.is_empty() {
        return Err(invalid("If you specify CheckpointDelay, you must also specify CheckpointPercentages."));
    }
    let alarms: Vec<String> =
        members(form, "Preferences.AlarmSpecification.Alarms").into_iter().map(str::to_owned).collect();
    if alarms.len() > MAX_ALARMS {
        return Err(invalid(format!("You can specify up to {MAX_ALARMS} alarms in AlarmSpecification.")));
    }
    let preferences = Preferences {
        min_healthy,
        max_healthy,
        warmup_s: number(form, "InstanceWarmup", 0, i32::MAX.unsigned_abs())?
            .or(group.warmup_s)
            .unwrap_or(group.grace_s),
        checkpoints,
        checkpoint_delay_s: delay.unwrap_or(default.checkpoint_delay_s),
        skip_matching: flag(form, "Preferences.SkipMatching")?.unwrap_or(default.skip_matching),
        auto_rollback: flag(form, "Preferences.AutoRollback")?.unwrap_or(default.auto_rollback),
        protected: word(
            form,
            "ScaleInProtectedInstances",
            [OnProtected::Refresh, OnProtected::Ignore, OnProtected::Wait].map(|one| (one, one.name())),
        )?,
        standby: word(
            form,
            "StandbyInstances",
            [OnStandby::Terminate, OnStandby::Ignore, OnStandby::Wait].map(|one| (one, one.name())),
        )?,
        alarms,
        bake_s: number(form, "BakeTime", 0, LONGEST_DELAY_S)?,
    };
    if preferences.auto_rollback && wanted.is_none() {
        return Err(invalid(
            "The request isn't valid. The AutoRollback parameter cannot be set to true when the DesiredConfiguration \
             parameter is empty. Set AutoRollback to false or specify a desired configuration and try again.",
        ));
    }
    if preferences.skip_matching && matches!(wanted.unwrap_or(&group.launch), Launch::Configuration(_)) {
        return Err(invalid(
            "The SkipMatching parameter cannot be set to true for an Auto Scaling group that uses a launch \
             configuration. Specify a launch template in the desired configuration and try again.",
        ));
    }
    Ok(preferences)
}

fn checkpoints(form: &Form) -> Result<Vec<u32>, Fault> {
    let checkpoints: Vec<u32> = members(form, "Preferences.CheckpointPercentages")
        .into_iter()
        .map(|text| bounded(text, "CheckpointPercentages", 1, 100))
        .collect::<Result<_, _>>()?;
    if checkpoints.is_sorted_by(|one, next| one < next) {
        Ok(checkpoints)
    } else {
        Err(invalid("CheckpointPercentages must be unique and in ascending order."))
    }
}

/// Writes them as DescribeInstanceRefreshes tells them.
pub(super) fn write(xml: &mut Xml, preferences: &Preferences) {
    xml.nest("Preferences", |xml| {
        xml.plain("MinHealthyPercentage", preferences.min_healthy);
        if let Some(most) = preferences.max_healthy {
            xml.plain("MaxHealthyPercentage", most);
        }
        xml.plain("InstanceWarmup", preferences.warmup_s);
        if !preferences.checkpoints.is_empty() {
            xml.list("CheckpointPercentages", "member", &preferences.checkpoints, |xml, percent| {
                xml.raw_text(&percent.to_string());
            });
            xml.plain("CheckpointDelay", preferences.checkpoint_delay_s);
        }
        xml.plain("SkipMatching", preferences.skip_matching);
        xml.plain("AutoRollback", preferences.auto_rollback);
        xml.text("ScaleInProtectedInstances", preferences.protected.name());
        xml.text("StandbyInstances", preferences.standby.name());
        if !preferences.alarms.is_empty() {
            xml.nest("AlarmSpecification", |xml| {
                xml.list("Alarms", "member", &preferences.alarms, |xml, name| xml.raw_text(name));
            });
        }
        if let Some(seconds) = preferences.bake_s {
            xml.plain("BakeTime", seconds);
        }
    });
}
