//! What Image Builder knows: recipes with their pipeline, and builds with the images that came of them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    id::{self, Dice},
    region::Region,
};

/// A recipe with its versions and its pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) components: Vec<String>,
    /// The parent of all its versions; none if each pins its own.
    pub(crate) parent: Option<String>,
    /// When its pipeline runs by itself, such as `cron(0 3 ? * mon *)`; empty if it never does.
    pub(crate) schedule: String,
    /// Oldest first.
    pub(crate) versions: Vec<RecipeVersion>,
    pub(crate) distribution: Distribution,
}

/// Where the images of a pipeline go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distribution {
    /// The regions beside its own.
    pub(crate) regions: Vec<&'static Region>,
    /// The accounts that may launch them.
    pub(crate) shared_with: Vec<Arc<str>>,
}

/// A version of a recipe.
#[derive(Debug, Clone)]
pub(crate) struct RecipeVersion {
    pub(crate) number: String,
    pub(crate) created: Timestamp,
    /// The ARN of an Image Builder image, or the id of an image.
    pub(crate) parent: String,
}

/// One build of an image by a recipe.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    /// The recipe's slot.
    pub(crate) recipe: u32,
    pub(crate) version: String,
    pub(crate) number: u32,
    pub(crate) trigger: Trigger,
    /// When it was started.
    pub(crate) created: Timestamp,
    pub(crate) course: Course,
    /// The slot of the image that it builds on; none if there was none.
    pub(crate) base: Option<u32>,
    /// The slots of the images that it made, its own region's first.
    pub(crate) images: Vec<u32>,
    pub(crate) failure: Option<Failure>,
    /// When it was called off.
    pub(crate) cancelled: Option<Timestamp>,
}

/// Why a build was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// Its pipeline's schedule.
    Schedule,
    /// A call on its pipeline.
    Pipeline,
    /// A call on its recipe, which may say where its image goes.
    Recipe { distributed: bool },
}

impl Trigger {
    /// Whether its images go where those of the recipe's pipeline go.
    pub(crate) fn distributes(self) -> bool {
        self != Trigger::Recipe { distributed: false }
    }

    /// Whether the pipeline runs.
    pub(crate) fn is_of_pipeline(self) -> bool {
        matches!(self, Trigger::Schedule | Trigger::Pipeline)
    }
}

/// Where and why a build fails.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The stage's index in [`STAGES`].
    pub(crate) stage: usize,
    pub(crate) reason: String,
}

/// What runs the steps of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workflow {
    Build,
    Test,
    Distribution,
}

/// One stage of a build: a step of a workflow, or what comes before the first one.
#[derive(Debug)]
pub(crate) struct Stage {
    /// What Image Builder says of a build in this stage.
    pub(crate) status: &'static str,
    /// None outside of the workflows.
    pub(crate) workflow: Option<Workflow>,
    pub(crate) name: &'static str,
    pub(crate) action: &'static str,
    /// The least and the most that it takes, in seconds; nothing where it does not apply to Linux.
    seconds: (u32, u32),
}

const fn step(
    status: &'static str,
    workflow: Workflow,
    name: &'static str,
    action: &'static str,
    seconds: (u32, u32),
) -> Stage {
    Stage { status, workflow: Some(workflow), name, action, seconds }
}

const fn before(status: &'static str, seconds: (u32, u32)) -> Stage {
    Stage { status, workflow: None, name: "", action: "", seconds }
}

