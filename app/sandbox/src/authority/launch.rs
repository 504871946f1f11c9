//! What a launch needs allowed: RunInstances touches all that a server is made of, whether EC2 is asked for it or a
//! group is to do it by a template.
//!
//! Service Authorization Reference, 'Amazon EC2', RunInstances; EC2 User Guide, 'Grant permissions to use launch
//! templates' and 'to pass an IAM role'; Auto Scaling User Guide, 'Control Amazon EC2 launch template usage'.

use super::{Need, resource, said, tag_needs};
use crate::{
    call::Ask,
    iam::Resource,
    wire::{fault::Fault, form::Form},
    world::{
        Tag, arn,
        group::{Group, Launch as GroupLaunch},
        id,
        template::{Template, TemplateImage, TemplateVersion, VersionName},
    },
};

/// The most overrides of a mixed-instances policy that are read.
const MAX_OVERRIDES: usize = 40;

/// What a launch is made of, as far as it is known, and whether that comes from the template.
#[derive(Default)]
struct Launch<'a> {
    template: Option<&'a Template>,
    /// An id.
    image: Option<Part>,
    /// The name of the parameter that names the image.
    parameter: Option<String>,
    instance_type: Option<Part>,
    key_name: Option<Part>,
    /// Ids.
    security_groups: Vec<Part>,
    /// The instance profile's name.
    profile: Option<Part>,
    zone: u8,
    /// Whether the metadata service takes tokens alone: `required` or `optional`.
    tokens: Option<String>,
    /// The tags of what is made, by its kind.
    tags: Vec<(String, Vec<(String, String)>)>,
    spot: bool,
}

/// A value, and whether the template says it.
struct Part {
    value: String,
    of_template: bool,
}

impl Part {
    fn asked(value: impl Into<String>) -> Part {
        Part { value: value.into(), of_template: false }
    }

    fn of_template(value: impl Into<String>) -> Part {
        Part { value: value.into(), of_template: true }
    }
}

/// The name of the instance profile that a request names; an ARN ends in it.
pub(super) fn profile(form: &Form) -> Option<&str> {
    let of_arn = || form.get("IamInstanceProfile.Arn").map(|arn| arn.rsplit('/').next().unwrap_or(arn));
    form.get("IamInstanceProfile.Name").or_else(of_arn)
}

/// The need to give servers the role of an instance profile.
pub(super) fn pass_role(ask: &Ask<'_>, profile: &str) -> Need {
    let role = Resource::new(arn::role(&ask.scope.account, profile));
    Need::new("iam:PassRole", role).with("iam:PassedToService", "ec2.amazonaws.com")
}

/// The needs of RunInstances.
pub(super) fn of_request(ask: &Ask<'_>, form: &Form) -> Vec<Need> {
    let mut launch = match template(ask, form, "LaunchTemplate") {
        Some((template, version)) => Launch::of_template(ask, template, version),
        None => Launch::default(),
    };
    if let Some(image) = form.get("ImageId") {
        launch.set_image(ask, image);
    }
    if let Some(text) = form.get("InstanceType") {
        launch.instance_type = Some(Part::asked(text));
    }
    if let Some(text) = form.get("KeyName") {
        launch.key_name = Some(Part::asked(text));
    }
    if let Some(name) = profile(form) {
        launch.profile = Some(Part::asked(name));
    }
    let mut groups: Vec<&str> = form.list("SecurityGroupId");
    for nth in form.numbers("NetworkInterface").into_iter().take(MAX_OVERRIDES) {
        groups.extend(form.list(&format!("NetworkInterface.{nth}.SecurityGroupId")));
    }
    let mut groups: Vec<Part> = groups.into_iter().map(Part::asked).collect();
    groups.extend(form.list("SecurityGroup").into_iter().map(|name| {
        let (id, _) = ask.scope.security_group(ask.world.seed, name);
        Part::asked(id::show("sg", id))
    }));
    if !groups.is_empty() {
        launch.security_groups = groups;
    }
    let subnet = form.get("SubnetId").or_else(|| form.get("NetworkInterface.1.SubnetId"));
    if let Some(zone) = zone_of(ask, subnet, form.get("Placement.AvailabilityZone")) {
        launch.zone = zone;
    }
    if let Some(tokens) = form.get("MetadataOptions.HttpTokens") {
        launch.tokens = Some(tokens.to_owned());
    }
    launch.spot |= form.get("InstanceMarketOptions.MarketType") == Some("spot");
    for (kind, tags) in said::tag_specifications(form) {
        let all = launch.tags_of(&kind);
        for (key, value) in tags {
            // The request's value goes over the template's.
            all.retain(|(known, _)| *known != key);
            all.push((key, value));
        }
    }
    launch.needs(ask)
}

