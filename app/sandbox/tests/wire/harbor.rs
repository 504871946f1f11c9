//! Everything peculiar that the scenario `harbor` promises is really there.

use std::collections::BTreeMap;

use crate::ask::{Client, days_ago, harbor, tag, text, texts};

/// All servers of a scope, each as its XML.
fn servers(client: &Client, fields: &str) -> Vec<String> {
    client.ec2("DescribeInstances", fields).good().each("instanceId")
}

fn named(client: &Client, name: &str) -> Vec<String> {
    servers(client, &format!("Filter.1.Name=tag:Name&Filter.1.Value.1={name}"))
}

fn in_group(client: &Client, name: &str) -> Vec<String> {
    servers(client, &format!("Filter.1.Name=tag:aws:autoscaling:groupName&Filter.1.Value.1={name}"))
}

fn group(client: &Client, name: &str) -> String {
    let answer =
        client.auto_scaling("DescribeAutoScalingGroups", &format!("AutoScalingGroupNames.member.1={name}")).good();
    assert_eq!(answer.all("AutoScalingGroupName").len(), 1, "{name}");
    answer.body
}

/// Since its primary interface was attached, in days.
fn age(server: &str) -> f64 {
    let attachment = server.split("<attachment>").nth(1).unwrap();
    days_ago(&text(attachment, "attachTime"))
}

/// The tag's lifetime, the group's, or 30 days.
fn lifetime(server: &str, of_groups: &BTreeMap<String, f64>) -> f64 {
    let group = tag(server, "aws:autoscaling:groupName").and_then(|name| of_groups.get(&name).copied());
    let own = tag(server, "emberline:lifetime").map_or(30.0, |text| text.trim_end_matches('d').parse().unwrap());
    group.map_or(own, |cap| own.min(cap))
}

#[test]
fn a_company_of_some_400_servers_is_mostly_healthy() {
    let sandbox = harbor();
    let mut counts = BTreeMap::from([("all", 0), ("overdue", 0), ("due", 0), ("exempt", 0)]);
    let (mut images, mut groups) = (std::collections::BTreeSet::new(), 0);
    for profile in sandbox.profiles() {
        for region in &profile.regions {
            let client = Client::new(&sandbox, &profile.name, region);
            let answer = client.auto_scaling("DescribeAutoScalingGroups", "").good();
            groups += answer.all("AutoScalingGroupName").len();
            let lifetimes: BTreeMap<String, f64> = answer
                .each("AutoScalingGroupName")
                .iter()
                .filter_map(|group| {
                    let seconds: f64 = texts(group, "MaxInstanceLifetime").first()?.parse().unwrap();
                    Some((text(group, "AutoScalingGroupName"), seconds / 86_400.0))
                })
                .collect();
            for server in servers(&client, "IncludeManagedResources=true") {
                images.insert(text(&server, "imageId"));
                let share = age(&server) / lifetime(&server, &lifetimes);
                *counts.get_mut("all").unwrap() += 1;
                if tag(&server, "emberline:exempt").is_some() {
                    *counts.get_mut("exempt").unwrap() += 1;
                } else if share >= 1.0 && !reborn(&client, &server) {
                    *counts.get_mut("overdue").unwrap() += 1;
                } else if (0.8..1.0).contains(&share) {
                    *counts.get_mut("due").unwrap() += 1;
                }
            }
        }
    }
    assert_eq!(counts, BTreeMap::from([("all", 412), ("overdue", 37), ("due", 21), ("exempt", 3)]));
    assert_eq!((groups, images.len()), (14, 24));
}

/// Whether its root volume was replaced from an image since.
fn reborn(client: &Client, server: &str) -> bool {
    let tasks = client.ec2("DescribeReplaceRootVolumeTasks", "").good();
    tasks.all("instanceId").contains(&text(server, "instanceId"))
}

