//! Whose text a server boots with, and what was found in it.
//!
//! A server that was asked for its own user data is judged by that. Any other is judged by its template version's or
//! launch configuration's, where that says one; where it leaves user data open, a group's servers have none, since
//! nothing but the template speaks when a group launches, and whoever launched any other server may have given one.
//! What the policy file exempts is told with its reason and does not count; rules that are off are not asked. A group
//! stands for what its next servers will be, and a recipe for what the next servers of its images will be: one
//! fried template version makes them fried, and of an unknown one nobody can say that it is not.

use fleet::{
    Bake, BakeFinding, BakeSeverity, BakeVerdict, Call, Fleet, GroupIx, Handle, Lineage, Presence, RecipeIx, ScopeIx,
    ServerIx, Setting, Settings, Sym, TemplateIx, TemplateKind, TemplateUse, UserData,
};
use rustc_hash::FxHashMap;

use super::reader;
use crate::fry::{self, Severity, Weighed};
use crate::policy::Waiver;
use crate::waived::Waivers;

/// Why nobody can say whether something is baked or fried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BakeUnknown {
    /// Its template version is gone.
    TemplateGone,
    /// Its template version could not be read.
    TemplateUnread(ScopeIx),
    /// Nothing says which template it comes from.
    NoTemplate,
    /// Its template leaves user data to whoever launches.
    LeftOpen,
    /// What could tell is read in the second stage of a pull, which has not ended.
    NotYet,
    /// It was to be asked for its own and could not be.
    Unasked(ScopeIx),
    /// It belongs to somebody else's machinery, whose servers are not asked one by one.
    Foreign,
    /// AWS's answer does not tell, or holds what is no base64.
    Untold,
    /// The text was there, and what was found in it was not saved with it.
    Unsaved,
    /// Some of the text can't be read: its findings say which part.
    Unreadable,
}

/// Whose text it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// The server's own: it was asked for it.
    Own,
    /// Its template version's or launch configuration's.
    Template(TemplateIx),
}

/// What something boots with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Booted {
    Text(Handle<UserData>),
    Nothing,
    Unknown(BakeUnknown),
}

/// A finding as it is told of one server or template version.
#[derive(Clone, Copy, Debug)]
pub struct BakeTold<'a> {
    /// What was found.
    pub finding: &'a BakeFinding,
    /// What exempts from it, so that it does not count.
    pub exempt: Option<&'a Waiver>,
}

/// What is known of one server's or template version's boot.
#[derive(Clone, Copy, Debug)]
pub struct BakeStanding<'a> {
    fleet: &'a Fleet,
    waivers: Waivers<'a>,
    /// Baked or fried.
    pub verdict: BakeVerdict,
    /// Why that is unknown.
    pub unknown: Option<BakeUnknown>,
    /// Whose text it is; `None` where nothing says.
    pub whose: Option<Whose>,
    /// The text; `None` where there is none or none is known.
    pub text: Option<Handle<UserData>>,
    /// What was found in it.
    pub bake: Option<&'a Bake>,
    /// Seconds from the kernel's start to cloud-init's end, with the server that they were measured on.
    pub measured: Option<(u32, Sym)>,
}

impl<'a> BakeStanding<'a> {
    /// The findings by line, without those of rules that are off.
    #[must_use]
    pub fn findings(&self) -> Vec<BakeTold<'a>> {
        let all = self.bake.map_or(&[][..], |bake| bake.findings.as_slice());
        let told = all.iter().filter_map(|finding| {
            let waiver = self.waivers.bake(self.fleet.str(finding.rule));
            waiver.is_none_or(|waiver| !waiver.is_off).then_some(BakeTold { finding, exempt: waiver })
        });
        told.collect()
    }
}

