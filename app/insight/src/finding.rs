//! The shape of the findings.

use fleet::{BakeVerdict, Fleet, ImageIx, Sym, Time};

use crate::drift::DriftVerdict;
use crate::readiness::{Readiness, Rto};
use crate::snowflake::Snowflake;
use crate::waived::{Waived, WaiverSet, Waivers};

/// The clock that a server's age was read from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AgeFrom {
    /// `AttachTime` of the primary interface.
    Interface,
    /// A later root volume replacement to the launch state or from an image.
    RootReplacement,
    /// `AttachTime` of the root volume, where there is no interface.
    RootVolume,
    /// `LaunchTime`, where there is neither: it may have been reset by a stop and start.
    LaunchTime,
}

impl AgeFrom {
    /// The report's name: `root-replacement`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::RootReplacement => "root-replacement",
            Self::RootVolume => "root-volume",
            Self::LaunchTime => "launch-time",
        }
    }
}

/// What set a server's phoenix lifetime.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LifetimeFrom {
    /// The group's `MaxInstanceLifetime`, at which AWS burns whatever we think.
    Group,
    /// The server's tag `emberline:lifetime`.
    Tag,
    /// A rule of the policy file, by its position from 0.
    Policy(u16),
    /// The policy file's `default_lifetime`, else 30 days.
    Default,
}

impl LifetimeFrom {
    /// The report's name: `group`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Tag => "tag",
            Self::Policy(_) => "policy",
            Self::Default => "default",
        }
    }
}

/// Where a server stands in its phoenix lifetime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phoenix {
    /// Below 80 % of its lifetime.
    Young,
    /// From 80 %.
    Due,
    /// From 100 %.
    Overdue,
    /// Exempt by the tag `emberline:exempt`, or by the policy file.
    Exempt,
    /// Its age is unknown, or its group was not read and may set a shorter lifetime than the one that it is within.
    Unknown,
}

impl Phoenix {
    /// All, in the order in which people want to see them.
    pub const ALL: [Self; 5] = [Self::Overdue, Self::Due, Self::Young, Self::Exempt, Self::Unknown];

    /// The report's and the query language's name: `overdue`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Young => "young",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Exempt => "exempt",
            Self::Unknown => "unknown",
        }
    }
}

/// What exempts a server from its lifetime.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExemptBy {
    /// Its tag `emberline:exempt`, with the reason that it gives.
    Tag(Option<Sym>),
    /// The policy file.
    Policy,
}

/// What is known of one server. Instants, not durations, so that a window can let them age.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerFinding {
    /// The time of its scope: what ages are counted to.
    pub as_of: Time,
    /// When its state was last born from an image: the first clock.
    pub born: Option<Time>,
    /// What says so.
    pub born_from: Option<AgeFrom>,
    /// When it last started (`LaunchTime`): the second clock.
    pub started: Option<Time>,
    /// When its image was made, copies followed to their origin: the third clock. `None` for an image that is gone
    /// without a date or could not be read.
    pub image_made: Option<Time>,
    /// When the direct base of that image was made, likewise: the fourth clock.
    pub base_made: Option<Time>,
    /// How much newer the newest image of the same family is, in whole days; `None` where the family is unknown. Of a
    /// vendor's image, at least so many, and never 0.
    pub behind_days: Option<u32>,
    /// The newest image of its family, where that is another one.
    pub newest: Option<ImageIx>,
    /// Phoenix lifetime in seconds.
    pub lifetime_s: u32,
    /// What set it.
    pub lifetime_from: LifetimeFrom,
    /// Whether its group could not be read, so that a `MaxInstanceLifetime` may make the lifetime shorter than
    /// [`Self::lifetime_s`].
    pub cap_unknown: bool,
    /// When it falls due to be burned: birth + lifetime; `None` where either is unknown. An exempt server has one only where its group caps it. AWS
    /// counts a group's cap from when the server entered service, so after time in a warm pool it burns later.
    pub due_at: Option<Time>,
    /// Where it stands.
    pub phoenix: Phoenix,
    /// What exempts it from its lifetime.
    pub exempt: Option<ExemptBy>,
    /// A tag `emberline:lifetime` that is no duration, and so was not followed.
    pub bad_lifetime_tag: Option<Sym>,
    /// What the policy file takes out of the findings on it; [`Findings::waivers`] has them.
    pub waivers: WaiverSet,
    /// Whether it differs from its template version; [`crate::Drifts`] tells in what.
    pub drift: DriftVerdict,
    /// Whether it could be made again as it is; [`crate::Snowflakes`] has the evidence.
    pub snowflake: Snowflake,
    /// Whether it was baked or is fried at boot; [`crate::Bakes`] has the findings.
    pub bake: BakeVerdict,
    /// Whether its group's recovery objective is kept; [`Findings::readiness`] has the times.
    pub rto: Rto,
}