/// The needs of an Auto Scaling call that gives a group a template: whoever does so must be allowed to launch by it.
pub(super) fn of_group(ask: &Ask<'_>, form: &Form) -> Vec<Need> {
    let group =
        form.get("AutoScalingGroupName").and_then(|name| ask.scope.groups.iter().find(|group| &*group.name == name));
    let mut prefixes = Vec::new();
    for root in ["", "DesiredConfiguration."] {
        prefixes.push(format!("{root}LaunchTemplate"));
        let mixed = format!("{root}MixedInstancesPolicy.LaunchTemplate");
        prefixes.push(format!("{mixed}.LaunchTemplateSpecification"));
        let overrides = format!("{mixed}.Overrides.member");
        let numbers = form.numbers(&overrides).into_iter().take(MAX_OVERRIDES);
        prefixes.extend(numbers.map(|nth| format!("{overrides}.{nth}.LaunchTemplateSpecification")));
    }
    let templates = prefixes.iter().filter_map(|prefix| template(ask, form, prefix));
    templates
        .flat_map(|(template, version)| {
            let mut launch = Launch::of_template(ask, template, version);
            if let Some(zone) = group.and_then(|group| group.zones.first()) {
                launch.zone = *zone;
            }
            launch.spot |= group.is_some_and(is_spot);
            let id = id::show("lt", template.id);
            let fault = Fault::new("AccessDenied", format!("You are not authorized to use launch template: {id}"));
            let fault = fault.with_status(403);
            launch.needs(ask).into_iter().map(move |need| Need { instead: Some(fault.clone()), ..need })
        })
        .collect()
}

/// Whether all that a group launches above its base is spot.
fn is_spot(group: &Group) -> bool {
    matches!(&group.launch, GroupLaunch::Mixed(mixed) if mixed.on_demand_percent == 0 && mixed.on_demand_base == 0)
}

/// The template and the version that a request names; the default version without one.
fn template<'a>(ask: &Ask<'a>, form: &Form, prefix: &str) -> Option<(&'a Template, &'a TemplateVersion)> {
    let id = form.get(&format!("{prefix}.LaunchTemplateId")).map(|text| id::parse("lt", text));
    let name = form.get(&format!("{prefix}.LaunchTemplateName"));
    let slot = match id {
        Some(id) => ask.scope.template_slot(id?)?,
        None => ask.scope.template_slot_named(name?)?,
    };
    let template = &ask.scope.templates[slot as usize];
    let version = match form.get(&format!("{prefix}.Version")) {
        Some(text) => VersionName::parse(text)?,
        None => VersionName::Default,
    };
    Some((template, template.version(version.number(template))?))
}

/// The zone of a subnet, or the one that is called so.
fn zone_of(ask: &Ask<'_>, subnet: Option<&str>, zone: Option<&str>) -> Option<u8> {
    let (region, network) = (ask.scope.region, &ask.scope.network);
    region.zone_indices().find(|&index| {
        subnet.is_some_and(|subnet| subnet == id::show("subnet", network.subnet(index)))
            || zone.is_some_and(|zone| zone == region.zone_name(index))
    })
}

