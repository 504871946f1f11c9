//! `DescribeInstances`: each server with what rows are made of.

use fleet::Time;

use super::tags::{Tag, tags};
use super::xml::{Malformed, Text, Xml};
use super::{Listing, Page};

/// `ec2:DescribeInstances`.
pub struct Instances;

/// `Instance`. A field that AWS left out is `None` or empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Instance<'a> {
    /// `InstanceId`.
    pub id: Option<Text<'a>>,
    /// `State.Name`.
    pub state: Option<Text<'a>>,
    /// `Placement.AvailabilityZone`.
    pub zone: Option<Text<'a>>,
    /// `InstanceType`.
    pub instance_type: Option<Text<'a>>,
    /// `ImageId`.
    pub image: Option<Text<'a>>,
    /// `LaunchTime`.
    pub launched: Option<Time>,
    /// `RootDeviceName`.
    pub root_device_name: Option<Text<'a>>,
    /// `PrivateIpAddress`.
    pub private_ip_address: Option<Text<'a>>,
    /// `PublicIpAddress`.
    pub public_ip_address: Option<Text<'a>>,
    /// `PrivateDnsName`.
    pub private_dns_name: Option<Text<'a>>,
    /// `PublicDnsName`.
    pub public_dns_name: Option<Text<'a>>,
    /// `KeyName`.
    pub key_name: Option<Text<'a>>,
    /// `IamInstanceProfile.Arn`.
    pub profile: Option<Text<'a>>,
    /// `Operator.Principal`.
    pub operator: Option<Text<'a>>,
    /// `SpotInstanceRequestId`.
    pub spot_request: Option<Text<'a>>,
    /// `Monitoring.State`.
    pub monitoring: Option<Text<'a>>,
    /// `EbsOptimized`.
    pub ebs_optimized: Option<bool>,
    /// `MetadataOptions`.
    pub metadata: MetadataOptions<'a>,
    /// `SecurityGroups[].GroupId`.
    pub security_groups: Vec<Text<'a>>,
    /// `BlockDeviceMappings[]`.
    pub devices: Vec<Device<'a>>,
    /// `NetworkInterfaces[]`.
    pub interfaces: Vec<Interface<'a>>,
    /// `Tags[]`.
    pub tags: Vec<Tag<'a>>,
}

/// `MetadataOptions`, of a server or of a template version.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MetadataOptions<'a> {
    /// `HttpTokens`.
    pub tokens: Option<Text<'a>>,
    /// `HttpPutResponseHopLimit`.
    pub hop_limit: Option<i32>,
    /// `HttpEndpoint`.
    pub endpoint: Option<Text<'a>>,
    /// `InstanceMetadataTags`.
    pub tags: Option<Text<'a>>,
}

/// `BlockDeviceMappings[]`, of a server or of a template version.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Device<'a> {
    /// `DeviceName`.
    pub name: Option<Text<'a>>,
    /// `Ebs`.
    pub ebs: Option<Ebs<'a>>,
}

/// `BlockDeviceMappings[].Ebs`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ebs<'a> {
    /// `VolumeId`.
    pub volume: Option<Text<'a>>,
    /// `AttachTime`.
    pub attached: Option<Time>,
    /// `DeleteOnTermination`.
    pub delete_on_termination: Option<bool>,
}

/// `NetworkInterfaces[]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Interface<'a> {
    /// `PrivateIpAddress`.
    pub private_ip_address: Option<Text<'a>>,
    /// `PrivateIpAddresses[].Association.PublicIp`.
    pub public_ips: Vec<Text<'a>>,
    /// `Ipv6Addresses[].Ipv6Address`.
    pub ipv6: Vec<Text<'a>>,
    /// `Association.PublicDnsName`.
    pub public_dns_name: Option<Text<'a>>,
    /// `Attachment`.
    pub attachment: Option<Attachment>,
}

/// `NetworkInterfaces[].Attachment`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Attachment {
    /// `DeviceIndex`.
    pub device_index: Option<i32>,
    /// `NetworkCardIndex`.
    pub network_card_index: Option<i32>,
    /// `AttachTime`.
    pub attached: Option<Time>,
}

impl Instance<'_> {
    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.key.as_deref() == Some(key))?.value.as_deref()
    }

    /// When the primary interface was attached: the first card's first. A single-card server leaves the card's index
    /// out.
    pub fn primary_attached(&self) -> Option<Time> {
        let mut attachments = self.interfaces.iter().filter_map(|interface| interface.attachment.as_ref());
        let primary =
            attachments.find(|one| one.device_index == Some(0) && one.network_card_index.unwrap_or(0) == 0)?;
        primary.attached
    }

    /// When the root volume was attached.
    pub fn root_attached(&self) -> Option<Time> {
        let root = self.root_device_name.as_ref()?;
        self.devices.iter().find(|device| device.name.as_ref() == Some(root))?.ebs.as_ref()?.attached
    }
}

impl Listing for Instances {
    const ROOT: &'static str = "DescribeInstancesResponse";
    const EMPTY: &'static str = "<DescribeInstancesResponse/>";
    type Item<'a> = Instance<'a>;

