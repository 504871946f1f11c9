//! Bake commands: run once, stopped by a word, never run again.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::plans;
use super::stage::{Stage, Tear};
use super::tests::{begun, ended};
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
        _: &Scope,
        recipe: &str,
        say: &mut dyn FnMut(Option<&str>) -> ControlFlow<()>,
    ) -> Result<String, BakeError> {
        assert_eq!(recipe, "web");
        self.runs.fetch_add(1, Ordering::SeqCst);
        for line in [Some("amazon-ebs: creating the image"), None, None, Some("amazon-ebs: done")] {
            if say(line).is_break() {
                return Err(BakeError::Stopped);
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
    let work = Work::BakeCommand { recipe: "web".to_owned() };
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
    assert_eq!(notes, ["runs the bake command of web", "amazon-ebs: creating the image", "amazon-ebs: done"]);
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
    assert_eq!(ended(outcome), Ending::Failed("Packer ended with 1. Nothing was changed.".to_owned()));
    let (stage, id) = begun(by_command);
    let Ending::Failed(why) = ended(stage.run(&id)) else { panic!() };
    assert!(why.starts_with("This machine has no bake command for web"), "{why}");
}

#[test]
fn a_cancelled_bake_command_is_stopped() {
    let (stage, id) = begun(by_command);
    stage.life().account.denied = Some("cancel");
    let (outcome, _) = bake_with(&stage, Ok("ami-6"), &id);
    assert_eq!(ended(outcome), Ending::Cancelled("Nothing was changed.".to_owned()));
}
