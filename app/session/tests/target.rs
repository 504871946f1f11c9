//! What a target's text means in a real pull: the embedded company.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use cloud::{Access, Cancel, Login};
use emberline_session::{Baker, Derived, TargetError, TargetKind, derive, find_target, open, recipe_for_group};
use emberline_session::{OpenSandbox, Source};
use insight::Policy;
use sandbox::Sandbox;

fn pulled(scenario: &str) -> (fleet::Fleet, Derived, Policy) {
    let sandbox: OpenSandbox = Arc::new(|scenario| {
        let sandbox = Sandbox::open(scenario).map_err(|error| error.to_string())?;
        let login = |profile: &sandbox::Profile| Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: profile.regions.clone(),
            access_key_id: profile.access_key_id.clone(),
            secret_access_key: profile.secret_access_key.clone(),
        };
        let logins = sandbox.profiles().iter().map(login).collect();
        Ok(Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins))
    });
    let opened = open(&Source::Sandbox(scenario.to_owned()), &sandbox).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let pulled = runtime.block_on(opened.pull(Arc::new(|_| ()), Cancel::new())).unwrap();
    let policy = Policy::parse("[accounts]\n210987654321 = \"prod\"\n", "emberline.toml").unwrap();
    let derived = derive(&pulled.fleet, &policy);
    (fleet::Fleet::clone(&pulled.fleet), derived, policy)
}

#[test]
fn a_target_is_found_by_id_or_name_and_place() {
    let (fleet, derived, policy) = pulled("harbor");
    let find = |kind, text: &str| find_target(&fleet, &derived.lineage, &policy, kind, text);

    let group = find(TargetKind::Group, "web-prod").unwrap();
    assert_eq!((group.id.as_str(), group.scope.to_string().as_str()), ("web-prod", "210987654321/eu-west-1"));
    assert_eq!(group.scope.profile.as_deref(), Some("harbor-prod"));
    for text in ["210987654321/eu-west-1/web-prod", "prod/eu-west-1/web-prod", " WEB-PROD "] {
        assert_eq!(find(TargetKind::Group, text), Ok(group.clone()), "{text}");
    }

    let server = fleet.servers.iter().find(|server| fleet.text(server.group) == Some("web-prod")).unwrap();
    let id = fleet.str(server.id);
    assert_eq!(find(TargetKind::Server, id).unwrap().id, id);
    let address = fleet.str(fleet.symbols.list(server.addresses)[0]);
    assert_eq!(find(TargetKind::Server, address).unwrap().id, id);

    let recipe = find(TargetKind::Recipe, "prod/eu-west-1/web").unwrap();
    assert!(recipe.id.ends_with(":image-recipe/web"), "{}", recipe.id);
}

#[test]
fn what_is_not_one_target_says_what_would_be() {
    let (fleet, derived, policy) = pulled("harbor");
    let find = |kind, text: &str| find_target(&fleet, &derived.lineage, &policy, kind, text).unwrap_err().to_string();

    assert_eq!(
        find(TargetKind::Group, "web-prud"),
        "there is no group called \"web-prud\"; did you mean \"web-prod\"?"
    );
    let elsewhere = find(TargetKind::Group, "prod/us-east-1/web-prod");
    assert!(elsewhere.starts_with("there is no group called \"web-prod\" in prod/us-east-1"), "{elsewhere}");

    assert_eq!(find(TargetKind::Recipe, "amazon"), "there is no recipe called \"amazon\"");
}

#[test]
fn several_of_one_name_are_listed_as_they_can_be_given() {
    let (fleet, derived, policy) = pulled("generated:40:7");
    let find = |text: &str| find_target(&fleet, &derived.lineage, &policy, TargetKind::Server, text);
    let Err(TargetError::Ambiguous { candidates, .. }) = find("service-0000") else { panic!() };
    assert_eq!(candidates.len(), 18);
    for candidate in candidates {
        let (place, name) = candidate.split_once("  ").unwrap();
        assert_eq!(name, "service-0000");
        let found = find(place).unwrap();
        assert_eq!(format!("{}/{}", found.scope, found.id), place);
    }
}

