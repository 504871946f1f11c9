//! Which field of an answer becomes which field of a row.

use bytes::Bytes;
use fleet::{Call, Fleet, LaunchSource, RootTarget, ServerState, VersionSpec};
use http::Response;

use crate::fake::{Asked, Fake, gap_calls, gap_of};

fn only(action: &'static str, xml: &'static str) -> Fake {
    Fake::new(move |asked| (asked.action == action).then(|| asked.xml(xml)))
}

#[tokio::test]
async fn a_servers_birth_is_read_from_its_primary_interface_and_root_volume() {
    let fake = only(
        "DescribeInstances",
        "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><imageId>ami-1</imageId>
        <instanceState><name>stopped</name></instanceState><instanceType>m7g.large</instanceType>
        <placement><availabilityZone>eu-west-1b</availabilityZone></placement>
        <launchTime>2026-06-01T00:00:00.000Z</launchTime><rootDeviceName>/dev/xvda</rootDeviceName>
        <privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>52.1.2.3</ipAddress>
        <privateDnsName>ip-10-0-0-1.internal</privateDnsName><dnsName></dnsName>
        <spotInstanceRequestId>sir-1</spotInstanceRequestId>
        <operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>
        <blockDeviceMapping>
          <item><deviceName>/dev/sdf</deviceName><ebs><attachTime>2026-07-01T00:00:00.000Z</attachTime></ebs></item>
          <item><deviceName>/dev/xvda</deviceName><ebs><attachTime>2024-03-01T00:00:00.000Z</attachTime></ebs></item>
        </blockDeviceMapping>
        <networkInterfaceSet>
          <item><privateIpAddress>10.0.0.9</privateIpAddress><attachment><deviceIndex>1</deviceIndex>
            <networkCardIndex>0</networkCardIndex><attachTime>2026-08-01T00:00:00.000Z</attachTime></attachment>
            <ipv6AddressesSet><item><ipv6Address>2a05::1</ipv6Address></item></ipv6AddressesSet></item>
          <item><privateIpAddress>10.0.0.8</privateIpAddress><attachment><deviceIndex>0</deviceIndex>
            <networkCardIndex>1</networkCardIndex><attachTime>2026-08-02T00:00:00.000Z</attachTime></attachment></item>
          <item><privateIpAddress>10.0.0.1</privateIpAddress><attachment><deviceIndex>0</deviceIndex>
            <networkCardIndex>0</networkCardIndex><attachTime>2024-02-29T00:00:00.000Z</attachTime></attachment></item>
        </networkInterfaceSet>
        <tagSet><item><key>Name</key><value>web\u{202e}-1</value></item>
          <item><key>aws:ec2launchtemplate:id</key><value>lt-1</value></item>
          <item><key>aws:ec2launchtemplate:version</key><value>7</value></item>
          <item><key>aws:autoscaling:groupName</key><value>web</value></item></tagSet>
        </item></instancesSet></item></reservationSet>",
    );
    let fleet = fake.pull().await.unwrap();
    let server = &fleet.servers[0];
    let day = |time: Option<fleet::Time>| time.map(|time| time.to_string()[..10].to_owned());
    assert_eq!(day(server.launched).as_deref(), Some("2026-06-01"));
    assert_eq!(day(server.interface_attached).as_deref(), Some("2024-02-29"));
    assert_eq!(day(server.root_attached).as_deref(), Some("2024-03-01"));
    assert_eq!(server.state, ServerState::Stopped);
    let list = |list| fleet.symbols.list(list).iter().map(|&sym| fleet.str(sym)).collect::<Vec<_>>();
    assert_eq!(list(server.addresses), ["10.0.0.1", "52.1.2.3", "10.0.0.9", "2a05::1", "10.0.0.8"]);
    assert_eq!(list(server.dns_names), ["ip-10-0-0-1.internal"]);
    assert_eq!(fleet.text(server.operator), Some("eks.amazonaws.com"));
    assert_eq!(fleet.text(server.spot_request), Some("sir-1"));
    assert_eq!(fleet.text(server.group), Some("web"));
    let template = server.template.unwrap();
    assert_eq!((fleet.str(template.id), template.version), ("lt-1", 7));
    assert_eq!(fleet.server_name(server), Some("web-1"));
}