/// What every server, template version, group and recipe of a fleet boots with, with what they share looked at once.
pub struct Bakes<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    /// By the text's handle.
    rows: Vec<Option<&'a Bake>>,
    templates: Vec<Booted>,
    own: FxHashMap<(ScopeIx, Sym), Setting<Handle<UserData>>>,
    measured_servers: FxHashMap<(ScopeIx, Sym), u32>,
    measured_templates: FxHashMap<(ScopeIx, TemplateUse), (u32, Sym)>,
}

impl<'a> Bakes<'a> {
    /// For `fleet`; `lineage` must be that of the same fleet.
    #[must_use]
    pub fn new(fleet: &'a Fleet, lineage: &'a Lineage) -> Self {
        let mut rows = vec![None; fleet.user_data.len()];
        for bake in &fleet.bakes {
            if let Some(row) = rows.get_mut(bake.user_data.index()) {
                *row = Some(bake);
            }
        }
        let boots = || fleet.boot_times.iter();
        Self {
            fleet,
            lineage,
            rows,
            templates: (0..)
                .map(TemplateIx)
                .take(lineage.templates.len())
                .map(|ix| of_row(fleet, lineage, ix))
                .collect(),
            own: fleet.attributes.iter().map(|row| ((row.scope, row.server), row.user_data)).collect(),
            measured_servers: boots().map(|row| ((row.scope, row.server), row.seconds)).collect(),
            measured_templates: boots().map(|row| ((row.scope, row.template), (row.seconds, row.server))).collect(),
        }
    }

    fn booted(&self, server: ServerIx) -> (Booted, Option<Whose>) {
        let nothing_known = (Booted::Unknown(BakeUnknown::NoTemplate), None);
        let Some(row) = self.fleet.servers.get(server.at()) else { return nothing_known };
        let own = if self.own.is_empty() { None } else { self.own.get(&(row.scope, row.id)) };
        if let Some(own) = own {
            let booted = match *own {
                Setting::Is(text) => Booted::Text(text),
                Setting::Unset => Booted::Nothing,
                Setting::Unknown => Booted::Unknown(BakeUnknown::Untold),
            };
            return (booted, Some(Whose::Own));
        }
        let template = self.lineage.servers.get(server.at()).and_then(|node| node.template);
        if let Some((ix, &booted)) = template.and_then(|ix| Some((ix, self.templates.get(ix.at())?))) {
            let is_open = booted == Booted::Nothing && row.group.is_none();
            let booted = if is_open { Booted::Unknown(BakeUnknown::LeftOpen) } else { booted };
            return (booted, Some(Whose::Template(ix)));
        }
        let why = if row.group.is_some() || row.template.is_some() {
            BakeUnknown::NoTemplate
        } else if self.fleet.owner(row).is_some() {
            BakeUnknown::Foreign
        } else if self.fleet.scope(row.scope).is_none_or(|scope| scope.evidence_at.is_none()) {
            BakeUnknown::NotYet
        } else {
            BakeUnknown::Unasked(row.scope)
        };
        (Booted::Unknown(why), None)
    }

    fn judged(&self, booted: Booted, waivers: Waivers<'_>) -> (BakeVerdict, Option<BakeUnknown>) {
        match booted {
            Booted::Nothing => (BakeVerdict::Baked, None),
            Booted::Unknown(why) => (BakeVerdict::Unknown, Some(why)),
            Booted::Text(text) => match self.row(text) {
                None => (BakeVerdict::Unknown, Some(BakeUnknown::Unsaved)),
                Some(bake) => match self.counted(bake, waivers) {
                    BakeVerdict::Unknown => (BakeVerdict::Unknown, Some(BakeUnknown::Unreadable)),
                    verdict => (verdict, None),
                },
            },
        }
    }

