//! CreateImage, CopyImage and RegisterImage: how images come to be.

use std::sync::Arc;

use jiff::Timestamp;

use super::{KIND, visible};
use crate::{
    call::{Ask, Change, Input},
    ec2::{ids, instances, lifecycle, missing, once, snapshots, tags, volumes},
    events::{Event, later},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        Tags, World, arn, id,
        image::{Image, ImageState, Launches, Protection},
        region::{self, Region},
        server::ServerState,
        snapshot::Snapshot,
    },
};

/// An image whose snapshot is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) region: &'static Region,
    pub(crate) owner: Arc<str>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) snapshot_tags: Tags,
    /// The slot of the image that it is made from.
    pub(crate) source: Option<u32>,
    /// The server and the volume that it is made of; none for a copy.
    pub(crate) server: Option<(u64, u64)>,
    pub(crate) architecture: Arc<str>,
    pub(crate) root_device: Arc<str>,
    pub(crate) size_gib: u32,
    pub(crate) encrypted: bool,
    /// From the order until it is available, in seconds.
    pub(crate) takes_s: u32,
}

/// What CreateImage takes, in seconds, beside its share for each GiB. AWS promises no time; a few minutes for a root
/// volume are usual.
const CREATE_S: (u32, u32) = (60, 6);
/// The same for a copy from another region.
const COPY_S: (u32, u32) = (120, 12);
/// The same for a copy within a region.
const COPY_NEAR_S: (u32, u32) = (60, 4);

fn takes_s((start_s, each_gib_s): (u32, u32), size_gib: u32) -> u32 {
    start_s.saturating_add(each_gib_s.saturating_mul(size_gib))
}

/// What CopyImage takes for an image of this size.
pub(crate) fn copy_takes_s(from: &Region, to: &Region, size_gib: u32) -> u32 {
    takes_s(if from == to { COPY_NEAR_S } else { COPY_S }, size_gib)
}

/// Begins to make an image and returns its slot. It is available after a while.
pub(crate) fn begin(world: &mut World, order: Order, now: Timestamp) -> u32 {
    let id = world.fresh_id("ami");
    let snapshot = Snapshot {
        id: Image::snapshot_of(id),
        owner: order.owner.clone(),
        owner_alias: None,
        region: order.region,
        started: now,
        completed: later(now, order.takes_s),
        size_gib: order.size_gib,
        encrypted: order.encrypted,
        volume: order.server.map(|(_, volume)| volume),
        description: describe_snapshot(world, id, &order, now),
        tags: order.snapshot_tags,
        public: false,
        deleted: false,
    };
    world.add_snapshot(snapshot);
    let slot = world.add_image(Image {
        id,
        region: order.region,
        owner: order.owner,
        owner_alias: None,
        name: order.name,
        description: order.description,
        created: now,
        deprecated: None,
        launches: Launches::default(),
        state: ImageState::Pending,
        public: false,
        shared_with: Vec::new(),
        source: order.source,
        source_server: order.server.map(|(server, _)| server),
        tags: order.tags,
        architecture: order.architecture,
        root_device: order.root_device,
        size_gib: order.size_gib,
        snapshot: Image::snapshot_of(id),
        encrypted: order.encrypted,
        protection: Protection::Off,
        public_parameter: None,
    });
    world.schedule_in(now, order.takes_s, Event::Image { image: slot });
    slot
}

/// The words that EC2 itself gives a snapshot.
fn describe_snapshot(world: &World, image: u64, order: &Order, now: Timestamp) -> String {
    let image = id::show("ami", image);
    match (order.server, order.source.map(|slot| &world.images[slot as usize])) {
        (Some((server, _)), _) => format!("Created by CreateImage({}) for {image}", id::show("i", server)),
        (None, Some(source)) => format!(
            "Copied for DestinationAmi {image} from SourceAmi {} for SourceSnapshot {}. Task created on {}.",
            id::show("ami", source.id),
            id::show("snap", source.snapshot),
            now.as_millisecond()
        ),
        (None, None) => String::new(),
    }
}

/// The image's snapshot is whole.
pub(crate) fn happen(world: &mut World, image: u32) {
    let image = &mut world.images[image as usize];
    if image.state == ImageState::Pending {
        image.state = ImageState::Available;
    }
}

/// The most block device mappings whose snapshots a request is held to be about: a server has at most 128 attachments
/// (EC2 User Guide, 'Amazon EBS volume limits').
const MAX_MAPPINGS: usize = 128;

