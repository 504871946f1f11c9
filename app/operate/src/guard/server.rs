//! May this server be touched?

use super::{Guard, Refusal};
use crate::facts::ServerFacts;
use crate::situation::Situation;

/// The tag whose presence, whatever its value, keeps a server out of every action.
pub const PROTECT_TAG: &str = "emberline:protect";

/// What is to happen to a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Touch {
    /// It goes away.
    Terminate,
    /// Its root volume is replaced.
    Reimage,
    /// It is baked into an image.
    Bake {
        /// Whether it is restarted for that.
        reboot: bool,
    },
}

impl Touch {
    /// Whether the server is out of service by it, be it for good or for a while.
    #[must_use]
    pub fn takes_out(self) -> bool {
        self != Self::Bake { reboot: false }
    }
}

/// All that stands against touching a server. The floor of its group is [`super::take_out`]'s, and what concerns its
/// group [`super::group`]'s.
#[must_use]
pub fn server(situation: &Situation, id: &str, touch: Touch) -> Vec<Refusal> {
    let Some(server) = situation.servers.get(id) else {
        let reason = format!("there is no server {id} in {}", situation.scope);
        return vec![Refusal { guard: Guard::Known, reason, next: "Check its id, account and region.".to_owned() }];
    };
    let mut refusals = besides_protection(situation, server, touch);
    refusals.extend(protected_by_ec2(server, touch).err());
    refusals
}