impl ServerFinding {
    /// Seconds of age as of its scope's time; `None` where unknown. Never negative: a birth after the scope's own
    /// time counts as now.
    #[must_use]
    pub fn age_s(&self) -> Option<i64> {
        self.since_s(self.born)
    }

    /// Seconds from `time` to the scope's time, at least 0.
    #[must_use]
    pub fn since_s(&self, time: Option<Time>) -> Option<i64> {
        time.map(|time| self.as_of.since_s(time).max(0))
    }

    /// Age over lifetime: 1 is the moment it falls overdue; `None` where either is unknown. That of an overdue server
    /// whose cap is unknown is the least that it can be.
    #[must_use]
    pub fn ratio(&self) -> Option<f32> {
        if self.cap_unknown && self.phoenix != Phoenix::Overdue {
            return None;
        }
        self.age_s().map(|age_s| age_s as f32 / self.lifetime_s.max(1) as f32)
    }
}

/// What is known of one image of the lineage.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImageFinding {
    /// When its origin was made.
    pub made: Option<Time>,
    /// The newest image of its family, itself included; `None` where the family is unknown.
    pub newest: Option<ImageIx>,
    /// Days that the newest is newer.
    pub behind_days: Option<u32>,
    /// Days that the base is behind the newest of the base's family.
    pub base_behind_days: Option<u32>,
}

/// What is known of one group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupFinding {
    /// Servers past their lifetime.
    pub overdue: u32,
    /// Servers from 80 % of it.
    pub due: u32,
    /// Servers that run another template version than the group wants.
    pub behind: u32,
    /// Where more than a tenth of the group, and at least three servers, fall due within the same 24 hours yet to
    /// come: when the first does, and how many they are. That is a herd; of several, the largest.
    pub herd: Option<(Time, u32)>,
    /// Whether its next servers will be baked or fried, by the template versions that it wants.
    pub bake: BakeVerdict,
}

/// What is known of one template version or launch configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TemplateFinding {
    /// Whether its user data fries what boots with it.
    pub bake: BakeVerdict,
}

/// What is known of one recipe.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RecipeFinding {
    /// Whether the next servers of its images will be baked or fried, by the template versions that groups want; `None`
    /// where no group launches from its images.
    pub bake: Option<BakeVerdict>,
}

/// Counts over the whole fleet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Servers.
    pub servers: u32,
    /// Past their lifetime.
    pub overdue: u32,
    /// From 80 % of it.
    pub due: u32,
    /// Below 80 %.
    pub young: u32,
    /// Exempt.
    pub exempt: u32,
    /// Of unknown age or lifetime.
    pub unknown: u32,
    /// Servers whose image has the unknown recipe, or none.
    pub unknown_recipe: u32,
    /// Servers that run an older template version than their group wants.
    pub behind_group: u32,
    /// Servers that could not be made again as they are.
    pub snowflakes: u32,
    /// Servers that differ from their template version.
    pub drifted: u32,
    /// Servers that are made at boot.
    pub fried: u32,
    /// Servers of which a part is made at boot.
    pub mixed: u32,
}

/// What follows from a fleet.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// One a server, in the fleet's order.
    pub servers: Vec<ServerFinding>,
    /// One an image of the lineage.
    pub images: Vec<ImageFinding>,
    /// One a group, in the fleet's order.
    pub groups: Vec<GroupFinding>,
    /// One a template version or launch configuration of the lineage.
    pub templates: Vec<TemplateFinding>,
    /// One a recipe of the lineage.
    pub recipes: Vec<RecipeFinding>,
    /// Counts.
    pub totals: Totals,
    /// What the policy file takes out of the findings, by [`ServerFinding::waivers`].
    pub waived: Waived,
    /// How fast its groups would rise again.
    pub readiness: Readiness,
}

impl Findings {
    /// What the policy file takes out of the findings on a server.
    #[must_use]
    pub fn waivers(&self, finding: &ServerFinding) -> Waivers<'_> {
        self.waived.of(finding.waivers)
    }

    /// Why a server is exempt from its lifetime, as its tag or the policy file gives it.
    #[must_use]
    pub fn exempt_reason<'a>(&'a self, fleet: &'a Fleet, finding: &ServerFinding) -> Option<&'a str> {
        match finding.exempt? {
            ExemptBy::Tag(reason) => fleet.text(reason),
            ExemptBy::Policy => self.waivers(finding).lifetime()?.reason.as_deref(),
        }
    }
}