#[test]
fn a_rollout_is_young_and_nine_servers_lag_behind_it() {
    let web = in_group(&Client::prod(), "web-prod");
    let version = |server: &String| tag(server, "aws:ec2launchtemplate:version").unwrap();
    let (new, old): (Vec<_>, Vec<_>) = web.iter().partition(|server| version(server) == "12");
    assert_eq!((new.len(), old.len()), (35, 9));
    assert!(new.iter().all(|server| age(server) < 3.0));
    assert!(old.iter().all(|server| age(server) > 30.0));
    assert_eq!(old.iter().filter(|server| version(server) == "10").count(), 2, "two by a deleted version");
    let drifted = web.iter().filter(|server| texts(server, "groupName").contains(&"debug-ssh".into())).count();
    assert_eq!(drifted, 1);
}

#[test]
fn a_herd_is_due_on_one_night() {
    let client = Client::prod();
    let ages: Vec<f64> =
        in_group(&client, "api-prod").iter().map(|server| age(server)).filter(|age| *age > 20.0).collect();
    assert_eq!(ages.len(), 18);
    let (low, high) = (ages.iter().copied().fold(f64::MAX, f64::min), ages.iter().copied().fold(0.0, f64::max));
    assert!((high - low) * 24.0 < 2.0 && low > 24.0 && high < 30.0, "{low} {high}");
    assert_eq!(text(&group(&client, "api-prod"), "MaxInstanceLifetime"), "2592000");
}

#[test]
fn a_snowflake_was_launched_by_hand_two_years_ago() {
    let client = Client::prod();
    let [jenkins] = &*named(&client, "jenkins") else { panic!("one jenkins") };
    assert!(age(jenkins) > 730.0);
    assert_eq!(tag(jenkins, "aws:autoscaling:groupName").or(tag(jenkins, "aws:ec2launchtemplate:id")), None);
    assert_eq!(texts(jenkins, "groupName").into_iter().find(|name| !name.is_empty()).unwrap(), "launch-wizard-4");
    assert!(text(jenkins, "ipAddress").starts_with("203.0.113."));
    let id = text(jenkins, "instanceId");
    let protected =
        client.ec2("DescribeInstanceAttribute", &format!("InstanceId={id}&Attribute=disableApiTermination"));
    assert_eq!(protected.good().text("value").unwrap(), "true");
    let copy = client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=jenkins-copy").good();
    assert_eq!(copy.text("sourceInstanceId").unwrap(), id, "an image was baked by hand from it");
    let agents = named(&client, "jenkins-agent-*");
    assert_eq!(agents.len(), 2);
    assert!(agents.iter().all(|agent| text(agent, "imageId") == copy.text("imageId").unwrap()));
}

#[test]
fn a_stopped_and_started_server_looks_young_by_its_launch_time_alone() {
    let [vpn] = &*named(&Client::prod(), "vpn-gateway") else { panic!("one vpn-gateway") };
    assert!(days_ago(&text(vpn, "launchTime")) < 4.0);
    assert!((age(vpn) - 210.0).abs() < 0.01);
}

#[test]
fn a_deregistered_image_is_known_by_its_servers_alone() {
    let client = Client::prod();
    let billing = in_group(&client, "billing-legacy");
    assert_eq!(billing.len(), 8);
    let image = text(&billing[0], "imageId");
    assert_eq!(client.ec2("DescribeImages", &format!("ImageId.1={image}")).error().0, "InvalidAMIID.NotFound");
    let id = text(&billing[0], "instanceId");
    let told = client.ec2("DescribeInstanceImageMetadata", &format!("InstanceId.1={id}")).good();
    assert_eq!(told.text("imageState").unwrap(), "deregistered");
    let metadata = told.body.split("<imageMetadata>").nth(1).unwrap();
    assert_eq!(
        (text(metadata, "imageId"), text(metadata, "name")),
        (image.clone(), "billing-app-server-final2".into())
    );
    let configuration = text(&group(&client, "billing-legacy"), "LaunchConfigurationName");
    assert_eq!(configuration, "billing-lc-20250916");
    let found = client.auto_scaling("DescribeLaunchConfigurations", "").good();
    assert_eq!(
        (found.text("ImageId").unwrap(), found.text("LaunchConfigurationName").unwrap()),
        (image, configuration)
    );
    assert_eq!(tag(&billing[0], "aws:ec2launchtemplate:id"), None);
}