impl<'a> Launch<'a> {
    fn of_template(ask: &Ask<'_>, template: &'a Template, version: &TemplateVersion) -> Launch<'a> {
        let data = &version.data;
        let slot = data.image.as_ref().and_then(|image| image.slot(ask.world, ask.scope));
        let image = slot.map(|slot| &ask.world.images[slot as usize]);
        let pairs = |tags: &[Tag]| -> Vec<(String, String)> {
            tags.iter().map(|tag| (tag.key.to_string(), tag.value.to_string())).collect()
        };
        let mut tags = vec![("instance".to_owned(), pairs(&data.server_tags))];
        tags.extend(data.other_tags.iter().map(|(kind, tags)| (kind.to_string(), pairs(tags))));
        let mut groups: Vec<Part> =
            data.security_groups.iter().map(|(id, _)| Part::of_template(id::show("sg", *id))).collect();
        if groups.is_empty() {
            let of_interface = data.more.texts(&["networkInterfaceSet", "groupSet"]);
            groups.extend(of_interface.into_iter().map(Part::of_template));
        }
        let subnet = data.more.text(&["networkInterfaceSet", "subnetId"]);
        let zone = data.more.text(&["placement", "availabilityZone"]);
        // A profile's ARN ends in its name.
        let profile = data.instance_profile.as_deref().map(|text| text.rsplit('/').next().unwrap_or(text));
        Launch {
            template: Some(template),
            image: image.map(|image| Part::of_template(id::show("ami", image.id))),
            parameter: match &data.image {
                Some(TemplateImage::Parameter(name)) => Some(name.to_string()),
                Some(TemplateImage::Image(_) | TemplateImage::Unknown(_)) | None => None,
            },
            instance_type: data.instance_type.as_deref().map(Part::of_template),
            key_name: data.key_name.as_deref().map(Part::of_template),
            security_groups: groups,
            profile: profile.map(Part::of_template),
            zone: zone_of(ask, subnet, zone).unwrap_or(0),
            tokens: data.more.text(&["metadataOptions", "httpTokens"]).map(str::to_owned),
            tags,
            spot: data.more.is(&["instanceMarketOptions", "marketType"], "spot") == Some(true),
        }
    }

    /// Takes the image that the request names, by its id or by a parameter.
    fn set_image(&mut self, ask: &Ask<'_>, text: &str) {
        let Some(name) = text.strip_prefix("resolve:ssm:") else {
            (self.image, self.parameter) = (Some(Part::asked(text)), None);
            return;
        };
        let parameter = ask.scope.parameters.iter().find(|parameter| {
            // A version or a label may follow the name.
            let (known, rest) = name.split_at_checked(parameter.name.len()).unwrap_or((name, ""));
            known == &*parameter.name && (rest.is_empty() || rest.starts_with(':'))
        });
        self.image = parameter.map(|parameter| Part::asked(&*parameter.value));
        self.parameter = Some(name.to_owned());
    }

    fn tags_of(&mut self, kind: &str) -> &mut Vec<(String, String)> {
        let at = self.tags.iter().position(|(known, _)| known == kind).unwrap_or_else(|| {
            self.tags.push((kind.to_owned(), Vec::new()));
            self.tags.len() - 1
        });
        &mut self.tags[at].1
    }

    fn needs(mut self, ask: &Ask<'_>) -> Vec<Need> {
        let scope = ask.scope;
        let made = |kind: &str| Resource::new(arn::ec2(scope, kind, "*")).with("ec2:Region", scope.region.name);
        let of_id = |kind: &str, id: &str| resource::of_arn(ask, &arn::ec2(scope, kind, id));
        let zone = scope.region.zone_name(self.zone);
        let subnet = arn::ec2(scope, "subnet", &id::show("subnet", scope.network.subnet(self.zone)));
        let vpc = arn::ec2(scope, "vpc", &id::show("vpc", scope.network.vpc));
        if self.security_groups.is_empty() {
            let (id, _) = scope.security_group(ask.world.seed, "default");
            self.security_groups.push(Part::asked(id::show("sg", id)));
        }

        // Each resource, and whether the template names it.
        let mut touched: Vec<(Resource, bool)> = Vec::new();
        let mut instance = made("instance")
            .with("ec2:AvailabilityZone", &*zone)
            .with("ec2:EbsOptimized", "true")
            .with("ec2:InstanceMarketType", if self.spot { "spot" } else { "on-demand" })
            .with("ec2:MetadataHttpTokens", self.tokens.as_deref().unwrap_or("required"))
            .with("ec2:RootDeviceType", "ebs")
            .with("ec2:Tenancy", "default");
        if let Some(part) = &self.instance_type {
            instance = instance.with("ec2:InstanceType", &*part.value);
        }
        if let Some(part) = &self.profile {
            instance = instance.with("ec2:InstanceProfile", resource::profile(ask, &part.value));
        }
        touched.push((instance, self.instance_type.as_ref().is_some_and(|part| part.of_template)));
        let mut volume = made("volume")
            .with("ec2:AvailabilityZone", &*zone)
            .with("ec2:Encrypted", "true")
            .with("ec2:VolumeType", "gp3");
        if let Some(part) = &self.image {
            touched.push((of_id("image", &part.value), part.of_template));
            if let Some(image) = id::parse("ami", &part.value).and_then(|id| ask.world.image(id)) {
                let snapshot = arn::ec2(scope, "snapshot", &id::show("snap", image.snapshot));
                volume = volume.with("ec2:ParentSnapshot", snapshot).with("ec2:VolumeSize", image.size_gib.to_string());
            }
        }
        touched.push((resource::of_arn(ask, &subnet), false));
        touched
            .extend(self.security_groups.iter().map(|part| (of_id("security-group", &part.value), part.of_template)));
        let interface = made("network-interface")
            .with("ec2:AvailabilityZone", &*zone)
            .with("ec2:Subnet", subnet)
            .with("ec2:Vpc", vpc);
        touched.push((interface, false));
        touched.push((volume, false));
        touched.extend(self.key_name.iter().map(|part| (of_id("key-pair", &part.value), part.of_template)));
        let template = self.template.map(|template| arn::ec2(scope, "launch-template", &id::show("lt", template.id)));
        touched.extend(template.iter().map(|arn| (resource::of_arn(ask, arn), false)));

        let mut needs: Vec<Need> = touched
            .into_iter()
            .map(|(touched, of_template)| {
                let tags = self.tags.iter().find(|(kind, _)| super::is_made(&touched.arn, kind));
                let need = Need::new("ec2:RunInstances", touched)
                    .with("ec2:IsLaunchTemplateResource", of_template.to_string());
                let need = tags.into_iter().fold(need, |need, (_, tags)| need.tagging(tags));
                template.iter().fold(need, |need, arn| need.with("ec2:LaunchTemplate", arn))
            })
            .collect();
        needs.extend(tag_needs(ask, "RunInstances", &self.tags));
        if let Some(part) = &self.profile {
            needs.push(pass_role(ask, &part.value));
        }
        if let Some(name) = &self.parameter {
            needs.push(Need::new("ssm:GetParameters", Resource::new(crate::ssm::arn(ask, name))));
        }
        needs
    }
}
