//! Replacement of a running server's root volume: CreateReplaceRootVolumeTask and DescribeReplaceRootVolumeTasks, and how
//! a replacement goes on.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Kind, ids, images, instances, lifecycle, missing, once, page, snapshots, tags, volumes, write_tags};
use crate::{
    call::{Ask, Change, Input},
    events::Event,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        xml::Xml,
    },
    world::{
        Scope, Tags, World, arn, id,
        image::ImageState,
        server::{Server, ServerState},
        volume::{ReplacementState, RootReplacement, RootSource, Volume, VolumeState},
    },
};

pub(super) const TASK: Kind = Kind {
    prefix: "replacevol",
    malformed: "InvalidReplaceRootVolumeTaskId.Malformed",
    missing: "InvalidReplaceRootVolumeTaskId.NotFound",
    message: |missing| format!("The replace root volume task ID '{}' does not exist", missing.join(", ")),
};

/// A replacement that is to be done.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The server's slot.
    pub(crate) server: u32,
    pub(crate) source: RootSource,
    /// Whether the old volume goes; else it stays, on no server.
    pub(crate) delete_replaced: bool,
    pub(crate) tags: Tags,
}

/// What a replacement does next by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The new volume is there: the volumes begin to be changed, and the server goes down.
    Change,
    /// The new volume is attached, and the server comes up from it.
    Attach,
    /// It has failed, and the old volume is still there.
    Fail,
}

/// From the order until the new volume is there, in seconds.
const PENDING_S: u32 = 25;
/// From then until it is attached, in seconds. Together some minute and a half, as people see it; AWS promises nothing.
const CHANGING_S: u32 = 65;
/// From the moment that it can't go on until it has failed, in seconds.
const FAILING_S: u32 = 15;

/// Refuses a replacement that can't be done.
///
/// # Errors
/// What EC2 says of the server or of what the volume is to come from.
pub(crate) fn check(world: &World, scope: &Scope, server: &Server, source: RootSource) -> Result<(), Fault> {
    let told = id::show("i", server.id);
    if server.state != ServerState::Running {
        return Err(Fault::new(
            "IncorrectInstanceState",
            format!("The instance '{told}' is not in the 'running' state."),
        ));
    }
    if active(scope, server.id) {
        return Err(Fault::new(
            "IncorrectState",
            format!("A root volume replacement of the instance '{told}' is in progress already."),
        ));
    }
    let root = volumes::root(world, scope, server);
    match source {
        RootSource::LaunchState => launch_snapshot(world, scope, server).map(|_| ()),
        RootSource::Image(slot) => {
            let image = &world.images[slot as usize];
            let launched_from = &world.images[server.image as usize];
            if image.architecture != launched_from.architecture {
                return Err(Fault::invalid(format!(
                    "The image '{}' has the architecture {}, but the instance '{told}' has {}. They must be the same.",
                    id::show("ami", image.id),
                    image.architecture,
                    launched_from.architecture
                )));
            }
            Ok(())
        }
        RootSource::Snapshot(asked) => {
            let volume = world.snapshot(asked).and_then(|snapshot| snapshot.volume);
            if volume.is_some_and(|volume| was_root(scope, server, volume)) {
                return Ok(());
            }
            Err(Fault::invalid(format!(
                "The snapshot '{}' is not a snapshot of a root volume of the instance '{told}'.",
                id::show("snap", asked)
            )))
        }
        RootSource::Volume(asked) => {
            let text = id::show("vol", asked);
            match scope.volume(asked) {
                Some(volume) if volume.state == VolumeState::Available => {
                    if volume.zone != server.zone {
                        return Err(Fault::new(
                            "InvalidVolume.ZoneMismatch",
                            format!("The volume '{text}' is not in the same availability zone as instance '{told}'"),
                        ));
                    }
                    if root.encrypted && !volume.encrypted {
                        return Err(Fault::invalid(format!(
                            "The volume '{text}' must be encrypted, as the root volume of '{told}' is."
                        )));
                    }
                    Ok(())
                }
                _ => Err(Fault::new("IncorrectState", format!("The volume '{text}' is not in the 'available' state."))),
            }
        }
    }
}