#[test]
fn a_bake_command_is_found_by_its_name_or_by_what_it_bakes() {
    let (fleet, derived, _) = pulled("harbor");
    let bake = |name: &str, more: &str| {
        format!("[bake.{name}]\ncommand = [\"packer\", \"build\", \".\"]\nimage = {{ tag = \"a=b\" }}\n{more}\n")
    };
    let text = bake("batch-prod", "recipes = [\"batch\"]\naccounts = [\"210987654321\"]\nregions = [\"eu-west-1\"]")
        + &bake("batch-stage", "recipes = [\"batch\"]\naccounts = [\"310987654321\"]")
        + &bake("golden-ubuntu", "")
        + &bake("unborn", "regions = [\"us-east-1\"]");
    let policy = Policy::parse(&text, "emberline.toml").unwrap();
    let lineage = &derived.lineage;
    let find = |text: &str| find_target(&fleet, lineage, &policy, TargetKind::Recipe, text);
    let found = |text: &str| find(text).map(|target| format!("{}/{}", target.scope, target.id));

    let batch = Ok("210987654321/eu-west-1/batch-prod".to_owned());
    for text in ["batch", "batch-prod", "packer:images/batch.pkr.hcl", "210987654321/eu-west-1/batch"] {
        assert_eq!(found(text), batch, "{text}: it is baked where its images are");
    }
    // One that nothing was baked by yet can be in either account.
    let Err(TargetError::Ambiguous { mut candidates, .. }) = found("unborn") else { panic!() };
    candidates.sort();
    assert_eq!(
        candidates,
        ["210987654321/us-east-1/unborn  bake command", "310987654321/us-east-1/unborn  bake command"]
    );
    assert_eq!(found("310987654321/us-east-1/unborn"), Ok("310987654321/us-east-1/unborn".to_owned()));
    let elsewhere = find("210987654321/eu-west-1/unborn").unwrap_err().to_string();
    assert!(elsewhere.starts_with("there is no recipe called \"unborn\" in 210987654321/eu-west-1"), "{elsewhere}");

    let recipe = lineage.recipes.iter().find(|recipe| recipe.id == "packer:images/batch.pkr.hcl").unwrap();
    let baker = |region: &str| Baker::of(&policy, recipe, "210987654321", region);
    assert_eq!(baker("eu-west-1"), Baker::Command("batch-prod".to_owned()));
    let Baker::Nothing(why) = baker("us-east-1") else { panic!() };
    assert!(why.contains("Write [bake.NAME] with recipes = [\"batch\"]"), "{why}");
}

#[test]
fn a_group_is_rebaked_by_what_bakes_its_image_or_by_what_is_named() {
    let (fleet, derived, _) = pulled("harbor");
    let text = "[bake.golden]\ncommand = [\"make\"]\nimage = { tag = \"a=b\" }\nrecipes = [\"golden-ubuntu\"]\n\
                [bake.own]\ncommand = [\"make\"]\nimage = { tag = \"a=c\" }\n";
    let policy = Policy::parse(text, "emberline.toml").unwrap();
    let lineage = &derived.lineage;
    let web = find_target(&fleet, lineage, &policy, TargetKind::Group, "web-prod").unwrap();
    let recipe = |named| recipe_for_group(&fleet, lineage, &policy, &web, named);
    let by_itself = recipe(None).unwrap().unwrap();
    assert!(by_itself.ends_with(":image-recipe/web"), "{by_itself}");
    // In the group's own place, though it is in others, too.
    assert_eq!(recipe(Some("own")), Ok(Some("own".to_owned())));
    assert_eq!(recipe(Some("golden-ubuntu")), Ok(Some("golden".to_owned())));
    assert!(recipe(Some("nobody")).is_err());
}
