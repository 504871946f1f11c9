//! `DescribeLaunchTemplateVersions`: each version with what rows are made of.

use fleet::Time;

use super::instances::{Device, MetadataOptions, devices, metadata};
use super::tags::{Tag, tags};
use super::xml::{Malformed, Text, Xml};
use super::{Listing, Page};

/// `ec2:DescribeLaunchTemplateVersions`.
pub struct TemplateVersions;

/// `LaunchTemplateVersion`. A field that AWS left out is `None`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TemplateVersion<'a> {
    /// `LaunchTemplateId`.
    pub template: Option<Text<'a>>,
    /// `VersionNumber`.
    pub number: Option<i64>,
    /// `VersionDescription`.
    pub description: Option<Text<'a>>,
    /// `CreateTime`.
    pub created: Option<Time>,
    /// `CreatedBy`.
    pub created_by: Option<Text<'a>>,
    /// `LaunchTemplateData`.
    pub data: Option<TemplateData<'a>>,
}

/// `LaunchTemplateData`. What a version does not set is `None` or empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TemplateData<'a> {
    /// `ImageId`.
    pub image: Option<Text<'a>>,
    /// `InstanceType`.
    pub instance_type: Option<Text<'a>>,
    /// `KeyName`.
    pub key_name: Option<Text<'a>>,
    /// `IamInstanceProfile.Arn`.
    pub profile_arn: Option<Text<'a>>,
    /// `IamInstanceProfile.Name`.
    pub profile_name: Option<Text<'a>>,
    /// `MetadataOptions`.
    pub metadata: MetadataOptions<'a>,
    /// `SecurityGroupIds[]`.
    pub security_group_ids: Vec<Text<'a>>,
    /// `SecurityGroups[]`: names.
    pub security_groups: Vec<Text<'a>>,
    /// `NetworkInterfaces[]`: their security groups.
    pub interfaces: Vec<TemplateInterface<'a>>,
    /// `BlockDeviceMappings[]`.
    pub devices: Vec<Device<'a>>,
    /// `EbsOptimized`.
    pub ebs_optimized: Option<bool>,
    /// `Monitoring.Enabled`.
    pub monitoring: Option<bool>,
    /// Base64.
    pub user_data: Option<Text<'a>>,
    /// `TagSpecifications[]`.
    pub tags: Vec<TagSpecification<'a>>,
}

/// `NetworkInterfaces[]` of a template version.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TemplateInterface<'a> {
    /// `DeviceIndex`.
    pub device_index: Option<i32>,
    /// `Groups[]`.
    pub groups: Vec<Text<'a>>,
}

/// `TagSpecifications[]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TagSpecification<'a> {
    /// `ResourceType`.
    pub resource_type: Option<Text<'a>>,
    /// `Tags[]`.
    pub tags: Vec<Tag<'a>>,
}

impl Listing for TemplateVersions {
    const ROOT: &'static str = "DescribeLaunchTemplateVersionsResponse";
    const EMPTY: &'static str = "<DescribeLaunchTemplateVersionsResponse/>";
    type Item<'a> = TemplateVersion<'a>;

    fn read<'a>(xml: &mut Xml<'a>) -> Result<Page<TemplateVersion<'a>>, Malformed> {
        let mut page = Page::default();
        xml.children(|xml, name| match name {
            b"launchTemplateVersionSet" => xml.items(b"item", |xml| {
                page.items.push(version(xml)?);
                Ok(())
            }),
            b"nextToken" => page.token(xml),
            _ => xml.skip(),
        })?;
        Ok(page)
    }
}

fn version<'a>(xml: &mut Xml<'a>) -> Result<TemplateVersion<'a>, Malformed> {
    let mut row = TemplateVersion::default();
    xml.children(|xml, name| {
        match name {
            b"launchTemplateId" => row.template = Some(xml.text()?),
            b"versionNumber" => row.number = Some(xml.value("number")?),
            b"versionDescription" => row.description = Some(xml.text()?),
            b"createTime" => row.created = xml.time()?,
            b"createdBy" => row.created_by = Some(xml.text()?),
            b"launchTemplateData" => row.data = Some(data(xml)?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn data<'a>(xml: &mut Xml<'a>) -> Result<TemplateData<'a>, Malformed> {
    let mut row = TemplateData::default();
    xml.children(|xml, name| {
        match name {
            b"imageId" => row.image = Some(xml.text()?),
            b"instanceType" => row.instance_type = Some(xml.text()?),
            b"keyName" => row.key_name = Some(xml.text()?),
            b"iamInstanceProfile" => {
                (row.profile_arn, row.profile_name) = (None, None);
                xml.children(|xml, name| {
                    match name {
                        b"arn" => row.profile_arn = Some(xml.text()?),
                        b"name" => row.profile_name = Some(xml.text()?),
                        _ => xml.skip()?,
                    }
                    Ok(())
                })?;
            }
            b"metadataOptions" => row.metadata = metadata(xml)?,
            b"securityGroupIdSet" => row.security_group_ids = xml.texts(b"item")?,
            b"securityGroupSet" => row.security_groups = xml.texts(b"item")?,
            b"networkInterfaceSet" => {
                row.interfaces.clear();
                xml.items(b"item", |xml| {
                    row.interfaces.push(interface(xml)?);
                    Ok(())
                })?;
            }
            b"blockDeviceMappingSet" => row.devices = devices(xml)?,
            b"ebsOptimized" => row.ebs_optimized = Some(xml.value("boolean")?),
            b"monitoring" => {
                row.monitoring = None;
                xml.items(b"enabled", |xml| {
                    row.monitoring = Some(xml.value("boolean")?);
                    Ok(())
                })?;
            }
            b"userData" => row.user_data = Some(xml.text()?),
            b"tagSpecificationSet" => {
                row.tags.clear();
                xml.items(b"item", |xml| {
                    row.tags.push(tag_specification(xml)?);
                    Ok(())
                })?;
            }
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn interface<'a>(xml: &mut Xml<'a>) -> Result<TemplateInterface<'a>, Malformed> {
    let mut row = TemplateInterface::default();
    xml.children(|xml, name| {
        match name {
            b"deviceIndex" => row.device_index = Some(xml.value("number")?),
            b"groupSet" => row.groups = xml.texts(b"groupId")?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn tag_specification<'a>(xml: &mut Xml<'a>) -> Result<TagSpecification<'a>, Malformed> {
    let mut row = TagSpecification::default();
    xml.children(|xml, name| {
        match name {
            b"resourceType" => row.resource_type = Some(xml.text()?),
            b"tagSet" => row.tags = tags(xml)?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}
