//! Which element of the launch data becomes which part of a launch, and which refuses it.
#![expect(clippy::unwrap_used, reason = "a test")]

use super::*;

fn data(inner: &str) -> LaunchData {
    let answer = format!("<R><requestId>r</requestId><launchTemplateData>{inner}</launchTemplateData></R>");
    LaunchData::of(answer.as_bytes()).unwrap()
}

fn launch(inner: &str, subnet: Option<&str>) -> Mapped<RunInstancesFluentBuilder> {
    let config = aws_sdk_ec2::Config::builder().behavior_version(aws_sdk_ec2::config::BehaviorVersion::latest());
    data(inner).launch(aws_sdk_ec2::Client::from_conf(config.build()).run_instances(), subnet)
}

#[test]
fn an_element_that_is_not_known_refuses_the_launch_with_its_name() {
    let cases = [
        ("<instanceRequirements><vCpuCount><min>2</min></vCpuCount></instanceRequirements>", "instanceRequirements"),
        ("<quantumOptions>on</quantumOptions>", "quantumOptions"),
        ("<operator><managed>true</managed></operator>", "operator"),
        ("<placement><spreadDomain>d</spreadDomain></placement>", "spreadDomain"),
        ("<placement><groupName><x>y</x></groupName></placement>", "groupName"),
        ("<ebsOptimized>perhaps</ebsOptimized>", "ebsOptimized"),
        (
            "<blockDeviceMappingSet><item><ebs><volumeSize>big</volumeSize></ebs></item></blockDeviceMappingSet>",
            "volumeSize",
        ),
        (
            "<networkInterfaceSet><item><enaSrdSpecification><a>b</a></enaSrdSpecification></item></networkInterfaceSet>",
            "enaSrdSpecification",
        ),
        ("<tagSpecificationSet><thing/></tagSpecificationSet>", "tagSpecificationSet"),
        (
            "<instanceMarketOptions><spotOptions><validUntil>2026</validUntil></spotOptions></instanceMarketOptions>",
            "validUntil",
        ),
    ];
    for (inner, name) in cases {
        let unmapped = launch(inner, None).unwrap_err();
        assert_eq!(unmapped, Unmapped(format!("the setting {name}")), "{inner}");
        assert!(unmapped.failure("i-1").said.starts_with(&format!("The launch data of i-1 has the setting {name}, ")));
    }
}

#[test]
fn what_says_nothing_stands_against_nothing() {
    let nothing = "<quantumOptions><on></on></quantumOptions><elasticGpuSpecificationSet/><operator><managed>false\
                   </managed></operator><placement><groupName></groupName></placement>";
    let request = launch(nothing, Some("subnet-1")).unwrap();
    assert_eq!(request.get_subnet_id().as_deref(), Some("subnet-1"));
    assert_eq!(request.get_placement().as_ref().unwrap().group_name(), None);
}

#[test]
fn an_interface_is_made_anew_with_as_many_addresses() {
    let interfaces = "<securityGroupIdSet><item>sg-1</item></securityGroupIdSet><networkInterfaceSet><item>
        <networkInterfaceId>eni-1</networkInterfaceId><privateIpAddress>10.0.0.1</privateIpAddress>
        <privateIpAddressesSet><item><primary>true</primary><privateIpAddress>10.0.0.1</privateIpAddress></item>
        <item><primary>false</primary><privateIpAddress>10.0.0.2</privateIpAddress></item></privateIpAddressesSet>
        <ipv6AddressesSet><item><ipv6Address>2a05::1</ipv6Address></item></ipv6AddressesSet>
        <deviceIndex>0</deviceIndex><subnetId>subnet-1</subnetId><groupSet><groupId>sg-1</groupId></groupSet>
        <deleteOnTermination>true</deleteOnTermination><description></description></item></networkInterfaceSet>";
    let request = launch(interfaces, Some("subnet-2")).unwrap();
    let [interface] = request.get_network_interfaces().as_deref().unwrap() else { panic!() };
    assert_eq!((interface.network_interface_id(), interface.private_ip_address()), (None, None));
    assert_eq!(interface.secondary_private_ip_address_count(), Some(1));
    assert_eq!(interface.ipv6_address_count(), Some(1));
    assert_eq!((interface.subnet_id(), interface.groups()), (Some("subnet-2"), &["sg-1".to_owned()][..]));
    assert_eq!((request.get_subnet_id(), request.get_security_group_ids()), (&None, &None), "EC2 takes one place");
}

#[test]
fn a_volume_keeps_only_the_speed_that_its_type_takes() {
    let volume = |kind: &str| {
        let inner = format!(
            "<blockDeviceMappingSet><item><deviceName>/dev/xvda</deviceName><ebs><iops>3000</iops><throughput>125\
             </throughput><volumeSize>20</volumeSize><volumeType>{kind}</volumeType><snapshotId>snap-1</snapshotId>\
             </ebs></item></blockDeviceMappingSet>"
        );
        let request = launch(&inner, None).unwrap();
        let ebs = request.get_block_device_mappings().as_ref().unwrap()[0].ebs().unwrap().clone();
        assert_eq!((ebs.volume_size(), ebs.snapshot_id()), (Some(20), Some("snap-1")));
        (ebs.iops(), ebs.throughput())
    };
    assert_eq!(volume("gp3"), (Some(3000), Some(125)));
    assert_eq!(volume("io2"), (Some(3000), None));
    assert_eq!(volume("gp2"), (None, None));
}

#[test]
fn tags_of_aws_are_left_out_and_user_data_goes_along() {
    let request = launch(
        "<userData>ZWNobw==</userData><imageId>ami-1</imageId><instanceType>m7g.large</instanceType>
        <iamInstanceProfile><arn>arn:p</arn><name>p</name></iamInstanceProfile>
        <tagSpecificationSet><item><resourceType>instance</resourceType><tagSet><item><key>aws:x</key><value>1</value>
        </item><item><key>Name</key><value>web &amp; co</value></item></tagSet></item></tagSpecificationSet>",
        None,
    )
    .unwrap();
    assert_eq!(request.get_user_data().as_deref(), Some("ZWNobw=="));
    let profile = request.get_iam_instance_profile().as_ref().unwrap();
    assert_eq!((profile.arn(), profile.name()), (Some("arn:p"), None));
    let tags = request.get_tag_specifications().as_ref().unwrap()[0].tags();
    assert_eq!(tags.len(), 1);
    assert_eq!((tags[0].key(), tags[0].value()), (Some("Name"), Some("web & co")));
}

#[test]
fn an_answer_without_launch_data_is_none() {
    assert!(LaunchData::of(b"<R><requestId>r</requestId></R>").is_err());
    assert!(LaunchData::of(b"").is_err());
}