/// What a call that makes an image is about: what it is made of, the image to be, and its snapshot if that is made too.
pub(in crate::ec2) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let form = &input.form;
    let mut arns = arn::ec2_of(ask.scope, "instance", form.get("InstanceId"));
    let region = form.get("SourceRegion").unwrap_or(ask.scope.region.name);
    arns.extend(form.get("SourceImageId").map(|id| format!("arn:aws:ec2:{region}::image/{id}")));
    let is_registered = arns.is_empty();
    arns.push(arn::ec2(ask.scope, "image", "*"));
    if !is_registered {
        arns.push(arn::ec2(ask.scope, "snapshot", "*"));
    }
    let snapshots = form.numbers("BlockDeviceMapping").into_iter().take(MAX_MAPPINGS);
    for nth in snapshots {
        arns.extend(arn::ec2_of(ask.scope, "snapshot", form.get(&format!("BlockDeviceMapping.{nth}.Ebs.SnapshotId"))));
    }
    arns
}

/// A new image's name, which no other image of the account in the region may have.
fn new_name(ask: &Ask<'_>, form: &Form) -> Result<String, Fault> {
    let name = form.get("Name").ok_or_else(|| missing("Name"))?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"()[] ./-'@_".contains(&byte);
    if !(3..=128).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(Fault::new(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '[', \
             ']', ' ', '.', '/', '-', ''', '@' and '_'",
        ));
    }
    let same = ask.world.images.iter().find(|image| {
        image.region == ask.scope.region
            && image.owner == ask.scope.account
            && image.name == name
            && image.state != ImageState::Deregistered
    });
    match same {
        None => Ok(name.to_owned()),
        Some(image) => Err(Fault::new(
            "InvalidAMIName.Duplicate",
            format!("AMI name {name} is already in use by AMI {}", id::show("ami", image.id)),
        )),
    }
}

/// A description of at most 255 characters (EC2's ImageDescriptionRequest).
pub(super) fn description(text: Option<&str>) -> Result<Option<String>, Fault> {
    if text.is_some_and(|text| text.chars().count() > 255) {
        return Err(Fault::invalid("Image descriptions must be less than 256 characters long"));
    }
    Ok(text.map(str::to_owned))
}

fn write_made(change: &mut Change<'_>, xml: &mut Xml, id: u64) {
    xml.id("imageId", "ami", id);
    change.note(id::show("ami", id));
}

pub(in crate::ec2) fn create(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let asked = form.get("InstanceId").ok_or_else(|| missing("InstanceId"))?;
    let no_reboot = form.flag("NoReboot")?;
    let description = description(form.get("Description"))?;
    let given = tags::specified(form, "TagSpecification", &["image", "snapshot"])?;
    let found = ids(&[asked], &instances::KIND, |id| ask.scope.server(id).is_some())?;
    let slot = found.first().and_then(|id| ask.scope.server_slots.get(id).copied());
    let slot = slot.ok_or_else(|| Fault::new(instances::KIND.missing, (instances::KIND.message)(&[asked])))?;
    let server = &ask.scope.servers[slot as usize];
    let launched_from = &ask.world.images[server.image as usize];
    let root = volumes::root(ask.world, ask.scope, server);
    check_mappings(form, &launched_from.root_device, root.size_gib)?;
    if !matches!(server.state, ServerState::Running | ServerState::Stopping | ServerState::Stopped) {
        return Err(Fault::invalid(format!(
            "Invalid value '{asked}' for instanceId. Instance is not in state 'running' or 'stopping' or 'stopped'"
        )));
    }
    let order = Order {
        region: ask.scope.region,
        owner: ask.scope.account.clone(),
        name: new_name(&ask, form)?,
        description,
        tags: given.of("image").into(),
        snapshot_tags: given.of("snapshot").into(),
        source: Some(server.image),
        server: Some((server.id, root.id)),
        architecture: launched_from.architecture.clone(),
        root_device: launched_from.root_device.clone(),
        size_gib: root.size_gib,
        encrypted: root.encrypted,
        takes_s: takes_s(CREATE_S, root.size_gib),
    };
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let image = begin(world, order, now);
    let id = world.images[image as usize].id;
    if !no_reboot {
        lifecycle::reboot(world, scope, slot, now);
    }
    write_made(change, xml, id);
    Ok(())
}

/// The root volume is all that a server has here, and CreateImage changes neither its size nor its encryption.
fn check_mappings(form: &Form, root_device: &str, size_gib: u32) -> Result<(), Fault> {
    for number in form.numbers("BlockDeviceMapping") {
        let get = |name: &str| form.get(&format!("BlockDeviceMapping.{number}.{name}"));
        if get("DeviceName") != Some(root_device) {
            return Err(Fault::new("UnsupportedOperation", "Images have one volume here, the root volume."));
        }
        if get("Ebs.VolumeSize").is_some_and(|size| size.parse() != Ok(size_gib))
            || get("Ebs.Encrypted").is_some()
            || get("Ebs.SnapshotId").is_some()
        {
            return Err(Fault::new(
                "InvalidBlockDeviceMapping",
                format!("The size, snapshot and encryption of the volume {root_device} can't be changed."),
            ));
        }
    }
    Ok(())
}

pub(in crate::ec2) fn copy(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let asked = form.get("SourceImageId").ok_or_else(|| missing("SourceImageId"))?;
    let from = form.get("SourceRegion").ok_or_else(|| missing("SourceRegion"))?;
    form.get("Name").ok_or_else(|| missing("Name"))?;
    let token = once::Token::read(&ask, form, "CopyImage", 128)?;
    let (encrypt, with_tags) = (form.flag("Encrypted")?, form.flag("CopyImageTags")?);
    if form.get("KmsKeyId").is_some() && !encrypt {
        return Err(Fault::new(
            "InvalidParameterDependency",
            "The parameter [KmsKeyId] requires the parameter Encrypted to be set.",
        ));
    }
    let duration_s = duration_s(form)?;
    let given = tags::specified(form, "TagSpecification", &["image", "snapshot"])?;
    let description = description(form.get("Description"))?;
    let from = region::find(from).ok_or_else(|| Fault::invalid(format!("Invalid value '{from}' for SourceRegion.")))?;
    let account = &*ask.scope.account;
    let known = |id| ask.world.image(id).is_some_and(|image| image.region == from && image.visible_to(account));
    let found = ids(&[asked], &KIND, known)?;
    let source = found.first().and_then(|&id| ask.world.image_slot(id));
    let source = source.ok_or_else(|| Fault::new(KIND.missing, (KIND.message)(&[asked])))?;
    if let Some(made) = token.made(&ask)? {
        xml.id("imageId", "ami", made);
        return Ok(());
    }
    let it = &ask.world.images[source as usize];
    if it.state != ImageState::Available {
        return Err(unavailable(asked));
    }
    let mut copied = given.of("image");
    if with_tags && it.owner == ask.scope.account {
        let of_source = it.tags.iter().filter(|tag| !tags::is_reserved(&tag.key));
        let fresh: Vec<_> = of_source.filter(|tag| !copied.iter().any(|own| own.key == tag.key)).cloned().collect();
        copied.extend(fresh);
    }
    let order = Order {
        region: ask.scope.region,
        owner: ask.scope.account.clone(),
        name: new_name(&ask, form)?,
        description,
        tags: copied.into(),
        snapshot_tags: given.of("snapshot").into(),
        source: Some(source),
        server: None,
        architecture: it.architecture.clone(),
        root_device: it.root_device.clone(),
        size_gib: it.size_gib,
        // An encrypted image has no unencrypted copy.
        encrypted: encrypt || it.encrypted,
        takes_s: duration_s.unwrap_or_else(|| copy_takes_s(from, ask.scope.region, it.size_gib)),
    };
    let (scope, now) = (change.scope, change.now);
    let world = change.effect()?;
    let image = begin(world, order, now);
    let id = world.images[image as usize].id;
    token.remember(world.scope_at_mut(scope), id);
    write_made(change, xml, id);
    Ok(())
}

/// How long a time-based copy takes, in seconds: quarters of an hour, up to two days.
fn duration_s(form: &Form) -> Result<Option<u32>, Fault> {
    let Some(text) = form.get("SnapshotCopyCompletionDurationMinutes") else { return Ok(None) };
    let minutes = text.parse::<u32>().ok().filter(|minutes| minutes % 15 == 0 && (15..=2_880).contains(minutes));
    let minutes = minutes.ok_or_else(|| {
        Fault::invalid(format!(
            "Invalid value '{text}' for SnapshotCopyCompletionDurationMinutes. It must be a multiple of 15 from 15 to \
             2880."
        ))
    })?;
    Ok(Some(minutes * 60))
}

/// An image that is there but can't be used now.
pub(in crate::ec2) fn unavailable(id: &str) -> Fault {
    Fault::new("InvalidAMIID.Unavailable", format!("The image ID '{id}' is not available"))
}

pub(in crate::ec2) fn register(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    if form.get("ImageLocation").is_some() {
        return Err(Fault::new("UnsupportedOperation", "Images have EBS volumes here, no manifest in S3."));
    }
    // What is not said is paravirtual, which only types have that are long gone.
    if form.get("VirtualizationType") != Some("hvm") {
        return Err(Fault::new(
            "UnsupportedOperation",
            "The virtualization type paravirtual is not supported in this Region. Specify hvm.",
        ));
    }
    let architecture = form.get("Architecture").unwrap_or("i386");
    if !matches!(architecture, "i386" | "x86_64" | "arm64" | "x86_64_mac" | "arm64_mac") {
        return Err(Fault::invalid(format!("Value ({architecture}) for parameter architecture is invalid.")));
    }
    let description = description(form.get("Description"))?;
    let given = tags::specified(form, "TagSpecification", &["image"])?;
    let device = form.get("RootDeviceName").ok_or_else(|| missing("RootDeviceName"))?;
    let (snapshot, size_gib) = root_snapshot(&ask, form, device)?;
    let name = new_name(&ask, form)?;
    let (region, owner, now) = (ask.scope.region, ask.scope.account.clone(), change.now);
    let encrypted = snapshot.encrypted;
    let snapshot = snapshot.id;
    let image = Image {
        id: 0,
        region,
        owner,
        owner_alias: None,
        name,
        description,
        created: now,
        deprecated: None,
        launches: Launches::default(),
        state: ImageState::Available,
        public: false,
        shared_with: Vec::new(),
        source: None,
        source_server: None,
        tags: given.of("image").into(),
        architecture: architecture.into(),
        root_device: device.into(),
        size_gib,
        snapshot,
        encrypted,
        protection: Protection::Off,
        public_parameter: None,
    };
    let world = change.effect()?;
    let id = world.fresh_id("ami");
    world.add_image(Image { id, ..image });
    write_made(change, xml, id);
    Ok(())
}

/// The snapshot that a request maps the root device to, and the size of volumes made of it.
fn root_snapshot<'a>(ask: &Ask<'a>, form: &Form, device: &str) -> Result<(&'a Snapshot, u32), Fault> {
    let mut root = None;
    for number in form.numbers("BlockDeviceMapping") {
        let mapping = format!("BlockDeviceMapping.{number}");
        if form.get(&format!("{mapping}.DeviceName")) == Some(device) {
            root = Some(mapping);
        } else {
            return Err(Fault::new("UnsupportedOperation", "Images have one volume here, the root volume."));
        }
    }
    let get = |name: &str| form.get(&format!("{}.Ebs.{name}", root.as_deref()?));
    let text = get("SnapshotId").ok_or_else(|| {
        Fault::new("InvalidBlockDeviceMapping", "No snapshot is mapped to the root device of the image.")
    })?;
    if get("Encrypted").is_some() {
        return Err(Fault::new(
            "InvalidBlockDeviceMapping",
            "The encryption of a volume that comes from a snapshot can't be set.",
        ));
    }
    let snapshot = snapshots::asked(ask, text)?;
    if ask.now < snapshot.completed {
        return Err(Fault::new("IncorrectState", format!("The snapshot '{text}' is in the state 'pending'.")));
    }
    let Some(size) = get("VolumeSize") else { return Ok((snapshot, snapshot.size_gib)) };
    let size: u32 = size.parse().map_err(|_| Fault::invalid(format!("Invalid value '{size}' for VolumeSize.")))?;
    if size < snapshot.size_gib {
        return Err(Fault::new(
            "InvalidBlockDeviceMapping",
            format!(
                "Volume of size {size}GB is smaller than snapshot '{text}', expect size >= {}GB",
                snapshot.size_gib
            ),
        ));
    }
    // gp3 volumes end there.
    if size > 65_536 {
        return Err(Fault::invalid(format!("Volume size {size} is larger than 65536 GiB.")));
    }
    Ok((snapshot, size))
}

/// The slot of the image that a call names and that only its owner may change.
pub(super) fn own(ask: &Ask<'_>, form: &Form) -> Result<u32, Fault> {
    let asked = form.get("ImageId").ok_or_else(|| missing("ImageId"))?;
    let account = &*ask.scope.account;
    // Its owner is told that a deregistered one is gone; others never knew it.
    let known = |id| {
        let image = ask.world.image(id);
        image.is_some_and(|image| image.region == ask.scope.region && (visible(ask, image) || &*image.owner == account))
    };
    let found = ids(&[asked], &KIND, known)?;
    let slot = found.first().and_then(|&id| ask.world.image_slot(id));
    let slot = slot.ok_or_else(|| Fault::new(KIND.missing, (KIND.message)(&[asked])))?;
    let image = &ask.world.images[slot as usize];
    if &*image.owner != account {
        return Err(Fault::new("AuthFailure", format!("Not authorized for image:{asked}")).with_status(403));
    }
    if image.state == ImageState::Deregistered {
        return Err(Fault::new("InvalidAMIID.Unavailable", format!("The image ID '{asked}' is no longer available")));
    }
    Ok(slot)
}