#[tokio::test]
async fn what_a_server_lacks_is_unknown() {
    let fake = only(
        "DescribeInstances",
        "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><keyName></keyName>
        <tagSet><item><key>aws:ec2launchtemplate:id</key><value>lt-1</value></item></tagSet></item></instancesSet></item>
        </reservationSet>",
    );
    let fleet = fake.pull().await.unwrap();
    let server = &fleet.servers[0];
    assert_eq!(server.state, ServerState::Other);
    assert_eq!((server.image, server.launched, server.interface_attached), (None, None, None));
    assert_eq!((server.root_attached, server.template, server.zone), (None, None, None));
}

/// Four servers, whose roots were attached at the times given.
fn with_roots(asked: &Asked, attached: [&str; 4]) -> Response<Bytes> {
    let servers = attached.iter().zip(1..).map(|(time, n)| {
        format!(
            "<item><instanceId>i-{n}</instanceId><instanceState><name>running</name></instanceState>
            <rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName>
            <ebs><attachTime>{time}</attachTime></ebs></item></blockDeviceMapping></item>"
        )
    });
    let servers: String = servers.collect();
    asked.xml(&format!("<reservationSet><item><instancesSet>{servers}</instancesSet></item></reservationSet>"))
}

fn targets(fleet: &Fleet) -> Vec<&str> {
    let tasks = fleet.root_replacements.iter();
    tasks
        .map(|task| match task.target {
            None => "unknown",
            Some(RootTarget::LaunchState) => "launch state",
            Some(RootTarget::Image(id) | RootTarget::Snapshot(id) | RootTarget::Volume(id)) => fleet.str(id),
        })
        .collect()
}

const TASKS: &str = "<replaceRootVolumeTaskSet>
    <item><instanceId>i-1</instanceId><taskState>succeeded</taskState><startTime>2026-01-01T00:00:00Z</startTime>
      <completeTime>2026-01-01T00:05:00Z</completeTime></item>
    <item><instanceId>i-2</instanceId><taskState>succeeded</taskState><imageId>ami-2</imageId></item>
    <item><instanceId>i-3</instanceId><taskState>in-progress</taskState><snapshotId>snap-3</snapshotId></item>
    <item><instanceId>i-4</instanceId><taskState>succeeded</taskState><startTime>2026-01-02T00:00:00Z</startTime></item>
    <item><instanceId>i-4</instanceId><taskState>succeeded</taskState><startTime>2026-01-03T00:00:00Z</startTime></item>
    </replaceRootVolumeTaskSet>";
const ATTACHED: [&str; 4] =
    ["2026-01-01T00:04:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-03T00:04:00Z"];

#[tokio::test]
async fn the_volume_tells_a_restored_launch_state_from_another_volume() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(with_roots(asked, ATTACHED)),
        "DescribeReplaceRootVolumeTasks" => Some(asked.xml(TASKS)),
        "DescribeVolumes" => Some(asked.xml(
            "<volumeSet>
            <item><volumeId>vol-1</volumeId><createTime>2026-01-01T00:01:00Z</createTime><attachmentSet><item>
              <instanceId>i-1</instanceId><attachTime>2026-01-01T00:04:00Z</attachTime></item></attachmentSet></item>
            <item><volumeId>vol-data</volumeId><createTime>2025-01-01T00:00:00Z</createTime><attachmentSet><item>
              <instanceId>i-1</instanceId><attachTime>2025-01-01T00:00:00Z</attachTime></item></attachmentSet></item>
            <item><volumeId>vol-4</volumeId><createTime>2025-11-11T00:00:00Z</createTime><attachmentSet><item>
              <instanceId>i-4</instanceId><attachTime>2026-01-03T00:04:00Z</attachTime></item></attachmentSet></item>
            </volumeSet>",
        )),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    // What an earlier one was, nothing tells any more.
    assert_eq!(targets(&fleet), ["launch state", "ami-2", "snap-3", "unknown", "vol-4"]);
    assert_eq!(fleet.root_replacements[0].completed.unwrap().to_string(), "2026-01-01T00:05:00Z");
    assert_eq!(fleet.text(fleet.root_replacements[2].state), Some("in-progress"));
    assert_eq!(fake.count("DescribeVolumes"), 1);
    let asked = fake.requests("DescribeVolumes");
    assert_eq!(asked[0].list("Filter.1.Value"), ["i-1", "i-4"]);
}

