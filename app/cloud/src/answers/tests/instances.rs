//! `DescribeInstances`.

use aws_sdk_ec2::types;
use fleet::Time;

use super::super::instances::{Attachment, Device, Ebs, Instance, Instances, Interface, MetadataOptions};
use super::super::{Page, read};
use super::sdk::{self, some};

fn time(time: Option<&aws_smithy_types::DateTime>) -> Option<Time> {
    Time::from_epoch_s(time?.secs())
}

fn interface(interface: &types::InstanceNetworkInterface) -> Interface<'_> {
    let public_ips = interface.private_ip_addresses().iter().filter_map(|one| one.association()?.public_ip());
    Interface {
        private_ip_address: some(interface.private_ip_address()),
        public_ips: public_ips.map(Into::into).collect(),
        ipv6: interface.ipv6_addresses().iter().filter_map(|one| some(one.ipv6_address())).collect(),
        public_dns_name: some(interface.association().and_then(|one| one.public_dns_name())),
        attachment: interface.attachment().map(|one| Attachment {
            device_index: one.device_index(),
            network_card_index: one.network_card_index(),
            attached: time(one.attach_time()),
        }),
    }
}

fn device(device: &types::InstanceBlockDeviceMapping) -> Device<'_> {
    Device {
        name: some(device.device_name()),
        ebs: device.ebs().map(|ebs| Ebs {
            volume: some(ebs.volume_id()),
            attached: time(ebs.attach_time()),
            delete_on_termination: ebs.delete_on_termination(),
        }),
    }
}

fn instance(row: &types::Instance) -> Instance<'_> {
    let metadata = row.metadata_options();
    Instance {
        id: some(row.instance_id()),
        state: some(row.state().and_then(|state| state.name()).map(types::InstanceStateName::as_str)),
        zone: some(row.placement().and_then(|placement| placement.availability_zone())),
        instance_type: some(row.instance_type().map(types::InstanceType::as_str)),
        image: some(row.image_id()),
        launched: time(row.launch_time()),
        root_device_name: some(row.root_device_name()),
        private_ip_address: some(row.private_ip_address()),
        public_ip_address: some(row.public_ip_address()),
        private_dns_name: some(row.private_dns_name()),
        public_dns_name: some(row.public_dns_name()),
        key_name: some(row.key_name()),
        profile: some(row.iam_instance_profile().and_then(|profile| profile.arn())),
        operator: some(row.operator().and_then(|operator| operator.principal())),
        spot_request: some(row.spot_instance_request_id()),
        monitoring: some(row.monitoring().and_then(|one| one.state()).map(types::MonitoringState::as_str)),
        ebs_optimized: row.ebs_optimized(),
        metadata: MetadataOptions {
            tokens: some(metadata.and_then(|one| one.http_tokens()).map(types::HttpTokensState::as_str)),
            hop_limit: metadata.and_then(types::InstanceMetadataOptionsResponse::http_put_response_hop_limit),
            endpoint: some(
                metadata.and_then(|one| one.http_endpoint()).map(types::InstanceMetadataEndpointState::as_str),
            ),
            tags: some(
                metadata.and_then(|one| one.instance_metadata_tags()).map(types::InstanceMetadataTagsState::as_str),
            ),
        },
        security_groups: row.security_groups().iter().filter_map(|group| some(group.group_id())).collect(),
        devices: row.block_device_mappings().iter().map(device).collect(),
        interfaces: row.network_interfaces().iter().map(interface).collect(),
        tags: sdk::tags(row.tags()),
    }
}

/// Whether both read the same, and how much that was; none where one of them refuses the answer.
pub(super) fn compared(bytes: &[u8]) -> Option<usize> {
    if !sdk::reads_to_the_end(bytes) {
        return None;
    }
    let ours: Page<Instance<'_>> = read::<Instances>(bytes).ok()?;
    let theirs = sdk::wait(sdk::ec2(bytes).describe_instances().send()).ok()?;
    let listed: Vec<Instance<'_>> =
        theirs.reservations().iter().flat_map(types::Reservation::instances).map(instance).collect();
    assert_eq!(ours.items, listed);
    assert_eq!(ours.next_token.as_deref(), theirs.next_token());
    Some(listed.len())
}

