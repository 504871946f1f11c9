//! How fast a group would rise again: the times of bake, boot and warm-up as AWS's own records tell them, against the
//! group's recovery objective.
//!
//! - **Bake**: of a build of EC2 Image Builder, from its first workflow's `startTime` to its last one's `endTime`
//!   (ListWorkflowExecutions). Of a vendor's image there is nothing to bake.
//! - **Boot**: of a scaling activity that launched a server and ended well, from `StartTime` to `EndTime`
//!   (DescribeScalingActivities): from the order until the server is in service, lifecycle hooks included.
//! - **Warm-up**: from there until a server counts as settled: the `InstanceWarmup` of the refresh that launched it
//!   (DescribeInstanceRefreshes), or what cloud-init was still busy after it entered service, by its closing line on the
//!   console (GetConsoleOutput), whichever is longer.
//!
//! Percentiles are of the nearest rank ([`percentile`]). With fewer than [`ENOUGH_SAMPLES`] samples a time is an
//! estimate and says its [`Basis`]; with nothing to go by it is unknown.
//!
//! *Making it again* is bake + boot + warm-up, since an image that is no longer good has to be baked first. The recovery
//! objective is **met** where its 95th percentile is within the objective, **at risk** where only the median is,
//! **missed** where the median is not, and **unknown** where a part is unknown, unless the known parts alone exceed it.

mod compare;
mod measure;
mod objective;
mod pace;
mod samples;

use fleet::{Fleet, GroupIx, ImageIx, Lineage, RecipeIx, RecipeKind, Sym};
use rustc_hash::FxHashMap;

use crate::policy::Policy;
use objective::Objectives;
use samples::OfGroup;

pub use compare::{Comparison, Side};
pub use measure::{Basis, ENOUGH_SAMPLES, Measure, Part, Span, percentile};
pub use objective::{Objective, ObjectiveFrom, RTO_TAG};
pub use pace::{Pace, PaceFrom};

/// Whether a recovery objective is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Rto {
    /// Nineteen of twenty times.
    Met,
    /// Every other time, and not nineteen of twenty.
    AtRisk,
    /// Not even every other time.
    Missed,
    /// There is an objective, and how long it takes is unknown.
    Unknown,
    /// There is no objective.
    #[default]
    None,
}

impl Rto {
    /// All, in the order in which people want to see them.
    pub const ALL: [Self; 5] = [Self::Missed, Self::AtRisk, Self::Met, Self::Unknown, Self::None];

    /// The query language's name: `at-risk`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::AtRisk => "at-risk",
            Self::Missed => "missed",
            Self::Unknown => "unknown",
            Self::None => "none",
        }
    }
}

/// How fast one group would rise again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupReadiness {
    /// The recipe of the image that its next server would run.
    pub recipe: Option<RecipeIx>,
    /// Whether that image is baked by somebody of ours: not where it is a vendor's.
    pub is_baked_here: bool,
    /// How long baking it takes; `None` where that is unknown, or nothing is baked.
    pub bake: Option<Measure>,
    /// How long from launch to in service.
    pub boot: Option<Measure>,
    /// How long from there until it counts as settled.
    pub warm_up: Option<Measure>,
    /// How many are replaced at once.
    pub pace: Pace,
    /// In how long it should be made again.
    pub objective: Option<Objective>,
    /// A tag `emberline:rto` that is no duration, and so was not followed.
    pub bad_tag: Option<Sym>,
    /// Whether the objective is kept.
    pub verdict: Rto,
}

