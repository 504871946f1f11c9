//! What is sent is what the change says, and what its answer made comes back.

use ::operate::{
    DesiredConfiguration, LaunchFrom, Mutation, Output, Override, RefreshPreferences, ScaleInProtected, StandbyServers,
};

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

use super::*;

fn accepted(sent: &Sent) {
    let Sent::Accepted { request_id: Some(_), .. } = sent else { panic!("{sent:?}") };
}

pub(super) fn preferences() -> RefreshPreferences {
    RefreshPreferences {
        min_healthy_percent: 90,
        max_healthy_percent: 110,
        warmup_s: 60,
        skip_matching: true,
        auto_rollback: false,
        bake_time_s: 300,
        checkpoint_percents: vec![50, 100],
        checkpoint_delay_s: 600,
        scale_in_protected: ScaleInProtected::Ignore,
        standby: StandbyServers::Ignore,
        alarms: vec!["too-slow".into()],
    }
}

#[test]
fn a_surge_and_a_terminated_member_change_the_group_as_they_say() {
    let harbor = Harbor::open();
    let before = harbor.group("api-prod");
    let set = Mutation::SetDesiredCapacity { group: "api-prod".into(), desired: before.desired + 1 };
    accepted(&harbor.send(&set, "op-1-0"));
    assert_eq!(harbor.group("api-prod").desired, before.desired + 1);
    let member = before.members[0].server.clone();
    let terminate = Mutation::TerminateInstanceInAutoScalingGroup {
        group: "api-prod".into(),
        server: member.clone(),
        decrement: true,
    };
    accepted(&harbor.send(&terminate, "op-1-1"));
    let after = harbor.group("api-prod");
    assert_eq!(after.desired, before.desired);
    assert!(after.member(&member).is_none_or(|member| member.lifecycle.starts_with("Terminating")));
}

#[test]
fn a_server_is_put_behind_a_load_balancer_and_taken_out_at_the_ports_that_are_said() {
    let harbor = Harbor::open();
    let target_group = harbor.group("api-prod").target_groups[0].clone();
    let server = harbor.server("kafka-1");
    let seat = |ports: &[u16]| (target_group.clone(), server.clone(), ports.to_vec());
    let states = || {
        let targets = harbor.operator.targets(&harbor.scope, std::slice::from_ref(&target_group)).unwrap();
        let of = targets.into_iter().filter(|one| one.server == server);
        of.map(|one| (one.port.unwrap(), one.state)).collect::<Vec<_>>()
    };
    let (target_group, server, ports) = seat(&[80, 8_080]);
    accepted(&harbor.send(&Mutation::RegisterTargets { target_group, server, ports }, "op-1-0"));
    assert_eq!(states(), [(80, "initial".to_owned()), (8_080, "initial".to_owned())]);
    let (target_group, server, ports) = seat(&[8_080]);
    accepted(&harbor.send(&Mutation::DeregisterTargets { target_group, server, ports }, "op-1-1"));
    assert_eq!(states(), [(80, "initial".to_owned()), (8_080, "draining".to_owned())]);
    let (_, server, ports) = seat(&[80]);
    let target_group = format!("{}0", &seat(&[]).0[..seat(&[]).0.len() - 1]);
    let sent = harbor.send(&Mutation::DeregisterTargets { target_group, server, ports }, "op-1-2");
    assert!(matches!(&sent, Sent::Refused { code, .. } if code == "TargetGroupNotFound"), "{sent:?}");
}

#[test]
fn a_lifetime_is_set_and_taken_away() {
    let harbor = Harbor::open();
    let set = |lifetime_s| Mutation::SetMaxInstanceLifetime { group: "web-prod".into(), lifetime_s };
    accepted(&harbor.send(&set(1_209_600), "op-1-0"));
    assert_eq!(harbor.group("web-prod").max_instance_lifetime_s, Some(1_209_600));
    accepted(&harbor.send(&set(0), "op-2-0"));
    assert_eq!(harbor.group("web-prod").max_instance_lifetime_s, None);
}

