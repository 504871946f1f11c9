//! What a call asks for, read and checked in Auto Scaling's words.

use std::ops::RangeInclusive;

use super::{group_arn_named, invalid, members};
use crate::{
    call::{Ask, Input},
    wire::{fault::Fault, form::Form},
    world::{
        group::{Group, Life},
        id,
        membership::Membership,
        server::Server,
    },
};

/// The ARN of the group that a call names.
pub(super) fn of_group(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    input.form.get("AutoScalingGroupName").map(|name| group_arn_named(ask, name)).into_iter().collect()
}

/// The ARN of the group of the server that a call names.
pub(super) fn of_servers_group(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let named = input.form.get("InstanceId").or_else(|| members(&input.form, "InstanceIds").first().copied());
    let found = named.and_then(|text| known_server(ask, text)).and_then(|(_, server)| server.membership.as_ref());
    match found {
        Some(membership) => vec![group_arn_named(ask, &ask.scope.groups[membership.group as usize].name)],
        None => of_group(ask, input),
    }
}

/// How the service writes a parameter's name in what it refuses.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A parameter that must be there.
pub(super) fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, Fault> {
    form.get(name).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
            camel(name)
        ))
    })
}

/// A number, if it was given: what is none is refused, and so is what is out of range.
pub(super) fn number(form: &Form, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Fault> {
    let Some(text) = form.get(name) else { return Ok(None) };
    let number: i64 =
        text.parse().map_err(|_| Fault::new("MalformedInput", format!("{text} can not be converted to an Integer")))?;
    if range.contains(&number) {
        return Ok(Some(number));
    }
    let (word, bound) = if number < *range.start() { ("greater", range.start()) } else { ("less", range.end()) };
    let name = camel(name.rsplit('.').next().unwrap_or(name));
    Err(invalid(format!(
        "1 validation error detected: Value '{number}' at '{name}' failed to satisfy constraint: Member must have \
         value {word} than or equal to {bound}"
    )))
}

/// A size in units, if it was given.
pub(super) fn size(form: &Form, name: &str) -> Result<Option<u32>, Fault> {
    // More servers than any account has.
    Ok(number(form, name, 0..=1_000_000)?.and_then(|number| u32::try_from(number).ok()))
}

/// A flag, if it was given.
pub(super) fn flag(form: &Form, name: &str) -> Result<Option<bool>, Fault> {
    match form.get(name) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(text) => Err(Fault::new("MalformedInput", format!("{text} can not be converted to a Boolean"))),
    }
}

/// A flag that must be there.
pub(super) fn required_flag(form: &Form, name: &str) -> Result<bool, Fault> {
    required(form, name)?;
    Ok(flag(form, name)?.unwrap_or_default())
}

/// The slot of the group that a call is about; it must not be on its way out.
pub(super) fn group_slot(ask: &Ask<'_>, form: &Form) -> Result<u32, Fault> {
    slot_of(ask, required(form, "AutoScalingGroupName")?)
}

/// The slot of the group called so; it must not be on its way out.
pub(super) fn slot_of(ask: &Ask<'_>, name: &str) -> Result<u32, Fault> {
    let found = ask.scope.groups.iter().position(|group| group.is_known() && *group.name == *name);
    let slot = found
        .and_then(|slot| u32::try_from(slot).ok())
        .ok_or_else(|| invalid(format!("AutoScalingGroup name not found - no such group: {name}")))?;
    if ask.scope.groups[slot as usize].life == Life::Ending {
        return Err(invalid(format!("AutoScalingGroup '{name}' is pending delete")));
    }
    Ok(slot)
}

/// A server by its id, as long as EC2 knows it: its slot, too.
pub(super) fn known_server<'a>(ask: &Ask<'a>, text: &str) -> Option<(u32, &'a Server)> {
    let slot = ask.scope.server_slots.get(&id::parse("i", text)?)?;
    Some((*slot, &ask.scope.servers[*slot as usize]))
}

/// A group's server, wherever it is in its life cycle.
pub(super) fn managed<'a>(ask: &Ask<'a>, text: &str) -> Result<(u32, &'a Server, &'a Membership), Fault> {
    known_server(ask, text)
        .and_then(|(slot, server)| Some((slot, server, server.membership.as_ref()?)))
        .ok_or_else(|| invalid(format!("Instance Id not found - No managed instance found for instance ID {text}")))
}

/// The servers of `group` that a call names, at most so many.
pub(super) fn servers<'a>(
    ask: &Ask<'a>,
    form: &Form,
    group: u32,
    at_most: usize,
) -> Result<Vec<(u32, &'a Server, &'a Membership)>, Fault> {
    let texts = members(form, "InstanceIds");
    if texts.is_empty() {
        return Err(invalid("At least one instance id must be specified."));
    }
    if texts.len() > at_most {
        return Err(invalid(format!("The number of instance ids that may be passed in is limited to {at_most}")));
    }
    let name = &ask.scope.groups[group as usize].name;
    let mut found: Vec<(u32, &Server, &Membership)> = Vec::with_capacity(texts.len());
    for text in texts {
        let one = managed(ask, text)?;
        if one.2.group != group {
            return Err(invalid(format!("The instance {text} is not part of Auto Scaling group {name}.")));
        }
        // The same one twice is the same as once.
        if !found.iter().any(|(slot, ..)| *slot == one.0) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Auto Scaling's refusal where so many units more, or fewer, are out of the group's bounds.
pub(super) fn out_of_bounds(group: &Group, verb: &str, servers: usize) -> Fault {
    invalid(format!(
        "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={}. To {verb} {servers} more instance, \
         please update the AutoScalingGroup sizes appropriately.",
        group.name, group.min, group.max, group.desired
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn numbers_are_refused_in_the_services_words() {
        let form = Form::parse(b"MinSize=-1&MaxSize=x&DesiredCapacity=7&A.HeartbeatTimeout=9999").unwrap();
        assert_eq!(size(&form, "DesiredCapacity"), Ok(Some(7)));
        assert_eq!(size(&form, "Other"), Ok(None));
        assert!(size(&form, "MinSize").unwrap_err().message.contains("'-1' at 'minSize'"));
        assert_eq!(size(&form, "MaxSize").unwrap_err().code, "MalformedInput");
        let fault = number(&form, "A.HeartbeatTimeout", 30..=7_200).unwrap_err();
        assert!(
            fault.message.contains("at 'heartbeatTimeout'") && fault.message.ends_with("less than or equal to 7200")
        );
    }
}