    /// The verdict on a text, of which what is waived does not count.
    fn counted(&self, bake: &Bake, waivers: Waivers<'_>) -> BakeVerdict {
        let counts = |finding: &&BakeFinding| waivers.bake(self.fleet.str(finding.rule)).is_none();
        if bake.findings.iter().all(|finding| counts(&finding)) {
            return bake.verdict;
        }
        let weighed = bake.findings.iter().filter(counts).map(|finding| Weighed {
            severity: match finding.severity {
                BakeSeverity::Low => Severity::Low,
                BakeSeverity::Medium => Severity::Medium,
                BakeSeverity::High => Severity::High,
            },
            fries: finding.fries,
            is_unread: finding.is_unread,
            line: finding.line,
            act: finding.act,
        });
        reader::verdict(fry::verdict(&weighed.collect::<Vec<_>>()))
    }

    fn row(&self, text: Handle<UserData>) -> Option<&'a Bake> {
        self.rows.get(text.index()).copied().flatten()
    }

    fn standing(
        &self,
        booted: Booted,
        whose: Option<Whose>,
        measured: Option<(u32, Sym)>,
        waivers: Waivers<'a>,
    ) -> BakeStanding<'a> {
        let (verdict, unknown) = self.judged(booted, waivers);
        let text = match booted {
            Booted::Text(text) => Some(text),
            _ => None,
        };
        let bake = text.and_then(|text| self.row(text));
        BakeStanding { fleet: self.fleet, waivers, verdict, unknown, whose, text, bake, measured }
    }

    /// The verdict on a server with these waivers.
    #[must_use]
    pub fn verdict(&self, server: ServerIx, waivers: Waivers<'_>) -> BakeVerdict {
        self.judged(self.booted(server).0, waivers).0
    }

    /// All that is known of a server's boot. It was measured on the server itself or, where it boots with its template
    /// version's text, on the server of that version whose console was read.
    #[must_use]
    pub fn of_server(&self, server: ServerIx, waivers: Waivers<'a>) -> BakeStanding<'a> {
        let (booted, whose) = self.booted(server);
        let measured = self.fleet.servers.get(server.at()).and_then(|row| {
            let own = self.measured_servers.get(&(row.scope, row.id)).map(|&seconds| (seconds, row.id));
            let siblings = || self.measured_templates.get(&(row.scope, row.template?)).copied();
            own.or_else(|| siblings().filter(|_| whose != Some(Whose::Own)))
        });
        self.standing(booted, whose, measured, waivers)
    }

    /// The verdict on a template version or launch configuration, where these waivers hold everywhere.
    #[must_use]
    pub fn template_verdict(&self, template: TemplateIx, waivers: Waivers<'_>) -> BakeVerdict {
        self.templates.get(template.at()).map_or(BakeVerdict::Unknown, |&booted| self.judged(booted, waivers).0)
    }

    /// All that is known of a template version or launch configuration.
    #[must_use]
    pub fn of_template(&self, template: TemplateIx, waivers: Waivers<'a>) -> BakeStanding<'a> {
        let booted = self.templates.get(template.at()).copied().unwrap_or(Booted::Unknown(BakeUnknown::NoTemplate));
        let measured = self.lineage.templates.get(template.at()).and_then(|node| {
            let version = TemplateUse { id: node.id, version: node.version? };
            self.measured_templates.get(&(node.scope, version)).copied()
        });
        self.standing(booted, Some(Whose::Template(template)), measured, waivers)
    }

    /// What a group's next servers will be: by the template version that it wants, and those of its overrides.
    #[must_use]
    pub fn group_verdict(&self, group: GroupIx, waivers: Waivers<'_>) -> BakeVerdict {
        let Some(node) = self.lineage.groups.get(group.at()) else { return BakeVerdict::Unknown };
        let Some(wants) = node.wants else { return BakeVerdict::Unknown };
        let verdict = |template| self.template_verdict(template, waivers);
        node.also.iter().fold(verdict(wants), |so_far, &also| so_far.and(verdict(also)))
    }

    /// What the next servers of each recipe's images will be, by the template versions that groups want; `None` where no
    /// group launches from its images.
    #[must_use]
    pub fn recipe_verdicts(&self, waivers: Waivers<'_>) -> Vec<Option<BakeVerdict>> {
        let mut verdicts: Vec<Option<BakeVerdict>> = vec![None; self.lineage.recipes.len()];
        for template in self.lineage.groups.iter().flat_map(|group| group.wants.iter().chain(&group.also)) {
            let verdict = self.template_verdict(*template, waivers);
            let recipe = self.recipe_of(*template).and_then(|recipe| verdicts.get_mut(recipe.at()));
            if let Some(so_far) = recipe {
                *so_far = Some(so_far.map_or(verdict, |so_far| so_far.and(verdict)));
            }
        }
        verdicts
    }

    fn recipe_of(&self, template: TemplateIx) -> Option<RecipeIx> {
        let image = self.lineage.templates.get(template.at())?.image?;
        Some(self.lineage.images.get(image.at())?.recipe)
    }
}

/// What a template version's own row says.
fn of_row(fleet: &Fleet, lineage: &Lineage, template: TemplateIx) -> Booted {
    let node = &lineage.templates[template.at()];
    let settings: Option<Option<Handle<Settings>>> = node.row.and_then(|row| match node.kind {
        TemplateKind::LaunchTemplate => Some(fleet.template_versions.get(row as usize)?.settings),
        TemplateKind::LaunchConfiguration => Some(fleet.launch_configurations.get(row as usize)?.settings),
    });
    let Some(settings) = settings else {
        return Booted::Unknown(match node.presence {
            Presence::Gone => BakeUnknown::TemplateGone,
            Presence::Present | Presence::Unread => BakeUnknown::TemplateUnread(node.scope),
        });
    };
    match settings.and_then(|settings| fleet.settings.get(settings)).map(|settings| settings.user_data) {
        Some(Setting::Is(text)) => Booted::Text(text),
        Some(Setting::Unset) => Booted::Nothing,
        Some(Setting::Unknown) | None => Booted::Unknown(BakeUnknown::Untold),
    }
}

impl BakeUnknown {
    /// The same as a sentence, with the permission that is missing where that is why.
    #[must_use]
    pub fn sentence(self, fleet: &Fleet) -> String {
        let because = |scope: ScopeIx, calls: &[Call]| {
            let gap = calls.iter().find_map(|&call| fleet.gap(scope, call));
            gap.map_or_else(String::new, |gap| format!(": {}", fleet.str(gap.message)))
        };
        match self {
            Self::TemplateGone => "Its template version was deleted, and its user data with it.".to_owned(),
            Self::TemplateUnread(scope) => {
                let calls = [
                    Call::DescribeLaunchTemplateVersions,
                    Call::DescribeLaunchTemplates,
                    Call::DescribeLaunchConfigurations,
                ];
                sentence(format!("Its template version could not be read{}", because(scope, &calls)))
            }
            Self::NoTemplate => "Nothing says which template version it comes from.".to_owned(),
            Self::LeftOpen => {
                "Its template version leaves user data to whoever launches it, and it was not asked for its own."
                    .to_owned()
            }
            Self::NotYet => "Its user data has not been read so far: it is asked for last.".to_owned(),
            Self::Unasked(scope) => {
                let calls = [Call::DescribeInstanceAttribute];
                sentence(format!("Its own user data could not be read{}", because(scope, &calls)))
            }
            Self::Foreign => "Other machinery owns it, whose servers are not asked for their user data.".to_owned(),
            Self::Untold => {
                "AWS's answer does not tell its user data, or tells something that is no base64.".to_owned()
            }
            Self::Unsaved => {
                "The file holds no findings of its user data: it was saved before they were made.".to_owned()
            }
            Self::Unreadable => "Some of its user data can't be read; what could be is not enough to tell.".to_owned(),
        }
    }
}

fn sentence(text: String) -> String {
    if text.ends_with('.') { text } else { text + "." }
}
