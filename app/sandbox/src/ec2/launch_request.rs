//! What a RunInstances request says, over what its template says.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{ids, images, instance_types, metadata_options, missing, security_groups, tags, templates};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form},
    world::{
        id,
        image::{Image, ImageState},
        mould::{DEFAULT_TYPE, Mould, NoMould},
    },
};

/// What is to be launched, and where.
pub(super) struct Wanted {
    pub(super) mould: Mould,
    pub(super) zone: u8,
    /// How many servers at least and at most.
    pub(super) least: u32,
    pub(super) most: u32,
}

/// The types of what a launch makes and can tag.
const TAGGED: &[&str] = &["instance", "volume", "network-interface", "spot-instances-request"];

/// The most bytes of user data, before its encoding.
const MAX_USER_DATA: usize = 16_384;

/// The most servers of one request: the quota of vCPUs would end it about there.
const MAX_COUNT: u32 = 1_000;

/// Settings that every server here has, and no other: as GetLaunchTemplateData tells them, so that what it tells can be
/// launched from.
const FIXED: &[(&str, &str)] = &[
    ("CapacityReservationSpecification.CapacityReservationPreference", "open"),
    ("EnclaveOptions.Enabled", "false"),
    ("HibernationOptions.Configured", "false"),
    ("MaintenanceOptions.AutoRecovery", "default"),
    ("PrivateDnsNameOptions.HostnameType", "ip-name"),
    ("PrivateDnsNameOptions.EnableResourceNameDnsARecord", "false"),
    ("PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord", "false"),
];

/// Refuses another value of a fixed setting, and what else stands beside one.
fn check_fixed(form: &Form) -> Result<(), Fault> {
    let groups = FIXED.iter().filter_map(|(name, _)| name.split('.').next());
    let is_fixed = |name: &str| {
        FIXED.iter().any(|(fixed, value)| *fixed == name && form.get(name) == Some(value))
            || !groups.clone().any(|group| name.starts_with(group))
    };
    match form.names().find(|name| !is_fixed(name)) {
        Some(name) => {
            Err(Fault::new("UnsupportedOperation", format!("{name} can have no other value than the default here.")))
        }
        None => Ok(()),
    }
}

/// Reads and checks a request.
///
/// # Errors
/// What EC2 refuses.
pub(super) fn read(ask: &Ask<'_>, form: &Form) -> Result<Wanted, Fault> {
    let (least, most) = counts(form)?;
    check_fixed(form)?;
    let mut mould = base(ask, form)?;
    if let Some(text) = form.get("InstanceType") {
        mould.instance_type = text.into();
    }
    let image = &ask.world.images[mould.image as usize];
    may_launch(ask, image)?;
    instance_types::check(&mould.instance_type, &image.architecture)?;
    if let Some(text) = form.get("KeyName") {
        mould.key_name = Some(text.into());
    }
    if let Some(text) = form.get("UserData") {
        mould.set_user_data(Some(user_data(text)?));
    }
    if let Some(name) = instance_profile(form, "IamInstanceProfile")? {
        mould.instance_profile = Some(name);
    }
    set_settings(&mut mould, form)?;
    set_tags(&mut mould, form)?;
    let zone = set_network(ask, &mut mould, form)?;
    if let Some(group) = form.get("Placement.GroupName") {
        return Err(Fault::new("InvalidPlacementGroup.Unknown", format!("The placement group '{group}' is unknown.")));
    }
    if form.get("Placement.Tenancy").is_some_and(|tenancy| tenancy != "default") {
        return Err(Fault::new("UnsupportedOperation", "Dedicated tenancy is not supported here."));
    }
    Ok(Wanted { mould, zone, least, most })
}

fn counts(form: &Form) -> Result<(u32, u32), Fault> {
    let count = |name: &str, told: &str| -> Result<u32, Fault> {
        let text = form.get(name).ok_or_else(|| missing(name))?;
        let count: i64 = text
            .parse()
            .map_err(|_| Fault::invalid(format!("Value ({text}) for parameter {told} is invalid. Not an integer.")))?;
        u32::try_from(count).ok().filter(|count| *count > 0).ok_or_else(|| {
            Fault::invalid(format!("Value ({count}) for parameter {told} is invalid. Expecting a value of at least 1."))
        })
    };
    let (least, most) = (count("MinCount", "minCount")?, count("MaxCount", "maxCount")?);
    if least > most {
        return Err(Fault::new(
            "InvalidParameterCombination",
            format!("The value of minCount ({least}) must not be greater than that of maxCount ({most})"),
        ));
    }
    if least > MAX_COUNT {
        return Err(Fault::new(
            "VcpuLimitExceeded",
            format!("You have requested more instances ({least}) than your current limit of {MAX_COUNT} allows."),
        ));
    }
    Ok((least, most.min(MAX_COUNT)))
}