#[test]
fn a_mixed_group_launches_an_override_by_another_template() {
    let client = Client::prod();
    let body = group(&client, "batch-prod");
    let policy = body.split("<MixedInstancesPolicy>").nth(1).unwrap().split("</MixedInstancesPolicy>").next().unwrap();
    assert_eq!(texts(policy, "InstanceType"), ["c6i.2xlarge", "c6a.2xlarge", "c7g.2xlarge"]);
    assert_eq!(texts(policy, "LaunchTemplateName"), ["batch", "batch-arm"]);
    let batch = in_group(&client, "batch-prod");
    let arm = batch.iter().filter(|server| text(server, "architecture") == "arm64").count();
    assert_eq!((batch.len(), arm), (113, 29));
    assert!(batch.iter().all(|server| tag(server, "emberline:lifetime").unwrap() == "7d"));
    let parameter = client.ssm("GetParameter", r#"{"Name":"/harbor/batch/image"}"#).good().json();
    let amd: Vec<&String> = batch.iter().filter(|server| text(server, "architecture") == "x86_64").collect();
    assert!(amd.iter().all(|server| text(server, "imageId") == parameter["Parameter"]["Value"].as_str().unwrap()));
}

#[test]
fn a_group_is_stuck_between_three_versions() {
    let client = Client::prod();
    let body = group(&client, "search-prod");
    let mut versions: BTreeMap<String, usize> = BTreeMap::new();
    for server in in_group(&client, "search-prod") {
        *versions.entry(tag(&server, "aws:ec2launchtemplate:version").unwrap()).or_default() += 1;
    }
    assert_eq!(versions, BTreeMap::from([("7".into(), 6), ("8".into(), 8), ("9".into(), 6)]));
    assert_eq!(text(&body, "Version"), "$Latest");
}

#[test]
fn a_root_volume_was_replaced_from_another_image() {
    let client = Client::prod().at("harbor-prod", "us-east-1");
    let task = client.ec2("DescribeReplaceRootVolumeTasks", "").good();
    assert_eq!(task.all("taskState"), ["succeeded"]);
    let (id, image) = (task.text("instanceId").unwrap(), task.text("imageId").unwrap());
    assert!((days_ago(&task.text("completeTime").unwrap()) - 6.0).abs() < 0.01);
    let answer = client.ec2("DescribeInstances", &format!("InstanceId.1={id}")).good();
    let server = &answer.each("instanceId")[0];
    assert_ne!(text(server, "imageId"), image, "the server still tells the image that it was launched from");
    let disk = server.split("<blockDeviceMapping>").nth(1).unwrap();
    assert!(days_ago(&text(disk, "attachTime")) < 7.0 && age(server) > 59.0);
    let filtered =
        client.ec2("DescribeReplaceRootVolumeTasks", &format!("Filter.1.Name=instance-id&Filter.1.Value.1={id}"));
    assert_eq!(filtered.good().all("instanceId"), [id]);
}

#[test]
fn a_warm_pool_holds_servers_that_the_group_does_not_list() {
    let client = Client::prod();
    let pool = client.auto_scaling("DescribeWarmPool", "AutoScalingGroupName=ci-runners").good();
    assert_eq!(pool.all("LifecycleState"), vec!["Warmed:Stopped"; 4]);
    assert_eq!(pool.text("PoolState").unwrap(), "Stopped");
    let listed = texts(&group(&client, "ci-runners"), "InstanceId");
    assert_eq!(listed.len(), 16);
    assert!(pool.all("InstanceId").iter().all(|id| !listed.contains(id)));
    let mine = client.auto_scaling(
        "DescribeAutoScalingInstances",
        &format!("InstanceIds.member.1={}", pool.text("InstanceId").unwrap()),
    );
    assert_eq!(mine.good().all("InstanceId").len(), 0);
}

#[test]
fn servers_of_others_are_there_with_their_owner() {
    let client = Client::prod();
    assert_eq!(servers(&client, "").len() + 3, servers(&client, "IncludeManagedResources=true").len());
    let auto = servers(&client, "IncludeManagedResources=true&Filter.1.Name=operator.managed&Filter.1.Value.1=true");
    assert_eq!(auto.len(), 3);
    assert!(auto.iter().all(|server| text(server, "principal") == "eks.amazonaws.com"));
    let karpenter = servers(&client, "Filter.1.Name=tag:karpenter.sh/nodepool&Filter.1.Value.1=general");
    assert_eq!(karpenter.len(), 6);
}

#[test]
fn exempt_protected_and_long_lived_servers_say_why() {
    let client = Client::prod();
    let kafka = named(&client, "kafka-*");
    assert_eq!(kafka.len(), 3);
    assert!(tag(&kafka[0], "emberline:exempt").unwrap().contains("partition"));
    let [bastion] = &*in_group(&client, "bastion") else { panic!("one bastion") };
    assert_eq!(tag(bastion, "emberline:protect").unwrap(), "the only way in");
    assert_eq!(text(&group(&client, "bastion"), "ProtectedFromScaleIn"), "true");
    let metrics = named(&client.at("harbor-prod", "us-east-1"), "metrics-*");
    assert!(metrics.iter().all(|server| tag(server, "emberline:lifetime").unwrap() == "90d"));
}

#[test]
fn fried_groups_carry_what_they_fry_and_the_baked_ones_little() {
    let client = Client::prod();
    let user_data = |name: &str| {
        let server = text(&in_group(&client, name)[0], "instanceId");
        let answer = client.ec2("DescribeInstanceAttribute", &format!("InstanceId={server}&Attribute=userData")).good();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, answer.text("value").unwrap());
        String::from_utf8(bytes.unwrap()).unwrap()
    };
    assert!(user_data("checkout-prod").contains("dnf install -y java-21"));
    assert!(user_data("search-prod").contains("ansible-pull"));
    assert!(!user_data("api-prod").contains("install"));
    let template = client.ec2("DescribeLaunchTemplateVersions", "LaunchTemplateName=checkout").good();
    assert!(template.text("userData").unwrap().starts_with("IyEvYmluL2Jhc2gK"), "base64 of #!/bin/bash");
}