/// Whether a replacement of the server's root goes on.
fn active(scope: &Scope, server: u64) -> bool {
    scope.root_replacements.iter().any(|task| task.server == server && task.state.completed().is_none())
}

/// Whether a volume is or was the root of the server.
fn was_root(scope: &Scope, server: &Server, volume: u64) -> bool {
    volume == server.root_volume
        || volume == Server::first_volume(server.id)
        || scope.root_replacements.iter().any(|task| task.server == server.id && task.volume == volume)
}

/// The snapshot that the server was launched from.
fn launch_snapshot(world: &World, scope: &Scope, server: &Server) -> Result<u64, Fault> {
    let snapshot = world.images[server.image as usize].snapshot;
    match world.snapshot(snapshot) {
        Some(it) if !it.deleted && it.region == scope.region => Ok(snapshot),
        _ => {
            let id = id::show("snap", snapshot);
            Err(Fault::new("InvalidSnapshot.NotFound", format!("The snapshot '{id}' does not exist.")))
        }
    }
}

/// Begins to replace a server's root volume, which [`check`] let pass: the slot of the task.
pub(crate) fn begin(world: &mut World, scope: usize, order: Order, now: Timestamp) -> u32 {
    let id = world.fresh_id("replacevol");
    let volume = match order.source {
        RootSource::Volume(volume) => volume,
        RootSource::LaunchState | RootSource::Image(_) | RootSource::Snapshot(_) => world.fresh_id("vol"),
    };
    let place = world.scope_at_mut(scope);
    let task = u32::try_from(place.root_replacements.len()).expect("memory ends before u32::MAX tasks");
    place.root_replacements.push(RootReplacement {
        id,
        server: place.servers[order.server as usize].id,
        source: order.source,
        volume,
        started: now,
        state: ReplacementState::Pending,
        delete_replaced: order.delete_replaced,
        tags: order.tags,
    });
    world.schedule_in(now, PENDING_S, Event::RootReplacement { scope, task, step: Step::Change });
    task
}

/// Lets a replacement take a step.
pub(crate) fn happen(world: &mut World, scope: usize, task: u32, step: Step, now: Timestamp) {
    let place = world.scope_at(scope);
    let it = &place.root_replacements[task as usize];
    let (state, source) = (it.state, it.source);
    let Some(&server) = place.server_slots.get(&it.server) else {
        world.scope_at_mut(scope).root_replacements[task as usize].state = ReplacementState::Failed(now);
        return;
    };
    let can_go_on =
        place.servers[server as usize].state == ServerState::Running && made_of(world, scope, task).is_some();
    let (state, next) = match (step, state) {
        (Step::Change, ReplacementState::Pending) if can_go_on => {
            lifecycle::reboot(world, scope, server, now);
            (ReplacementState::InProgress, Some((CHANGING_S, Step::Attach)))
        }
        (Step::Attach, ReplacementState::InProgress) if can_go_on => {
            attach(world, scope, task, server, now);
            let place = world.scope_at_mut(scope);
            if matches!(source, RootSource::LaunchState | RootSource::Image(_)) {
                place.servers[server as usize].reset = Some(now);
            }
            lifecycle::reboot(world, scope, server, now);
            (ReplacementState::Succeeded(now), None)
        }
        (Step::Fail, ReplacementState::Failing) => (ReplacementState::Failed(now), None),
        (Step::Change | Step::Attach, ReplacementState::Pending | ReplacementState::InProgress) => {
            (ReplacementState::Failing, Some((FAILING_S, Step::Fail)))
        }
        _ => return,
    };
    world.scope_at_mut(scope).root_replacements[task as usize].state = state;
    if let Some((after_s, step)) = next {
        world.schedule_in(now, after_s, Event::RootReplacement { scope, task, step });
    }
}

/// One step in words.
pub(crate) fn tell(world: &World, scope: usize, task: u32, step: Step) -> String {
    let task = &world.scope_at(scope).root_replacements[task as usize];
    format!("{} {} {step:?}", id::show("i", task.server), id::show("replacevol", task.id))
}