    fn read<'a>(xml: &mut Xml<'a>) -> Result<Page<Instance<'a>>, Malformed> {
        let mut page = Page::default();
        xml.children(|xml, name| match name {
            b"reservationSet" => xml.items(b"item", |xml| {
                xml.children(|xml, name| match name {
                    b"instancesSet" => xml.items(b"item", |xml| {
                        page.items.push(instance(xml)?);
                        Ok(())
                    }),
                    _ => xml.skip(),
                })
            }),
            b"nextToken" => page.token(xml),
            _ => xml.skip(),
        })?;
        Ok(page)
    }
}

fn instance<'a>(xml: &mut Xml<'a>) -> Result<Instance<'a>, Malformed> {
    let mut row = Instance::default();
    xml.children(|xml, name| {
        match name {
            b"instanceId" => row.id = Some(xml.text()?),
            b"instanceState" => row.state = xml.only(b"name")?,
            b"placement" => row.zone = xml.only(b"availabilityZone")?,
            b"instanceType" => row.instance_type = Some(xml.text()?),
            b"imageId" => row.image = Some(xml.text()?),
            b"launchTime" => row.launched = xml.time()?,
            b"rootDeviceName" => row.root_device_name = Some(xml.text()?),
            b"privateIpAddress" => row.private_ip_address = Some(xml.text()?),
            b"ipAddress" => row.public_ip_address = Some(xml.text()?),
            b"privateDnsName" => row.private_dns_name = Some(xml.text()?),
            b"dnsName" => row.public_dns_name = Some(xml.text()?),
            b"keyName" => row.key_name = Some(xml.text()?),
            b"iamInstanceProfile" => row.profile = xml.only(b"arn")?,
            b"operator" => row.operator = xml.only(b"principal")?,
            b"spotInstanceRequestId" => row.spot_request = Some(xml.text()?),
            b"monitoring" => row.monitoring = xml.only(b"state")?,
            b"ebsOptimized" => row.ebs_optimized = Some(xml.value("boolean")?),
            b"metadataOptions" => row.metadata = metadata(xml)?,
            b"groupSet" => {
                row.security_groups.clear();
                xml.items(b"item", |xml| {
                    row.security_groups.extend(xml.only(b"groupId")?);
                    Ok(())
                })?;
            }
            b"blockDeviceMapping" => row.devices = devices(xml)?,
            b"networkInterfaceSet" => {
                row.interfaces.clear();
                xml.items(b"item", |xml| {
                    row.interfaces.push(interface(xml)?);
                    Ok(())
                })?;
            }
            b"tagSet" => row.tags = tags(xml)?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

/// `MetadataOptions`, of a server or of a template version.
///
/// # Errors
/// [`Malformed`].
pub(super) fn metadata<'a>(xml: &mut Xml<'a>) -> Result<MetadataOptions<'a>, Malformed> {
    let mut row = MetadataOptions::default();
    xml.children(|xml, name| {
        match name {
            b"httpTokens" => row.tokens = Some(xml.text()?),
            b"httpPutResponseHopLimit" => row.hop_limit = Some(xml.value("number")?),
            b"httpEndpoint" => row.endpoint = Some(xml.text()?),
            b"instanceMetadataTags" => row.tags = Some(xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

/// `BlockDeviceMappings`, of a server or of a template version.
///
/// # Errors
/// [`Malformed`].
pub(super) fn devices<'a>(xml: &mut Xml<'a>) -> Result<Vec<Device<'a>>, Malformed> {
    let mut devices = Vec::new();
    xml.items(b"item", |xml| {
        devices.push(device(xml)?);
        Ok(())
    })?;
    Ok(devices)
}

fn device<'a>(xml: &mut Xml<'a>) -> Result<Device<'a>, Malformed> {
    let mut row = Device::default();
    xml.children(|xml, name| {
        match name {
            b"deviceName" => row.name = Some(xml.text()?),
            b"ebs" => {
                let mut ebs = Ebs::default();
                xml.children(|xml, name| {
                    match name {
                        b"volumeId" => ebs.volume = Some(xml.text()?),
                        b"attachTime" => ebs.attached = xml.time()?,
                        b"deleteOnTermination" => ebs.delete_on_termination = Some(xml.value("boolean")?),
                        _ => xml.skip()?,
                    }
                    Ok(())
                })?;
                row.ebs = Some(ebs);
            }
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn interface<'a>(xml: &mut Xml<'a>) -> Result<Interface<'a>, Malformed> {
    let mut row = Interface::default();
    xml.children(|xml, name| {
        match name {
            b"privateIpAddress" => row.private_ip_address = Some(xml.text()?),
            b"privateIpAddressesSet" => {
                row.public_ips.clear();
                xml.items(b"item", |xml| {
                    xml.children(|xml, name| match name {
                        b"association" => {
                            row.public_ips.extend(xml.only(b"publicIp")?);
                            Ok(())
                        }
                        _ => xml.skip(),
                    })
                })?;
            }
            b"ipv6AddressesSet" => {
                row.ipv6.clear();
                xml.items(b"item", |xml| {
                    row.ipv6.extend(xml.only(b"ipv6Address")?);
                    Ok(())
                })?;
            }
            b"association" => row.public_dns_name = xml.only(b"publicDnsName")?,
            b"attachment" => row.attachment = Some(attachment(xml)?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn attachment(xml: &mut Xml<'_>) -> Result<Attachment, Malformed> {
    let mut row = Attachment::default();
    xml.children(|xml, name| {
        match name {
            b"deviceIndex" => row.device_index = Some(xml.value("number")?),
            b"networkCardIndex" => row.network_card_index = Some(xml.value("number")?),
            b"attachTime" => row.attached = xml.time()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}