#[tokio::test]
async fn volumes_that_can_not_be_read_leave_the_target_unknown() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(with_roots(asked, ATTACHED)),
        "DescribeReplaceRootVolumeTasks" => Some(asked.xml(TASKS)),
        "DescribeVolumes" => Some(asked.error(403, "UnauthorizedOperation", "No")),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(targets(&fleet), ["unknown", "ami-2", "snap-3", "unknown", "unknown"]);
    assert_eq!(fleet.text(gap_of(&fleet, Call::DescribeVolumes).action), Some("ec2:DescribeVolumes"));
}

#[tokio::test]
async fn a_group_tells_its_source_its_bounds_and_its_members() {
    let fake = Fake::new(|asked| {
        match asked.action.as_str() {
        "DescribeAutoScalingGroups" => Some(asked.xml(
            "<AutoScalingGroups>
            <member><AutoScalingGroupName>mixed</AutoScalingGroupName><MinSize>2</MinSize><MaxSize>6</MaxSize>
              <DesiredCapacity>4</DesiredCapacity><MaxInstanceLifetime>604800</MaxInstanceLifetime>
              <InstanceMaintenancePolicy><MinHealthyPercentage>90</MinHealthyPercentage>
                <MaxHealthyPercentage>120</MaxHealthyPercentage></InstanceMaintenancePolicy>
              <DefaultInstanceWarmup>180</DefaultInstanceWarmup><HealthCheckGracePeriod>300</HealthCheckGracePeriod>
              <SuspendedProcesses><member><ProcessName>AZRebalance</ProcessName></member></SuspendedProcesses>
              <MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification><LaunchTemplateId>lt-1
                </LaunchTemplateId><Version>$Latest</Version></LaunchTemplateSpecification>
                <Overrides><member><InstanceType>m7g.large</InstanceType><WeightedCapacity>2</WeightedCapacity>
                  <LaunchTemplateSpecification><LaunchTemplateName>arm</LaunchTemplateName><Version>3</Version>
                  </LaunchTemplateSpecification></member>
                <member><ImageId>ami-override</ImageId></member></Overrides></LaunchTemplate></MixedInstancesPolicy>
              <Instances><member><InstanceId>i-1</InstanceId><LifecycleState>InService</LifecycleState>
                <HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>true</ProtectedFromScaleIn>
                <LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>4</Version></LaunchTemplate></member>
              </Instances></member>
            <member><AutoScalingGroupName>old</AutoScalingGroupName>
              <LaunchConfigurationName>old-lc</LaunchConfigurationName><MaxInstanceLifetime>0</MaxInstanceLifetime>
              <InstanceMaintenancePolicy><MinHealthyPercentage>-1</MinHealthyPercentage>
                <MaxHealthyPercentage>-1</MaxHealthyPercentage></InstanceMaintenancePolicy>
              <DefaultInstanceWarmup>-1</DefaultInstanceWarmup><HealthCheckGracePeriod>0</HealthCheckGracePeriod></member>
            <member><AutoScalingGroupName>pooled</AutoScalingGroupName><WarmPoolConfiguration><MinSize>1</MinSize>
              </WarmPoolConfiguration><Instances><member><InstanceId>i-5</InstanceId></member></Instances></member>
            <member><AutoScalingGroupName>vanished</AutoScalingGroupName><WarmPoolConfiguration><MinSize>1</MinSize>
              </WarmPoolConfiguration></member>
            </AutoScalingGroups>",
        )),
        "DescribeWarmPool" if asked.field("AutoScalingGroupName") == "vanished" => {
            Some(asked.error(400, "ValidationError", "AutoScalingGroup name not found - null"))
        }
        "DescribeWarmPool" => Some(asked.xml(match asked.field("NextToken") {
            "" => {
                "<Instances><member><InstanceId>i-4</InstanceId><LifecycleState>Warmed:Stopped</LifecycleState></member>
                </Instances><NextToken>two</NextToken>"
            }
            _ => "<Instances><member><InstanceId>i-3</InstanceId></member></Instances>",
        })),
        _ => None,
    }
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(gap_calls(&fleet), []);
    let [mixed, old, pooled, vanished] = &fleet.groups[..] else { panic!("{:?}", fleet.groups) };
    let Some(LaunchSource::Template(spec)) = mixed.launch else { panic!("{:?}", mixed.launch) };
    assert_eq!((fleet.text(spec.id).map(str::trim), spec.version), (Some("lt-1"), VersionSpec::Latest));
    let arm = mixed.overrides[0].template.unwrap();
    assert_eq!((fleet.text(arm.name), arm.version), (Some("arm"), VersionSpec::Number(3)));
    assert_eq!((mixed.overrides[0].weight, fleet.text(mixed.overrides[1].image)), (Some(2), Some("ami-override")));
    assert_eq!((mixed.min, mixed.max, mixed.desired), (Some(2), Some(6), Some(4)));
    assert_eq!(mixed.max_instance_lifetime_s, Some(604_800));
    assert_eq!((mixed.min_healthy_percent, mixed.max_healthy_percent), (Some(90), Some(120)));
    assert_eq!((mixed.warm_up_s, mixed.grace_s, old.warm_up_s, old.grace_s), (Some(180), Some(300), None, Some(0)));
    let member = mixed.members[0];
    assert_eq!((member.template.unwrap().version, member.protected, member.warm), (4, Some(true), false));
    assert_eq!(old.launch, fleet.symbols.find("old-lc").map(LaunchSource::Configuration));
    assert_eq!((old.max_instance_lifetime_s, old.min_healthy_percent, old.max_healthy_percent), (None, None, None));
    let members: Vec<_> = pooled.members.iter().map(|member| (fleet.str(member.server), member.warm)).collect();
    assert_eq!(members, [("i-3", true), ("i-4", true), ("i-5", false)]);
    assert!(vanished.members.is_empty());
}

#[tokio::test]
async fn a_warm_pool_that_may_not_be_read_is_one_gap() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeAutoScalingGroups" => {
            let group = |n| {
                format!(
                    "<member><AutoScalingGroupName>g{n}</AutoScalingGroupName><WarmPoolConfiguration><MinSize>1</MinSize>\
                     </WarmPoolConfiguration></member>"
                )
            };
            let groups: Vec<String> = (1..=20).map(group).collect();
            Some(asked.xml(&format!("<AutoScalingGroups>{}</AutoScalingGroups>", groups.concat())))
        }
        "DescribeWarmPool" => Some(asked.error(403, "AccessDenied", "No")),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(gap_calls(&fleet), [Call::DescribeWarmPool]);
    assert!(fake.count("DescribeWarmPool") <= 8);
    assert_eq!(fleet.groups.len(), 20);
}