/// The snapshot and the size of the new volume; none if what it is to come from is not there any more.
fn made_of(world: &World, scope: usize, task: u32) -> Option<(u64, u32)> {
    let place = world.scope_at(scope);
    let task = &place.root_replacements[task as usize];
    let server = place.server(task.server)?;
    let snapshot = match task.source {
        RootSource::LaunchState => world.images[server.image as usize].snapshot,
        RootSource::Image(slot) => world.images[slot as usize].snapshot,
        RootSource::Snapshot(id) => id,
        RootSource::Volume(id) => {
            let volume = place.volume(id).filter(|volume| volume.state == VolumeState::Available)?;
            return Some((volume.snapshot, volume.size_gib));
        }
    };
    let found = world.snapshot(snapshot).filter(|snapshot| !snapshot.deleted)?;
    // A volume does not become smaller.
    Some((snapshot, found.size_gib.max(volumes::root(world, place, server).size_gib)))
}

/// Changes the root volumes of a server.
fn attach(world: &mut World, scope: usize, task: u32, server: u32, now: Timestamp) {
    let Some((snapshot, size_gib)) = made_of(world, scope, task) else { return };
    let place = world.scope_at(scope);
    let task = place.root_replacements[task as usize].clone();
    let it = &place.servers[server as usize];
    let old = volumes::root(world, place, it).into_free(it);
    let (server_id, zone, encrypted) = (it.id, it.zone, old.encrypted);
    let place = world.scope_at_mut(scope);
    match (place.volume_mut(old.id), task.delete_replaced) {
        (Some(known), true) => known.state = VolumeState::Deleted,
        (Some(known), false) => *known = old,
        // The volume that it was born with follows from the server, and from it alone.
        (None, true) => (),
        (None, false) => place.add_volume(old),
    }
    match place.volume_mut(task.volume) {
        Some(known) => known.state = VolumeState::InUse(server_id),
        None => place.add_volume(Volume {
            id: task.volume,
            zone,
            created: task.started,
            size_gib,
            snapshot,
            encrypted,
            tags: Tags::from([]),
            state: VolumeState::InUse(server_id),
        }),
    }
    let it = &mut place.servers[server as usize];
    it.root_volume = task.volume;
    it.root_attached = now;
}

/// The server, what is made anew, and what it is made of.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let mut arns = arn::ec2_of(ask.scope, "instance", input.form.get("InstanceId"));
    arns.push(arn::ec2(ask.scope, "replace-root-volume-task", "*"));
    arns.push(arn::ec2(ask.scope, "volume", input.form.get("VolumeId").unwrap_or("*")));
    arns.extend(arn::ec2_of(ask.scope, "image", input.form.get("ImageId")));
    arns.extend(arn::ec2_of(ask.scope, "snapshot", input.form.get("SnapshotId")));
    arns
}

/// Where a request says that the new volume comes from.
fn source(ask: &Ask<'_>, form: &Form) -> Result<RootSource, Fault> {
    match (form.get("ImageId"), form.get("SnapshotId"), form.get("VolumeId")) {
        (None, None, None) => Ok(RootSource::LaunchState),
        (Some(text), None, None) => {
            let account = &ask.scope.account;
            let known = |id| {
                let image = ask.world.image(id);
                image.is_some_and(|image| image.region == ask.scope.region && image.visible_to(account))
            };
            let found = ids(&[text], &images::KIND, known)?;
            let slot = found.first().and_then(|&id| ask.world.image_slot(id));
            let slot = slot.ok_or_else(|| Fault::new(images::KIND.missing, (images::KIND.message)(&[text])))?;
            if ask.world.images[slot as usize].state != ImageState::Available {
                return Err(images::make::unavailable(text));
            }
            Ok(RootSource::Image(slot))
        }
        (None, Some(text), None) => {
            let snapshot = snapshots::asked(ask, text)?;
            if ask.now < snapshot.completed {
                return Err(Fault::new("IncorrectState", format!("The snapshot '{text}' is in the state 'pending'.")));
            }
            Ok(RootSource::Snapshot(snapshot.id))
        }
        (None, None, Some(text)) => {
            let known = |id| {
                ask.scope.volume(id).is_some_and(|volume| volume.state != VolumeState::Deleted)
                    || ask.scope.servers.iter().any(|server| server.has_parts() && server.root_volume == id)
            };
            let found = ids(&[text], &volumes::VOLUME, known)?;
            found
                .first()
                .map(|&id| RootSource::Volume(id))
                .ok_or_else(|| Fault::new(volumes::VOLUME.missing, (volumes::VOLUME.message)(&[text])))
        }
        _ => Err(Fault::new(
            "InvalidParameterCombination",
            "Only one of the parameters ImageId, SnapshotId and VolumeId can be specified.",
        )),
    }
}

