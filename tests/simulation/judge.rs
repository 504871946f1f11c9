//! Whether a change that was just made was right: by what the operation had been told, and by what was true.

use crate::asking::{Member, Target};
use crate::request::Asked;
use crate::told::ToldGroup;
use crate::watch::{Guarded, Seen};

/// The processes without which a replacement gets stuck half-way (DESIGN.md, section 6).
const NEEDED: [&str; 5] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"];

/// Looks at a change that has happened. `before` are the members of all groups as they were.
pub(crate) fn change(seen: &mut Seen, asked: &Asked, before: &[Member]) {
    let mut wrong = Vec::new();
    tags(seen, asked, &mut wrong);
    if let Some(guarded) = seen.guarded.clone() {
        match asked.action() {
            "SetDesiredCapacity" => surge(seen, &guarded, asked, &mut wrong),
            "TerminateInstanceInAutoScalingGroup" => retire(seen, &guarded, asked, before, &mut wrong),
            "StartInstanceRefresh" => refresh(seen, &guarded, asked, &mut wrong),
            "UpdateAutoScalingGroup" => {
                known(seen, &guarded, &[], &mut wrong);
            }
            _ => {}
        }
    }
    for what in wrong {
        seen.violation(&what);
    }
}

/// Looks at what has happened behind a load balancer, whose targets were these before: nobody ends who is one, and nobody
/// who serves leaves without another who does. What somebody else did meanwhile nobody could know.
pub(crate) fn behind_balancer(seen: &mut Seen, asked: &Asked, before: &[Target]) {
    if !seen.deeds.is_empty() {
        return;
    }
    let named = asked.names();
    let is_named = |target: &&Target| named.contains(&target.server);
    match asked.action() {
        "TerminateInstances" => {
            for target in before.iter().filter(is_named) {
                seen.violation(&format!("{} was terminated, which a load balancer counted on", target.server));
            }
        }
        "DeregisterTargets" => {
            let serves = before.iter().any(|target| is_named(&target) && target.is_healthy);
            if serves && !before.iter().any(|target| !is_named(&target) && target.is_healthy) {
                seen.violation(&format!("{named:?} was taken out of its target group, and nobody serves there"));
            }
        }
        _ => {}
    }
}

/// Nothing is touched that the operation was told to leave alone.
fn tags(seen: &Seen, asked: &Asked, wrong: &mut Vec<String>) {
    for server in asked.names().iter().filter(|name| seen.told.tagged.contains(*name)) {
        wrong.push(format!("{} touched {server}, which has the tag emberline:protect", asked.call));
    }
    let is_of_all = ["StartInstanceRefresh", "UpdateAutoScalingGroup"].contains(&asked.action());
    let members = seen.told.group.iter().filter(|_| is_of_all).flat_map(|group| &group.members);
    // Auto Scaling lets a server go that is on its way out already, whatever it is tagged with.
    let stays = |member: &&Member| !member.lifecycle.starts_with("Terminat") && !member.lifecycle.starts_with("Detach");
    for member in members.filter(stays).filter(|member| seen.told.tagged.contains(&member.server)) {
        wrong.push(format!("{} reaches {}, which has the tag emberline:protect", asked.call, member.server));
    }
}

/// The group as it was told, where it is what was confirmed and has all processes that are needed.
fn known<'a>(seen: &'a Seen, guarded: &Guarded, needs: &[&str], wrong: &mut Vec<String>) -> Option<&'a ToldGroup> {
    let Some(told) = &seen.told.group else {
        wrong.push(format!("{} was changed and had not been read", guarded.group));
        return None;
    };
    if (told.min, told.max) != (guarded.min, guarded.max) {
        let Guarded { group, min, max, .. } = guarded;
        wrong.push(format!(
            "{group} was changed, which had MinSize {min} and MaxSize {max} when it was confirmed and has {} and {}",
            told.min, told.max
        ));
    }
    if told.is_tagged {
        wrong.push(format!("{} was changed, which has the tag emberline:protect", guarded.group));
    }
    for process in told.suspended.iter().filter(|process| needs.contains(&process.as_str())) {
        wrong.push(format!("{} was changed while {process} was suspended", guarded.group));
    }
    Some(told)
}

