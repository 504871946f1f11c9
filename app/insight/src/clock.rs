//! When a server's state was last born from an image.

use fleet::{Fleet, RootTarget, ScopeIx, Server, Sym, Time};
use rustc_hash::FxHashMap;

use crate::finding::AgeFrom;

/// What the root volume replacements of a server mean for its clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Replacements {
    /// The end of the latest that was to the launch state or from an image: a rebirth.
    reborn: Option<Time>,
    /// Whether one was from a snapshot, a volume or nobody knows what: the root volume's `AttachTime` then tells
    /// when that came, and not of any birth.
    root_is_foreign: bool,
}

/// The replacements of each server that had one.
pub(crate) fn replacements(fleet: &Fleet) -> FxHashMap<(ScopeIx, Sym), Replacements> {
    let mut all: FxHashMap<(ScopeIx, Sym), Replacements> = FxHashMap::default();
    for task in &fleet.root_replacements {
        if fleet.text(task.state) != Some("succeeded") {
            continue;
        }
        let found = all.entry((task.scope, task.server)).or_default();
        match task.target {
            // A task without its end still began: counting from there overstates the age and never hides it.
            Some(RootTarget::LaunchState | RootTarget::Image(_)) => {
                found.reborn = found.reborn.max(task.completed.or(task.started));
            }
            Some(RootTarget::Snapshot(_) | RootTarget::Volume(_)) | None => found.root_is_foreign = true,
        }
    }
    all
}

/// When `server` was born, and what says so.
///
/// The primary interface is attached for life, so its clock survives a stop and start. Without one the root volume's
/// stands in, unless something else than an image was put there; without that `LaunchTime`, which every start resets.
/// A rebirth counts where it is later; against the two stand-ins it always does, since a server that was reborn then
/// was there before, and a later stand-in is a clock that was reset.
pub(crate) fn born(server: &Server, replacements: Replacements) -> Option<(Time, AgeFrom)> {
    let interface = server.interface_attached.map(|time| (time, AgeFrom::Interface));
    let root = || {
        let time = server.root_attached.filter(|_| !replacements.root_is_foreign)?;
        Some((time, AgeFrom::RootVolume))
    };
    let launch = || server.launched.map(|time| (time, AgeFrom::LaunchTime));
    let first = interface.or_else(root).or_else(launch);
    let reborn = replacements.reborn.map(|time| (time, AgeFrom::RootReplacement));
    match (first, reborn) {
        (Some((birth, AgeFrom::Interface)), Some((again, _))) if again <= birth => first,
        (_, Some(_)) => reborn,
        (_, None) => first,
    }
}