/// The stages that a build passes, by Amazon's own workflows `build-image` and `test-image`, whose steps are in Image
/// Builder's logs (amazonlinux/amazon-linux-2023, issue 1054), and its step actions for distribution. They come to
/// between 15 and 30 minutes, or some more with copies to other regions.
pub(crate) const STAGES: &[Stage] = &[
    before("PENDING", (2, 8)),
    before("CREATING", (1, 4)),
    step("BUILDING", Workflow::Build, "LaunchBuildInstance", "LaunchInstance", (95, 160)),
    step("BUILDING", Workflow::Build, "ApplyBuildComponents", "ExecuteComponents", (280, 520)),
    step("BUILDING", Workflow::Build, "InventoryCollection", "CollectImageMetadata", (20, 45)),
    step("BUILDING", Workflow::Build, "RunSanitizeScript", "SanitizeInstance", (8, 20)),
    step("BUILDING", Workflow::Build, "RunSysPrepScript", "RunSysPrep", (0, 0)),
    step("BUILDING", Workflow::Build, "CreateOutputAMI", "CreateImage", (190, 330)),
    step("BUILDING", Workflow::Build, "TerminateBuildInstance", "TerminateInstance", (20, 50)),
    step("TESTING", Workflow::Test, "LaunchTestInstance", "LaunchInstance", (95, 160)),
    step("TESTING", Workflow::Test, "ApplyTestComponents", "ExecuteComponents", (15, 90)),
    step("TESTING", Workflow::Test, "TerminateTestInstance", "TerminateInstance", (20, 50)),
    step("DISTRIBUTING", Workflow::Distribution, "DistributeImage", "DistributeImage", (15, 40)),
    step("INTEGRATING", Workflow::Distribution, "ApplyImageConfigurations", "ApplyImageConfigurations", (5, 20)),
];

/// The indices of stages that something hangs on.
pub(crate) const LAUNCH: usize = 2;
pub(crate) const COMPONENTS: usize = 3;
pub(crate) const OUTPUT: usize = 7;
pub(crate) const DISTRIBUTE: usize = 12;

/// The least and the most that copies to other regions take, in seconds.
const COPY_S: (u32, u32) = (240, 540);

/// How long each of the stages takes, in seconds.
#[derive(Debug, Clone)]
pub(crate) struct Course([u32; STAGES.len()]);

impl Course {
    /// A course by chance.
    pub(crate) fn by(dice: &mut Dice, with_copies: bool) -> Course {
        let mut pick =
            |(low, high): (u32, u32)| u32::try_from(dice.between(i64::from(low), i64::from(high))).unwrap_or(high);
        let mut seconds = [0; STAGES.len()];
        for (taken, stage) in seconds.iter_mut().zip(STAGES) {
            *taken = pick(stage.seconds);
        }
        if with_copies {
            seconds[DISTRIBUTE] = pick(COPY_S);
        }
        Course(seconds)
    }

    /// When a stage begins, in seconds since the build was started.
    pub(crate) fn begins_s(&self, stage: usize) -> u32 {
        self.0.iter().take(stage).sum()
    }

    /// When a stage ends, in seconds since the build was started.
    pub(crate) fn ends_s(&self, stage: usize) -> u32 {
        self.begins_s(stage + 1)
    }

    /// Lets the distribution last until so many seconds after the image was made, if that is later than it would.
    pub(crate) fn distribute_until(&mut self, after_image_s: u32) {
        let until = self.begins_s(OUTPUT).saturating_add(after_image_s);
        self.0[DISTRIBUTE] = self.0[DISTRIBUTE].max(until.saturating_sub(self.begins_s(DISTRIBUTE)));
    }
}

/// How far a build is, or a stage of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A stage that has not begun.
    Waiting,
    /// In the stage with this index.
    Running(usize),
    Done,
    /// In the stage with this index.
    Failed(usize),
    /// In the stage with this index.
    Cancelled(usize),
}

impl Build {
    /// When a stage begins, as long as nothing goes wrong before.
    pub(crate) fn begin_of(&self, stage: usize) -> Timestamp {
        crate::events::later(self.created, self.course.begins_s(stage))
    }

    /// When a stage ends, as long as nothing goes wrong.
    pub(crate) fn end_of(&self, stage: usize) -> Timestamp {
        crate::events::later(self.created, self.course.ends_s(stage))
    }

    /// The last stage that it comes to.
    pub(crate) fn last_stage(&self) -> usize {
        self.failure.as_ref().map_or(STAGES.len() - 1, |failure| failure.stage)
    }

    /// How far it is.
    pub(crate) fn progress(&self, now: Timestamp) -> Progress {
        let until = self.cancelled.unwrap_or(now);
        let reached = (0..=self.last_stage()).find(|&stage| until < self.end_of(stage));
        match (reached, self.cancelled, &self.failure) {
            (Some(stage), Some(_), _) => Progress::Cancelled(stage),
            (Some(stage), None, _) => Progress::Running(stage),
            (None, _, Some(failure)) => Progress::Failed(failure.stage),
            (None, _, None) => Progress::Done,
        }
    }