#[test]
fn a_refresh_starts_with_every_preference_and_is_cancelled() {
    let harbor = Harbor::open();
    let template = harbor.template_of("checkout-prod");
    let start = Mutation::StartInstanceRefresh {
        group: "checkout-prod".into(),
        preferences: preferences(),
        desired: Some(DesiredConfiguration { template: template.clone(), version: "21".into(), overrides: None }),
    };
    let id = harbor.made(&start, "op-1-0", Output::Refresh);
    let line = harbor.operator.line(&harbor.scope).unwrap();
    let call = line.reading.autoscaling.describe_instance_refreshes().auto_scaling_group_name("checkout-prod");
    let answer = harbor.runtime.block_on(call.send()).unwrap();
    let started = &answer.instance_refreshes()[0];
    assert_eq!(started.instance_refresh_id(), Some(id.as_str()));
    let told = started.preferences().unwrap();
    assert_eq!((told.min_healthy_percentage(), told.max_healthy_percentage()), (Some(90), Some(110)));
    assert_eq!((told.instance_warmup(), told.bake_time()), (Some(60), Some(300)));
    assert_eq!((told.skip_matching(), told.auto_rollback()), (Some(true), Some(false)));
    assert_eq!((told.checkpoint_percentages(), told.checkpoint_delay()), (&[50, 100][..], Some(600)));
    assert_eq!(told.alarm_specification().unwrap().alarms(), ["too-slow"]);
    let refreshes = harbor.operator.refreshes(&harbor.scope, "checkout-prod").unwrap();
    assert_eq!(refreshes[0].id, id);
    assert_eq!(refreshes[0].template.as_ref().map(|one| (one.id.as_str(), one.version)), Some((template.as_str(), 21)));
    accepted(&harbor.send(&Mutation::CancelInstanceRefresh { group: "checkout-prod".into() }, "op-1-1"));
    harbor.sandbox.advance(std::time::Duration::from_secs(600));
    assert!(!harbor.operator.refreshes(&harbor.scope, "checkout-prod").unwrap()[0].is_active());
}

#[test]
fn a_refresh_without_an_earlier_configuration_can_not_be_rolled_back() {
    let harbor = Harbor::open();
    let sent = harbor.send(&Mutation::RollbackInstanceRefresh { group: "checkout-prod".into() }, "op-1-0");
    let Sent::Refused { code, request_id: Some(_), .. } = &sent else { panic!("{sent:?}") };
    assert_eq!(code, "ActiveInstanceRefreshNotFound");
}

#[test]
fn a_mixed_group_keeps_its_overrides_in_a_refresh() {
    let harbor = Harbor::open();
    let Some(::operate::GroupLaunch::Mixed { id, overrides: None, .. }) = harbor.group("batch-prod").launch else {
        panic!("one override has a template of its own")
    };
    let start = Mutation::StartInstanceRefresh {
        group: "batch-prod".into(),
        preferences: RefreshPreferences { alarms: Vec::new(), checkpoint_percents: Vec::new(), ..preferences() },
        desired: Some(DesiredConfiguration {
            template: id,
            version: "7".into(),
            overrides: Some(vec![Override { instance_type: "c6i.2xlarge".into(), weight: Some(2) }]),
        }),
    };
    harbor.made(&start, "op-1-0", Output::Refresh);
    let line = harbor.operator.line(&harbor.scope).unwrap();
    let call = line.reading.autoscaling.describe_instance_refreshes().auto_scaling_group_name("batch-prod");
    let answer = harbor.runtime.block_on(call.send()).unwrap();
    let desired = answer.instance_refreshes()[0].desired_configuration().unwrap();
    let overrides = desired.mixed_instances_policy().unwrap().launch_template().unwrap().overrides().to_vec();
    assert_eq!(overrides.len(), 1);
    assert_eq!((overrides[0].instance_type(), overrides[0].weighted_capacity()), (Some("c6i.2xlarge"), Some("2")));
}

#[test]
fn a_launch_from_a_template_happens_once_a_token() {
    let harbor = Harbor::open();
    let subnet = harbor.facts(&harbor.server("kafka-1")).subnet;
    let from = LaunchFrom::Template { id: harbor.template_of("checkout-prod"), version: 22 };
    let launch = Mutation::RunInstances { from, subnet: subnet.clone() };
    let first = harbor.made(&launch, "op-1-0", Output::Successor);
    assert_eq!(harbor.made(&launch, "op-1-0", Output::Successor), first, "AWS knows the token");
    assert_ne!(harbor.made(&launch, "op-2-0", Output::Successor), first);
    assert_eq!(harbor.facts(&first).subnet, subnet);
    assert_eq!(harbor.operator.launched_with(&harbor.scope, &Token("op-1-0".into())).unwrap(), [first]);
}

