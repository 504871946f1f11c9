//! Snowflakes: servers that could not be made again as they are, each with the evidence.
//!
//! The verdict is by rule, and no sum of points:
//!
//! - **snowflake**, where one thing stands against it that nothing can mend ([`Weight::Breaks`]): its image is gone, was
//!   baked from a server that people had lived on, or no longer tells what its root really is; its template version is
//!   gone, or it was launched without one; or somebody was on it (a login, or a change by hand) **and** it shows (it
//!   differs from its template version, or has a volume that came later);
//! - **suspect**, where something makes one doubt ([`Weight::Doubt`]): nobody knows its image's recipe, the image is
//!   deprecated or another account's, it differs from its template version, somebody logged in or changed it, a volume
//!   came later, or it is older than twice its lifetime;
//! - **unknown**, where nothing of that was found, and a source that could tell was not read: a server that Session
//!   Manager does not reach may have seen any login;
//! - **reproducible** else.
//!
//! An older version than its group wants, and termination protection, are told and weigh nothing
//! ([`Weight::Note`]): such a server can be made again as it is. What the policy file exempts is told with its reason and
//! weighs nothing either; of rules that are off only the names are told.

mod evidence;

use fleet::{
    Attributes, Call, Change, ChangeKind, Fleet, LateVolume, Lineage, Login, LoginKind, Presence, RecipeKind,
    RootTarget, ScopeIx, Server, ServerIx, ServerNode, Sym, Time,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::drift::{DriftVerdict, Drifts};
use crate::finding::{ExemptBy, ServerFinding};
use crate::human::short_duration;
use crate::policy::Waiver;
use crate::waived::Waivers;

use evidence::By;
pub use evidence::{EvidenceKind, SnowflakeEvidence, Weight};

/// Whether a server could be made again as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Snowflake {
    /// Nothing speaks against it, and all that could was read.
    Reproducible,
    /// Something makes one doubt.
    Suspect,
    /// It could not.
    Snowflake,
    /// Nothing speaks against it, and not all that could was read.
    Unknown,
}

impl Snowflake {
    /// All, in the order in which people want to see them.
    pub const ALL: [Self; 4] = [Self::Snowflake, Self::Suspect, Self::Reproducible, Self::Unknown];

    /// The report's and the query language's name: `suspect`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reproducible => "reproducible",
            Self::Suspect => "suspect",
            Self::Snowflake => "snowflake",
            Self::Unknown => "unknown",
        }
    }
}

type Key = (ScopeIx, Sym);

/// What a scope's calls left unread.
#[derive(Clone, Copy, Default)]
struct Unread {
    /// Logins by Session Manager.
    sessions: bool,
    /// Keys sent and changes by hand.
    trail: bool,
    /// Images, template versions or groups.
    rows: bool,
}

/// Looks for evidence on the servers of a fleet, with what they share looked at once.
pub struct Snowflakes<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    drifts: Drifts<'a>,
    logins: FxHashMap<Key, Vec<&'a Login>>,
    changes: FxHashMap<Key, Vec<&'a Change>>,
    late_volumes: FxHashMap<Key, Vec<&'a LateVolume>>,
    attributes: FxHashMap<Key, &'a Attributes>,
    managed: FxHashSet<Key>,
    unread: Vec<Unread>,
    accounts: FxHashSet<&'a str>,
}

/// Which servers are looked at.
#[derive(Clone, Copy)]
struct Among(Option<Key>);

impl Among {
    fn has(self, key: Key) -> bool {
        self.0.is_none_or(|only| only == key)
    }

    fn by_server<'a, T>(self, rows: &'a [T], key: impl Fn(&T) -> Key) -> FxHashMap<Key, Vec<&'a T>> {
        let mut all: FxHashMap<Key, Vec<&'a T>> = FxHashMap::default();
        for row in rows.iter().filter(|row| self.has(key(row))) {
            all.entry(key(row)).or_default().push(row);
        }
        all
    }
}

