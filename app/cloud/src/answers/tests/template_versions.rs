//! `DescribeLaunchTemplateVersions`.

use aws_sdk_ec2::types;
use fleet::Time;

use super::super::instances::{Device, Ebs, MetadataOptions};
use super::super::template_versions::{
    TagSpecification, TemplateData, TemplateInterface, TemplateVersion, TemplateVersions,
};
use super::super::{Page, read};
use super::sdk::{self, some};

fn data(row: &types::ResponseLaunchTemplateData) -> TemplateData<'_> {
    let profile = row.iam_instance_profile();
    let metadata = row.metadata_options();
    TemplateData {
        image: some(row.image_id()),
        instance_type: some(row.instance_type().map(types::InstanceType::as_str)),
        key_name: some(row.key_name()),
        profile_arn: some(profile.and_then(|profile| profile.arn())),
        profile_name: some(profile.and_then(|profile| profile.name())),
        metadata: MetadataOptions {
            tokens: some(metadata.and_then(|one| one.http_tokens()).map(types::LaunchTemplateHttpTokensState::as_str)),
            hop_limit: metadata.and_then(types::LaunchTemplateInstanceMetadataOptions::http_put_response_hop_limit),
            endpoint: some(
                metadata
                    .and_then(|one| one.http_endpoint())
                    .map(types::LaunchTemplateInstanceMetadataEndpointState::as_str),
            ),
            tags: some(
                metadata
                    .and_then(|one| one.instance_metadata_tags())
                    .map(types::LaunchTemplateInstanceMetadataTagsState::as_str),
            ),
        },
        security_group_ids: row.security_group_ids().iter().map(|group| group.as_str().into()).collect(),
        security_groups: row.security_groups().iter().map(|group| group.as_str().into()).collect(),
        interfaces: row
            .network_interfaces()
            .iter()
            .map(|one| TemplateInterface {
                device_index: one.device_index(),
                groups: one.groups().iter().map(|group| group.as_str().into()).collect(),
            })
            .collect(),
        devices: row
            .block_device_mappings()
            .iter()
            .map(|device| Device {
                name: some(device.device_name()),
                ebs: device.ebs().map(|ebs| Ebs {
                    volume: None,
                    attached: None,
                    delete_on_termination: ebs.delete_on_termination(),
                }),
            })
            .collect(),
        ebs_optimized: row.ebs_optimized(),
        monitoring: row.monitoring().and_then(types::LaunchTemplatesMonitoring::enabled),
        user_data: some(row.user_data()),
        tags: row
            .tag_specifications()
            .iter()
            .map(|one| TagSpecification {
                resource_type: some(one.resource_type().map(types::ResourceType::as_str)),
                tags: sdk::tags(one.tags()),
            })
            .collect(),
    }
}

fn version(row: &types::LaunchTemplateVersion) -> TemplateVersion<'_> {
    TemplateVersion {
        template: some(row.launch_template_id()),
        number: row.version_number(),
        description: some(row.version_description()),
        created: row.create_time().and_then(|at| Time::from_epoch_s(at.secs())),
        created_by: some(row.created_by()),
        data: row.launch_template_data().map(data),
    }
}

/// Whether both read the same, and how much that was; none where one of them refuses the answer.
pub(super) fn compared(bytes: &[u8]) -> Option<usize> {
    if !sdk::reads_to_the_end(bytes) {
        return None;
    }
    let ours: Page<TemplateVersion<'_>> = read::<TemplateVersions>(bytes).ok()?;
    let theirs = sdk::wait(sdk::ec2(bytes).describe_launch_template_versions().send()).ok()?;
    let listed: Vec<TemplateVersion<'_>> = theirs.launch_template_versions().iter().map(version).collect();
    assert_eq!(ours.items, listed);
    assert_eq!(ours.next_token.as_deref(), theirs.next_token());
    Some(listed.len())
}

/// A version with every field that rows are made of.
pub(super) const WHOLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeLaunchTemplateVersionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>65cadec1-b364-4354-8ca8-example</requestId>
  <launchTemplateVersionSet>
    <item>
      <launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web</launchTemplateName>
      <versionNumber>12</versionNumber><versionDescription>a &amp; b</versionDescription>
      <createTime>2026-05-01T10:00:00.000Z</createTime><createdBy>arn:aws:iam::1:user/ann</createdBy>
      <defaultVersion>true</defaultVersion>
      <launchTemplateData>
        <imageId>resolve:ssm:/golden</imageId><instanceType>m7g.large</instanceType><keyName>ops</keyName>
        <ebsOptimized>true</ebsOptimized><monitoring><enabled>true</enabled></monitoring>
        <iamInstanceProfile><arn>arn:aws:iam::1:instance-profile/web</arn><name>web</name></iamInstanceProfile>
        <securityGroupIdSet><item>sg-1</item><item>sg-2</item></securityGroupIdSet>
        <securityGroupSet><item>default</item></securityGroupSet>
        <networkInterfaceSet>
          <item><deviceIndex>0</deviceIndex><groupSet><groupId>sg-3</groupId></groupSet></item><item/>
        </networkInterfaceSet>
        <blockDeviceMappingSet>
          <item><deviceName>/dev/xvda</deviceName><ebs><volumeSize>8</volumeSize>
            <deleteOnTermination>true</deleteOnTermination></ebs></item>
          <item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item>
        </blockDeviceMappingSet>
        <metadataOptions><httpTokens>required</httpTokens><httpPutResponseHopLimit>1</httpPutResponseHopLimit>
          <httpEndpoint>enabled</httpEndpoint><instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions>
        <userData>IyEvYmluL3NoCg==</userData>
        <tagSpecificationSet>
          <item><resourceType>instance</resourceType><tagSet><item><key>team</key><value>web</value></item></tagSet>
          </item>
          <item><resourceType>volume</resourceType><tagSet><item><key>x</key></item></tagSet></item>
        </tagSpecificationSet>
      </launchTemplateData>
    </item>
    <item><launchTemplateId>lt-1</launchTemplateId><versionNumber>1</versionNumber><launchTemplateData/></item>
    <item/>
  </launchTemplateVersionSet>
  <nextToken>more</nextToken>
</DescribeLaunchTemplateVersionsResponse>
"#;

#[test]
fn every_field_is_read_as_the_sdk_reads_it() {
    assert_eq!(compared(WHOLE.as_bytes()), Some(3));
    let page = read::<TemplateVersions>(WHOLE.as_bytes()).unwrap();
    let whole = page.items[0].data.as_ref().unwrap();
    assert_eq!(whole.interfaces[0].groups, ["sg-3"]);
    assert_eq!((whole.security_group_ids.len(), whole.tags.len(), whole.devices.len()), (2, 2, 2));
    assert_eq!((whole.monitoring, whole.user_data.as_deref()), (Some(true), Some("IyEvYmluL3NoCg==")));
    assert_eq!(page.items[1].data, Some(TemplateData::default()));
}

#[test]
fn what_the_sandbox_says_is_read_as_the_sdk_reads_it() {
    let asked = "&LaunchTemplateVersion.1=$Latest&LaunchTemplateVersion.2=$Default&MaxResults=200";
    let pages = sdk::answers("", "DescribeLaunchTemplateVersions", "ec2", asked);
    let read: usize = pages.iter().map(|page| compared(page).unwrap()).sum();
    assert!(read >= 10, "{read} template versions");
}