/// What stands against touching a server beside EC2's own protections, which are read of few.
#[must_use]
pub fn besides_protection(situation: &Situation, server: &ServerFacts, touch: Touch) -> Vec<Refusal> {
    let checks = [
        alive(server, touch),
        place(situation, server, touch),
        protected_by_tag(server),
        scale_in(situation, server, touch),
        standby(situation, server, touch),
        owner(server),
        held(situation, &server.id),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

fn alive(server: &ServerFacts, touch: Touch) -> Result<(), Refusal> {
    let holds = match touch {
        Touch::Terminate => matches!(server.state.as_str(), "pending" | "running" | "stopping" | "stopped"),
        Touch::Reimage => server.state == "running",
        Touch::Bake { .. } => matches!(server.state.as_str(), "running" | "stopped"),
    };
    Guard::Alive.demand(holds, || {
        let leaves = matches!(server.state.as_str(), "shutting-down" | "terminated");
        let next = if leaves { "Nothing is left to do for it." } else { "Wait until it runs." };
        (format!("{} is {}", server.id, server.state), next.to_owned())
    })
}

/// A server of a group is a member of it, and neither on its way out nor set aside in a warm pool.
fn place(situation: &Situation, server: &ServerFacts, touch: Touch) -> Result<(), Refusal> {
    let Some(name) = server.group.as_ref().filter(|_| touch != (Touch::Bake { reboot: false })) else { return Ok(()) };
    let lifecycle = situation.groups.get(name).and_then(|group| group.member(&server.id)).map(|one| &one.lifecycle);
    let stays = lifecycle.is_some_and(|lifecycle| {
        ["InService", "Pending", "Standby", "EnteringStandby"].iter().any(|state| lifecycle.starts_with(state))
    });
    Guard::Alive.demand(stays, || {
        let id = &server.id;
        let reason = match lifecycle {
            Some(lifecycle) => format!("{id} is {lifecycle} in its group {name}"),
            None => format!("{id} says that it is of the group {name}, which does not list it"),
        };
        (reason, "Look again in a minute: it leaves the group, or waits in its warm pool.".to_owned())
    })
}

pub(super) fn protected_by_tag(server: &ServerFacts) -> Result<(), Refusal> {
    Guard::ProtectTag.demand(!server.tags.contains_key(PROTECT_TAG), || {
        let id = &server.id;
        let why = server.tags.get(PROTECT_TAG).map(|why| why.trim()).filter(|why| !why.is_empty());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let reason = format!("{id} has the tag {PROTECT_TAG}{why}");
        (reason, format!("Remove the tag {PROTECT_TAG} from {id}, or leave it out."))
    })
}

fn protected_by_ec2(server: &ServerFacts, touch: Touch) -> Result<(), Refusal> {
    if matches!(touch, Touch::Terminate | Touch::Reimage) {
        protected_from_termination(server)?;
    }
    // Protection from being stopped keeps EC2 from terminating it, too (EC2's user guide, "Enable stop protection").
    match server.stop_protected {
        _ if !touch.takes_out() => Ok(()),
        None => protection_is_unknown(server, "being stopped"),
        Some(protected) => Guard::TerminationProtection.demand(!protected, || {
            let id = &server.id;
            let next = format!("Take the protection away in EC2 (disableApiStop), or leave {id} out.");
            (format!("{id} is protected from being stopped"), next)
        }),
    }
}

/// Auto Scaling heeds no protection of EC2's ("Enabling termination protection does not prevent Amazon EC2 Auto Scaling
/// from terminating an instance", EC2's user guide): who set it is heard here or nowhere.
pub(super) fn protected_from_termination(server: &ServerFacts) -> Result<(), Refusal> {
    let Some(protected) = server.termination_protected else { return protection_is_unknown(server, "termination") };
    Guard::TerminationProtection.demand(!protected, || {
        let id = &server.id;
        let next = format!("Take the protection away in EC2 (disableApiTermination), or leave {id} out.");
        (format!("{id} is protected from termination"), next)
    })
}

fn protection_is_unknown(server: &ServerFacts, from: &str) -> Result<(), Refusal> {
    Guard::Known.demand(false, || {
        let reason = format!("whether {} is protected from {from} was not read", server.id);
        (reason, "Plan again, naming this server.".to_owned())
    })
}

fn scale_in(situation: &Situation, server: &ServerFacts, touch: Touch) -> Result<(), Refusal> {
    let member = server.group.as_ref().and_then(|name| situation.groups.get(name)?.member(&server.id));
    let protected = touch == Touch::Terminate && member.is_some_and(|member| member.protected_from_scale_in);
    Guard::ScaleInProtection.demand(!protected, || {
        let id = &server.id;
        let next = format!("Take its scale-in protection away in the group, or leave {id} out.");
        (format!("{id} is protected from scale-in"), next)
    })
}

/// Who puts a server in Standby works on it. An image may be taken of it meanwhile, if it is not restarted.
fn standby(situation: &Situation, server: &ServerFacts, touch: Touch) -> Result<(), Refusal> {
    let member = server.group.as_ref().and_then(|name| situation.groups.get(name)?.member(&server.id));
    let aside = touch.takes_out() && member.is_some_and(|member| member.lifecycle.contains("Standby"));
    Guard::Standby.demand(!aside, || {
        let id = &server.id;
        let next = format!("Put {id} back in service (ExitStandby), or leave it out.");
        (format!("{id} is in Standby: somebody set it aside"), next)
    })
}

fn owner(server: &ServerFacts) -> Result<(), Refusal> {
    Guard::ForeignOwner.demand(server.owner.is_none(), || {
        let owner = server.owner.as_deref().unwrap_or_default();
        (format!("{} belongs to {owner}", server.id), format!("Act on it through {owner}."))
    })
}

/// Refuses what an operation holds that has not ended: a server, a group or a pipeline.
///
/// # Errors
/// [`Guard::OneOperation`].
pub fn held(situation: &Situation, name: &str) -> Result<(), Refusal> {
    let target = format!("{}/{name}", situation.scope);
    let holder = situation.holders.get(&target);
    Guard::OneOperation.demand(holder.is_none(), || {
        let holder = holder.map(ToString::to_string).unwrap_or_default();
        let reason = format!("the operation {holder} has {name} in hand and has not ended");
        (reason, format!("Wait for it, or see `emberline operations show {holder}`."))
    })
}