fn surge(seen: &mut Seen, guarded: &Guarded, asked: &Asked, wrong: &mut Vec<String>) {
    let to: u32 = asked.param("DesiredCapacity").and_then(|text| text.parse().ok()).unwrap_or(0);
    if to < guarded.desired {
        wrong.push(format!("desired capacity was set to {to}, it had been {}", guarded.desired));
    }
    let Some(told) = known(seen, guarded, &NEEDED, wrong) else { return };
    is_ours(seen, guarded, told, &format!("set to {to}"), wrong);
    if to > told.max {
        wrong.push(format!("desired capacity was set to {to}, MaxSize is {}", told.max));
    }
    // By what it was told: what somebody set a moment before is not taken for a surge of its own.
    seen.surge += i64::from(to) - i64::from(told.desired);
}

/// Desired capacity, as it was told, is what was confirmed and what this operation has added to that.
fn is_ours(seen: &Seen, guarded: &Guarded, told: &ToldGroup, what: &str, wrong: &mut Vec<String>) {
    if i64::from(told.desired) != i64::from(guarded.desired) + seen.surge {
        wrong.push(format!("desired capacity was {what} where somebody had set it to {}", told.desired));
    }
}

fn retire(seen: &mut Seen, guarded: &Guarded, asked: &Asked, before: &[Member], wrong: &mut Vec<String>) {
    let server = asked.param("InstanceId").unwrap_or_default();
    if let Some(told) = known(seen, guarded, &NEEDED, wrong) {
        match told.members.iter().find(|member| member.server == server) {
            None => wrong.push(format!("{server} was terminated, which its group did not list")),
            Some(member) => {
                if member.protected {
                    wrong.push(format!("{server} was terminated, which was protected from scale-in"));
                }
                if member.lifecycle.contains("Standby") {
                    wrong.push(format!("{server} was terminated, which was in Standby"));
                }
            }
        }
        // Whom the load balancer does not take for healthy can always go. Somebody has ended it, perhaps, and the group
        // has not noticed yet.
        if !seen.told.ails(server) {
            taken_out(guarded, told, &told.members, server, "by what was told", wrong);
            if !seen.is_overtaken() && !seen.is_stale {
                taken_out(guarded, told, before, server, "in truth", wrong);
            }
        }
        is_ours(seen, guarded, told, "to be kept or given back", wrong);
    }
    if asked.param("ShouldDecrementDesiredCapacity") == Some("true") {
        if seen.surge < 1 {
            wrong.push("desired capacity was lowered below what it had been".to_owned());
        }
        seen.surge -= 1;
    }
}

/// The group keeps its floor without this server, if the server served at all.
fn taken_out(
    guarded: &Guarded,
    told: &ToldGroup,
    members: &[Member],
    server: &str,
    how: &str,
    wrong: &mut Vec<String>,
) {
    let serves = |member: &&Member| member.group == guarded.group && member.serves();
    if !members.iter().filter(serves).any(|member| member.server == server) {
        return;
    }
    let left = count(members.iter().filter(serves)).saturating_sub(1);
    let floor = guarded.floor(told.min, guarded.desired.min(told.desired));
    if left < floor {
        wrong.push(format!("{server} was taken out of {}: {left} are left {how}, its floor is {floor}", guarded.group));
    }
}

fn refresh(seen: &Seen, guarded: &Guarded, asked: &Asked, wrong: &mut Vec<String>) {
    let needs: Vec<&str> = NEEDED.into_iter().chain(["InstanceRefresh"]).collect();
    let Some(told) = known(seen, guarded, &needs, wrong) else { return };
    // Auto Scaling's own default, where nothing is said.
    let percent = asked.param("Preferences.MinHealthyPercentage").and_then(|text| text.parse().ok()).unwrap_or(90);
    let keeps = (told.desired * percent).div_ceil(100);
    let floor = guarded.floor(told.min, told.desired);
    if keeps < floor {
        wrong.push(format!("a refresh of {} keeps {keeps} servers, its floor is {floor}", guarded.group));
    }
}

pub(crate) fn count<'a>(members: impl Iterator<Item = &'a Member>) -> u32 {
    u32::try_from(members.count()).unwrap_or(u32::MAX)
}