pub(super) fn create(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let asked = form.get("InstanceId").ok_or_else(|| missing("InstanceId"))?;
    let token = once::Token::read(&ask, form, "CreateReplaceRootVolumeTask", 64)?;
    let delete_replaced = form.flag("DeleteReplacedRootVolume")?;
    let given = tags::specified(form, "TagSpecification", &["replace-root-volume-task"])?;
    let found = ids(&[asked], &instances::KIND, |id| ask.scope.server(id).is_some())?;
    let server = found.first().and_then(|id| ask.scope.server_slots.get(id).copied());
    let server = server.ok_or_else(|| Fault::new(instances::KIND.missing, (instances::KIND.message)(&[asked])))?;
    let task = match token.made(&ask)? {
        Some(task) => u32::try_from(task).unwrap_or(u32::MAX),
        None => {
            let source = source(&ask, form)?;
            check(ask.world, ask.scope, &ask.scope.servers[server as usize], source)?;
            let order = Order { server, source, delete_replaced, tags: given.of("replace-root-volume-task").into() };
            let (scope, now) = (change.scope, change.now);
            let world = change.effect()?;
            let task = begin(world, scope, order, now);
            token.remember(world.scope_at_mut(scope), u64::from(task));
            let id = world.scope_at(scope).root_replacements[task as usize].id;
            change.note(id::show("replacevol", id));
            task
        }
    };
    let ask = change.ask();
    if let Some(task) = ask.scope.root_replacements.get(task as usize) {
        xml.nest("replaceRootVolumeTask", |xml| write(&ask, xml, task));
    }
    Ok(())
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let tasks = &ask.scope.root_replacements;
    let asked = form.list("ReplaceRootVolumeTaskId");
    let known = |id| tasks.iter().any(|task| task.id == id);
    let wanted: HashSet<u64> = ids(&asked, &TASK, known)?.into_iter().collect();
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, &["instance-id"], false)?;
    for filter in &filters {
        for value in &filter.values {
            if !id::well_formed("i", value) {
                return Err(Fault::new(instances::KIND.malformed, format!("Invalid id: \"{value}\"")));
            }
        }
    }
    let (tasks, next) = page(ask, form, 1, 50, Some(50))?.take(tasks, |task| {
        (wanted.is_empty() || wanted.contains(&task.id))
            && filter::pass(&filters, &[], |_| Has::made(id::show("i", task.server)))
    });
    xml.list("replaceRootVolumeTaskSet", "item", tasks, |xml, task| write(ask, xml, task));
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

fn write(ask: &Ask<'_>, xml: &mut Xml, task: &RootReplacement) {
    xml.id("replaceRootVolumeTaskId", "replacevol", task.id);
    xml.id("instanceId", "i", task.server);
    xml.text("taskState", task.state.name());
    // Both are strings, to the second.
    xml.plain("startTime", task.started.strftime("%Y-%m-%dT%H:%M:%SZ"));
    if let Some(at) = task.state.completed() {
        xml.plain("completeTime", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
    }
    if !task.tags.is_empty() {
        write_tags(xml, task.tags.iter());
    }
    match task.source {
        RootSource::Image(slot) => {
            let image = &ask.world.images[slot as usize];
            xml.id("imageId", "ami", image.id);
            xml.id("snapshotId", "snap", image.snapshot);
        }
        RootSource::Snapshot(id) => xml.id("snapshotId", "snap", id),
        RootSource::LaunchState | RootSource::Volume(_) => (),
    }
    xml.plain("deleteReplacedRootVolume", task.delete_replaced);
}
