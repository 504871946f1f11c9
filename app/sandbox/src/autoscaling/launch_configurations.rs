//! Launch configurations: created, deleted and described.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    asked::{flag, required},
    invalid, members, page,
};
use crate::{
    call::{Ask, Change, Input},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        Scope,
        group::{Launch, LaunchConfiguration},
        id,
        image::ImageState,
    },
};

/// A configuration's ARN, by the id of its own.
fn arn(scope: &Scope, id: u64, name: &str) -> String {
    let (region, account) = (scope.region.name, &scope.account);
    let uuid = id::uuid(id, 2);
    format!("arn:aws:autoscaling:{region}:{account}:launchConfiguration:{uuid}:launchConfigurationName/{name}")
}

/// The ARN of the configuration that a call names.
pub(super) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let Some(name) = input.form.get("LaunchConfigurationName") else { return Vec::new() };
    let (region, account) = (ask.scope.region.name, &ask.scope.account);
    let known = ask.scope.launch_configurations.iter().find(|one| !one.deleted && *one.name == *name);
    vec![known.map_or_else(
        || format!("arn:aws:autoscaling:{region}:{account}:launchConfiguration:*:launchConfigurationName/{name}"),
        |known| arn(ask.scope, known.id, name),
    )]
}

/// What a configuration may say in AWS and does nothing here: refused.
const NOT_SIMULATED: &[&str] = &[
    "InstanceId",
    "ClassicLinkVPCId",
    "ClassicLinkVPCSecurityGroups",
    "KernelId",
    "RamdiskId",
    "BlockDeviceMappings",
    "SpotPrice",
    "AssociatePublicIpAddress",
    "PlacementTenancy",
    "MetadataOptions",
];

pub(super) fn create(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let name = required(form, "LaunchConfigurationName")?;
    let known = |one: &&LaunchConfiguration| !one.deleted && *one.name == *name;
    if ask.scope.launch_configurations.iter().any(|one| known(&one)) {
        return Err(Fault::new(
            "AlreadyExists",
            format!(
                "Launch Configuration by this name already exists - A launch configuration already exists with the name \
                 {name}"
            ),
        ));
    }
    let not_here = |name: &&&str| form.names().any(|key| key.split('.').next() == Some(**name));
    if let Some(name) = NOT_SIMULATED.iter().find(not_here) {
        return Err(invalid(format!("The sandbox does not simulate {name}.")));
    }
    flag(form, "EbsOptimized")?;
    flag(form, "InstanceMonitoring.Enabled")?;
    let (Some(image), Some(instance_type)) = (form.get("ImageId"), form.get("InstanceType")) else {
        return Err(invalid(
            "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.",
        ));
    };
    let slot = id::parse("ami", image).and_then(|id| ask.world.image_slot(id)).filter(|&slot| {
        let image = &ask.world.images[slot as usize];
        image.state == ImageState::Available && image.visible_to(&ask.scope.account) && image.region == ask.scope.region
    });
    let Some(image) = slot else { return Err(invalid(format!("AMI cannot be described: {image}"))) };
    let user_data = match form.get("UserData") {
        None => None,
        Some(text) => {
            let bytes = STANDARD.decode(text).map_err(|_| invalid("Invalid BASE64 encoding of user data"))?;
            Some(Arc::from(String::from_utf8_lossy(&bytes)))
        }
    };
    let place = ask.scope;
    let named = |text: &str| match id::parse("sg", text) {
        Some(id) => (id, text.into()),
        None => place.security_group(ask.world.seed, text),
    };
    let nth = place.launch_configurations.len() as u64;
    let made = LaunchConfiguration {
        name: name.into(),
        id: id::mix(ask.world.seed.id(&["lc", &place.account, place.region.name, name]) ^ nth),
        created: change.now,
        deleted: false,
        image,
        instance_type: instance_type.into(),
        key_name: form.get("KeyName").map(Arc::from),
        security_groups: members(form, "SecurityGroups").into_iter().map(named).collect(),
        instance_profile: form.get("IamInstanceProfile").map(Arc::from),
        user_data,
    };
    let noted = arn(place, made.id, name);
    let scope = change.scope;
    change.effect()?.scope_at_mut(scope).launch_configurations.push(made);
    change.note(noted);
    Ok(())
}

pub(super) fn delete(change: &mut Change<'_>, form: &Form, _: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let name = required(form, "LaunchConfigurationName")?;
    let found = ask.scope.launch_configurations.iter().position(|one| !one.deleted && *one.name == *name);
    let Some(slot) = found else {
        return Err(invalid(format!("Launch configuration name not found - Launch configuration {name} not found")));
    };
    let uses = |launch: &Launch| matches!(launch, Launch::Configuration(used) if *used as usize == slot);
    if ask.scope.groups.iter().any(|group| group.is_known() && uses(&group.launch)) {
        return Err(Fault::new(
            "ResourceInUse",
            format!("Cannot delete launch configuration {name} because it is attached to an AutoScalingGroup"),
        ));
    }
    let scope = change.scope;
    change.effect()?.scope_at_mut(scope).launch_configurations[slot].deleted = true;
    Ok(())
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let names = members(form, "LaunchConfigurationNames");
    let (found, next) = page(ask, form, 50, 100)?.take(&ask.scope.launch_configurations, |configuration| {
        !configuration.deleted && (names.is_empty() || names.contains(&&*configuration.name))
    });
    xml.list("LaunchConfigurations", "member", found, |xml, configuration| {
        xml.text("LaunchConfigurationName", &configuration.name);
        xml.text("LaunchConfigurationARN", &arn(ask.scope, configuration.id, &configuration.name));
        xml.id("ImageId", "ami", ask.world.images[configuration.image as usize].id);
        xml.maybe("KeyName", configuration.key_name.as_deref());
        xml.list("SecurityGroups", "member", configuration.security_groups.iter(), |xml, (id, _)| {
            xml.raw_text(&id::show("sg", *id));
        });
        xml.list("ClassicLinkVPCSecurityGroups", "member", [(); 0], |_, ()| ());
        let user_data = configuration.user_data.as_deref().map(|text| STANDARD.encode(text)).unwrap_or_default();
        xml.text("UserData", &user_data);
        xml.text("InstanceType", &configuration.instance_type);
        xml.text("KernelId", "");
        xml.text("RamdiskId", "");
        xml.list("BlockDeviceMappings", "member", [(); 0], |_, ()| ());
        xml.nest("InstanceMonitoring", |xml| xml.plain("Enabled", false));
        xml.maybe("IamInstanceProfile", configuration.instance_profile.as_deref());
        xml.time("CreatedTime", configuration.created);
        xml.plain("EbsOptimized", false);
    });
    xml.maybe("NextToken", next.as_deref());
    Ok(())
}
