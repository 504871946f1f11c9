//! EC2's query protocol: which call takes which parameters, and who answers it.

mod attributes;
mod console;
mod end;
pub(crate) mod images;
mod instance_facts;
mod instance_types;
mod instances;
pub(crate) mod launch;
mod launch_request;
pub(crate) mod lifecycle;
mod metadata_options;
mod once;
mod profile_associations;
mod references;
mod regions;
mod run;
mod security_groups;
mod server_as_template;
mod snapshots;
mod status;
mod tagging;
mod tags;
mod templates;
pub(crate) mod volumes;

use crate::{
    call::{Ask, Call, Handler, anything},
    wire::{fault::Fault, form::Form, page::Page, xml::Xml},
    world::{Tag, arn, id},
};

/// EC2's calls.
pub(crate) const CALLS: &[Call] = &[
    Call {
        name: "DescribeRegions",
        parameters: &["RegionName", "AllRegions", "Filter"],
        resources: anything,
        handler: Handler::ReadXml(regions::regions),
    },
    Call {
        name: "DescribeAvailabilityZones",
        parameters: &["ZoneName", "ZoneId", "AllAvailabilityZones", "Filter"],
        resources: anything,
        handler: Handler::ReadXml(regions::zones),
    },
    Call {
        name: "DescribeInstances",
        parameters: &["InstanceId", "IncludeManagedResources", "Filter", "NextToken", "MaxResults"],
        resources: anything,
        handler: Handler::ReadXml(instances::describe),
    },
    Call {
        name: "DescribeInstanceImageMetadata",
        parameters: &["InstanceId", "Filter", "NextToken", "MaxResults"],
        resources: anything,
        handler: Handler::ReadXml(instance_facts::image_metadata),
    },
    Call {
        name: "DescribeInstanceAttribute",
        parameters: &["InstanceId", "Attribute"],
        resources: attributes::resources,
        handler: Handler::ReadXml(attributes::describe),
    },
    Call {
        name: "DescribeImages",
        parameters: &[
            "ExecutableBy",
            "ImageId",
            "Owner",
            "IncludeDeprecated",
            "IncludeDisabled",
            "MaxResults",
            "NextToken",
            "Filter",
        ],
        resources: anything,
        handler: Handler::ReadXml(images::describe),
    },
    Call {
        name: "GetImageAncestry",
        parameters: &["ImageId"],
        resources: |ask, input| arn::ec2_of(ask.scope, "image", input.form.get("ImageId")),
        handler: Handler::ReadXml(images::ancestry),
    },
    Call {
        name: "DescribeImageReferences",
        parameters: &["ImageId", "IncludeAllResourceTypes", "ResourceType", "NextToken", "MaxResults"],
        resources: anything,
        handler: Handler::ReadXml(references::describe),
    },
    Call {
        name: "DescribeLaunchTemplates",
        parameters: &[
            "LaunchTemplateId",
            "LaunchTemplateName",
            "Filter",
            "NextToken",
            "MaxResults",
            "IncludeManagedResources",
        ],
        resources: anything,
        handler: Handler::ReadXml(templates::describe),
    },
    Call {
        name: "DescribeLaunchTemplateVersions",
        parameters: &[
            "LaunchTemplateId",
            "LaunchTemplateName",
            "LaunchTemplateVersion",
            "MinVersion",
            "MaxVersion",
            "NextToken",
            "MaxResults",
            "Filter",
            "ResolveAlias",
            "IncludeManagedResources",
        ],
        resources: anything,
        handler: Handler::ReadXml(templates::versions),
    },
    Call {
        name: "DescribeReplaceRootVolumeTasks",
        parameters: &["ReplaceRootVolumeTaskId", "Filter", "MaxResults", "NextToken"],
        resources: anything,
        handler: Handler::ReadXml(volumes::replacements),
    },
    Call {
        name: "DescribeVolumes",
        parameters: &["VolumeId", "IncludeManagedResources", "Filter", "NextToken", "MaxResults"],
        resources: anything,
        handler: Handler::ReadXml(volumes::describe),
    },
    Call {
        name: "DescribeImageAttribute",
        parameters: &["Attribute", "ImageId"],
        resources: images::keep::resources,
        handler: Handler::ReadXml(images::attributes::describe),
    },
    Call {
        name: "DescribeSnapshots",
        parameters: &["Filter", "MaxResults", "NextToken", "Owner", "RestorableBy", "SnapshotId"],
        resources: anything,
        handler: Handler::ReadXml(snapshots::describe),
    },
    Call {
        name: "CreateImage",
        parameters: &["BlockDeviceMapping", "Description", "InstanceId", "Name", "NoReboot", "TagSpecification"],
        resources: images::make::resources,
        handler: Handler::WriteXml(images::make::create),
    },
    Call {
        name: "CopyImage",
        parameters: &[
            "ClientToken",
            "CopyImageTags",
            "Description",
            "Encrypted",
            "KmsKeyId",
            "Name",
            "SnapshotCopyCompletionDurationMinutes",
            "SourceImageId",
            "SourceRegion",
            "TagSpecification",
        ],
        resources: images::make::resources,
        handler: Handler::WriteXml(images::make::copy),
    },
    Call {
        name: "RegisterImage",
        parameters: &[
            "Architecture",
            "BlockDeviceMapping",
            "BootMode",
            "Description",
            "EnaSupport",
            "ImageLocation",
            "ImdsSupport",
            "Name",
            "RootDeviceName",
            "SriovNetSupport",
            "TagSpecification",
            "VirtualizationType",
        ],
        resources: images::make::resources,
        handler: Handler::WriteXml(images::make::register),
    },
    Call {
        name: "DeregisterImage",
        parameters: &["DeleteAssociatedSnapshots", "ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::deregister),
    },
    Call {
        name: "EnableImage",
        parameters: &["ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::enable),
    },
    Call {
        name: "DisableImage",
        parameters: &["ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::disable),
    },
    Call {
        name: "EnableImageDeprecation",
        parameters: &["DeprecateAt", "ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::enable_deprecation),
    },
    Call {
        name: "DisableImageDeprecation",
        parameters: &["ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::disable_deprecation),
    },
    Call {
        name: "EnableImageDeregistrationProtection",
        parameters: &["ImageId", "WithCooldown"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::protect),
    },
    Call {
        name: "DisableImageDeregistrationProtection",
        parameters: &["ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::keep::unprotect),
    },
    Call {
        name: "ModifyImageAttribute",
        parameters: &[
            "Attribute",
            "Description",
            "ImageId",
            "ImdsSupport",
            "LaunchPermission",
            "OperationType",
            "OrganizationArn",
            "OrganizationalUnitArn",
            "UserGroup",
            "UserId",
            "Value",
        ],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::attributes::modify),
    },
    Call {
        name: "ResetImageAttribute",
        parameters: &["Attribute", "ImageId"],
        resources: images::keep::resources,
        handler: Handler::WriteXml(images::attributes::reset),
    },
    Call {
        name: "CreateLaunchTemplate",
        parameters: &[
            "ClientToken",
            "LaunchTemplateData",
            "LaunchTemplateName",
            "TagSpecification",
            "VersionDescription",
        ],
        resources: templates::make::new_resource,
        handler: Handler::WriteXml(templates::make::create),
    },
    Call {
        name: "CreateLaunchTemplateVersion",
        parameters: &[
            "ClientToken",
            "LaunchTemplateData",
            "LaunchTemplateId",
            "LaunchTemplateName",
            "ResolveAlias",
            "SourceVersion",
            "VersionDescription",
        ],
        resources: templates::make::resources,
        handler: Handler::WriteXml(templates::make::create_version),
    },
    Call {
        name: "ModifyLaunchTemplate",
        parameters: &["ClientToken", "DefaultVersion", "LaunchTemplateId", "LaunchTemplateName", "SetDefaultVersion"],
        resources: templates::make::resources,
        handler: Handler::WriteXml(templates::make::modify),
    },
    Call {
        name: "DeleteLaunchTemplate",
        parameters: &["LaunchTemplateId", "LaunchTemplateName"],
        resources: templates::make::resources,
        handler: Handler::WriteXml(templates::make::delete),
    },
    Call {
        name: "DeleteLaunchTemplateVersions",
        parameters: &["LaunchTemplateId", "LaunchTemplateName", "LaunchTemplateVersion"],
        resources: templates::make::resources,
        handler: Handler::WriteXml(templates::make::delete_versions),
    },
    Call {
        name: "RunInstances",
        parameters: &[
            "BlockDeviceMapping",
            "ClientToken",
            "DisableApiStop",
            "DisableApiTermination",
            "EbsOptimized",
            "IamInstanceProfile",
            "ImageId",
            "InstanceInitiatedShutdownBehavior",
            "InstanceMarketOptions",
            "InstanceType",
            "KeyName",
            "LaunchTemplate",
            "MaxCount",
            "MetadataOptions",
            "MinCount",
            "Monitoring",
            "NetworkInterface",
            "Placement",
            "SecurityGroup",
            "SecurityGroupId",
            "SubnetId",
            "TagSpecification",
            "UserData",
        ],
        resources: run::resources,
        handler: Handler::WriteXml(run::run),
    },
    Call {
        name: "TerminateInstances",
        parameters: &["InstanceId", "Force", "SkipOsShutdown"],
        resources: end::resources,
        handler: Handler::WriteXml(end::terminate),
    },
    Call {
        name: "StopInstances",
        parameters: &["InstanceId", "Force", "Hibernate", "SkipOsShutdown"],
        resources: end::resources,
        handler: Handler::WriteXml(end::stop),
    },
    Call {
        name: "StartInstances",
        parameters: &["InstanceId", "AdditionalInfo"],
        resources: end::resources,
        handler: Handler::WriteXml(end::start),
    },
    Call {
        name: "RebootInstances",
        parameters: &["InstanceId"],
        resources: end::resources,
        handler: Handler::WriteXml(end::reboot),
    },
    Call {
        name: "ModifyInstanceAttribute",
        parameters: &[
            "InstanceId",
            "Attribute",
            "Value",
            "BlockDeviceMapping",
            "DisableApiStop",
            "DisableApiTermination",
            "EbsOptimized",
            "EnaSupport",
            "EnclaveOptions",
            "GroupId",
            "InstanceInitiatedShutdownBehavior",
            "InstanceType",
            "Kernel",
            "Ramdisk",
            "SourceDestCheck",
            "SriovNetSupport",
            "UserData",
        ],
        resources: attributes::resources,
        handler: Handler::WriteXml(attributes::modify),
    },
    Call {
        name: "ModifyInstanceMetadataOptions",
        parameters: &[
            "InstanceId",
            "HttpTokens",
            "HttpPutResponseHopLimit",
            "HttpEndpoint",
            "HttpProtocolIpv6",
            "InstanceMetadataTags",
        ],
        resources: attributes::resources,
        handler: Handler::WriteXml(attributes::modify_metadata),
    },
    Call {
        name: "CreateTags",
        parameters: &["ResourceId", "Tag"],
        resources: tagging::resources,
        handler: Handler::WriteXml(tagging::create),
    },
    Call {
        name: "DeleteTags",
        parameters: &["ResourceId", "Tag"],
        resources: tagging::resources,
        handler: Handler::WriteXml(tagging::delete),
    },
    Call {
        name: "DescribeTags",
        parameters: &["Filter", "MaxResults", "NextToken"],
        resources: anything,
        handler: Handler::ReadXml(tagging::describe),
    },
    Call {
        name: "GetLaunchTemplateData",
        parameters: &["InstanceId"],
        resources: attributes::resources,
        handler: Handler::ReadXml(server_as_template::describe),
    },
    Call {
        name: "DescribeIamInstanceProfileAssociations",
        parameters: &["AssociationId", "Filter", "MaxResults", "NextToken"],
        resources: anything,
        handler: Handler::ReadXml(profile_associations::describe),
    },
    Call {
        name: "AssociateIamInstanceProfile",
        parameters: &["IamInstanceProfile", "InstanceId"],
        resources: attributes::resources,
        handler: Handler::WriteXml(profile_associations::associate),
    },
    Call {
        name: "ReplaceIamInstanceProfileAssociation",
        parameters: &["IamInstanceProfile", "AssociationId"],
        resources: profile_associations::resources,
        handler: Handler::WriteXml(profile_associations::replace),
    },
    Call {
        name: "DisassociateIamInstanceProfile",
        parameters: &["AssociationId"],
        resources: profile_associations::resources,
        handler: Handler::WriteXml(profile_associations::disassociate),
    },
    Call {
        name: "GetConsoleOutput",
        parameters: &["InstanceId", "Latest"],
        resources: attributes::resources,
        handler: Handler::ReadXml(console::output),
    },
    Call {
        name: "DescribeInstanceStatus",
        parameters: &[
            "InstanceId",
            "IncludeAllInstances",
            "IncludeManagedResources",
            "Filter",
            "NextToken",
            "MaxResults",
        ],
        resources: anything,
        handler: Handler::ReadXml(status::describe),
    },
];

/// The page that a call asks for. `default` is the size without `MaxResults`; none is no limit.
fn page(ask: &Ask<'_>, form: &Form, least: usize, most: usize, default: Option<usize>) -> Result<Page, Fault> {
    let size = match form.get("MaxResults") {
        None => default.unwrap_or(usize::MAX),
        Some(text) => {
            let size: usize = text
                .parse()
                .map_err(|_| Fault::invalid(format!("Value ( {text} ) for parameter maxResults is invalid.")))?;
            // AWS says 'greater than 5' and takes 5.
            if size < least {
                return Err(Fault::invalid(format!(
                    "Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {least}."
                )));
            }
            if size > most {
                return Err(Fault::invalid(format!(
                    "Value ( {size} ) for parameter maxResults is invalid. Expecting a value less than {most}."
                )));
            }
            size
        }
    };
    let mut question = vec![&*ask.scope.account, ask.scope.region.name];
    question.extend(form.question());
    Page::new(ask.world.seed, &question, form.get("NextToken"), size)
        .map_err(|_| Fault::new("InvalidNextToken", "The specified NextToken is not valid."))
}

/// EC2's answer where a parameter is missing.
fn missing(parameter: &str) -> Fault {
    Fault::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
}

/// Refuses `MaxResults` beside ids, as EC2 does.
fn no_pages_of_ids(form: &Form, ids: &[&str], set: &str) -> Result<(), Fault> {
    if !ids.is_empty() && form.get("MaxResults").is_some() {
        return Err(Fault::new(
            "InvalidParameterCombination",
            format!("The parameter {set} cannot be used with the parameter maxResults"),
        ));
    }
    Ok(())
}

/// The ids asked for, each of which must be well formed and `found`. All that are missing are named.
fn ids(texts: &[&str], kind: &Kind, found: impl Fn(u64) -> bool) -> Result<Vec<u64>, Fault> {
    if let Some(bad) = texts.iter().find(|text| !id::well_formed(kind.prefix, text)) {
        return Err(Fault::new(kind.malformed, format!("Invalid id: \"{bad}\"")));
    }
    let mut known = Vec::with_capacity(texts.len());
    let mut missing = Vec::new();
    for text in texts {
        match id::parse(kind.prefix, text).filter(|&id| found(id)) {
            Some(id) => known.push(id),
            None => missing.push(*text),
        }
    }
    if missing.is_empty() { Ok(known) } else { Err(Fault::new(kind.missing, (kind.message)(&missing))) }
}

/// How EC2 speaks of ids of one kind.
struct Kind {
    prefix: &'static str,
    malformed: &'static str,
    missing: &'static str,
    message: fn(&[&str]) -> String,
}

fn write_tags<'a>(xml: &mut Xml, tags: impl IntoIterator<Item = &'a Tag>) {
    xml.list("tagSet", "item", tags, |xml, tag| {
        xml.text("key", &tag.key);
        xml.text("value", &tag.value);
    });
}
