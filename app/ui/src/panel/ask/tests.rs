//! The dialogs, driven as a person would.

#![expect(clippy::unwrap_used, reason = "a test")]

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use operate::RefreshChoices;

use super::*;

struct Desk {
    ask: Ask,
    commands: Vec<Command>,
}

fn scope() -> Scope {
    Scope { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into(), profile: None }
}

fn roll() -> Action {
    Action::Roll { group: "web".into(), choices: RefreshChoices::default() }
}

fn bake(reboot: bool) -> Action {
    Action::Bake { server: "i-1".into(), name: None, reboot }
}

fn dialog(action: &Action) -> Harness<'static, Desk> {
    dialog_with(action, Known::default())
}

fn dialog_with(action: &Action, known: Known) -> Harness<'static, Desk> {
    let ask = Ask::of(scope(), "acme · eu-west-1".into(), action, known).unwrap();
    let builder = Harness::builder().with_size(egui::vec2(1024.0, 768.0)).with_context_setup(Theme::install);
    builder
        .build_ui_state(|ui, desk: &mut Desk| desk.ask.ui(ui, &mut desk.commands), Desk { ask, commands: Vec::new() })
}

fn planned(dialog: &mut Harness<'static, Desk>) -> Option<Action> {
    // A dialog that scrolls finds its place within a few frames.
    dialog.run_steps(6);
    dialog.get_by_label("Show the plan").click();
    dialog.run();
    dialog.state_mut().commands.drain(..).find_map(|command| match command {
        Command::Plan(at, action) => (at == scope()).then_some(*action),
        _ => None,
    })
}

#[test]
fn cancel_has_the_focus_and_enter_plans_nothing() {
    let mut dialog = dialog(&roll());
    dialog.run();
    assert!(dialog.get_by_label("Cancel").is_focused());
    dialog.key_press(egui::Key::Enter);
    dialog.run();
    assert_eq!(dialog.state().commands, [Command::CloseOverlay]);
}

#[test]
fn what_nobody_changed_is_planned_as_it_was_offered() {
    let rebake_roll = Action::RebakeRoll {
        group: "web".into(),
        recipe: "arn:web".into(),
        pipeline: None,
        choices: RefreshChoices::default(),
        pauses: true,
    };
    let reimage = |image: Option<&str>| Action::Reimage { server: "i-1".into(), image: image.map(str::to_owned) };
    let lifetime = Action::SetLifetime { group: "web".into(), lifetime_s: 1_209_600 };
    for action in [roll(), bake(false), bake(true), rebake_roll, reimage(None), reimage(Some("ami-1")), lifetime] {
        assert_eq!(planned(&mut dialog(&action)).as_ref(), Some(&action));
    }
}

fn days<'d>(dialog: &'d Harness<'static, Desk>) -> egui_kittest::Node<'d> {
    dialog.get_by_role_and_label(egui::accesskit::Role::TextInput, "Lifetime, days")
}

#[test]
fn what_is_wrong_is_said_and_plans_nothing() {
    let mut dialog = dialog(&Action::SetLifetime { group: "web".into(), lifetime_s: 1_209_600 });
    dialog.run();
    assert_eq!(days(&dialog).value().as_deref(), Some("14"));
    days(&dialog).focus();
    dialog.run();
    days(&dialog).type_text("99");
    dialog.run();
    dialog.get_by_label("Lifetime: 0, or 1 to 365 days.");
    assert_eq!(planned(&mut dialog), None);
}

#[test]
fn a_choice_changes_the_plan() {
    let mut baking = dialog(&bake(false));
    baking.get_by_label_contains("Reboot it").click();
    baking.run();
    assert_eq!(planned(&mut baking), Some(bake(true)));
    let mut reimaging = dialog(&Action::Reimage { server: "i-1".into(), image: None });
    reimaging.get_by_label("Another image").click();
    reimaging.run();
    assert_eq!(planned(&mut reimaging), None, "no image was named yet");
}

fn choices(names: &[(&str, &str)]) -> Vec<known::Choice> {
    names.iter().map(|&(name, words)| known::Choice { name: name.into(), words: words.into() }).collect()
}

#[test]
fn a_roll_offers_the_numbered_versions_and_takes_the_newest_by_itself() {
    let versions = choices(&[("9", "9: web-2.0, 2 d old"), ("8", "8: web-1.9, 30 d old; the group wants it now")]);
    let known = Known { versions, ..Known::default() };
    let rolled = |action: Option<Action>| match action {
        Some(Action::Roll { choices, .. }) => choices.template_version,
        other => panic!("{other:?}"),
    };
    assert_eq!(rolled(planned(&mut dialog_with(&roll(), known.clone()))), Some(9));
    let mut dialog = dialog_with(&roll(), known);
    dialog.run_steps(6);
    dialog.get_by_label("8: web-1.9, 30 d old; the group wants it now").click();
    dialog.run();
    assert_eq!(rolled(planned(&mut dialog)), Some(8));
}

#[test]
fn a_reimage_offers_the_images_of_the_recipe_beside_the_state_at_launch() {
    let images = choices(&[("ami-2", "web-2.0, 2 d old (ami-2)"), ("ami-1", "web-1.9, 30 d old (ami-1)")]);
    let known = Known { images, ..Known::default() };
    let launch = Action::Reimage { server: "i-1".into(), image: None };
    let mut dialog = dialog_with(&launch, known.clone());
    dialog.get_by_label("web-2.0, 2 d old (ami-2)").click();
    dialog.run();
    let newest = Action::Reimage { server: "i-1".into(), image: Some("ami-2".into()) };
    assert_eq!(planned(&mut dialog), Some(newest.clone()));
    assert_eq!(planned(&mut dialog_with(&newest, known.clone())), Some(newest), "it is chosen as it was asked for");
    assert_eq!(planned(&mut dialog_with(&launch, known)), Some(launch));
}

#[test]
fn what_has_no_choices_has_no_dialog() {
    let without = [
        Action::Replace { servers: vec!["i-1".into()] },
        Action::Burn { group: "web".into(), seed: 7 },
        Action::Rebake { recipe: "arn:web".into(), pipeline: None },
    ];
    for action in without {
        assert!(Ask::of(scope(), String::new(), &action, Known::default()).is_none(), "{action:?}");
    }
}