/// A server with every field that rows are made of, texts that need escaping, and fields of tomorrow.
pub(super) const WHOLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>8f7724cf-496f-496e-8fe3-example</requestId>
  <reservationSet>
    <item>
      <reservationId>r-1</reservationId><groupSet/>
      <instancesSet>
        <item>
          <instanceId>i-0a</instanceId><imageId>ami-1</imageId>
          <instanceState><code>16</code><name>running</name></instanceState>
          <privateDnsName>ip-10-0-0-1.ec2.internal</privateDnsName><dnsName>ec2-1.amazonaws.com</dnsName>
          <keyName>a &amp; b</keyName><instanceType>m7g.large</instanceType>
          <launchTime>2026-05-01T10:00:00.000Z</launchTime>
          <placement><availabilityZone>eu-west-1a</availabilityZone><tenancy>default</tenancy></placement>
          <monitoring><state>enabled</state></monitoring>
          <privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>3.3.3.3</ipAddress>
          <groupSet><item><groupId>sg-2</groupId><groupName>web</groupName></item><item><groupId>sg-1</groupId></item></groupSet>
          <rootDeviceName>/dev/xvda</rootDeviceName>
          <blockDeviceMapping>
            <item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId><status>attached</status>
              <attachTime>2026-05-01T10:00:01Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item>
            <item><deviceName>/dev/sdf</deviceName></item>
          </blockDeviceMapping>
          <spotInstanceRequestId>sir-1</spotInstanceRequestId>
          <tagSet>
            <item><key>Name</key><value>&lt;b&gt; &#x1F525; "x"</value></item>
            <item><key>empty</key><value/></item><item><key>none</key></item>
            <item><key>aws:autoscaling:groupName</key><value>web</value></item>
          </tagSet>
          <networkInterfaceSet>
            <item><networkInterfaceId>eni-1</networkInterfaceId><privateIpAddress>10.0.0.1</privateIpAddress>
              <attachment><attachTime>2026-05-01T10:00:00Z</attachTime><deviceIndex>0</deviceIndex>
                <networkCardIndex>0</networkCardIndex></attachment>
              <association><publicIp>3.3.3.3</publicIp><publicDnsName>ec2-1.amazonaws.com</publicDnsName></association>
              <privateIpAddressesSet><item><privateIpAddress>10.0.0.1</privateIpAddress>
                <association><publicIp>3.3.3.3</publicIp></association></item><item/></privateIpAddressesSet>
              <ipv6AddressesSet><item><ipv6Address>::1</ipv6Address></item></ipv6AddressesSet>
            </item>
          </networkInterfaceSet>
          <iamInstanceProfile><arn>arn:aws:iam::1:instance-profile/web</arn><id>AIPA</id></iamInstanceProfile>
          <ebsOptimized>false</ebsOptimized>
          <metadataOptions><state>applied</state><httpTokens>required</httpTokens>
            <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint>
            <instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions>
          <operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>
          <ofTomorrow><instanceId>i-no</instanceId></ofTomorrow>
        </item>
        <item/>
      </instancesSet>
    </item>
  </reservationSet>
  <nextToken>abc&amp;d</nextToken>
</DescribeInstancesResponse>
"#;

#[test]
fn every_field_is_read_as_the_sdk_reads_it() {
    assert_eq!(compared(WHOLE.as_bytes()), Some(2));
    let page = read::<Instances>(WHOLE.as_bytes()).unwrap();
    let whole = &page.items[0];
    assert_eq!(whole.tag("Name"), Some("<b> \u{1f525} \"x\""));
    assert_eq!((whole.tag("empty"), whole.tag("none")), (Some(""), None));
    let nothing = Instance::default();
    let Instance { launched, root_device_name, profile, operator, spot_request, .. } = &nothing;
    assert_ne!((&whole.launched, &whole.root_device_name), (launched, root_device_name));
    assert_ne!((&whole.profile, &whole.operator, &whole.spot_request), (profile, operator, spot_request));
    assert_eq!(page.items[1], nothing);
    assert_eq!(page.next_token.as_deref(), Some("abc&d"));
}

#[test]
fn what_the_sandbox_says_is_read_as_the_sdk_reads_it() {
    for (scenario, least) in [("", 380), ("generated:3000:7", 3_000)] {
        let pages = sdk::answers(scenario, "DescribeInstances", "ec2", "&IncludeManagedResources=true&MaxResults=1000");
        let read: usize = pages.iter().map(|page| compared(page).unwrap()).sum();
        assert!(read >= least, "{read} servers of {scenario}");
    }
}
