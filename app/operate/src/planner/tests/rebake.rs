use super::*;
use crate::testing::{RECIPE, image, pipeline};
use crate::{Action, BuildFacts, GroupLaunch, OperationId, RefreshChoices, Work};

fn rebake(pipeline: Option<&str>) -> Action {
    Action::Rebake { recipe: RECIPE.into(), pipeline: pipeline.map(str::to_owned) }
}

fn rebake_roll(pauses: bool) -> Action {
    let choices = RefreshChoices::default();
    Action::RebakeRoll { group: "web".into(), recipe: RECIPE.into(), pipeline: None, choices, pauses }
}

#[test]
fn a_recipe_is_baked_by_its_pipeline() {
    let plan = planned(&Account::new(), rebake(None)).unwrap();
    assert_eq!(
        works(&plan),
        [
            send(
                &json!({"call": "StartImagePipelineExecution", "pipeline": pipeline("web").arn}),
                Some("build"),
                None,
                None
            ),
            json!({"what": "built", "build": {"output": "build"}}),
            json!({"what": "image-available", "image": {"output": "image"}, "architecture": null}),
        ]
    );
    assert_eq!(plan.warnings, Vec::<String>::new());
}

#[test]
fn a_pinned_parent_and_a_build_under_way_are_said() {
    let mut account = Account::new();
    account.pipelines[0].parent_image = Some("ami-1".into());
    let build = |arn: &str, status: &str| BuildFacts {
        arn: arn.into(),
        status: status.into(),
        reason: None,
        created_at: None,
        images: Vec::new(),
    };
    account.builds = vec![build("web/1.0.0/2", "TESTING"), build("web/1.0.0/1", "AVAILABLE")];
    assert_eq!(
        planned(&account, rebake(None)).unwrap().warnings,
        [
            "The recipe's parent image is pinned to ami-1: the rebake keeps the old base.",
            "A build of this pipeline is under way already (web/1.0.0/2, TESTING): this makes another one.",
        ]
    );
}

#[test]
fn several_pipelines_ask_which_and_a_disabled_one_is_refused() {
    let mut account = Account::new();
    account.pipelines.push(pipeline("nightly"));
    let (web, nightly) = (pipeline("web").arn, pipeline("nightly").arn);
    assert_eq!(
        refusals(planned(&account, rebake(None))),
        [(Guard::Launchable, format!("2 pipelines build the recipe {RECIPE}: {web}, {nightly}"))]
    );
    let plan = planned(&account, rebake(Some(&nightly))).unwrap();
    assert_eq!(works(&plan)[0].pointer("/send/mutation/pipeline"), Some(&json!(nightly)));
    account.pipelines[1].enabled = false;
    assert_eq!(
        refusals(planned(&account, rebake(Some(&nightly)))),
        [(Guard::Launchable, "the pipeline nightly is disabled".to_owned())]
    );
    assert_eq!(
        refusals(planned(&account, rebake(Some("arn:other")))),
        [(Guard::Launchable, format!("there is no pipeline arn:other that builds the recipe {RECIPE}"))]
    );
    account.pipelines.clear();
    assert_eq!(
        refusals(planned(&account, rebake(None))),
        [(
            Guard::Launchable,
            format!("no pipeline builds the recipe {RECIPE}, and no bake command is configured for it here")
        )]
    );
}

fn by_command(recipe: &str, pipeline: Option<&str>) -> Action {
    Action::Rebake { recipe: recipe.into(), pipeline: pipeline.map(str::to_owned) }
}

#[test]
fn a_recipe_with_a_command_is_baked_by_it_and_the_plan_shows_what_it_is() {
    let plan = planned(&Account::new(), by_command("web", None)).unwrap();
    let shown = json!({
        "command": ["packer", "build", "web image.pkr.hcl"],
        "directory": "/home/ada/images",
        "image": {"manifest": "packer-manifest.json"},
        "timeout_s": 7_200,
    });
    assert_eq!(works(&plan)[0], json!({"bake-command": {"recipe": "web", "shown": shown}}));
    assert_eq!(works(&plan).len(), 2);
    assert_eq!(plan.targets(), ["111122223333/eu-west-1/bake.web"]);
    assert_eq!(crate::testing::bake_command().line(), "packer build 'web image.pkr.hcl'");
    assert_eq!(
        crate::testing::bake_command().terms(),
        "in /home/ada/images, for 2h at most; finds its image in packer-manifest.json"
    );
    assert_eq!(
        refusals(planned(&Account::new(), by_command("web", Some("arn")))),
        [(Guard::Setting, "the recipe web is baked by a command and not by a pipeline".to_owned())]
    );
}

#[test]
fn a_command_that_is_not_there_or_can_not_be_run_is_said() {
    let other_region = |rules: &mut Rules| rules.bakes[0].regions = vec!["us-east-1".into()];
    let in_process = |rules: &mut Rules| rules.no_bakes = Some("the sandbox is in this program".into());
    let none = "no bake command is configured here for web in 111122223333/eu-west-1";
    for (change, reason) in [
        (&(|rules: &mut Rules| rules.bakes.clear()) as &dyn Fn(&mut Rules), none),
        (&other_region, none),
        (&in_process, "the sandbox is in this program"),
    ] {
        let mut rules = rules();
        change(&mut rules);
        let refused = planned_by(&rules, &Account::new(), by_command("web", None));
        assert_eq!(refusals(refused), [(Guard::BakeCommand, reason.to_owned())]);
    }
}