#[test]
fn a_launch_from_a_server_carries_everything_but_its_addresses() {
    let harbor = Harbor::open();
    let old = harbor.server("kafka-1");
    let data_sha256 = harbor.operator.launch_data_sha256(&harbor.scope, &old).unwrap();
    assert_eq!(data_sha256.len(), 64);
    let from = LaunchFrom::Server { id: old.clone(), data_sha256: data_sha256.clone() };
    let facts = harbor.facts(&old);
    let launch = Mutation::RunInstances { from, subnet: facts.subnet.clone() };
    let id = harbor.made(&launch, "op-1-0", Output::Successor);
    let made = harbor.facts(&id);
    assert_eq!((&made.image, &made.instance_type, &made.zone), (&facts.image, &facts.instance_type, &facts.zone));
    assert_eq!(made.subnet, facts.subnet);
    assert_eq!(made.tags.get("emberline:exempt"), facts.tags.get("emberline:exempt"));
    assert_ne!(made.addresses, facts.addresses);
    let again = harbor.operator.launch_data_sha256(&harbor.scope, &old).unwrap();
    assert_eq!(again, data_sha256, "the same server tells the same");
}

#[test]
fn launch_data_that_changed_is_not_launched_from() {
    let harbor = Harbor::open();
    let from = LaunchFrom::Server { id: harbor.server("kafka-1"), data_sha256: "0".repeat(64) };
    let sent = harbor.send(&Mutation::RunInstances { from, subnet: None }, "op-1-0");
    let Sent::Refused { code, message, .. } = &sent else { panic!("{sent:?}") };
    assert_eq!(code, Sent::NOT_SENT);
    assert!(message.ends_with("changed since the plan was made. Plan again."), "{message}");
    assert_eq!(harbor.asked("RunInstances"), 0);
}

#[test]
fn a_server_is_terminated_and_a_protected_one_refuses_with_its_reason() {
    let harbor = Harbor::open();
    let (free, protected) = (harbor.server("kafka-2"), harbor.server("jenkins"));
    accepted(&harbor.send(&Mutation::TerminateInstances { server: free.clone() }, "op-1-0"));
    assert_ne!(harbor.facts(&free).state, "running");
    assert_eq!(harbor.facts(&protected).termination_protected, Some(true));
    let sent = harbor.send(&Mutation::TerminateInstances { server: protected.clone() }, "op-2-0");
    let Sent::Refused { code, message, action: None, request_id: Some(_) } = &sent else { panic!("{sent:?}") };
    assert_eq!(code, "OperationNotPermitted");
    assert!(message.contains(&protected), "{message}");
    assert_eq!(harbor.facts(&protected).state, "running");
}

#[test]
fn a_root_is_replaced_from_an_image_and_once_a_token() {
    let harbor = Harbor::open();
    let server = harbor.server("kafka-1");
    let image = harbor.facts(&server).image;
    let replace = Mutation::CreateReplaceRootVolumeTask {
        server: server.clone(),
        image: Some(image.clone()),
        delete_replaced: true,
    };
    let task = harbor.made(&replace, "op-1-0", Output::RootTask);
    assert_eq!(harbor.made(&replace, "op-1-0", Output::RootTask), task);
    harbor.sandbox.advance(std::time::Duration::from_secs(1_800));
    let tasks = harbor.operator.root_tasks(&harbor.scope, std::slice::from_ref(&server)).unwrap();
    assert_eq!(tasks.len(), 1);
    assert_eq!((&tasks[0].id, &tasks[0].image, tasks[0].state.as_str()), (&task, &Some(image), "succeeded"));
    assert!(tasks[0].completed_at > tasks[0].started_at);
}

#[test]
fn a_bake_gives_its_image_under_its_name() {
    let harbor = Harbor::open();
    let server = harbor.server("kafka-1");
    let bake = Mutation::CreateImage { server: server.clone(), name: "kafka (by hand)".into(), no_reboot: true };
    let id = harbor.made(&bake, "op-1-0", Output::Image);
    let named = harbor.operator.image_named(&harbor.scope, "kafka (by hand)").unwrap().unwrap();
    assert_eq!((&named.id, named.source_server.as_deref()), (&id, Some(server.as_str())));
    assert_eq!(harbor.operator.image(&harbor.scope, &id).unwrap().unwrap(), named);
    assert_eq!(harbor.operator.image_named(&harbor.scope, "kafka (by*").unwrap(), None, "a name is no pattern");
    let sent = harbor.send(&bake, "op-2-0");
    let Sent::Refused { code, .. } = &sent else { panic!("{sent:?}") };
    assert_eq!(code, "InvalidAMIName.Duplicate");
}