impl GroupReadiness {
    /// The time of one part.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<Measure> {
        match part {
            Part::Bake => self.bake,
            Part::Boot => self.boot,
            Part::WarmUp => self.warm_up,
        }
    }

    /// Replacing one server with another of the same image: boot and warm-up.
    #[must_use]
    pub fn replace(&self) -> Option<Span> {
        Some(Span::from(self.boot?).then(self.warm_up?.into()))
    }

    /// Making it again from its recipe: bake, boot and warm-up. This is what the objective is about.
    #[must_use]
    pub fn again(&self) -> Option<Span> {
        self.after_bake(self.replace()?)
    }

    /// Replacing all of its servers under its minimum healthy percentage: as many times a replacement as there are
    /// rounds, since each round waits for its last server.
    #[must_use]
    pub fn roll(&self) -> Option<Span> {
        Some(self.replace()?.times(self.pace.rounds()))
    }

    /// Baking a new image and rolling it out.
    #[must_use]
    pub fn rebake_and_roll(&self) -> Option<Span> {
        self.after_bake(self.roll()?)
    }

    fn after_bake(&self, rest: Span) -> Option<Span> {
        if self.is_baked_here { Some(Span::from(self.bake?).then(rest)) } else { Some(rest) }
    }

    /// The median of the parts that are known, in seconds.
    fn known_p50_s(&self) -> u32 {
        let parts = Part::ALL.into_iter().filter_map(|part| self.part(part));
        parts.fold(0, |sum: u32, part| sum.saturating_add(part.p50_s))
    }

    fn judge(&self) -> Rto {
        let Some(Objective { seconds, .. }) = self.objective else { return Rto::None };
        match self.again() {
            _ if self.known_p50_s() > seconds => Rto::Missed,
            None => Rto::Unknown,
            Some(again) if again.p95_s > seconds => Rto::AtRisk,
            Some(_) => Rto::Met,
        }
    }
}

/// How fast a recipe's image is there again, and servers of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecipeReadiness {
    /// How long a build takes.
    pub bake: Option<Measure>,
    /// From launch to in service, over the launches of all its groups.
    pub boot: Option<Measure>,
    /// From there until a server counts as settled, likewise.
    pub warm_up: Option<Measure>,
    /// The groups whose next server would run an image of it.
    pub groups: Vec<GroupIx>,
}

impl RecipeReadiness {
    /// The time of one part.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<Measure> {
        match part {
            Part::Bake => self.bake,
            Part::Boot => self.boot,
            Part::WarmUp => self.warm_up,
        }
    }
}

/// How fast the groups of a fleet would rise again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Readiness {
    /// One a group, in the fleet's order.
    pub groups: Vec<GroupReadiness>,
    /// One a recipe, in the lineage's order.
    pub recipes: Vec<RecipeReadiness>,
    /// Seconds from launch to in service, a group's own, ascending.
    boots: Vec<Vec<u32>>,
}

impl Readiness {
    /// That of `fleet` under `policy`, in time linear in its evidence. `lineage` must be that of the same fleet.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, policy: &Policy) -> Self {
        let own = samples::of_groups(fleet, lineage);
        let bakes = samples::of_recipes(fleet, lineage);
        let objectives = Objectives::new(fleet, lineage, policy);
        let next: Vec<Next> = (0..own.len()).map(|at| Next::of(fleet, lineage, at)).collect();
        let pools = Pools::of(&own, &next, &bakes);

        let mut recipes: Vec<RecipeReadiness> = Vec::with_capacity(lineage.recipes.len());
        for (at, node) in lineage.recipes.iter().enumerate() {
            recipes.push(RecipeReadiness { bake: pools.bake(node.kind, &bakes[at]), ..Default::default() });
        }
        for (at, next) in next.iter().enumerate() {
            if let Some(recipe) = next.recipe.and_then(|recipe| recipes.get_mut(recipe.at())) {
                recipe.groups.push(GroupIx(at as u32));
            }
        }
        for recipe in &mut recipes {
            let pooled = |of: fn(&OfGroup) -> &[u32]| {
                Measure::of(&mut recipe.groups.iter().flat_map(|ix| of(&own[ix.at()])).copied().collect::<Vec<_>>())
            };
            let (boot, warm_up) = (pooled(|own| &own.boots), pooled(|own| &own.warm_ups));
            (recipe.boot, recipe.warm_up) = (boot, warm_up);
        }

        let groups = fleet.groups.iter().zip(&own).zip(&next).enumerate().map(|(at, ((group, own), next))| {
            let kind = next.recipe.and_then(|recipe| Some(lineage.recipes.get(recipe.at())?.kind));
            let (objective, bad_tag) = objectives.of(GroupIx(at as u32), group);
            let servers = group.members.iter().filter(|member| !member.warm).count();
            let mut readiness = GroupReadiness {
                recipe: next.recipe,
                is_baked_here: kind != Some(RecipeKind::Vendor),
                bake: next.recipe.and_then(|recipe| recipes.get(recipe.at())?.bake),
                boot: pools.boot(own, next),
                warm_up: warm_up(own, group),
                pace: Pace::of(group, u32::try_from(servers).unwrap_or(u32::MAX), own.refresh_healthy),
                objective,
                bad_tag,
                verdict: Rto::None,
            };
            readiness.verdict = readiness.judge();
            readiness
        });
        let groups = groups.collect();
        Self { groups, recipes, boots: own.into_iter().map(|own| own.boots).collect() }
    }
}

