//! What a launch template can say that is only kept and told: the names of each setting in a request and in an answer
//! (EC2's RequestLaunchTemplateData and ResponseLaunchTemplateData).

/// A setting.
pub(super) struct Field {
    /// Its name in a request.
    pub(super) name: &'static str,
    /// Its name in an answer.
    pub(super) told: &'static str,
    pub(super) kind: Kind,
}

/// What a setting can be.
pub(super) enum Kind {
    Text,
    Flag,
    /// A whole number.
    Whole,
    /// One of these words.
    Word(&'static [&'static str]),
    Fields(&'static [Field]),
    /// A list; with what an answer calls each item.
    Items(&'static str, &'static Kind),
}

const fn field(name: &'static str, told: &'static str, kind: Kind) -> Field {
    Field { name, told, kind }
}

/// The settings beside those that launches need.
pub(super) const FIELDS: &[Field] = &[
    field("KernelId", "kernelId", Kind::Text),
    field("EbsOptimized", "ebsOptimized", Kind::Flag),
    field(
        "BlockDeviceMapping",
        "blockDeviceMappingSet",
        Kind::Items(
            "item",
            &Kind::Fields(&[
                field("DeviceName", "deviceName", Kind::Text),
                field("VirtualName", "virtualName", Kind::Text),
                field(
                    "Ebs",
                    "ebs",
                    Kind::Fields(&[
                        field("Encrypted", "encrypted", Kind::Flag),
                        field("DeleteOnTermination", "deleteOnTermination", Kind::Flag),
                        field("Iops", "iops", Kind::Whole),
                        field("KmsKeyId", "kmsKeyId", Kind::Text),
                        field("SnapshotId", "snapshotId", Kind::Text),
                        field("VolumeSize", "volumeSize", Kind::Whole),
                        field("VolumeType", "volumeType", Kind::Text),
                        field("Throughput", "throughput", Kind::Whole),
                        field("VolumeInitializationRate", "volumeInitializationRate", Kind::Whole),
                        field("EbsCardIndex", "ebsCardIndex", Kind::Whole),
                    ]),
                ),
                field("NoDevice", "noDevice", Kind::Text),
            ]),
        ),
    ),
    field(
        "NetworkInterface",
        "networkInterfaceSet",
        Kind::Items(
            "item",
            &Kind::Fields(&[
                field("AssociateCarrierIpAddress", "associateCarrierIpAddress", Kind::Flag),
                field("AssociatePublicIpAddress", "associatePublicIpAddress", Kind::Flag),
                field("DeleteOnTermination", "deleteOnTermination", Kind::Flag),
                field("Description", "description", Kind::Text),
                field("DeviceIndex", "deviceIndex", Kind::Whole),
                field("SecurityGroupId", "groupSet", Kind::Items("groupId", &Kind::Text)),
                field("InterfaceType", "interfaceType", Kind::Text),
                field("Ipv6AddressCount", "ipv6AddressCount", Kind::Whole),
                field(
                    "Ipv6Addresses",
                    "ipv6AddressesSet",
                    Kind::Items("item", &Kind::Fields(&[field("Ipv6Address", "ipv6Address", Kind::Text)])),
                ),
                field("NetworkInterfaceId", "networkInterfaceId", Kind::Text),
                field("PrivateIpAddress", "privateIpAddress", Kind::Text),
                field(
                    "PrivateIpAddresses",
                    "privateIpAddressesSet",
                    Kind::Items(
                        "item",
                        &Kind::Fields(&[
                            field("Primary", "primary", Kind::Flag),
                            field("PrivateIpAddress", "privateIpAddress", Kind::Text),
                        ]),
                    ),
                ),
                field("SecondaryPrivateIpAddressCount", "secondaryPrivateIpAddressCount", Kind::Whole),
                field("SubnetId", "subnetId", Kind::Text),
                field("NetworkCardIndex", "networkCardIndex", Kind::Whole),
                field(
                    "Ipv4Prefix",
                    "ipv4PrefixSet",
                    Kind::Items("item", &Kind::Fields(&[field("Ipv4Prefix", "ipv4Prefix", Kind::Text)])),
                ),
                field("Ipv4PrefixCount", "ipv4PrefixCount", Kind::Whole),
                field(
                    "Ipv6Prefix",
                    "ipv6PrefixSet",
                    Kind::Items("item", &Kind::Fields(&[field("Ipv6Prefix", "ipv6Prefix", Kind::Text)])),
                ),
                field("Ipv6PrefixCount", "ipv6PrefixCount", Kind::Whole),
                field("PrimaryIpv6", "primaryIpv6", Kind::Flag),
                field(
                    "EnaSrdSpecification",
                    "enaSrdSpecification",
                    Kind::Fields(&[
                        field("EnaSrdEnabled", "enaSrdEnabled", Kind::Flag),
                        field(
                            "EnaSrdUdpSpecification",
                            "enaSrdUdpSpecification",
                            Kind::Fields(&[field("EnaSrdUdpEnabled", "enaSrdUdpEnabled", Kind::Flag)]),
                        ),
                    ]),
                ),
                field(
                    "ConnectionTrackingSpecification",
                    "connectionTrackingSpecification",
                    Kind::Fields(&[
                        field("TcpEstablishedTimeout", "tcpEstablishedTimeout", Kind::Whole),
                        field("UdpStreamTimeout", "udpStreamTimeout", Kind::Whole),
                        field("UdpTimeout", "udpTimeout", Kind::Whole),
                    ]),
                ),
                field("EnaQueueCount", "enaQueueCount", Kind::Whole),
            ]),
        ),
    ),
    field(
        "Monitoring",
        "monitoring",
        Kind::Fields(&[
            field("Enabled", "enabled", Kind::Flag),
            field("MetricCategoryId", "metricCategoryIdSet", Kind::Items("item", &Kind::Text)),
        ]),
    ),
    field(
        "Placement",
        "placement",
        Kind::Fields(&[
            field("AvailabilityZone", "availabilityZone", Kind::Text),
            field("AvailabilityZoneId", "availabilityZoneId", Kind::Text),
            field("Affinity", "affinity", Kind::Text),
            field("GroupName", "groupName", Kind::Text),
            field("HostId", "hostId", Kind::Text),
            field("Tenancy", "tenancy", Kind::Word(&["default", "dedicated", "host"])),
            field("SpreadDomain", "spreadDomain", Kind::Text),
            field("HostResourceGroupArn", "hostResourceGroupArn", Kind::Text),
            field("PartitionNumber", "partitionNumber", Kind::Whole),
            field("GroupId", "groupId", Kind::Text),
        ]),
    ),
    field("RamDiskId", "ramDiskId", Kind::Text),
    field("DisableApiTermination", "disableApiTermination", Kind::Flag),
    field("InstanceInitiatedShutdownBehavior", "instanceInitiatedShutdownBehavior", Kind::Word(&["stop", "terminate"])),
    field(
        "InstanceMarketOptions",
        "instanceMarketOptions",
        Kind::Fields(&[
            field(
                "MarketType",
                "marketType",
                Kind::Word(&["spot", "capacity-block", "interruptible-capacity-reservation", "on-demand"]),
            ),
            field(
                "SpotOptions",
                "spotOptions",
                Kind::Fields(&[
                    field("MaxPrice", "maxPrice", Kind::Text),
                    field("SpotInstanceType", "spotInstanceType", Kind::Word(&["one-time", "persistent"])),
                    field("BlockDurationMinutes", "blockDurationMinutes", Kind::Whole),
                    field("ValidUntil", "validUntil", Kind::Text),
                    field(
                        "InstanceInterruptionBehavior",
                        "instanceInterruptionBehavior",
                        Kind::Word(&["hibernate", "stop", "terminate"]),
                    ),
                ]),
            ),
        ]),
    ),
    field("CreditSpecification", "creditSpecification", Kind::Fields(&[field("CpuCredits", "cpuCredits", Kind::Text)])),
    field(
        "CpuOptions",
        "cpuOptions",
        Kind::Fields(&[
            field("CoreCount", "coreCount", Kind::Whole),
            field("ThreadsPerCore", "threadsPerCore", Kind::Whole),
            field("AmdSevSnp", "amdSevSnp", Kind::Word(&["enabled", "disabled"])),
            field("NestedVirtualization", "nestedVirtualization", Kind::Word(&["enabled", "disabled"])),
        ]),
    ),
    field(
        "CapacityReservationSpecification",
        "capacityReservationSpecification",
        Kind::Fields(&[
            field(
                "CapacityReservationPreference",
                "capacityReservationPreference",
                Kind::Word(&["capacity-reservations-only", "open", "none"]),
            ),
            field(
                "CapacityReservationTarget",
                "capacityReservationTarget",
                Kind::Fields(&[
                    field("CapacityReservationId", "capacityReservationId", Kind::Text),
                    field("CapacityReservationResourceGroupArn", "capacityReservationResourceGroupArn", Kind::Text),
                ]),
            ),
        ]),
    ),
    field(
        "LicenseSpecification",
        "licenseSet",
        Kind::Items("item", &Kind::Fields(&[field("LicenseConfigurationArn", "licenseConfigurationArn", Kind::Text)])),
    ),
    field("HibernationOptions", "hibernationOptions", Kind::Fields(&[field("Configured", "configured", Kind::Flag)])),
    field(
        "MetadataOptions",
        "metadataOptions",
        Kind::Fields(&[
            field("HttpTokens", "httpTokens", Kind::Word(&["optional", "required"])),
            field("HttpPutResponseHopLimit", "httpPutResponseHopLimit", Kind::Whole),
            field("HttpEndpoint", "httpEndpoint", Kind::Word(&["disabled", "enabled"])),
            field("HttpProtocolIpv6", "httpProtocolIpv6", Kind::Word(&["disabled", "enabled"])),
            field("InstanceMetadataTags", "instanceMetadataTags", Kind::Word(&["disabled", "enabled"])),
        ]),
    ),
    field("EnclaveOptions", "enclaveOptions", Kind::Fields(&[field("Enabled", "enabled", Kind::Flag)])),
    field(
        "InstanceRequirements",
        "instanceRequirements",
        Kind::Fields(&[
            field(
                "VCpuCount",
                "vCpuCount",
                Kind::Fields(&[field("Min", "min", Kind::Whole), field("Max", "max", Kind::Whole)]),
            ),
            field(
                "MemoryMiB",
                "memoryMiB",
                Kind::Fields(&[field("Min", "min", Kind::Whole), field("Max", "max", Kind::Whole)]),
            ),
            field(
                "CpuManufacturer",
                "cpuManufacturerSet",
                Kind::Items("item", &Kind::Word(&["intel", "amd", "amazon-web-services", "apple"])),
            ),
            field(
                "MemoryGiBPerVCpu",
                "memoryGiBPerVCpu",
                Kind::Fields(&[field("Min", "min", Kind::Text), field("Max", "max", Kind::Text)]),
            ),
            field("ExcludedInstanceType", "excludedInstanceTypeSet", Kind::Items("item", &Kind::Text)),
            field(
                "InstanceGeneration",
                "instanceGenerationSet",
                Kind::Items("item", &Kind::Word(&["current", "previous"])),
            ),
            field("SpotMaxPricePercentageOverLowestPrice", "spotMaxPricePercentageOverLowestPrice", Kind::Whole),
            field(
                "OnDemandMaxPricePercentageOverLowestPrice",
                "onDemandMaxPricePercentageOverLowestPrice",
                Kind::Whole,
            ),
            field("BareMetal", "bareMetal", Kind::Word(&["included", "required", "excluded"])),
            field("BurstablePerformance", "burstablePerformance", Kind::Word(&["included", "required", "excluded"])),
            field("RequireHibernateSupport", "requireHibernateSupport", Kind::Flag),
            field(
                "NetworkInterfaceCount",
                "networkInterfaceCount",
                Kind::Fields(&[field("Min", "min", Kind::Whole), field("Max", "max", Kind::Whole)]),
            ),
            field("LocalStorage", "localStorage", Kind::Word(&["included", "required", "excluded"])),
            field("LocalStorageType", "localStorageTypeSet", Kind::Items("item", &Kind::Word(&["hdd", "ssd"]))),
            field(
                "TotalLocalStorageGB",
                "totalLocalStorageGB",
                Kind::Fields(&[field("Min", "min", Kind::Text), field("Max", "max", Kind::Text)]),
            ),
            field(
                "BaselineEbsBandwidthMbps",
                "baselineEbsBandwidthMbps",
                Kind::Fields(&[field("Min", "min", Kind::Whole), field("Max", "max", Kind::Whole)]),
            ),
            field(
                "AcceleratorType",
                "acceleratorTypeSet",
                Kind::Items("item", &Kind::Word(&["gpu", "fpga", "inference", "media"])),
            ),
            field(
                "AcceleratorCount",
                "acceleratorCount",
                Kind::Fields(&[field("Min", "min", Kind::Whole), field("Max", "max", Kind::Whole)]),
            ),
            field(
                "AcceleratorManufacturer",
                "acceleratorManufacturerSet",
                Kind::Items("item", &Kind::Word(&["amazon-web-services", "amd", "nvidia", "xilinx", "habana"])),
            ),
            field("AcceleratorName", "acceleratorNameSet", Kind::Items("item", &Kind::Text)),
            field(
                "AcceleratorTotalMemoryMiB",
                "acceleratorTotalMemoryMiB",
                Kind::Fields(&[field("Min", "min", Kind::Whole), field("Max", "max", Kind::Whole)]),
            ),
            field(
                "NetworkBandwidthGbps",
                "networkBandwidthGbps",
                Kind::Fields(&[field("Min", "min", Kind::Text), field("Max", "max", Kind::Text)]),
            ),
            field("AllowedInstanceType", "allowedInstanceTypeSet", Kind::Items("item", &Kind::Text)),
            field(
                "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
                "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
                Kind::Whole,
            ),
            field(
                "BaselinePerformanceFactors",
                "baselinePerformanceFactors",
                Kind::Fields(&[field(
                    "Cpu",
                    "cpu",
                    Kind::Fields(&[field(
                        "Reference",
                        "referenceSet",
                        Kind::Items("item", &Kind::Fields(&[field("InstanceFamily", "instanceFamily", Kind::Text)])),
                    )]),
                )]),
            ),
            field("RequireEncryptionInTransit", "requireEncryptionInTransit", Kind::Flag),
        ]),
    ),
    field(
        "PrivateDnsNameOptions",
        "privateDnsNameOptions",
        Kind::Fields(&[
            field("HostnameType", "hostnameType", Kind::Word(&["ip-name", "resource-name"])),
            field("EnableResourceNameDnsARecord", "enableResourceNameDnsARecord", Kind::Flag),
            field("EnableResourceNameDnsAAAARecord", "enableResourceNameDnsAAAARecord", Kind::Flag),
        ]),
    ),
    field(
        "MaintenanceOptions",
        "maintenanceOptions",
        Kind::Fields(&[field("AutoRecovery", "autoRecovery", Kind::Word(&["default", "disabled"]))]),
    ),
    field("DisableApiStop", "disableApiStop", Kind::Flag),
    field(
        "NetworkPerformanceOptions",
        "networkPerformanceOptions",
        Kind::Fields(&[field("BandwidthWeighting", "bandwidthWeighting", Kind::Word(&["default", "vpc-1", "ebs-1"]))]),
    ),
];