#[test]
fn six_recipes_bake_images() {
    let sandbox = harbor();
    let prod = Client::new(&sandbox, "harbor-prod", "eu-west-1");
    let pipelines = prod.image_builder("/ListImagePipelines", "{}").good().json();
    let mut recipes: Vec<String> = pipelines["imagePipelineList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pipeline| pipeline["name"].as_str().unwrap().to_owned())
        .collect();
    let images =
        prod.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=tag-key&Filter.1.Value.1=packer_template").good();
    recipes.extend(images.each("imageId").iter().map(|image| tag(image, "packer_template").unwrap()));
    let denied = Client::new(&sandbox, "harbor-data", "us-east-1");
    assert_eq!(denied.image_builder("/ListImagePipelines", "{}").status, 403);
    let gateways = denied.ec2("DescribeImages", "Owner.1=self").good();
    recipes.extend(gateways.each("imageId").iter().map(|image| {
        let arn = tag(image, "Ec2ImageBuilderArn").unwrap();
        arn.split('/').nth(1).unwrap().to_owned()
    }));
    recipes.sort_unstable();
    recipes.dedup();
    assert_eq!(
        recipes,
        ["api", "gateway", "golden-al2023", "images/batch.pkr.hcl", "images/golden-ubuntu.pkr.hcl", "web"]
    );
    let packer = prod.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=batch-88-amd64-*").good();
    assert_eq!(tag(&packer.body, "SourceAMI"), packer.text("sourceImageId"), "Packer's tag tells the base");
}

#[test]
fn every_server_has_addresses_and_names_of_its_own() {
    let sandbox = harbor();
    let mut addresses = Vec::new();
    for profile in sandbox.profiles() {
        for region in &profile.regions {
            for server in servers(&Client::new(&sandbox, &profile.name, region), "IncludeManagedResources=true") {
                let address = text(&server, "privateIpAddress");
                assert!(text(&server, "privateDnsName").starts_with(&format!("ip-{}.", address.replace('.', "-"))));
                assert!(!tag(&server, "Name").unwrap().is_empty());
                addresses.push(address);
            }
        }
    }
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!((all, addresses.len()), (412, 412));
}
