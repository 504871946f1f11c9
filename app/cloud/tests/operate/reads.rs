//! Which facts come of which answers.

use operate::{Address, Calls as _, Detail, GroupLaunch};

use crate::harbor::Harbor;

#[test]
fn the_caller_is_who_the_profile_is() {
    let harbor = Harbor::open();
    let caller = harbor.operator.caller(&harbor.scope).unwrap();
    assert_eq!(caller.account, harbor.scope.account);
    assert!(caller.arn.contains("EmberlineReader"), "{}", caller.arn);
    assert_eq!(harbor.operator.read_only_reason(), None);
}

#[test]
fn a_group_tells_its_bounds_its_members_and_what_it_launches() {
    let harbor = Harbor::open();
    let web = harbor.group("web-prod");
    assert_eq!((web.desired, web.min, web.max), (44, 30, 90));
    assert_eq!((web.min_healthy_percent, web.max_healthy_percent), (Some(90), Some(110)));
    assert_eq!(web.members.len(), 44);
    assert!(web.members.iter().all(|member| member.units == 1 && member.healthy && member.lifecycle == "InService"));
    assert_eq!(web.members.iter().filter(|member| member.protected_from_scale_in).count(), 1);
    assert_eq!(web.members.iter().filter(|member| member.template.as_ref().unwrap().version == 12).count(), 35);
    let Some(GroupLaunch::Template { id, version }) = &web.launch else { panic!("{:?}", web.launch) };
    assert!(id.starts_with("lt-"), "{id}");
    assert_eq!(version, "12");
    assert_eq!(web.target_groups.len(), 1);
    assert_eq!(web.tags["team"], "storefront");
    assert_eq!((web.owner.as_deref(), web.status.as_deref(), web.warm_pool), (None, None, false));
    assert_eq!(harbor.operator.group(&harbor.scope, "web-pro*").unwrap(), None);

    let api = harbor.group("api-prod");
    assert_eq!(api.max_instance_lifetime_s, Some(30 * 86_400));
    let search = harbor.group("search-prod");
    assert_eq!(search.suspended, ["AZRebalance"]);
    let billing = harbor.group("billing-legacy");
    assert_eq!(billing.launch, Some(GroupLaunch::Configuration("billing-lc-20250916".into())));
    let batch = harbor.group("batch-prod");
    assert!(matches!(batch.launch, Some(GroupLaunch::Mixed { overrides: None, .. })), "{:?}", batch.launch);
    let ci = harbor.group("ci-runners");
    assert!(ci.warm_pool);
    assert_eq!(ci.members.len(), 16, "those of the warm pool are no members");
}

#[test]
fn every_target_of_a_group_has_its_health() {
    let harbor = Harbor::open();
    let checkout = harbor.group("checkout-prod");
    let targets = harbor.operator.targets(&harbor.scope, &checkout.target_groups).unwrap();
    assert_eq!(targets.len(), 12);
    assert_eq!(targets.iter().filter(|target| target.state == "healthy").count(), 11);
    assert!(targets.iter().all(|target| checkout.member(&target.server).is_some()));
    assert!(targets.iter().all(|target| target.target_group == checkout.target_groups[0]));
    assert_eq!(harbor.operator.targets(&harbor.scope, &[]).unwrap(), []);
}

#[test]
fn a_member_is_read_whole() {
    let harbor = Harbor::open();
    let bastion = harbor.group("bastion");
    let id = &bastion.members[0].server;
    let server = harbor.servers(&[id]).remove(0);
    assert_eq!((&server.id, server.state.as_str()), (id, "running"));
    let told = |detail| {
        let server = harbor.operator.servers(&harbor.scope, std::slice::from_ref(id), detail).unwrap().remove(0);
        (server.termination_protected, server.stop_protected, server.checks_passed)
    };
    assert_eq!(told(Detail::Plain), (None, None, None));
    assert_eq!(told(Detail::Termination), (Some(true), None, None));
    assert_eq!(told(Detail::Protections), (Some(true), Some(false), None));
    assert_eq!(told(Detail::Checks), (None, None, Some(true)));
    assert_eq!((server.group.as_deref(), server.owner.as_deref()), (Some("bastion"), None));
    assert_eq!(server.template, bastion.members[0].template);
    assert!(server.image.starts_with("ami-"));
    assert_eq!(server.instance_type, "t3.small");
    assert_eq!(server.zone.as_deref(), Some("eu-west-1a"));
    assert!(server.subnet.as_deref().unwrap().starts_with("subnet-"));
    let born = server.born_at.unwrap();
    assert_eq!((harbor.sandbox.now().as_second() - born.as_second()) / 86_400, 12);
    assert_eq!(server.volumes.len(), 1);
    assert!(server.volumes[0].is_root && server.volumes[0].delete_on_termination);
    assert!(server.volumes[0].id.starts_with("vol-"));
    assert_eq!(server.interfaces.len(), 1);
    assert!(server.interfaces[0].is_primary && server.interfaces[0].id.starts_with("eni-"));
    let [Address::Private(private), Address::Public(_)] = &server.addresses[..] else {
        panic!("{:?}", server.addresses)
    };
    assert!(private.starts_with("10."), "{private}");
    assert_eq!(server.dns_names.len(), 2);
}

