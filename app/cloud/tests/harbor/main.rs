//! The sandbox's default scenario, pulled through the SDK from one end to the other.
#![expect(clippy::unwrap_used, reason = "a test")]

mod again;
mod evidence;

use std::collections::BTreeSet;
use std::sync::Arc;

use emberline_cloud::{Access, Cancel, Login, pull};
use fleet::{Call, Fleet, GapKind, ImageRef};
use sandbox::Sandbox;

fn logins(sandbox: &Sandbox) -> Vec<Login> {
    sandbox
        .profiles()
        .iter()
        .map(|profile| Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: profile.regions.clone(),
            access_key_id: profile.access_key_id.clone(),
            secret_access_key: profile.secret_access_key.clone(),
        })
        .collect()
}

fn access(sandbox: &Sandbox) -> Access {
    let handler = sandbox.clone();
    Access::in_process(Arc::new(move |request| handler.handle(request).into_response()), logins(sandbox))
}

async fn harbor() -> Fleet {
    pulled(Sandbox::open("harbor").unwrap()).await
}

async fn pulled(sandbox: Sandbox) -> Fleet {
    // In a task of its own, as the app does it: a pull can move between threads.
    tokio::spawn(async move { pull(&access(&sandbox), &|_| {}, &Cancel::new()).await }).await.unwrap().unwrap()
}

#[tokio::test]
async fn every_row_of_the_scenario_comes_and_only_its_denied_scope_is_missing() {
    let fleet = harbor().await;
    assert_eq!(fleet.scopes.len(), 4);
    assert!(fleet.scopes.iter().all(|scope| scope.caller.is_some() && scope.clock_skew_s.is_some()));
    assert!(fleet.servers.len() >= 380, "{}", fleet.servers.len());
    let (profiles, actions): (BTreeSet<_>, Vec<_>) = fleet
        .gaps
        .iter()
        .map(|gap| {
            assert_eq!(gap.kind, GapKind::Denied);
            (fleet.text(fleet.scope(gap.scope).unwrap().profile), fleet.text(gap.action).unwrap())
        })
        .unzip();
    assert_eq!(profiles.len(), 1);
    assert_eq!(
        actions,
        ["imagebuilder:ListImagePipelines", "imagebuilder:ListImageRecipes", "imagebuilder:ListImageBuildVersions"]
    );
}

/// What could not be read beside what the scenario denies: the actions.
fn gaps(fleet: &Fleet) -> BTreeSet<&str> {
    let gaps = fleet.gaps.iter().filter_map(|gap| fleet.text(gap.action));
    gaps.filter(|action| !action.starts_with("imagebuilder:")).collect()
}

#[tokio::test]
async fn what_goes_wrong_once_is_tried_again() {
    let sandbox = Sandbox::open("harbor").unwrap();
    for fault in [
        "throttle:action=ec2:DescribeInstances,count=1",
        "500:action=ec2:DescribeImages,count=1",
        "503:action=ec2:DescribeLaunchTemplates,count=1",
        "reset:action=autoscaling:DescribeAutoScalingGroups,count=1",
        "timeout:action=autoscaling:DescribeLaunchConfigurations,count=1",
        "truncate:action=ec2:DescribeLaunchTemplateVersions,count=1",
        "lost-after:action=imagebuilder:ListImageBuildVersions,count=1",
        "lost-before:action=ssm:GetParameters,count=1",
    ] {
        sandbox.inject(fault.parse().unwrap());
    }
    let fleet = pulled(sandbox.clone()).await;
    assert_eq!((gaps(&fleet), fleet.gaps.len(), fleet.servers.len()), (BTreeSet::new(), 3, 412));
    let struck: Vec<u64> = sandbox.faults().iter().map(|fault| fault.fired).collect();
    assert_eq!(struck, [1; 8]);
}

#[tokio::test]
async fn what_goes_wrong_each_time_is_a_gap() {
    let sandbox = Sandbox::open("harbor").unwrap();
    for fault in [
        "denied:action=ec2:DescribeImages",
        "html500:action=autoscaling:DescribeWarmPool",
        "throttle:action=autoscaling:DescribeLaunchConfigurations",
    ] {
        sandbox.inject(fault.parse().unwrap());
    }
    let fleet = pulled(sandbox).await;
    let kinds: BTreeSet<_> = fleet.gaps.iter().map(|gap| (gap.call.operation(), format!("{:?}", gap.kind))).collect();
    for (call, kind) in [
        ("DescribeImages", GapKind::Denied),
        ("DescribeWarmPool", GapKind::Unsupported),
        ("DescribeLaunchConfigurations", GapKind::Throttled),
    ] {
        assert!(kinds.contains(&(call, format!("{kind:?}"))), "{call}: {kinds:?}");
    }
    assert_eq!(fleet.servers.len(), 412);
}

#[tokio::test]
async fn images_of_others_parameters_and_gone_images_are_found() {
    let fleet = harbor().await;
    let gone: Vec<_> = fleet.images.iter().filter(|image| image.from == Call::DescribeInstanceImageMetadata).collect();
    assert!(!gone.is_empty());
    assert!(gone.iter().all(|image| image.created.is_some() && image.name.is_some()));
    let owner_is_caller = |image: &&fleet::Image| image.owner == fleet.scope(image.scope).map(|scope| scope.account);
    assert!(fleet.images.iter().filter(|image| !owner_is_caller(image)).count() > 5);
    let by_parameter = fleet.template_versions.iter().filter_map(|version| match version.image? {
        ImageRef::Parameter { image, .. } => Some(image),
        ImageRef::Id(_) => None,
    });
    let pointed: Vec<_> = by_parameter.collect();
    assert!(!pointed.is_empty() && pointed.iter().all(Option::is_some), "{pointed:?}");
    // Every image that a server runs has a row in the server's scope.
    let known: BTreeSet<_> = fleet.images.iter().map(|image| (image.scope, image.id)).collect();
    for server in &fleet.servers {
        assert!(known.contains(&(server.scope, server.image.unwrap())), "{}", fleet.str(server.id));
    }
}

#[tokio::test]
async fn groups_warm_pools_and_recipes_are_whole() {
    let fleet = harbor().await;
    let members = || fleet.groups.iter().flat_map(|group| &group.members);
    assert!(members().any(|member| member.warm) && members().any(|member| !member.warm));
    let in_groups: BTreeSet<_> = members().map(|member| member.server).collect();
    let by_tag = fleet.servers.iter().filter(|server| server.group.is_some());
    assert!(by_tag.clone().all(|server| in_groups.contains(&server.id)));
    assert!(fleet.groups.iter().any(|group| group.overrides.iter().any(|over| over.template.is_some())));
    assert_eq!(fleet.launch_configurations.len(), 1);
    assert_eq!(fleet.root_replacements.len(), 1);
    let verified: Vec<_> = fleet.builds.iter().filter(|build| build.verified).collect();
    assert!(!verified.is_empty());
    assert!(verified.iter().all(|build| build.recipe.is_some() && build.parent.is_some() && !build.outputs.is_empty()));
    assert!(fleet.servers.iter().all(|server| server.launched.is_some() && server.interface_attached.is_some()));
}
