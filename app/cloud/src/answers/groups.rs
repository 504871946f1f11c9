//! `DescribeAutoScalingGroups`: each group with what rows are made of.

use fleet::Time;

use super::tags::Tag;
use super::xml::{Malformed, Text, Xml};
use super::{Listing, Page};

/// `autoscaling:DescribeAutoScalingGroups`.
pub struct Groups;

/// `AutoScalingGroup`. A field that AWS left out is `None` or empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Group<'a> {
    /// `AutoScalingGroupName`.
    pub name: Option<Text<'a>>,
    /// `AutoScalingGroupARN`.
    pub arn: Option<Text<'a>>,
    /// `LaunchTemplate`.
    pub launch_template: Option<TemplateSpecification<'a>>,
    /// `LaunchConfigurationName`.
    pub launch_configuration: Option<Text<'a>>,
    /// `MixedInstancesPolicy.LaunchTemplate`.
    pub mixed: Option<Mixed<'a>>,
    /// `DesiredCapacity`.
    pub desired: Option<i32>,
    /// `MinSize`.
    pub min: Option<i32>,
    /// `MaxSize`.
    pub max: Option<i32>,
    /// `MaxInstanceLifetime` in seconds.
    pub max_instance_lifetime_s: Option<i32>,
    /// `InstanceMaintenancePolicy.MinHealthyPercentage`; AWS gives -1 for a bound that is not set.
    pub min_healthy_percent: Option<i32>,
    /// `InstanceMaintenancePolicy.MaxHealthyPercentage`, likewise.
    pub max_healthy_percent: Option<i32>,
    /// `DefaultInstanceWarmup` in seconds; AWS gives -1 for one that was taken away.
    pub warm_up_s: Option<i32>,
    /// `HealthCheckGracePeriod` in seconds.
    pub grace_s: Option<i32>,
    /// `SuspendedProcesses[].ProcessName`.
    pub suspended: Vec<Text<'a>>,
    /// Whether it has a `WarmPoolConfiguration`.
    pub has_warm_pool: bool,
    /// `Instances[]`.
    pub members: Vec<Member<'a>>,
    /// `Operator.Principal`.
    pub operator: Option<Text<'a>>,
    /// `CreatedTime`.
    pub created: Option<Time>,
    /// `Tags[]`.
    pub tags: Vec<Tag<'a>>,
}

/// `LaunchTemplateSpecification`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TemplateSpecification<'a> {
    /// `LaunchTemplateId`.
    pub id: Option<Text<'a>>,
    /// `LaunchTemplateName`.
    pub name: Option<Text<'a>>,
    /// `Version`.
    pub version: Option<Text<'a>>,
}

/// `MixedInstancesPolicy.LaunchTemplate`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Mixed<'a> {
    /// `LaunchTemplateSpecification`.
    pub specification: Option<TemplateSpecification<'a>>,
    /// `Overrides[]`.
    pub overrides: Vec<Override<'a>>,
}

/// `MixedInstancesPolicy.LaunchTemplate.Overrides[]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Override<'a> {
    /// `InstanceType`.
    pub instance_type: Option<Text<'a>>,
    /// `WeightedCapacity`: a number as text.
    pub weight: Option<Text<'a>>,
    /// `LaunchTemplateSpecification`.
    pub specification: Option<TemplateSpecification<'a>>,
    /// `ImageId`.
    pub image: Option<Text<'a>>,
}

/// `Instances[]`, of a group or of a warm pool.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Member<'a> {
    /// `InstanceId`.
    pub server: Option<Text<'a>>,
    /// `LifecycleState`.
    pub lifecycle: Option<Text<'a>>,
    /// `HealthStatus`.
    pub health: Option<Text<'a>>,
    /// `LaunchConfigurationName`.
    pub launch_configuration: Option<Text<'a>>,
    /// `LaunchTemplate`.
    pub launch_template: Option<TemplateSpecification<'a>>,
    /// `ImageId`.
    pub image: Option<Text<'a>>,
    /// `ProtectedFromScaleIn`.
    pub protected: Option<bool>,
    /// `WeightedCapacity`: a number as text.
    pub weight: Option<Text<'a>>,
}

impl Listing for Groups {
    const ROOT: &'static str = "DescribeAutoScalingGroupsResponse";
    const EMPTY: &'static str =
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult/></DescribeAutoScalingGroupsResponse>";
    type Item<'a> = Group<'a>;

    fn read<'a>(xml: &mut Xml<'a>) -> Result<Page<Group<'a>>, Malformed> {
        let mut page = Page::default();
        xml.items(b"DescribeAutoScalingGroupsResult", |xml| {
            xml.children(|xml, name| match name {
                b"AutoScalingGroups" => xml.items(b"member", |xml| {
                    page.items.push(group(xml)?);
                    Ok(())
                }),
                b"NextToken" => page.token(xml),
                _ => xml.skip(),
            })
        })?;
        Ok(page)
    }
}