#[tokio::test]
async fn a_launch_configuration_names_its_image() {
    let fake = only(
        "DescribeLaunchConfigurations",
        "<LaunchConfigurations><member><LaunchConfigurationName>old-lc</LaunchConfigurationName>
        <LaunchConfigurationARN>arn</LaunchConfigurationARN><ImageId>ami-1</ImageId><InstanceType>t3.small</InstanceType>
        <UserData>c2VjcmV0</UserData><CreatedTime>2020-01-02T03:04:05Z</CreatedTime></member></LaunchConfigurations>",
    );
    let fleet = fake.pull().await.unwrap();
    let row = fleet.launch_configurations[0];
    assert_eq!((fleet.str(row.name), fleet.text(row.image)), ("old-lc", Some("ami-1")));
    assert_eq!(row.created.unwrap().to_string(), "2020-01-02T03:04:05Z");
    assert!(fleet.symbols.find("c2VjcmV0").is_none(), "user data is not kept");
}

#[tokio::test]
async fn pipelines_and_recipes_keep_what_they_build() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "ListImagePipelines" => Some(asked.xml(
            r#"{"imagePipelineList":[{"arn":"p","name":"web","imageRecipeArn":"r","status":"DISABLED",
            "schedule":{"scheduleExpression":"cron(0 4 * * ? *)"}}]}"#,
        )),
        "ListImageRecipes" => Some(asked.xml(
            r#"{"imageRecipeSummaryList":[{"arn":"r","name":"web","parentImage":"arn:base","dateCreated":
            "2025-01-02T03:04:05.000Z","tags":{"team":"web"}}]}"#,
        )),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    let (pipeline, recipe) = (&fleet.pipelines[0], &fleet.recipes[0]);
    assert_eq!((fleet.text(pipeline.recipe), pipeline.enabled), (Some("r"), Some(false)));
    assert_eq!(fleet.text(pipeline.schedule), Some("cron(0 4 * * ? *)"));
    assert_eq!((fleet.text(recipe.parent), fleet.symbols.tag(recipe.tags, "team")), (Some("arn:base"), Some("web")));
    assert_eq!(recipe.created.unwrap().to_string(), "2025-01-02T03:04:05Z");
}