impl<'a> Snowflakes<'a> {
    /// For the servers of `fleet`; `lineage` must be that of the same fleet.
    #[must_use]
    pub fn new(fleet: &'a Fleet, lineage: &'a Lineage) -> Self {
        Self::among(fleet, lineage, Among(None))
    }

    /// For this server alone, which is quick enough for each frame.
    #[must_use]
    pub fn of_one(fleet: &'a Fleet, lineage: &'a Lineage, server: ServerIx) -> Self {
        let row = fleet.servers.get(server.at());
        Self::among(fleet, lineage, row.map_or(Among(None), |row| Among(Some((row.scope, row.id)))))
    }

    fn among(fleet: &'a Fleet, lineage: &'a Lineage, among: Among) -> Self {
        let attributes = fleet.attributes.iter().map(|row| ((row.scope, row.server), row));
        let managed = fleet.managed.iter().map(|row| (row.scope, row.server));
        let scopes = (0_u16..).map(ScopeIx).zip(&fleet.scopes);
        let unread = scopes.map(|(ix, scope)| {
            let without = |call| scope.evidence_at.is_none() || fleet.gap(ix, call).is_some();
            let gap = |call| fleet.gap(ix, call).is_some();
            Unread {
                sessions: without(Call::DescribeSessions) || without(Call::DescribeInstanceInformation),
                trail: without(Call::LookupEvents),
                rows: [
                    Call::DescribeImages,
                    Call::DescribeLaunchTemplateVersions,
                    Call::DescribeLaunchTemplates,
                    Call::DescribeAutoScalingGroups,
                    Call::DescribeReplaceRootVolumeTasks,
                ]
                .into_iter()
                .any(gap),
            }
        });
        Self {
            unread: unread.collect(),
            drifts: Drifts::new(fleet, lineage),
            logins: among.by_server(&fleet.logins, |row| (row.scope, row.server)),
            changes: among.by_server(&fleet.changes, |row| (row.scope, row.server)),
            late_volumes: among.by_server(&fleet.late_volumes, |row| (row.scope, row.server)),
            attributes: attributes.filter(|&(key, _)| among.has(key)).collect(),
            managed: managed.filter(|&key| among.has(key)).collect(),
            accounts: fleet.scopes.iter().map(|scope| fleet.str(scope.account)).collect(),
            fleet,
            lineage,
        }
    }

