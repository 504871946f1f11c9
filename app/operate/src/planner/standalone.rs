//! A server that no group looks after: its successor is launched, looked at and put behind the same load balancers before
//! the old one goes.

use super::draft::{Change, Draft, called};
use super::ground::Ground;
use super::{group, losses, patience};
use crate::facts::ServerFacts;
use crate::guard::{self, Seat, Touch};
use crate::mutation::{LaunchFrom, Mutation, Output, PlannedMutation};
use crate::plan::Until;

/// Adds the replacement of a standalone server to a draft.
pub(super) fn replace(draft: &mut Draft, ground: &Ground, server: &ServerFacts) {
    let id = &server.id;
    draft.refusals.extend(guard::server(&ground.situation, id, Touch::Terminate));
    draft.refusals.extend(guard::gives_its_seats(&ground.situation, id));
    let seats = guard::seats(ground.situation.registered.get(id).into_iter().flatten());
    draft.touched.servers.insert(id.clone());
    let (from, source) = source(draft, ground, server);
    let shown = called(server);
    draft.send(Change {
        name: format!("launch the successor of {id}"),
        sentence: format!("Launch the successor of {shown} from {source}."),
        mutation: Mutation::RunInstances { from, subnet: server.subnet.clone() },
        makes: Some(Output::Successor),
        desired: None,
        takes_out: None,
    });
    draft.wait(
        format!("see the successor of {id} healthy"),
        "Wait until the successor runs and both status checks have passed; until then nothing happens to the old server."
            .to_owned(),
        Until::Healthy { server: Output::Successor.into() },
        patience::LAUNCH_S,
    );
    give_seats(draft, id, &seats);
    draft.send(change(
        format!("terminate {id}"),
        format!("Terminate {shown}."),
        Mutation::TerminateInstances { server: id.as_str().into() },
    ));
    draft.wait(
        format!("see {id} gone"),
        format!("Wait until {id} is terminated."),
        Until::Gone { server: id.clone(), group: None },
        patience::gone_s(None),
    );
    draft.losses.extend(losses::of_termination(server));
    let besides = if seats.is_empty() { "" } else { " but its target groups" };
    draft.warnings.push(format!(
        "Nothing{besides} leads to the successor of {id} by itself: DNS records, Elastic IP addresses, classic load \
         balancers, VPC Lattice and what others have noted of it stay as they are."
    ));
}

/// The successor takes the server's places in target groups, and the server leaves them once it serves there: all at
/// once, so that the slowest of them is waited for and not their sum.
fn give_seats(draft: &mut Draft, id: &str, seats: &[Seat]) {
    let told = |seat: &Seat| {
        let name = guard::target_group_name(&seat.target_group);
        (name.to_owned(), format!("the target group {name} ({})", guard::told_ports(&seat.ports)))
    };
    for seat in seats {
        let (name, place) = told(seat);
        draft.send(change(
            format!("register the successor of {id} in {name}"),
            format!("Register the successor in {place}, beside {id}."),
            Mutation::RegisterTargets {
                target_group: seat.target_group.clone(),
                server: Output::Successor.into(),
                ports: seat.ports.clone(),
            },
        ));
    }
    for seat in seats {
        let (name, place) = told(seat);
        draft.wait(
            format!("see the successor of {id} healthy in {name}"),
            format!("Wait until the successor is healthy in {place}; until then {id} serves on."),
            Until::Serving {
                target_group: seat.target_group.clone(),
                server: Output::Successor.into(),
                ports: seat.ports.clone(),
            },
            patience::SERVING_S,
        );
    }
    for seat in seats {
        let (name, place) = told(seat);
        draft.send(change(
            format!("take {id} out of {name}"),
            format!("Take {id} out of {place}: it is asked nothing new and answers what it was asked."),
            Mutation::DeregisterTargets {
                target_group: seat.target_group.clone(),
                server: id.into(),
                ports: seat.ports.clone(),
            },
        ));
    }
    for seat in seats {
        let (name, place) = told(seat);
        draft.wait(
            format!("see {id} drained from {name}"),
            format!("Wait until {id} has drained from {place}."),
            Until::Drained {
                target_group: seat.target_group.clone(),
                server: id.to_owned(),
                ports: seat.ports.clone(),
            },
            patience::DRAINED_S,
        );
    }
}

fn change(name: String, sentence: String, mutation: PlannedMutation) -> Change {
    Change { name, sentence, mutation, makes: None, desired: None, takes_out: None }
}

/// A template knows nothing of what was done to a server once it was there.
fn warn_of_later_changes(draft: &mut Draft, server: &ServerFacts) {
    let tags: Vec<&str> = server.tags.keys().map(String::as_str).filter(|key| !key.starts_with("aws:")).collect();
    let has = if tags.is_empty() { String::new() } else { format!(" Its tags now: {}.", tags.join(", ")) };
    let id = &server.id;
    draft.warnings.push(format!(
        "What was set on {id} and not in its template (tags, security groups, role) is not on its successor.{has}"
    ));
}

/// What the successor is launched from, and how that is called.
fn source(draft: &mut Draft, ground: &Ground, server: &ServerFacts) -> (LaunchFrom, String) {
    let id = &server.id;
    if let Some(template) = &server.template {
        let version = template.version.to_string();
        if ground.version(&template.id, &version).is_some() {
            group::check_version(draft, ground, &template.id, &version);
            let latest = ground.templates.get(&template.id).map_or(0, |template| template.latest_version);
            if latest > template.version {
                draft.warnings.push(format!(
                    "The successor of {id} comes from version {version} of {}, as {id} did; the latest is {latest}.",
                    template.id
                ));
            }
            warn_of_later_changes(draft, server);
            let from = LaunchFrom::Template { id: template.id.clone(), version: template.version };
            return (from, format!("version {version} of the launch template {}", template.id));
        }
        draft.warnings.push(format!(
            "Version {version} of the launch template {}, which {id} came from, is gone: its successor is launched from \
             what EC2 says of {id} itself.",
            template.id
        ));
    }
    draft.refusals.extend(guard::image(&server.image, ground.images.get(&server.image)).err());
    let data_sha256 = ground.launch_data.get(id).cloned().unwrap_or_default();
    let from = LaunchFrom::Server { id: id.clone(), data_sha256 };
    (from, format!("what EC2 says of {id} itself (image {})", server.image))
}