#[test]
fn an_unknown_id_leaves_the_others_readable() {
    let harbor = Harbor::open();
    let members: Vec<String> = harbor.group("web-prod").members.into_iter().map(|member| member.server).collect();
    let mut ids = members.clone();
    ids.insert(7, "i-0123456789abcdef0".into());
    ids.insert(21, "i-hostile\u{202e}".into());
    ids.push("no id at all".into());
    let mut found: Vec<String> = harbor
        .operator
        .servers(&harbor.scope, &ids, Detail::Plain)
        .unwrap()
        .into_iter()
        .map(|server| server.id)
        .collect();
    found.sort();
    assert_eq!(found, members);
    assert_eq!(harbor.operator.servers(&harbor.scope, &[], Detail::Protections).unwrap(), []);
}

#[test]
fn refreshes_come_newest_first() {
    let harbor = Harbor::open();
    let search = harbor.operator.refreshes(&harbor.scope, "search-prod").unwrap();
    let told: Vec<_> = search.iter().map(|one| (one.status.as_str(), one.percent, one.to_update)).collect();
    assert_eq!(told, [("Failed", Some(30), Some(14)), ("Cancelled", Some(57), Some(6))]);
    assert!(search.iter().all(|one| !one.is_active() && one.ended_at > one.started_at));
    let web = harbor.operator.refreshes(&harbor.scope, "web-prod").unwrap();
    assert!(web[0].is_active());
    assert_eq!(web[0].template.as_ref().map(|template| template.version), Some(12));
}