    /// Whether a server differs from its template version.
    #[must_use]
    pub fn drifts(&self) -> &Drifts<'a> {
        &self.drifts
    }

    /// Everything that was found on a server, what weighs most first, and last which rules that are off would have found
    /// more.
    #[must_use]
    pub fn evidence(&self, ix: ServerIx, finding: &ServerFinding, waivers: Waivers<'_>) -> Vec<SnowflakeEvidence> {
        let (mut found, mut off) = (Vec::new(), Vec::new());
        let drift = self.drifts.verdict(ix, waivers);
        self.look(ix, finding, drift, waivers, &mut |kind, source, by, detail| match by.or(waivers.snowflake(kind)) {
            by if by.is_off() => off.push(format!("snowflake:{}", kind.as_str())),
            by => found.push(SnowflakeEvidence { kind, detail: detail(), source, exempt: by.sentence() }),
        });
        let fields = self.drifts.fields(ix, waivers).into_iter();
        off.extend(
            fields
                .filter(|(_, waiver)| waiver.is_some_and(|waiver| waiver.is_off))
                .map(|(field, _)| format!("drift:{}", field.as_str())),
        );
        off.dedup();
        if !off.is_empty() {
            let detail = format!("The policy file switches off what else would be told here: {}.", off.join(", "));
            let kind = EvidenceKind::RulesOff;
            found.push(SnowflakeEvidence { kind, detail, source: "policy file", exempt: None });
        }
        found.sort_by_key(|evidence| std::cmp::Reverse(evidence.weight()));
        found
    }

    /// The verdict on a server whose drift is `drift`.
    #[must_use]
    pub fn verdict(
        &self,
        ix: ServerIx,
        finding: &ServerFinding,
        drift: DriftVerdict,
        waivers: Waivers<'_>,
    ) -> Snowflake {
        let mut heaviest = Weight::Note;
        self.look(ix, finding, drift, waivers, &mut |kind, _, by, _| {
            if matches!(by.or(waivers.snowflake(kind)), By::Nothing) {
                heaviest = heaviest.max(kind.weight());
            }
        });
        match heaviest {
            Weight::Breaks => Snowflake::Snowflake,
            Weight::Doubt => Snowflake::Suspect,
            Weight::Note if self.is_unread(ix, finding, drift) => Snowflake::Unknown,
            Weight::Note => Snowflake::Reproducible,
        }
    }

    /// Whether something that could speak against a server was not read.
    fn is_unread(&self, ix: ServerIx, finding: &ServerFinding, drift: DriftVerdict) -> bool {
        let (Some(row), Some(node)) = (self.fleet.servers.get(ix.at()), self.lineage.servers.get(ix.at())) else {
            return true;
        };
        let unread = self.unread.get(usize::from(row.scope.0)).copied();
        let unread = unread.unwrap_or(Unread { sessions: true, trail: true, rows: true });
        unread.sessions
            || unread.trail
            || unread.rows
            || !self.managed.contains(&(row.scope, row.id))
            || node.image.is_none()
            || drift == DriftVerdict::Unknown && self.fleet.owner(row).is_none()
            || finding.born.is_none()
    }

    fn look(
        &self,
        ix: ServerIx,
        finding: &ServerFinding,
        drift: DriftVerdict,
        waivers: Waivers<'_>,
        told: &mut Told<'_>,
    ) {
        let (Some(row), Some(node)) = (self.fleet.servers.get(ix.at()), self.lineage.servers.get(ix.at())) else {
            return;
        };
        self.look_at_image(row, node, finding.as_of, told);
        self.look_at_template(row, node, told);
        self.look_at_hands(ix, row, finding, (drift, waivers), told);
        let age_s = finding.age_s().filter(|&age_s| age_s > 2 * i64::from(finding.lifetime_s));
        if let Some(age_s) = age_s.filter(|_| !finding.cap_unknown) {
            let by = match finding.exempt {
                None => By::Nothing,
                Some(ExemptBy::Tag(reason)) => By::Tag(self.fleet.text(reason)),
                Some(ExemptBy::Policy) => By::Nothing.or(waivers.lifetime()),
            };
            told(EvidenceKind::Old, "DescribeInstances NetworkInterfaces[].Attachment.AttachTime", by, &|| {
                let lifetime = short_duration(i64::from(finding.lifetime_s));
                format!("It is {} old, more than twice its lifetime of {lifetime}.", short_duration(age_s))
            });
        }
    }

    fn look_at_image(&self, row: &Server, node: &ServerNode, as_of: Time, told: &mut Told<'_>) {
        let replacement = node.root_replacement.and_then(|at| self.fleet.root_replacements.get(at as usize));
        if let Some(replacement) = replacement
            && !matches!(replacement.target, Some(RootTarget::LaunchState | RootTarget::Image(_)))
        {
            told(EvidenceKind::RootReplaced, "DescribeReplaceRootVolumeTasks", By::Nothing, &|| {
                let by = match replacement.target {
                    Some(RootTarget::Snapshot(snapshot)) => format!("the snapshot {}", self.fleet.str(snapshot)),
                    Some(RootTarget::Volume(volume)) => format!("the volume {}", self.fleet.str(volume)),
                    _ => "something that AWS does not tell".to_owned(),
                };
                format!("Its root was replaced by {by}, which no image made.")
            });
        }
        let Some((ix, image)) = node.image.and_then(|ix| Some((ix, self.lineage.images.get(ix.at())?))) else { return };
        let id = || self.fleet.str(image.id);
        if image.presence == Presence::Gone {
            told(EvidenceKind::ImageGone, "DescribeImages", By::Nothing, &|| {
                format!("Its image {} is gone, so that no server can be launched from it.", id())
            });
        }
        let recipe = self.lineage.recipes.get(image.recipe.at());
        match recipe.map(|recipe| recipe.kind) {
            Some(RecipeKind::Manual) => {
                told(EvidenceKind::ImageFromServer, "DescribeImages SourceInstanceId", By::Nothing, &|| {
                    let from = recipe.and_then(|recipe| recipe.name.as_deref()).unwrap_or("a server");
                    format!("Its image {} was made of {from}, with all that had happened there.", id())
                });
            }
            Some(RecipeKind::Unknown) | None if image.presence != Presence::Unread => {
                told(EvidenceKind::NoRecipe, "DescribeImages, ListImageBuildVersions, tags", By::Nothing, &|| {
                    format!("Nothing says what its image {} was baked from.", id())
                });
            }
            _ => {}
        }
        let deprecated = self.lineage.image_deprecated(self.fleet, ix).filter(|&at| at <= as_of);
        if let Some(at) = deprecated.filter(|_| image.presence == Presence::Present) {
            told(EvidenceKind::ImageDeprecated, "DescribeImages DeprecationTime", By::Nothing, &|| {
                format!("Its image {} is deprecated since {}.", id(), day(at))
            });
        }
        let owner = self.lineage.image_owner(self.fleet, ix).filter(|owner| !self.accounts.contains(owner));
        let is_vendors = recipe.is_some_and(|recipe| recipe.kind == RecipeKind::Vendor);
        if let Some(owner) = owner.filter(|_| !is_vendors) {
            told(EvidenceKind::ImageNotOurs, "DescribeImages OwnerId", By::Nothing, &|| {
                format!("Its image {} belongs to the account {owner}, which can take it away.", id())
            });
        }
        if node.behind_its_group == Some(true) {
            told(EvidenceKind::OldVersion, "DescribeAutoScalingGroups LaunchTemplate", By::Nothing, &|| {
                let group = self.fleet.text(row.group).unwrap_or("Its group");
                format!("{group} wants another template version by now.")
            });
        }
    }

    fn look_at_template(&self, row: &Server, node: &ServerNode, told: &mut Told<'_>) {
        match node.template.and_then(|ix| self.lineage.templates.get(ix.at())) {
            Some(template) if template.presence == Presence::Gone => {
                told(EvidenceKind::TemplateGone, "DescribeLaunchTemplateVersions", By::Nothing, &|| {
                    let name = self.fleet.str(template.name.unwrap_or(template.id));
                    let version = template.version.map_or_else(String::new, |version| format!(" version {version}"));
                    format!("{name}{version}, which it was launched from, was deleted.")
                });
            }
            // A group always launches from something, and others' machinery from what only it knows.
            None if row.group.is_none() && row.template.is_none() && self.fleet.owner(row).is_none() => {
                told(EvidenceKind::NoTemplate, "DescribeInstances Tags", By::Nothing, &|| {
                    "It was launched without a template: nothing but the server itself says how it is set up."
                        .to_owned()
                });
            }
            _ => {}
        }
    }

    fn look_at_hands(
        &self,
        ix: ServerIx,
        row: &Server,
        finding: &ServerFinding,
        (drift, waivers): (DriftVerdict, Waivers<'_>),
        told: &mut Told<'_>,
    ) {
        let key = (row.scope, row.id);
        let counts = |kind| waivers.snowflake(kind).is_none();
        // What happened before a rebirth went with the old root.
        let since = |at: Time| finding.born.is_none_or(|born| at >= born);
        let who = |who: Option<Sym>| self.fleet.text(who).map_or("somebody", principal).to_owned();
        let logins = self.logins.get(&key).map(Vec::as_slice).unwrap_or_default();
        let changes = self.changes.get(&key).map(Vec::as_slice).unwrap_or_default();
        let volumes = self.late_volumes.get(&key).map(Vec::as_slice).unwrap_or_default();
        let mut somebody = false;
        for login in logins.iter().filter(|login| since(login.at)) {
            somebody |= counts(EvidenceKind::Login);
            let (source, way) = match login.kind {
                LoginKind::Session => ("DescribeSessions", "through Session Manager"),
                LoginKind::InstanceConnect => ("LookupEvents SendSSHPublicKey", "with a key sent by Instance Connect"),
            };
            told(EvidenceKind::Login, source, By::Nothing, &|| {
                format!("{} logged in on {} {way}.", who(login.who), day(login.at))
            });
        }
        for change in changes.iter().filter(|change| since(change.at)) {
            let ChangeKind::Attribute(name) = change.kind else { continue };
            somebody |= counts(EvidenceKind::Changed);
            told(EvidenceKind::Changed, "LookupEvents ModifyInstanceAttribute", By::Nothing, &|| {
                let name = self.fleet.text(name).unwrap_or("an attribute");
                format!("{} changed {name} on {}.", who(change.who), day(change.at))
            });
        }
        for volume in volumes {
            told(
                EvidenceKind::LateVolume,
                "DescribeInstances BlockDeviceMappings[].Ebs.AttachTime",
                By::Nothing,
                &|| {
                    let attached =
                        |change: &&&Change| matches!(change.kind, ChangeKind::Volume(id) if id == volume.volume);
                    let by = changes.iter().find(attached).map(|change| format!(" by {}", who(change.who)));
                    let id = self.fleet.text(volume.volume).unwrap_or("a volume");
                    format!(
                        "{id} was attached on {}{}, long after its birth.",
                        day(volume.attached),
                        by.unwrap_or_default()
                    )
                },
            );
        }
        self.tell_drift(ix, drift, waivers, told);
        let has_volume = !volumes.is_empty() && counts(EvidenceKind::LateVolume);
        let differs = drift == DriftVerdict::Differs && counts(EvidenceKind::Drift);
        if somebody && (differs || has_volume) {
            told(EvidenceKind::HandMade, "all of these", By::Nothing, &|| {
                "Somebody was on it, and it is not what its template version makes any more.".to_owned()
            });
        }
        if self.attributes.get(&key).and_then(|row| row.termination_protected) == Some(true) {
            told(EvidenceKind::TerminationProtected, "DescribeInstanceAttribute", By::Nothing, &|| {
                "It is protected from termination.".to_owned()
            });
        }
    }

    /// The fields that count in one sentence, and those that are exempt in one for each reason.
    fn tell_drift(&self, ix: ServerIx, drift: DriftVerdict, waivers: Waivers<'_>, told: &mut Told<'_>) {
        if !matches!(drift, DriftVerdict::Differs | DriftVerdict::Exempt) {
            return;
        }
        let mut tell = |by: By<'_>, of: &dyn Fn(Option<&Waiver>) -> bool| {
            told(EvidenceKind::Drift, "DescribeInstances, DescribeLaunchTemplateVersions", by, &|| {
                let fields = self.drifts.fields(ix, waivers).into_iter().filter(|&(_, waiver)| of(waiver));
                let fields: Vec<&str> = fields.map(|(field, _)| field.as_str()).collect();
                format!("It differs from its template version: {}.", fields.join(", "))
            });
        };
        if drift == DriftVerdict::Differs {
            tell(By::Nothing, &|waiver| waiver.is_none());
        }
        // Without waivers, which is nearly always, nothing is compared a second time.
        for exempt in waivers.in_force().filter(|waiver| !waiver.is_off) {
            let is_this = |waiver: Option<&Waiver>| waiver.is_some_and(|waiver| std::ptr::eq(waiver, exempt));
            if self.drifts.fields(ix, waivers).into_iter().any(|(_, waiver)| is_this(waiver)) {
                tell(By::Policy(exempt), &is_this);
            }
        }
    }
}

/// Takes a kind, its source, what takes it out of the verdict, and what puts it into words.
type Told<'t> = dyn FnMut(EvidenceKind, &'static str, By<'_>, &dyn Fn() -> String) + 't;

/// The last part of a principal's ARN, which is the person: `arn:aws:sts::1:assumed-role/Engineer/aisha`.
fn principal(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// `2026-11-09`.
fn day(at: Time) -> String {
    at.timestamp().strftime("%Y-%m-%d").to_string()
}