    /// How far a stage of it is.
    pub(crate) fn progress_of(&self, stage: usize, now: Timestamp) -> Progress {
        match self.progress(now) {
            Progress::Done => Progress::Done,
            Progress::Running(at) | Progress::Failed(at) | Progress::Cancelled(at) if stage < at => Progress::Done,
            reached @ (Progress::Running(at) | Progress::Failed(at) | Progress::Cancelled(at)) if stage == at => {
                reached
            }
            _ => Progress::Waiting,
        }
    }

    /// Whether nothing more will come of it.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        !matches!(self.progress(now), Progress::Running(_))
    }

    /// Image Builder's word for how far it is.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.progress(now) {
            Progress::Waiting => STAGES[0].status,
            Progress::Running(stage) => STAGES[stage].status,
            Progress::Done => "AVAILABLE",
            Progress::Failed(_) => "FAILED",
            Progress::Cancelled(_) => "CANCELLED",
        }
    }

    /// When it was started, for its image to have been made at `made`.
    pub(crate) fn start_for_image_at(course: &Course, made: Timestamp) -> Timestamp {
        let before = SignedDuration::from_secs(i64::from(course.begins_s(OUTPUT)));
        made.saturating_sub(before).unwrap_or(Timestamp::MIN)
    }
}

impl Workflow {
    /// All of them in their order.
    pub(crate) const ALL: [Workflow; 3] = [Workflow::Build, Workflow::Test, Workflow::Distribution];

    /// The indices of its stages.
    pub(crate) fn stages(self) -> impl Iterator<Item = usize> {
        (0..STAGES.len()).filter(move |&stage| STAGES[stage].workflow == Some(self))
    }

    /// Image Builder's word for its type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Workflow::Build => "BUILD",
            Workflow::Test => "TEST",
            Workflow::Distribution => "DISTRIBUTION",
        }
    }
}

impl Stage {
    /// Whether it is left out for what runs Linux.
    pub(crate) fn is_skipped(&self) -> bool {
        self.seconds == (0, 0)
    }
}

/// The seed of what follows from a build: its ids and its course.
pub(crate) fn build_id(seed: id::Seed, account: &str, region: &str, name: &str, version: &str, number: u32) -> u64 {
    seed.id(&["build", account, region, name, version, &number.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Seed;

    fn build(failure: Option<Failure>) -> Build {
        Build {
            recipe: 0,
            version: "1.0.0".into(),
            number: 1,
            trigger: Trigger::Pipeline,
            created: Timestamp::UNIX_EPOCH,
            course: Course::by(&mut Seed(1).dice(&["x"]), false),
            base: None,
            images: Vec::new(),
            failure,
            cancelled: None,
        }
    }

    #[test]
    fn the_named_stages_are_where_they_are_said_to_be() {
        let names = [LAUNCH, COMPONENTS, OUTPUT, DISTRIBUTE].map(|stage| STAGES[stage].name);
        assert_eq!(names, ["LaunchBuildInstance", "ApplyBuildComponents", "CreateOutputAMI", "DistributeImage"]);
    }

    #[test]
    fn a_build_goes_through_its_states_in_order() {
        let build = build(None);
        let mut states: Vec<&str> = (0..3_600).map(|second| build.status(Timestamp::constant(second, 0))).collect();
        states.dedup();
        assert_eq!(states, ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"]);
        assert!(build.end_of(STAGES.len() - 1) >= Timestamp::constant(750, 0));
    }

    #[test]
    fn a_failed_build_gets_no_further() {
        let build = build(Some(Failure { stage: COMPONENTS, reason: "no".into() }));
        let end = build.end_of(COMPONENTS);
        assert_eq!((build.status(end - SignedDuration::from_secs(1)), build.status(end)), ("BUILDING", "FAILED"));
        let stages = [LAUNCH, COMPONENTS, OUTPUT].map(|stage| build.progress_of(stage, end));
        assert_eq!(stages, [Progress::Done, Progress::Failed(COMPONENTS), Progress::Waiting]);
    }

    #[test]
    fn a_cancelled_build_stays_where_it_was() {
        let mut build = build(None);
        let at = build.begin_of(COMPONENTS);
        build.cancelled = Some(at);
        for later in [at, at + SignedDuration::from_hours(9)] {
            assert_eq!((build.status(later), build.progress(later)), ("CANCELLED", Progress::Cancelled(COMPONENTS)));
        }
    }
}
