//! Bake commands: run once, stopped by a word, never run again.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::plans;
use super::stage::{Stage, Tear};
use super::tests::{begun, ended};
use crate::testing::{refused_by, rules};
use crate::*;

/// A bake command that says two lines and takes a minute.
struct Packer<'a> {
    stage: &'a Stage,
    gives: Result<String, BakeError>,
    runs: AtomicUsize,
}

impl Bakery for Packer<'_> {
    fn bake(
        &self,
        baking: &Baking<'_>,
        say: &mut dyn FnMut(Option<&str>) -> ControlFlow<()>,
    ) -> Result<String, BakeError> {
        assert_eq!((baking.recipe(), baking.scope()), ("web", &crate::testing::scope()));
        assert_eq!(baking.command(), &crate::testing::bake_command());
        self.runs.fetch_add(1, Ordering::SeqCst);
        for line in [Some("amazon-ebs: creating the image"), None, None, Some("amazon-ebs: done")] {
            if say(line).is_break() {
                say(Some("amazon-ebs: cleaning up")).is_break();
                return Err(BakeError::Stopped("the bake command was stopped".to_owned()));
            }
            self.stage.sleep(Duration::from_secs(15));
        }
        self.gives.clone()
    }
}

fn bake_with(stage: &Stage, gives: Result<&str, BakeError>, id: &OperationId) -> (Result<Outcome, EngineError>, usize) {
    let packer = Packer { stage, gives: gives.map(str::to_owned), runs: AtomicUsize::new(0) };
    let outcome = stage.with(|engine, _, orders| {
        let (orders, of) = (orders.clone(), id.clone());
        stage.after(40, move |account| {
            if account.denied == Some("cancel") {
                orders.give(&of, Answer::Cancel);
            }
        });
        Engine { bakery: &packer, ..engine }.run(id)
    });
    (outcome, packer.runs.into_inner())
}

/// A plan to bake by a command.
fn by_command(stage: &Stage) -> Plan {
    let work = Work::BakeCommand { recipe: "web".to_owned(), shown: crate::testing::bake_command() };
    let bake = Step { name: "bake".to_owned(), sentence: "Bake.".to_owned(), work };
    Plan { steps: vec![bake], ..plans::bake(stage) }
}

#[test]
fn a_bake_command_gives_an_image_and_its_lines_are_kept() {
    let (stage, id) = begun(by_command);
    let (outcome, runs) = bake_with(&stage, Ok("ami-6"), &id);
    assert_eq!((ended(outcome), runs), (Ending::Done, 1));
    let operation = stage.operation(&id);
    assert_eq!(operation.outputs[&Output::Image], "ami-6");
    let notes: Vec<&str> = operation.steps[0].notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(notes, ["runs the bake command web", "amazon-ebs: creating the image", "amazon-ebs: done"]);
}

#[test]
fn a_bake_command_is_not_run_twice_and_its_failure_is_told() {
    let (stage, id) = begun(by_command);
    stage.tear(2, Tear::Missing);
    let (outcome, runs) = bake_with(&stage, Ok("ami-6"), &id);
    outcome.unwrap_err();
    assert_eq!(runs, 1);
    let (outcome, runs) = bake_with(&stage, Ok("ami-6"), &id);
    let Ending::Failed(why) = ended(outcome) else { panic!() };
    assert!(runs == 0 && why.contains("it is not run twice"), "{why}");

    let (stage, id) = begun(by_command);
    let (outcome, _) = bake_with(&stage, Err(BakeError::Failed("packer ended with 1".to_owned())), &id);
    assert_eq!(
        ended(outcome),
        Ending::Failed(
            "Packer ended with 1. What the bake command web has done by then is not known: look what it has left in the \
             account."
                .to_owned()
        )
    );
}

#[test]
fn a_bake_command_that_was_not_started_changed_nothing() {
    let (stage, id) = begun(by_command);
    let (outcome, _) = bake_with(&stage, Err(BakeError::NotStarted("there is no program packer".to_owned())), &id);
    assert_eq!(ended(outcome), Ending::Failed("There is no program packer. Nothing was changed.".to_owned()));
}

