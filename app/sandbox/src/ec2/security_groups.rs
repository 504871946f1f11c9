//! Security groups: a scope has those that its servers, templates and launch configurations name, and the default one.

use std::sync::Arc;

use super::{Kind, ids};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form},
    world::{id, mould::SecurityGroups},
};

const KIND: Kind = Kind {
    prefix: "sg",
    malformed: "InvalidGroupId.Malformed",
    missing: "InvalidGroup.NotFound",
    message: |missing| match missing {
        [one] => format!("The security group '{one}' does not exist"),
        many => format!("The security groups '{}' do not exist", many.join(", ")),
    },
};

/// EC2's default for the most groups of an interface.
const MAX_GROUPS: usize = 5;

/// The group that a VPC has from the beginning.
pub(super) fn default(ask: &Ask<'_>) -> (u64, Arc<str>) {
    ask.scope.security_group(ask.world.seed, "default")
}

fn find(ask: &Ask<'_>, wanted: impl Fn(&(u64, Arc<str>)) -> bool) -> Option<(u64, Arc<str>)> {
    let default = default(ask);
    if wanted(&default) { Some(default) } else { ask.scope.security_groups().find(|group| wanted(group)).cloned() }
}

/// The groups with these ids, in order.
///
/// # Errors
/// `InvalidGroup.NotFound` if the scope lacks one, `InvalidGroupId.Malformed`, `SecurityGroupsPerInterfaceLimitExceeded`.
pub(super) fn by_id(ask: &Ask<'_>, texts: &[&str]) -> Result<SecurityGroups, Fault> {
    if texts.len() > MAX_GROUPS {
        return Err(Fault::new(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ));
    }
    let known = ids(texts, &KIND, |id| find(ask, |group| group.0 == id).is_some())?;
    Ok(known.into_iter().filter_map(|id| find(ask, |group| group.0 == id)).collect())
}

/// The groups that a request names by id at `ids` or by name at `names`; none if it names none.
///
/// # Errors
/// As [`by_id`]; `InvalidParameterCombination` for both.
pub(super) fn asked(ask: &Ask<'_>, form: &Form, ids: &str, names: &str) -> Result<Option<SecurityGroups>, Fault> {
    let (texts, names) = (form.list(ids), form.list(names));
    match (&*texts, &*names) {
        ([], []) => Ok(None),
        (texts, []) => by_id(ask, texts).map(Some),
        ([], names) => names
            .iter()
            .map(|name| {
                find(ask, |group| &*group.1 == *name).ok_or_else(|| {
                    let vpc = id::show("vpc", ask.scope.network.vpc);
                    Fault::new(
                        "InvalidGroup.NotFound",
                        format!("The security group '{name}' does not exist in default VPC '{vpc}'"),
                    )
                })
            })
            .collect::<Result<SecurityGroups, Fault>>()
            .map(Some),
        _ => Err(Fault::new(
            "InvalidParameterCombination",
            "The parameter groupName cannot be used with the parameter groupId",
        )),
    }
}