/// What the next server of a group would be made of.
struct Next {
    recipe: Option<RecipeIx>,
    instance_type: Option<Sym>,
}

impl Next {
    fn of(fleet: &Fleet, lineage: &Lineage, group: usize) -> Self {
        let node = lineage.groups.get(group);
        let wants = node.and_then(|node| lineage.templates.get(node.wants?.at()));
        let image: Option<ImageIx> = node.and_then(|node| {
            node.override_images.first().copied().or_else(|| wants?.image).or_else(|| {
                // What it launches can't be told, so that what it has launched speaks for it.
                lineage.servers.get(node.servers.last()?.at())?.image
            })
        });
        let own = wants.and_then(|wants| objective::instance_type(fleet, wants));
        let first = fleet.groups.get(group).and_then(|group| group.overrides.first()?.instance_type);
        Self {
            recipe: image.and_then(|image| Some(lineage.images.get(image.at())?.recipe)),
            instance_type: first.or(own),
        }
    }
}

/// Samples of all groups and recipes, for those that have none of their own.
struct Pools {
    by_recipe: FxHashMap<RecipeIx, Vec<u32>>,
    by_type: FxHashMap<Sym, Vec<u32>>,
    bakes: Vec<u32>,
}

impl Pools {
    fn of(own: &[OfGroup], next: &[Next], bakes: &[Vec<u32>]) -> Self {
        let mut pools = Self { by_recipe: FxHashMap::default(), by_type: FxHashMap::default(), bakes: bakes.concat() };
        for (own, next) in own.iter().zip(next).filter(|(own, _)| !own.boots.is_empty()) {
            if let Some(recipe) = next.recipe {
                pools.by_recipe.entry(recipe).or_default().extend_from_slice(&own.boots);
            }
            if let Some(name) = next.instance_type {
                pools.by_type.entry(name).or_default().extend_from_slice(&own.boots);
            }
        }
        pools
    }

    /// The group's own launches, else the consoles of its servers, else launches of groups that are like it.
    fn boot(&self, own: &OfGroup, next: &Next) -> Option<Measure> {
        let pooled = |samples: Option<&Vec<u32>>, basis: fn(u32) -> Basis| {
            let samples = samples?;
            Measure::estimated(&mut samples.clone(), basis(samples.len() as u32))
        };
        Measure::of(&mut own.boots.clone())
            .or_else(|| pooled(Some(&own.consoles), Basis::Console))
            .or_else(|| pooled(self.by_recipe.get(&next.recipe?), Basis::SameRecipe))
            .or_else(|| pooled(self.by_type.get(&next.instance_type?), Basis::SameType))
    }

    /// The recipe's own builds, else those of other recipes, where somebody bakes it at all: of an image made by hand
    /// nobody knows how.
    fn bake(&self, kind: RecipeKind, own: &[u32]) -> Option<Measure> {
        let basis = Basis::OtherRecipes(self.bakes.len() as u32);
        match kind {
            RecipeKind::ImageBuilder | RecipeKind::Packer => {
                Measure::of(&mut own.to_vec()).or_else(|| Measure::estimated(&mut self.bakes.clone(), basis))
            }
            RecipeKind::Manual | RecipeKind::Vendor | RecipeKind::Unknown => None,
        }
    }
}

/// The group's own samples where there are enough. Below that what it is set to tells more than a console or two, and
/// AWS waits for it.
fn warm_up(own: &OfGroup, group: &fleet::Group) -> Option<Measure> {
    let set = |seconds: Option<u32>, basis| seconds.map(|seconds| Measure::set(seconds, basis));
    let measured = Measure::of(&mut own.warm_ups.clone());
    measured
        .filter(|measure| measure.basis.is_measured())
        .or_else(|| set(own.refresh_warm_up_s, Basis::RefreshSetting))
        .or_else(|| set(group.warm_up_s, Basis::GroupSetting))
        .or(measured)
        .or_else(|| set(group.grace_s, Basis::GracePeriod))
}