#[test]
fn a_command_bakes_for_one_operation_at_a_time() {
    let account = Account::new();
    let target = "111122223333/eu-west-1/bake.web".to_owned();
    let slip = Slip { holders: [(target, OperationId("op-abc".into()))].into(), ..Slip::default() };
    let world = World { calls: &account, journal: &slip, time: &Still };
    let refused = crate::plan(world, &rules(), &scope(), by_command("web", None));
    let reason = "the operation op-abc has bake.web in hand and has not ended".to_owned();
    assert_eq!(refusals(refused), [(Guard::OneOperation, reason)]);
}

#[test]
fn a_rebake_and_roll_goes_from_the_bake_to_the_roots() {
    let mut account = Account::new();
    account.templates.get_mut("lt-web").unwrap().tags.insert("ManagedBy".into(), "Terraform".into());
    account.member(2).lifecycle = "Standby".into();
    let rules = Rules { min_healthy_percent: 50, ..rules() };
    let plan = planned_by(&rules, &account, rebake_roll(true)).unwrap();
    let works = works(&plan);
    assert_eq!(works[2], json!({"what": "image-available", "image": {"output": "image"}, "architecture": "arm64"}));
    assert_eq!(works[3], json!("pause"));
    assert_eq!(
        works[4],
        send(
            &json!({
                "call": "CreateLaunchTemplateVersion", "template": "lt-web", "source_version": 3,
                "image": {"output": "image"},
                "description": "Emberline, 2026-11-23T12:00:00Z, 1a2b3c4d5e6f7081",
            }),
            Some("template-version"),
            None,
            None
        )
    );
    assert_eq!(works[5], json!("pause"));
    assert_eq!(
        works[6].pointer("/send/mutation/desired"),
        Some(&json!({"template": "lt-web", "version": {"output": "template-version"}, "overrides": null}))
    );
    assert_eq!(works[6].pointer("/send/mutation/preferences/auto_rollback"), Some(&json!(true)));
    assert_eq!(
        works[8],
        json!({"what": "roots-from", "group": "web", "image": {"output": "image"}, "besides": ["i-3"]})
    );
    assert_eq!(works.len(), 9);
    assert_eq!(
        plan.warnings,
        [
            "The launch template web (lt-web) is described by Terraform, which will show this as drift and may take it \
             back: change it there as well.",
            "Version 3 is not the latest of lt-web: what changed up to version 4 is not in the new one.",
            "Whatever follows $Latest of lt-web launches from the new image as soon as the version is there.",
            "Left as they are, in Standby or protected from scale-in: i-3.",
        ]
    );
    let unhurried = planned_by(&rules, &account, rebake_roll(false)).unwrap();
    assert!(!unhurried.steps.iter().any(|step| step.work == Work::Pause));
    assert_eq!(unhurried.steps.len(), 7);
}

#[test]
fn a_rebake_and_roll_needs_an_image_that_fits() {
    let mut account = Account::new();
    account.pipelines[0].parent_image = Some("ami-x86".into());
    account
        .images
        .insert("ami-x86".into(), crate::ImageFacts { architecture: Some("x86_64".into()), ..image("ami-x86") });
    assert_eq!(
        refusals(planned(&account, rebake_roll(false))),
        [(Guard::Launchable, "the recipe bakes from ami-x86 for x86_64, and the template launches arm64".to_owned())]
    );
    account.pipelines[0].parent_image = None;
    account.versions[1].image = Some("resolve:ssm:/golden/web".into());
    let plan = planned(&account, rebake_roll(false)).unwrap();
    assert_eq!(works(&plan)[2].pointer("/architecture"), Some(&json!("arm64")), "as the images of its servers say");
    account.images.clear();
    let plan = planned(&account, rebake_roll(false)).unwrap();
    assert_eq!(works(&plan)[2].pointer("/architecture"), Some(&Value::Null));
    assert_eq!(
        plan.warnings[0],
        "The architecture that web launches could not be told: see to it that the recipe bakes for it."
    );
}

#[test]
fn a_launch_configuration_can_take_no_new_image() {
    let mut account = Account::new();
    account.web().launch = Some(GroupLaunch::Configuration("web-1".into()));
    assert_eq!(
        refusals(planned(&account, rebake_roll(false))),
        [(Guard::Setting, "the group web has no launch template that an image could go into".to_owned())]
    );
    let choices = RefreshChoices { template_version: Some(3), ..RefreshChoices::default() };
    let action =
        Action::RebakeRoll { group: "web".into(), recipe: RECIPE.into(), pipeline: None, choices, pauses: false };
    assert_eq!(
        refusals(planned(&Account::new(), action)),
        [(Guard::Setting, "a rebake can't roll to a version that is there already".to_owned())]
    );
}

#[test]
fn a_pipeline_is_baked_by_one_operation_at_a_time() {
    let account = Account::new();
    let plan = planned(&account, rebake(None)).unwrap();
    let target = format!("111122223333/eu-west-1/{}", pipeline("web").arn);
    assert_eq!(plan.targets(), std::slice::from_ref(&target));
    let slip = Slip { holders: [(target, OperationId("op-abc".into()))].into(), ..Slip::default() };
    let world = World { calls: &account, journal: &slip, time: &Still };
    let refused = crate::plan(world, &rules(), &scope(), rebake(None));
    assert_eq!(
        refusals(refused),
        [(Guard::OneOperation, format!("the operation op-abc has {} in hand and has not ended", pipeline("web").arn))]
    );
}
