//! What conditions can ask of a resource: its tags and its own keys.
//!
//! Service Authorization Reference, 'Resource types defined by Amazon EC2' and 'by Amazon EC2 Auto Scaling'.

use crate::{
    call::Ask,
    ec2::volumes::volume_tags,
    iam::Resource,
    world::{Tag, arn, id, image::Image, server::Server, snapshot::Snapshot},
};

/// The resource behind an ARN; one of which nothing is known keeps its ARN alone.
pub(super) fn of_arn(ask: &Ask<'_>, arn: &str) -> Resource {
    let resource = Resource::new(arn);
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, region, account) = (parts.next(), parts.next(), parts.next());
    let Some(path) = parts.next() else { return resource };
    let resource = match account {
        Some(account) if !account.is_empty() => resource.with("aws:ResourceAccount", account),
        _ => resource,
    };
    match service {
        Some("autoscaling") => {
            let group = path
                .rsplit_once("autoScalingGroupName/")
                .and_then(|(_, name)| ask.scope.groups.iter().find(|group| &*group.name == name));
            match group {
                Some(group) => resource.tagged(group.tags.iter().map(|tag| (&*tag.key, &*tag.value))),
                None => resource,
            }
        }
        Some("ec2") => {
            let resource = resource.with("ec2:Region", region.unwrap_or_default());
            match path.split_once('/') {
                Some((kind, id)) => of_ec2(ask, resource, kind, id),
                None => resource,
            }
        }
        _ => resource,
    }
}

fn of_ec2(ask: &Ask<'_>, resource: Resource, kind: &str, text: &str) -> Resource {
    let known = |prefix: &str| id::parse(prefix, text);
    match kind {
        "instance" => match known("i").and_then(|id| ask.scope.server(id)) {
            Some(server) => of_server(ask, resource, server),
            None => resource,
        },
        "image" => match known("ami").and_then(|id| ask.world.image(id)) {
            Some(image) => of_image(ask, resource, image),
            None => resource,
        },
        "launch-template" => match known("lt").and_then(|id| ask.scope.template_slot(id)) {
            Some(slot) => resource.tagged(pairs(&ask.scope.templates[slot as usize].tags)),
            None => resource,
        },
        "volume" => match known("vol") {
            Some(id) => of_volume(ask, resource.with("ec2:VolumeID", text), id),
            None => resource,
        },
        "snapshot" => {
            let resource = resource.with("ec2:SnapshotID", text);
            match known("snap").and_then(|id| ask.world.snapshot(id)).filter(|it| it.visible_to(&ask.scope.account)) {
                Some(snapshot) => of_snapshot(ask, resource, snapshot),
                None => resource,
            }
        }
        "subnet" => {
            let vpc = arn::ec2(ask.scope, "vpc", &id::show("vpc", ask.scope.network.vpc));
            let resource = resource.with("ec2:SubnetID", text).with("ec2:Vpc", vpc);
            let zone = known("subnet")
                .and_then(|id| ask.scope.region.zone_indices().find(|&zone| ask.scope.network.subnet(zone) == id));
            match zone {
                Some(zone) => resource.with("ec2:AvailabilityZone", ask.scope.region.zone_name(zone)),
                None => resource,
            }
        }
        "security-group" => {
            let vpc = arn::ec2(ask.scope, "vpc", &id::show("vpc", ask.scope.network.vpc));
            resource.with("ec2:SecurityGroupID", text).with("ec2:Vpc", vpc)
        }
        "key-pair" => resource.with("ec2:KeyPairName", text),
        _ => resource,
    }
}

fn of_server(ask: &Ask<'_>, resource: Resource, server: &Server) -> Resource {
    let metadata = &server.settings.metadata;
    let resource = resource
        .tagged(pairs(&server.tags))
        .with("ec2:AvailabilityZone", ask.scope.region.zone_name(server.zone))
        .with("ec2:EbsOptimized", server.settings.ebs_optimized.to_string())
        .with("ec2:InstanceID", id::show("i", server.id))
        .with("ec2:InstanceMarketType", if server.spot { "spot" } else { "on-demand" })
        .with("ec2:InstanceType", &*server.instance_type)
        .with("ec2:MetadataHttpEndpoint", if metadata.enabled { "enabled" } else { "disabled" })
        .with("ec2:MetadataHttpPutResponseHopLimit", metadata.hop_limit.to_string())
        .with("ec2:MetadataHttpTokens", if metadata.tokens_required { "required" } else { "optional" })
        .with("ec2:RootDeviceType", "ebs")
        .with("ec2:Tenancy", "default");
    match &server.instance_profile {
        Some(name) => resource.with("ec2:InstanceProfile", profile(ask, name)),
        None => resource,
    }
}

fn of_volume(ask: &Ask<'_>, resource: Resource, id: u64) -> Resource {
    let zone_name = |zone| ask.scope.region.zone_name(zone);
    let resource = resource.with("ec2:VolumeType", "gp3");
    if let Some(volume) = ask.scope.volume(id).filter(|volume| volume.is_its_own()) {
        return resource
            .tagged(pairs(&volume.tags))
            .with("ec2:AvailabilityZone", zone_name(volume.zone))
            .with("ec2:Encrypted", volume.encrypted.to_string())
            .with("ec2:VolumeSize", volume.size_gib.to_string());
    }
    match ask.scope.known_servers().find(|server| server.root_volume == id && server.has_parts()) {
        Some(server) => resource
            .tagged(pairs(&volume_tags(server)))
            .with("ec2:AvailabilityZone", zone_name(server.zone))
            .with("ec2:Encrypted", "true"),
        None => resource,
    }
}

fn of_snapshot(ask: &Ask<'_>, resource: Resource, snapshot: &Snapshot) -> Resource {
    let resource = resource
        .with("aws:ResourceAccount", &*snapshot.owner)
        .with("ec2:Encrypted", snapshot.encrypted.to_string())
        .with("ec2:Owner", snapshot.owner_alias.as_deref().unwrap_or(&snapshot.owner))
        .with("ec2:VolumeSize", snapshot.size_gib.to_string());
    // Only its owner sees its tags.
    if *snapshot.owner == *ask.scope.account { resource.tagged(pairs(&snapshot.tags)) } else { resource }
}

fn of_image(ask: &Ask<'_>, resource: Resource, image: &Image) -> Resource {
    let resource = resource
        .with("aws:ResourceAccount", &*image.owner)
        .with("ec2:ImageID", id::show("ami", image.id))
        .with("ec2:ImageType", "machine")
        .with("ec2:Owner", image.owner_alias.as_deref().unwrap_or(&image.owner))
        .with("ec2:Public", image.public.to_string())
        .with("ec2:RootDeviceType", "ebs");
    // Only its owner sees an image's tags.
    if *image.owner == *ask.scope.account { resource.tagged(pairs(&image.tags)) } else { resource }
}

/// The ARN of an instance profile.
pub(super) fn profile(ask: &Ask<'_>, name: &str) -> String {
    format!("arn:aws:iam::{}:instance-profile/{name}", ask.scope.account)
}

fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (&*tag.key, &*tag.value))
}