/// The template's mould, or a plain one, with the image that the request names.
fn base(ask: &Ask<'_>, form: &Form) -> Result<Mould, Fault> {
    let template = templates::named(ask, form, "LaunchTemplate")?;
    let image = form.get("ImageId").map(|text| image(ask, text)).transpose()?;
    match (template, image) {
        (Some((slot, number)), image) => {
            Mould::of_version(ask.world, ask.scope, slot, number, image).map_err(|no| no.fault())
        }
        (None, Some(image)) => Ok(Mould::plain(image, DEFAULT_TYPE.into(), [security_groups::default(ask)].into())),
        (None, None) => Err(missing("ImageId")),
    }
}

/// The slot of the image that a text names, by its id or by a parameter.
fn image(ask: &Ask<'_>, text: &str) -> Result<u32, Fault> {
    if let Some(name) = text.strip_prefix("resolve:ssm:") {
        return image_of_parameter(ask, name);
    }
    let known = |id| ask.world.image(id).is_some_and(|image| image.region == ask.scope.region);
    let asked = ids(&[text], &images::KIND, known)?;
    asked.first().and_then(|&id| ask.world.image_slot(id)).ok_or_else(|| no_image(text))
}

fn no_image(id: &str) -> Fault {
    Fault::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist"))
}

/// The slot of the image that a parameter names now. The name may end with `:VERSION`.
fn image_of_parameter(ask: &Ask<'_>, name: &str) -> Result<u32, Fault> {
    let Some(parameter) = ask.scope.parameter(name) else {
        return Err(NoMould::Parameter(name.into()).fault());
    };
    if parameter.data_type != "aws:ec2:image" {
        return Err(Fault::new(
            "SsmInvalidParameter",
            "Unsupported data type. The following parameter data types are supported: aws:ec2:image",
        ));
    }
    id::parse("ami", &parameter.value).and_then(|id| ask.world.image_slot(id)).ok_or_else(|| no_image(&parameter.value))
}

/// Refuses an image that the account may not launch, or not now. A deprecated one may be.
fn may_launch(ask: &Ask<'_>, image: &Image) -> Result<(), Fault> {
    let id = id::show("ami", image.id);
    match image.state {
        ImageState::Deregistered => Err(no_image(&id)),
        _ if !image.may_launch(&ask.scope.account) => {
            Err(Fault::new("AuthFailure", format!("Not authorized for images: [{id}]")).with_status(403))
        }
        ImageState::Available => Ok(()),
        state => Err(Fault::new(
            "InvalidAMIID.Unavailable",
            format!("The image ID '{id}' is not available: it is {}.", state.name()),
        )),
    }
}