#[test]
fn a_template_resolves_what_its_version_stands_for() {
    let harbor = Harbor::open();
    let scope = operate::Scope { region: "us-east-1".into(), ..harbor.scope.clone() };
    let reporting = harbor.operator.group(&scope, "reporting").unwrap().unwrap();
    let Some(GroupLaunch::Template { id, .. }) = reporting.launch else { panic!() };
    let template = harbor.operator.template(&scope, &id).unwrap().unwrap();
    assert_eq!((template.name.as_str(), template.default_version, template.latest_version), ("reporting", 2, 3));
    assert_eq!(template.tags["service"], "reporting");
    let version = |version: &str| {
        let found = harbor.operator.template_versions(&scope, &id, Some(version)).unwrap();
        found.into_iter().map(|one| one.template.version).collect::<Vec<_>>()
    };
    assert_eq!(
        (version("$Latest"), version("$Default"), version("3"), version("99")),
        (vec![3], vec![2], vec![3], vec![])
    );
    let all = harbor.operator.template_versions(&scope, &id, None).unwrap();
    assert_eq!(all.iter().map(|one| one.template.version).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(all[0].description.as_deref(), Some("not rolled out yet"));
    assert!(all.iter().all(|one| one.image.as_ref().unwrap().starts_with("ami-") && one.created_at.is_some()));
    assert_eq!(harbor.operator.template(&harbor.scope, "lt-0123456789abcdef0").unwrap(), None);
    assert_eq!(harbor.operator.template_versions(&harbor.scope, "lt-0123456789abcdef0", None).unwrap(), []);
    let Some(GroupLaunch::Mixed { id, .. }) = harbor.group("batch-prod").launch else { panic!() };
    let batch = harbor.operator.template_versions(&harbor.scope, &id, Some("$Default")).unwrap();
    assert_eq!(batch[0].image.as_deref(), Some("resolve:ssm:/harbor/batch/image"));
}

#[test]
fn an_image_is_read_by_id_and_one_that_is_gone_is_none() {
    let harbor = Harbor::open();
    let bastion = harbor.servers(&[&harbor.group("bastion").members[0].server]).remove(0);
    let image = harbor.operator.image(&harbor.scope, &bastion.image).unwrap().unwrap();
    assert_eq!((image.state.as_str(), image.architecture.as_deref()), ("available", Some("x86_64")));
    assert!(image.created_at.unwrap() < harbor.sandbox.now());
    let name = image.name.clone().unwrap();
    assert_eq!(harbor.operator.image_named(&harbor.scope, &name).unwrap(), Some(image));
    let billing = harbor.servers(&[&harbor.group("billing-legacy").members[0].server]).remove(0);
    assert_eq!(harbor.operator.image(&harbor.scope, &billing.image).unwrap(), None, "it is deregistered");
    assert_eq!(harbor.operator.image(&harbor.scope, "ami-what").unwrap(), None);
    assert_eq!(harbor.operator.image_named(&harbor.scope, "golden*").unwrap(), None);
}

#[test]
fn a_recipe_leads_to_its_pipeline_and_that_to_its_builds() {
    let harbor = Harbor::open();
    let recipe = format!("arn:aws:imagebuilder:eu-west-1:{}:image-recipe/web", harbor.scope.account);
    let pipelines = harbor.operator.pipelines(&harbor.scope, &recipe).unwrap();
    assert_eq!(pipelines.len(), 1, "golden-al2023 is another one");
    let web = &pipelines[0];
    assert!(web.enabled && web.recipe.starts_with(&format!("{recipe}/")), "{web:?}");
    assert!(web.parent_image.as_deref().unwrap().ends_with("image/golden-al2023/x.x.x"), "{web:?}");
    assert_eq!(harbor.operator.pipeline(&harbor.scope, &web.arn).unwrap().as_ref(), Some(web));
    assert_eq!(harbor.operator.pipeline(&harbor.scope, &format!("{}-gone", web.arn)).unwrap(), None);
    let builds = harbor.operator.builds(&harbor.scope, &web.arn).unwrap();
    assert!(builds.len() >= 2 && builds.is_sorted_by(|a, b| a.created_at >= b.created_at));
    assert!(builds.iter().any(|build| build.status == "FAILED" && build.reason.is_some()));
    let good = builds.iter().find(|build| build.status == "AVAILABLE").unwrap();
    let build = harbor.operator.build(&harbor.scope, &good.arn).unwrap().unwrap();
    assert_eq!((&build.arn, build.created_at), (&good.arn, good.created_at));
    assert!(build.images.iter().any(|image| image.region == "eu-west-1" && image.account == harbor.scope.account));
    assert_eq!(harbor.operator.build(&harbor.scope, &format!("{}9", good.arn)).unwrap(), None);
}

#[test]
fn a_replaced_root_is_told_with_its_image() {
    let harbor = Harbor::open();
    let mut scope = harbor.scope.clone();
    scope.region = "us-east-1".into();
    let reporting = harbor.operator.group(&scope, "reporting").unwrap().unwrap();
    let members: Vec<String> = reporting.members.into_iter().map(|member| member.server).collect();
    let tasks = harbor.operator.root_tasks(&scope, &members).unwrap();
    assert_eq!(tasks.len(), 1);
    assert!(members.contains(&tasks[0].server));
    assert_eq!(harbor.operator.root_tasks(&scope, &[]).unwrap(), []);
    assert_eq!(tasks[0].state, "succeeded");
    assert!(tasks[0].image.as_deref().unwrap().starts_with("ami-"));
    assert!(tasks[0].started_at < tasks[0].completed_at);
}

#[test]
fn the_launch_data_of_servers_differ_and_are_told_alike_each_time() {
    let harbor = Harbor::open();
    let members = harbor.group("checkout-prod").members;
    let hash = |server: &str| harbor.operator.launch_data_sha256(&harbor.scope, server).unwrap();
    assert_eq!(hash(&members[0].server), hash(&members[0].server));
    assert_ne!(hash(&members[0].server), hash(&members[1].server));
}
