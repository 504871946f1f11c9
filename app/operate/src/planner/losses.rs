//! What is lost for good when a server goes, and what stays behind with nobody to use it.

use crate::facts::{Address, Interface, ServerFacts, Volume};
use crate::plan::{Loss, LossKind};

/// All that a terminated server takes along or leaves behind, the gravest first.
pub(super) fn of_termination(server: &ServerFacts) -> Vec<Loss> {
    let mut losses: Vec<Loss> = server.volumes.iter().map(|volume| volume_loss(server, volume)).collect();
    // Root first, then what is deleted: the list is read from above.
    losses.sort_by_key(|loss| match loss.kind {
        LossKind::RootChanges => 0,
        LossKind::Volume => 1,
        _ => 2,
    });
    if !server.volumes.iter().any(|volume| volume.is_root) {
        let sentence =
            format!("All that was written on {} since its launch is lost: it has no root volume.", server.id);
        losses.insert(
            0,
            Loss { server: server.id.clone(), kind: LossKind::RootChanges, what: server.id.clone(), sentence },
        );
    }
    losses.extend(server.addresses.iter().map(|address| address_loss(server, address)));
    losses.extend(server.dns_names.iter().map(|name| {
        let sentence = format!("The DNS name {name} no longer leads anywhere: its successor has another one.");
        loss(server, LossKind::DnsName, name, sentence)
    }));
    losses.extend(server.interfaces.iter().map(|interface| interface_loss(server, interface)));
    losses
}

/// What a root volume replacement that keeps the replaced volume takes from a server.
pub(super) fn of_new_root(server: &ServerFacts) -> Vec<Loss> {
    let Some(root) = server.volumes.iter().find(|volume| volume.is_root) else { return Vec::new() };
    let (id, volume) = (&server.id, &root.id);
    let changed = format!("What was written on the root volume since the launch of {id} is no longer on it.");
    let kept = format!("The old root volume {volume} is kept, attached to nothing, until you delete it.");
    vec![loss(server, LossKind::RootChanges, volume, changed), loss(server, LossKind::DetachedVolume, volume, kept)]
}

fn loss(server: &ServerFacts, kind: LossKind, what: &str, sentence: String) -> Loss {
    Loss { server: server.id.clone(), kind, what: what.to_owned(), sentence }
}

fn volume_loss(server: &ServerFacts, volume: &Volume) -> Loss {
    let (id, device, of) = (&volume.id, &volume.device, &server.id);
    let (kind, sentence) = match (volume.is_root, volume.delete_on_termination) {
        (true, true) => (
            LossKind::RootChanges,
            format!("The root volume {id} of {of} is deleted, with all that was written on it since its launch."),
        ),
        (false, true) => (LossKind::Volume, format!("The volume {id} ({device}) of {of} is deleted with its data.")),
        (_, false) => (
            LossKind::DetachedVolume,
            format!(
                "The volume {id} ({device}) of {of} stays, attached to nothing: the successor does not have its data."
            ),
        ),
    };
    loss(server, kind, id, sentence)
}

fn address_loss(server: &ServerFacts, address: &Address) -> Loss {
    let of = &server.id;
    match address {
        Address::Private(ip) => {
            let sentence = format!("The private address {ip} of {of} goes back to its subnet.");
            loss(server, LossKind::Address, ip, sentence)
        }
        Address::Public(ip) => {
            let sentence = format!("The public address {ip} of {of} goes back to Amazon and can't be had again.");
            loss(server, LossKind::Address, ip, sentence)
        }
        Address::Elastic(ip) => {
            let sentence =
                format!("The Elastic IP address {ip} has nothing behind it once {of} is gone: associate it anew.");
            loss(server, LossKind::ElasticAddress, ip, sentence)
        }
    }
}

fn interface_loss(server: &ServerFacts, interface: &Interface) -> Loss {
    let (id, of) = (&interface.id, &server.id);
    let sentence = if interface.delete_on_termination {
        format!("The network interface {id} of {of} is deleted.")
    } else {
        format!("The network interface {id} of {of} stays, attached to nothing.")
    };
    loss(server, LossKind::Interface, id, sentence)
}