/// What becomes of the configuration.
type Change = fn(&mut Rules);

#[test]
fn a_bake_command_is_run_only_as_it_was_shown() {
    let changes: [(&str, Change); 5] = [
        ("another argument", |rules| rules.bakes[0].command.command.push("--force".to_owned())),
        ("another folder", |rules| rules.bakes[0].command.directory = "/home/eve".to_owned()),
        ("another image", |rules| {
            let (key, value) = ("release".to_owned(), "web".to_owned());
            rules.bakes[0].command.image = BakedImage::Tag { key, value };
        }),
        ("another place", |rules| rules.bakes[0].regions = vec!["us-east-1".to_owned()]),
        ("none", |rules| rules.bakes.clear()),
    ];
    for (name, change) in changes {
        let stage = Stage::new();
        let file = PlanFile::of(by_command(&stage));
        let mut changed = rules();
        verify_plan(stage.world(), &changed, &file).unwrap_or_else(|refused| panic!("{name}: {refused}"));
        change(&mut changed);
        refused_by(Guard::BakeCommand, verify_plan(stage.world(), &changed, &file));

        // The configuration changes after the operation has begun.
        let id = stage.begin(file.plan);
        let packer = Packer { stage: &stage, gives: Ok("ami-6".to_owned()), runs: AtomicUsize::new(0) };
        let outcome = stage.with(|engine, _, _| Engine { bakery: &packer, rules: &changed, ..engine }.run(&id));
        let Ok(Outcome::Asks(question)) = outcome else { panic!("{name}: {outcome:?}") };
        assert!(question.text.contains("`bake` was not run: "), "{name}: {}", question.text);
        assert!(question.text.contains("Nothing was changed."), "{name}: {}", question.text);
        // Once it is as it was shown again, the word to go on runs it.
        let outcome = stage.with(|engine, _, _| Engine { bakery: &packer, ..engine }.order(&id, Answer::Continue));
        assert_eq!(ended(outcome), Ending::Done, "{name}");
        assert_eq!(packer.runs.into_inner(), 1, "{name}");
    }
}

#[test]
fn a_bake_command_is_run_for_the_one_who_planned_it_and_while_everything_is_as_it_was() {
    let (stage, id) = begun(by_command);
    stage.life().account.caller.account = "444455556666".to_owned();
    let (outcome, runs) = bake_with(&stage, Ok("ami-6"), &id);
    assert!(matches!(outcome, Ok(Outcome::Asks(_))) && runs == 0, "{outcome:?}");

    let group = |stage: &Stage| Plan { baseline: plans::roll(stage).baseline, ..by_command(stage) };
    let (stage, id) = begun(group);
    stage.life().account.web().max += 1;
    let (outcome, runs) = bake_with(&stage, Ok("ami-6"), &id);
    assert!(matches!(outcome, Ok(Outcome::Asks(_))) && runs == 0, "{outcome:?}");
}

#[test]
fn the_kill_switch_stops_a_bake_command() {
    let (stage, id) = begun(by_command);
    let packer = Packer { stage: &stage, gives: Ok("ami-6".to_owned()), runs: AtomicUsize::new(0) };
    let outcome = stage.with(|engine, kill_switch, _| {
        let kill_switch = kill_switch.clone();
        stage.after(10, move |_| kill_switch.pull());
        Engine { bakery: &packer, ..engine }.run(&id)
    });
    let Ending::Failed(why) = ended(outcome) else { panic!() };
    assert!(why.starts_with("The bake command was stopped. What the bake command web has done"), "{why}");
}

#[test]
fn a_cancelled_bake_command_is_stopped() {
    let (stage, id) = begun(by_command);
    stage.life().account.denied = Some("cancel");
    let (outcome, _) = bake_with(&stage, Ok("ami-6"), &id);
    assert_eq!(
        ended(outcome),
        Ending::Cancelled(
            "What the bake command web has done by then is not known: look what it has left in the account.".to_owned()
        )
    );
    let notes: Vec<Note> = stage.operation(&id).steps[0].notes.clone();
    assert!(notes.iter().any(|note| note.text == "amazon-ebs: cleaning up"), "{notes:?}");
}