fn group<'a>(xml: &mut Xml<'a>) -> Result<Group<'a>, Malformed> {
    let mut row = Group::default();
    xml.children(|xml, name| {
        match name {
            b"AutoScalingGroupName" => row.name = Some(xml.text()?),
            b"AutoScalingGroupARN" => row.arn = Some(xml.text()?),
            b"LaunchTemplate" => row.launch_template = Some(specification(xml)?),
            b"LaunchConfigurationName" => row.launch_configuration = Some(xml.text()?),
            b"MixedInstancesPolicy" => {
                row.mixed = None;
                xml.items(b"LaunchTemplate", |xml| {
                    row.mixed = Some(mixed(xml)?);
                    Ok(())
                })?;
            }
            b"DesiredCapacity" => row.desired = Some(xml.value("number")?),
            b"MinSize" => row.min = Some(xml.value("number")?),
            b"MaxSize" => row.max = Some(xml.value("number")?),
            b"MaxInstanceLifetime" => row.max_instance_lifetime_s = Some(xml.value("number")?),
            b"InstanceMaintenancePolicy" => {
                (row.min_healthy_percent, row.max_healthy_percent) = (None, None);
                xml.children(|xml, name| {
                    match name {
                        b"MinHealthyPercentage" => row.min_healthy_percent = Some(xml.value("number")?),
                        b"MaxHealthyPercentage" => row.max_healthy_percent = Some(xml.value("number")?),
                        _ => xml.skip()?,
                    }
                    Ok(())
                })?;
            }
            b"DefaultInstanceWarmup" => row.warm_up_s = Some(xml.value("number")?),
            b"HealthCheckGracePeriod" => row.grace_s = Some(xml.value("number")?),
            b"SuspendedProcesses" => {
                row.suspended.clear();
                xml.items(b"member", |xml| {
                    row.suspended.extend(xml.only(b"ProcessName")?);
                    Ok(())
                })?;
            }
            b"WarmPoolConfiguration" => {
                row.has_warm_pool = true;
                xml.skip()?;
            }
            b"Instances" => {
                row.members.clear();
                xml.items(b"member", |xml| {
                    row.members.push(member(xml)?);
                    Ok(())
                })?;
            }
            b"Operator" => row.operator = xml.only(b"Principal")?,
            b"CreatedTime" => row.created = xml.time()?,
            b"Tags" => row.tags = tags(xml)?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn specification<'a>(xml: &mut Xml<'a>) -> Result<TemplateSpecification<'a>, Malformed> {
    let mut row = TemplateSpecification::default();
    xml.children(|xml, name| {
        match name {
            b"LaunchTemplateId" => row.id = Some(xml.text()?),
            b"LaunchTemplateName" => row.name = Some(xml.text()?),
            b"Version" => row.version = Some(xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn mixed<'a>(xml: &mut Xml<'a>) -> Result<Mixed<'a>, Malformed> {
    let mut row = Mixed::default();
    xml.children(|xml, name| {
        match name {
            b"LaunchTemplateSpecification" => row.specification = Some(specification(xml)?),
            b"Overrides" => {
                row.overrides.clear();
                xml.items(b"member", |xml| {
                    row.overrides.push(overriding(xml)?);
                    Ok(())
                })?;
            }
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn overriding<'a>(xml: &mut Xml<'a>) -> Result<Override<'a>, Malformed> {
    let mut row = Override::default();
    xml.children(|xml, name| {
        match name {
            b"InstanceType" => row.instance_type = Some(xml.text()?),
            b"WeightedCapacity" => row.weight = Some(xml.text()?),
            b"LaunchTemplateSpecification" => row.specification = Some(specification(xml)?),
            b"ImageId" => row.image = Some(xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

fn member<'a>(xml: &mut Xml<'a>) -> Result<Member<'a>, Malformed> {
    let mut row = Member::default();
    xml.children(|xml, name| {
        match name {
            b"InstanceId" => row.server = Some(xml.text()?),
            b"LifecycleState" => row.lifecycle = Some(xml.text()?),
            b"HealthStatus" => row.health = Some(xml.text()?),
            b"LaunchConfigurationName" => row.launch_configuration = Some(xml.text()?),
            b"LaunchTemplate" => row.launch_template = Some(specification(xml)?),
            b"ImageId" => row.image = Some(xml.text()?),
            b"ProtectedFromScaleIn" => row.protected = Some(xml.value("boolean")?),
            b"WeightedCapacity" => row.weight = Some(xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}

/// `Tags`, which Auto Scaling writes in its own way.
fn tags<'a>(xml: &mut Xml<'a>) -> Result<Vec<Tag<'a>>, Malformed> {
    let mut tags = Vec::new();
    xml.items(b"member", |xml| {
        let mut tag = Tag::default();
        xml.children(|xml, name| {
            match name {
                b"Key" => tag.key = Some(xml.text()?),
                b"Value" => tag.value = Some(xml.text()?),
                _ => xml.skip()?,
            }
            Ok(())
        })?;
        tags.push(tag);
        Ok(())
    })?;
    Ok(tags)
}