/// User data as a request carries it.
pub(super) fn user_data(text: &str) -> Result<Arc<str>, Fault> {
    let bytes = STANDARD.decode(text).map_err(|_| Fault::invalid("Invalid BASE64 encoding of user data"))?;
    if bytes.len() > MAX_USER_DATA {
        return Err(Fault::invalid(format!("User data is limited to {MAX_USER_DATA} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into())
}

/// The name of the instance profile that a request names at `prefix`.
pub(super) fn instance_profile(form: &Form, prefix: &str) -> Result<Option<Arc<str>>, Fault> {
    let fits = |name: &str| {
        (1..=128).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte))
    };
    match (form.get(&format!("{prefix}.Name")), form.get(&format!("{prefix}.Arn"))) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Fault::new(
            "InvalidParameterCombination",
            "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
        )),
        (Some(name), None) if fits(name) => Ok(Some(name.into())),
        (Some(name), None) => Err(Fault::invalid(format!(
            "Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        ))),
        (None, Some(arn)) => arn
            .strip_prefix("arn:aws:iam::")
            .and_then(|rest| rest.split_once(":instance-profile/"))
            .and_then(|(_, path)| path.rsplit('/').next())
            .filter(|name| fits(name))
            .map(|name| Some(name.into()))
            .ok_or_else(|| {
                Fault::invalid(format!(
                    "Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"
                ))
            }),
    }
}

fn set_settings(mould: &mut Mould, form: &Form) -> Result<(), Fault> {
    let settings = &mut mould.settings;
    let keep = |known: &mut bool, asked: Option<bool>| *known = asked.unwrap_or(*known);
    keep(&mut settings.termination_protected, form.maybe_flag("DisableApiTermination")?);
    keep(&mut settings.stop_protected, form.maybe_flag("DisableApiStop")?);
    keep(&mut settings.ebs_optimized, form.maybe_flag("EbsOptimized")?);
    keep(&mut settings.monitored, form.maybe_flag("Monitoring.Enabled")?);
    keep(
        &mut settings.ends_at_shutdown,
        metadata_options::either(form, "InstanceInitiatedShutdownBehavior", ["stop", "terminate"])?,
    );
    metadata_options::set(&mut settings.metadata, form, "MetadataOptions.")?;
    match form.get("InstanceMarketOptions.MarketType") {
        None => (),
        Some("spot") => mould.spot = true,
        Some("on-demand") => mould.spot = false,
        Some(other) => {
            return Err(Fault::invalid(format!("Value ({other}) for parameter marketType is invalid.")));
        }
    }
    Ok(())
}

fn set_tags(mould: &mut Mould, form: &Form) -> Result<(), Fault> {
    let given = tags::specified(form, "TagSpecification", TAGGED)?;
    for tag in given.of("instance") {
        mould.set_tag(tag);
    }
    tags::check_count(mould.tags.iter().filter(|tag| !tags::is_reserved(&tag.key)).count())?;
    for tag in given.of("volume") {
        match mould.volume_tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => *known = tag,
            None => mould.volume_tags.push(tag),
        }
    }
    tags::check_count(mould.volume_tags.len())
}

/// Sets security groups and the wish for a public address; returns the zone: the subnet's, the placement's, or the
/// first one.
fn set_network(ask: &Ask<'_>, mould: &mut Mould, form: &Form) -> Result<u8, Fault> {
    let interfaces = form.numbers("NetworkInterface");
    let groups = security_groups::asked(ask, form, "SecurityGroupId", "SecurityGroup")?;
    let subnet = form.get("SubnetId");
    let Some(number) = interfaces.first() else {
        if let Some(groups) = groups {
            mould.security_groups = groups;
        }
        return zone(ask, form, subnet);
    };
    let together = |what: &str| {
        Fault::new(
            "InvalidParameterCombination",
            format!("Network interfaces and an instance-level {what} may not be specified on the same request"),
        )
    };
    if subnet.is_some() {
        return Err(together("subnet ID"));
    }
    if groups.is_some() {
        return Err(together("security groups"));
    }
    let own = |name: &str| format!("NetworkInterface.{number}.{name}");
    if let Some(id) = form.get(&own("NetworkInterfaceId")) {
        return Err(Fault::new(
            "InvalidNetworkInterfaceID.NotFound",
            format!("The networkInterface ID '{id}' does not exist"),
        ));
    }
    if interfaces.len() > 1 || form.get(&own("DeviceIndex")).is_some_and(|index| index != "0") {
        return Err(Fault::new("UnsupportedOperation", "Servers have one network interface here, with the index 0."));
    }
    let groups = form.list(&own("SecurityGroupId"));
    if !groups.is_empty() {
        mould.security_groups = security_groups::by_id(ask, &groups)?;
    }
    if let Some(public) = form.maybe_flag(&own("AssociatePublicIpAddress"))? {
        mould.public_address = public;
    }
    zone(ask, form, form.get(&own("SubnetId")))
}

fn zone(ask: &Ask<'_>, form: &Form, subnet: Option<&str>) -> Result<u8, Fault> {
    let region = ask.scope.region;
    let (name, zone_id) = (form.get("Placement.AvailabilityZone"), form.get("Placement.AvailabilityZoneId"));
    let placed = match (name, zone_id) {
        (None, None) => None,
        (name, zone_id) => {
            let fits = |zone: &u8| {
                name.is_none_or(|name| region.zone_name(*zone) == name)
                    && zone_id.is_none_or(|id| region.zone_id(*zone) == id)
            };
            let told = name.or(zone_id).unwrap_or_default();
            let found = region.zone_indices().find(fits);
            Some(found.ok_or_else(|| Fault::invalid(format!("Invalid availability zone: [{told}]")))?)
        }
    };
    let Some(text) = subnet else { return Ok(placed.unwrap_or(0)) };
    let of_subnet = region
        .zone_indices()
        .find(|&zone| id::show("subnet", ask.scope.network.subnet(zone)) == text)
        .ok_or_else(|| Fault::new("InvalidSubnetID.NotFound", format!("The subnet ID '{text}' does not exist")))?;
    if placed.is_some_and(|placed| placed != of_subnet) {
        return Err(Fault::invalid(format!(
            "The availability zone of the subnet '{text}' is not the one of the placement."
        )));
    }
    Ok(of_subnet)
}
