//! The settings of a launch that have parts of their own.

use aws_sdk_ec2::types as ec2;
use aws_sdk_ec2::types::builders::InstanceNetworkInterfaceSpecificationBuilder;

use super::super::elements::Element;
use super::{Mapped, each, flag, is_nothing, number, text, texts, unknown};

pub(super) fn instance_profile(of: &Element) -> Mapped<Option<ec2::IamInstanceProfileSpecification>> {
    let (mut arn, mut name) = (None, None);
    for field in of.children() {
        match field.name() {
            "arn" => arn = text(field)?,
            "name" => name = text(field)?,
            _ => return Err(unknown(field)),
        }
    }
    // EC2 takes one of them.
    let name = name.filter(|_| arn.is_none());
    let any = arn.is_some() || name.is_some();
    Ok(any.then(|| ec2::IamInstanceProfileSpecification::builder().set_arn(arn).set_name(name).build()))
}

pub(super) fn placement(of: &Element) -> Mapped<ec2::Placement> {
    let mut built = ec2::Placement::builder();
    for field in of.children() {
        built = match field.name() {
            "availabilityZone" => built.set_availability_zone(text(field)?),
            // It says the zone a second time, which EC2 does not take.
            "availabilityZoneId" => built,
            "affinity" => built.set_affinity(text(field)?),
            "groupName" => built.set_group_name(text(field)?),
            "groupId" => built.set_group_id(text(field)?),
            "hostId" => built.set_host_id(text(field)?),
            "hostResourceGroupArn" => built.set_host_resource_group_arn(text(field)?),
            "tenancy" => built.set_tenancy(text(field)?.map(|text| text.as_str().into())),
            "partitionNumber" => built.set_partition_number(number(field)?),
            _ if is_nothing(field) => built,
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn block_device(of: &Element) -> Mapped<ec2::BlockDeviceMapping> {
    let mut built = ec2::BlockDeviceMapping::builder();
    for field in of.children() {
        built = match field.name() {
            "deviceName" => built.set_device_name(text(field)?),
            "virtualName" => built.set_virtual_name(text(field)?),
            "noDevice" => built.set_no_device(text(field)?),
            "ebs" => built.ebs(ebs(field)?),
            _ if is_nothing(field) => built,
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

fn ebs(of: &Element) -> Mapped<ec2::EbsBlockDevice> {
    let mut built = ec2::EbsBlockDevice::builder();
    let (mut iops, mut throughput, mut kind) = (None, None, None);
    for field in of.children() {
        built = match field.name() {
            "encrypted" => built.set_encrypted(flag(field)?),
            "deleteOnTermination" => built.set_delete_on_termination(flag(field)?),
            "kmsKeyId" => built.set_kms_key_id(text(field)?),
            "snapshotId" => built.set_snapshot_id(text(field)?),
            "volumeSize" => built.set_volume_size(number(field)?),
            "volumeInitializationRate" => built.set_volume_initialization_rate(number(field)?),
            "ebsCardIndex" => built.set_ebs_card_index(number(field)?),
            "volumeType" => {
                kind = text(field)?;
                built
            }
            "iops" => {
                iops = number(field)?;
                built
            }
            "throughput" => {
                throughput = number(field)?;
                built
            }
            _ if is_nothing(field) => built,
            _ => return Err(unknown(field)),
        };
    }
    // Of other types AWS tells what follows from the size, and does not take it.
    let sets_iops = matches!(kind.as_deref(), Some("gp3" | "io1" | "io2"));
    let sets_throughput = kind.as_deref() == Some("gp3");
    built = built.set_iops(iops.filter(|_| sets_iops)).set_throughput(throughput.filter(|_| sets_throughput));
    Ok(built.set_volume_type(kind.map(|kind| kind.as_str().into())).build())
}

/// A new interface like the old one. Its own id and addresses stay with the old server: as many are asked for anew.
pub(super) fn interface(of: &Element, subnet: Option<&str>) -> Mapped<ec2::InstanceNetworkInterfaceSpecification> {
    let mut built = ec2::InstanceNetworkInterfaceSpecification::builder();
    let mut own_subnet = None;
    let mut is_primary = false;
    for field in of.children() {
        built = match field.name() {
            "networkInterfaceId" | "privateIpAddress" => built,
            "privateIpAddressesSet" => {
                let secondary = i32::try_from(field.children().len().saturating_sub(1)).unwrap_or(i32::MAX);
                built.set_secondary_private_ip_address_count(Some(secondary).filter(|&count| count > 0))
            }
            "ipv6AddressesSet" => {
                let count = i32::try_from(field.children().len()).unwrap_or(i32::MAX);
                built.set_ipv6_address_count(Some(count).filter(|&count| count > 0))
            }
            // They count what the sets above list.
            "secondaryPrivateIpAddressCount" | "ipv6AddressCount" => built,
            "subnetId" => {
                own_subnet = text(field)?;
                built
            }
            "deviceIndex" => {
                let index = number(field)?;
                is_primary = index == Some(0);
                built.set_device_index(index)
            }
            _ => plain_interface_field(built, field)?,
        };
    }
    let subnet = subnet.filter(|_| is_primary).map(str::to_owned).or(own_subnet);
    Ok(built.set_subnet_id(subnet).build())
}

fn plain_interface_field(
    built: InstanceNetworkInterfaceSpecificationBuilder,
    field: &Element,
) -> Mapped<InstanceNetworkInterfaceSpecificationBuilder> {
    Ok(match field.name() {
        "associateCarrierIpAddress" => built.set_associate_carrier_ip_address(flag(field)?),
        "associatePublicIpAddress" => built.set_associate_public_ip_address(flag(field)?),
        "deleteOnTermination" => built.set_delete_on_termination(flag(field)?),
        "description" => built.set_description(text(field)?),
        "groupSet" => built.set_groups(texts(field)?),
        "interfaceType" => built.set_interface_type(text(field)?),
        "networkCardIndex" => built.set_network_card_index(number(field)?),
        "ipv4PrefixCount" => built.set_ipv4_prefix_count(number(field)?),
        "ipv6PrefixCount" => built.set_ipv6_prefix_count(number(field)?),
        "primaryIpv6" => built.set_primary_ipv6(flag(field)?),
        "enaQueueCount" => built.set_ena_queue_count(number(field)?),
        _ if is_nothing(field) => built,
        _ => return Err(unknown(field)),
    })
}

/// The tags of each type; those that AWS itself has put there can't be asked for.
pub(super) fn tag_specifications(of: &Element) -> Mapped<Option<Vec<ec2::TagSpecification>>> {
    let specifications = each(of, |item| {
        let (mut kind, mut tags) = (None, Vec::new());
        for field in item.children() {
            match field.name() {
                "resourceType" => kind = text(field)?,
                "tagSet" => tags = each(field, tag)?,
                _ => return Err(unknown(field)),
            }
        }
        tags.retain(|tag| tag.key().is_some_and(|key| !key.starts_with("aws:")));
        let kind = kind.map(|kind| kind.as_str().into());
        Ok((!tags.is_empty())
            .then(|| ec2::TagSpecification::builder().set_resource_type(kind).set_tags(Some(tags)).build()))
    })?;
    let some: Vec<ec2::TagSpecification> = specifications.into_iter().flatten().collect();
    Ok(Some(some).filter(|some| !some.is_empty()))
}

fn tag(of: &Element) -> Mapped<ec2::Tag> {
    let mut built = ec2::Tag::builder();
    for field in of.children() {
        built = match field.name() {
            "key" => built.key(field.text()),
            "value" => built.value(field.text()),
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn market_options(of: &Element) -> Mapped<ec2::InstanceMarketOptionsRequest> {
    let mut built = ec2::InstanceMarketOptionsRequest::builder();
    for field in of.children() {
        built = match field.name() {
            "marketType" => built.set_market_type(text(field)?.map(|text| text.as_str().into())),
            "spotOptions" => {
                let mut options = ec2::SpotMarketOptions::builder();
                for field in field.children() {
                    options = match field.name() {
                        "maxPrice" => options.set_max_price(text(field)?),
                        "spotInstanceType" => {
                            options.set_spot_instance_type(text(field)?.map(|text| text.as_str().into()))
                        }
                        "instanceInterruptionBehavior" => {
                            options.set_instance_interruption_behavior(text(field)?.map(|text| text.as_str().into()))
                        }
                        _ if is_nothing(field) => options,
                        _ => return Err(unknown(field)),
                    };
                }
                built.spot_options(options.build())
            }
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn credits(of: &Element) -> Mapped<Option<ec2::CreditSpecificationRequest>> {
    let mut credits = None;
    for field in of.children() {
        credits = if field.name() == "cpuCredits" { text(field)? } else { return Err(unknown(field)) };
    }
    Ok(credits.map(|credits| ec2::CreditSpecificationRequest::builder().cpu_credits(credits).build()))
}

pub(super) fn cpu_options(of: &Element) -> Mapped<ec2::CpuOptionsRequest> {
    let mut built = ec2::CpuOptionsRequest::builder();
    for field in of.children() {
        built = match field.name() {
            "coreCount" => built.set_core_count(number(field)?),
            "threadsPerCore" => built.set_threads_per_core(number(field)?),
            "amdSevSnp" => built.set_amd_sev_snp(text(field)?.map(|text| text.as_str().into())),
            "nestedVirtualization" => built.set_nested_virtualization(text(field)?.map(|text| text.as_str().into())),
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn capacity_reservation(of: &Element) -> Mapped<ec2::CapacityReservationSpecification> {
    let mut built = ec2::CapacityReservationSpecification::builder();
    for field in of.children() {
        built = match field.name() {
            "capacityReservationPreference" => {
                built.set_capacity_reservation_preference(text(field)?.map(|text| text.as_str().into()))
            }
            "capacityReservationTarget" => {
                let mut target = ec2::CapacityReservationTarget::builder();
                for field in field.children() {
                    target = match field.name() {
                        "capacityReservationId" => target.set_capacity_reservation_id(text(field)?),
                        "capacityReservationResourceGroupArn" => {
                            target.set_capacity_reservation_resource_group_arn(text(field)?)
                        }
                        _ => return Err(unknown(field)),
                    };
                }
                built.capacity_reservation_target(target.build())
            }
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn license(of: &Element) -> Mapped<ec2::LicenseConfigurationRequest> {
    let mut built = ec2::LicenseConfigurationRequest::builder();
    for field in of.children() {
        built = match field.name() {
            "licenseConfigurationArn" => built.set_license_configuration_arn(text(field)?),
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn metadata_options(of: &Element) -> Mapped<ec2::InstanceMetadataOptionsRequest> {
    let mut built = ec2::InstanceMetadataOptionsRequest::builder();
    for field in of.children() {
        built = match field.name() {
            // Whether a change of them has arrived at the old server.
            "state" => built,
            "httpTokens" => built.set_http_tokens(text(field)?.map(|text| text.as_str().into())),
            "httpPutResponseHopLimit" => built.set_http_put_response_hop_limit(number(field)?),
            "httpEndpoint" => built.set_http_endpoint(text(field)?.map(|text| text.as_str().into())),
            "httpProtocolIpv6" => built.set_http_protocol_ipv6(text(field)?.map(|text| text.as_str().into())),
            "instanceMetadataTags" => built.set_instance_metadata_tags(text(field)?.map(|text| text.as_str().into())),
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn private_dns_names(of: &Element) -> Mapped<ec2::PrivateDnsNameOptionsRequest> {
    let mut built = ec2::PrivateDnsNameOptionsRequest::builder();
    for field in of.children() {
        built = match field.name() {
            "hostnameType" => built.set_hostname_type(text(field)?.map(|text| text.as_str().into())),
            "enableResourceNameDnsARecord" => built.set_enable_resource_name_dns_a_record(flag(field)?),
            "enableResourceNameDnsAAAARecord" => built.set_enable_resource_name_dns_aaaa_record(flag(field)?),
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn maintenance_options(of: &Element) -> Mapped<ec2::InstanceMaintenanceOptionsRequest> {
    let mut built = ec2::InstanceMaintenanceOptionsRequest::builder();
    for field in of.children() {
        built = match field.name() {
            "autoRecovery" => built.set_auto_recovery(text(field)?.map(|text| text.as_str().into())),
            _ if is_nothing(field) => built,
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}

pub(super) fn network_performance(of: &Element) -> Mapped<ec2::InstanceNetworkPerformanceOptionsRequest> {
    let mut built = ec2::InstanceNetworkPerformanceOptionsRequest::builder();
    for field in of.children() {
        built = match field.name() {
            "bandwidthWeighting" => built.set_bandwidth_weighting(text(field)?.map(|text| text.as_str().into())),
            _ => return Err(unknown(field)),
        };
    }
    Ok(built.build())
}