#[test]
fn images_are_found_by_exactly_their_tag() {
    let harbor = Harbor::open();
    let kafka = harbor.server("kafka-1");
    let line = harbor.operator.line(&harbor.scope).unwrap();
    let made: Vec<String> = [("one", "web*"), ("two", "web-2"), ("three", "web*")]
        .iter()
        .map(|&(name, value)| {
            let tag = Tag::builder().key("release").value(value).build();
            let tags = TagSpecification::builder().resource_type(ResourceType::Image).tags(tag).build();
            let call = line.reading.ec2.create_image().instance_id(&kafka).name(name).no_reboot(true);
            let answer = harbor.runtime.block_on(call.tag_specifications(tags).send()).unwrap();
            answer.image_id().unwrap().to_owned()
        })
        .collect();
    let found = |value: &str| -> Vec<String> {
        let found = harbor.operator.images_tagged(&harbor.scope, "release", value).unwrap();
        let mut ids: Vec<String> = found.into_iter().map(|image| image.id).collect();
        ids.sort();
        ids
    };
    let mut both = vec![made[0].clone(), made[2].clone()];
    both.sort();
    assert_eq!(found("web*"), both, "a value is no pattern");
    assert_eq!(found("web-2"), [made[1].clone()]);
    assert_eq!(found("web"), Vec::<String>::new());
}

#[test]
fn a_template_version_is_a_copy_with_another_image() {
    let harbor = Harbor::open();
    let template = harbor.template_of("checkout-prod");
    let image = harbor.facts(&harbor.server("kafka-1")).image;
    let create = Mutation::CreateLaunchTemplateVersion {
        template: template.clone(),
        source_version: 22,
        image: image.clone(),
        description: "rebaked".into(),
    };
    assert_eq!(harbor.made(&create, "op-1-0", Output::TemplateVersion), "23");
    assert_eq!(harbor.made(&create, "op-1-0", Output::TemplateVersion), "23", "AWS knows the token");
    let versions = harbor.operator.template_versions(&harbor.scope, &template, None).unwrap();
    assert_eq!(versions[0].template.version, 23);
    assert_eq!((versions[0].image.as_ref(), versions[0].description.as_deref()), (Some(&image), Some("rebaked")));
    assert_eq!(harbor.operator.template(&harbor.scope, &template).unwrap().unwrap().latest_version, 23);
}

#[test]
fn a_pipeline_builds_and_the_same_token_builds_nothing_more() {
    let harbor = Harbor::open();
    let recipe = format!("arn:aws:imagebuilder:eu-west-1:{}:image-recipe/api", harbor.scope.account);
    let pipelines = harbor.operator.pipelines(&harbor.scope, &recipe).unwrap();
    assert_eq!(pipelines.len(), 1);
    let pipeline = pipelines[0].arn.clone();
    let before = harbor.operator.builds(&harbor.scope, &pipeline).unwrap().len();
    let start = Mutation::StartImagePipelineExecution { pipeline: pipeline.clone() };
    let build = harbor.made(&start, "op-1-0", Output::Build);
    assert_eq!(harbor.made(&start, "op-1-0", Output::Build), build);
    let builds = harbor.operator.builds(&harbor.scope, &pipeline).unwrap();
    assert_eq!((builds.len(), &builds[0].arn), (before + 1, &build));
    harbor.sandbox.advance(std::time::Duration::from_secs(3 * 3_600));
    let done = harbor.operator.build(&harbor.scope, &build).unwrap().unwrap();
    assert_eq!(done.status, "AVAILABLE");
    let here = done.images.iter().find(|image| image.region == "eu-west-1").unwrap();
    assert_eq!(harbor.operator.image(&harbor.scope, &here.image).unwrap().unwrap().state, "available");
}

#[test]
fn ec2_is_asked_beforehand_and_nothing_happens() {
    let harbor = Harbor::open();
    let (free, protected) = (harbor.server("kafka-1"), harbor.server("jenkins"));
    let terminate = |server: &str| Mutation::TerminateInstances { server: server.to_owned() };
    assert_eq!(harbor.operator.dry_run(&harbor.scope, &terminate(&free)), DryRun::Would);
    assert_eq!(harbor.facts(&free).state, "running");
    let no = harbor.operator.dry_run(&harbor.scope, &terminate("i-0123456789abcdef0"));
    assert!(matches!(&no, DryRun::Refused { code, .. } if code == "InvalidInstanceID.NotFound"), "{no:?}");
    let data_sha256 = harbor.operator.launch_data_sha256(&harbor.scope, &protected).unwrap();
    let from = LaunchFrom::Server { id: protected, data_sha256 };
    let launch = Mutation::RunInstances { from, subnet: None };
    assert_eq!(harbor.operator.dry_run(&harbor.scope, &launch), DryRun::Would);
    let group = Mutation::CancelInstanceRefresh { group: "web-prod".into() };
    let no = harbor.operator.dry_run(&harbor.scope, &group);
    assert!(matches!(&no, DryRun::Refused { message, .. } if message.contains("can't be tried")), "{no:?}");
    assert_eq!(harbor.asked("CancelInstanceRefresh"), 0);
}
