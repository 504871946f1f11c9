//! What an earlier pull read of a scope and a later one need not read again, or has not read yet: rows in the words of
//! another fleet.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::call::Call;
use crate::evidence::{Activity, Attributes, BootTime, BuildTime, Change, ChangeKind, Login, Managed, Refresh};
use crate::interned::Handle;
use crate::resources::{ImageRef, Scope, ScopeIx, Template, TemplateUse, TemplateVersion};
use crate::rows::{Fleet, FleetBuilder};
use crate::settings::{Device, MetadataOptions, Setting, Settings};
use crate::symbol::{Sym, SymList, TagSet};
use crate::user_data::UserData;

/// One scope of an earlier pull.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    fleet: &'a Fleet,
    scope: ScopeIx,
}

impl<'a> Earlier<'a> {
    /// The same scope of another pull; `None` where that has not read it.
    #[must_use]
    pub fn of(fleet: &'a Fleet, partition: &str, account: &str, region: &str) -> Option<Self> {
        let is_it = |scope: &Scope| {
            (fleet.str(scope.partition), fleet.str(scope.account), fleet.str(scope.region))
                == (partition, account, region)
        };
        let scope = (0..).map(ScopeIx).zip(&fleet.scopes).find(|(_, scope)| is_it(scope))?.0;
        Some(Self { fleet, scope })
    }

    /// The ids of the templates of which every version is known still, of those that a later pull has listed: a version
    /// never changes, and a new one has a higher number. Not of a template whose versions were not read whole, nor of one
    /// whose user data is in no memory any more. Who deletes a version that is not the latest is not noticed.
    #[must_use]
    pub fn unchanged_templates(&self, later: &FleetBuilder, scope: ScopeIx) -> FxHashSet<String> {
        let Self { fleet, scope: here } = *self;
        let call = Call::DescribeLaunchTemplateVersions;
        let gaps = || fleet.gaps.iter().filter(|gap| (gap.scope, gap.call) == (here, call));
        if gaps().any(|gap| gap.resource.is_none()) {
            return FxHashSet::default();
        }
        let mut unread: FxHashSet<Sym> = gaps().filter_map(|gap| gap.resource).collect();
        for version in fleet.template_versions.iter().filter(|version| version.scope == here) {
            if !self.has_text(version) {
                unread.insert(version.template);
            }
        }
        let known: FxHashMap<Sym, &Template> = fleet
            .templates
            .iter()
            .filter(|template| template.scope == here && !unread.contains(&template.id))
            .map(|template| (template.id, template))
            .collect();
        let is_same = |now: &&Template| {
            let before = fleet.symbols.find(later.fleet.str(now.id)).and_then(|id| known.get(&id));
            let marks = |template: &Template| (template.latest_version, template.created);
            now.latest_version.is_some() && before.is_some_and(|before| marks(before) == marks(now))
        };
        let listed = later.fleet.templates.iter().filter(|template| template.scope == scope);
        listed.filter(is_same).map(|template| later.fleet.str(template.id).to_owned()).collect()
    }

    fn has_text(&self, version: &TemplateVersion) -> bool {
        let settings = version.settings.and_then(|settings| self.fleet.settings.get(settings));
        let text = settings.and_then(|settings| settings.user_data.value());
        text.is_none_or(|text| self.fleet.user_data.get(text).is_some_and(|text| text.bytes().is_some()))
    }

    /// Adds the versions of these templates. What a parameter points to is not known of them: it may have changed.
    pub fn add_template_versions(&self, templates: &FxHashSet<String>, to: &mut FleetBuilder, scope: ScopeIx) {
        let fleet = self.fleet;
        let mut words = Words { from: fleet, to };
        for row in fleet.template_versions.iter().filter(|row| row.scope == self.scope) {
            if !templates.contains(fleet.str(row.template)) {
                continue;
            }
            let row = TemplateVersion {
                template: words.sym(row.template),
                scope,
                version: row.version,
                description: row.description.map(|text| words.sym(text)),
                created: row.created,
                created_by: row.created_by.map(|text| words.sym(text)),
                image: row.image.map(|image| match image {
                    ImageRef::Id(id) => ImageRef::Id(words.sym(id)),
                    ImageRef::Parameter { name, .. } => ImageRef::Parameter { name: words.sym(name), image: None },
                }),
                instance_type: row.instance_type.map(|text| words.sym(text)),
                settings: row.settings.and_then(|settings| words.settings(settings)),
            };
            words.to.fleet.template_versions.push(row);
        }
    }

    /// Adds the evidence that was read, with its gaps and its time; nothing where none was read to its end.
    pub fn add_evidence(&self, to: &mut FleetBuilder, scope: ScopeIx) {
        let (fleet, here) = (self.fleet, self.scope);
        let Some(evidence_at) = fleet.scope(here).and_then(|scope| scope.evidence_at) else { return };
        if let Some(row) = to.fleet.scopes.get_mut(usize::from(scope.0)) {
            row.evidence_at = Some(evidence_at);
        }
        for gap in fleet.gaps.iter().filter(|gap| gap.scope == here && gap.call.is_evidence()) {
            let mut words = Words { from: fleet, to };
            let mut gap = gap.clone();
            gap.scope = scope;
            gap.action = gap.action.map(|action| words.sym(action));
            gap.resource = gap.resource.map(|resource| words.sym(resource));
            gap.message = words.sym(gap.message);
            to.fleet.gaps.push(gap);
        }
        self.add_boot_times(to, scope, |_| true);
        self.add_build_times(to, scope, |_| true);
        let mut words = Words { from: fleet, to };
        for row in fleet.activities.iter().filter(|row| row.scope == here) {
            let row = Activity {
                group: words.sym(row.group),
                scope,
                server: row.server.map(|server| words.sym(server)),
                status: row.status.map(|status| words.sym(status)),
                message: row.message.map(|message| words.sym(message)),
                ..*row
            };
            words.to.fleet.activities.push(row);
        }
        for row in fleet.refreshes.iter().filter(|row| row.scope == here) {
            let (id, group) = (words.sym(row.id), words.sym(row.group));
            let status = row.status.map(|status| words.sym(status));
            words.to.fleet.refreshes.push(Refresh { id, group, scope, status, ..*row });
        }
        for row in fleet.logins.iter().filter(|row| row.scope == here) {
            let (server, who) = (words.sym(row.server), row.who.map(|who| words.sym(who)));
            words.to.fleet.logins.push(Login { server, scope, who, ..*row });
        }
        for row in fleet.changes.iter().filter(|row| row.scope == here) {
            let (server, who) = (words.sym(row.server), row.who.map(|who| words.sym(who)));
            let kind = match row.kind {
                ChangeKind::Attribute(what) => ChangeKind::Attribute(what.map(|what| words.sym(what))),
                ChangeKind::Volume(what) => ChangeKind::Volume(what.map(|what| words.sym(what))),
            };
            words.to.fleet.changes.push(Change { server, scope, kind, who, ..*row });
        }
        for row in fleet.managed.iter().filter(|row| row.scope == here) {
            let server = words.sym(row.server);
            words.to.fleet.managed.push(Managed { server, scope });
        }
        for row in fleet.attributes.iter().filter(|row| row.scope == here) {
            let (server, user_data) = (words.sym(row.server), words.user_data(row.user_data));
            words.to.fleet.attributes.push(Attributes { server, scope, user_data, ..*row });
        }
    }

    /// Adds how long the servers with these ids took to boot, as far as that is known: the first boot stays the first.
    pub fn add_boot_times(&self, to: &mut FleetBuilder, scope: ScopeIx, which: impl Fn(&str) -> bool) {
        let mut words = Words { from: self.fleet, to };
        let here = self.fleet.boot_times.iter().filter(|row| row.scope == self.scope);
        for row in here.filter(|row| which(self.fleet.str(row.server))) {
            let template = TemplateUse { id: words.sym(row.template.id), version: row.template.version };
            let server = words.sym(row.server);
            words.to.fleet.boot_times.push(BootTime { server, scope, template, ..*row });
        }
    }

    /// Adds how long the builds with these ARNs took, as far as that is known: they are over.
    pub fn add_build_times(&self, to: &mut FleetBuilder, scope: ScopeIx, which: impl Fn(&str) -> bool) {
        let mut words = Words { from: self.fleet, to };
        let here = self.fleet.build_times.iter().filter(|row| row.scope == self.scope);
        for row in here.filter(|row| which(self.fleet.str(row.build))) {
            let build = words.sym(row.build);
            words.to.fleet.build_times.push(BuildTime { build, scope, ..*row });
        }
    }
}

/// Says in one fleet what another one says.
struct Words<'a, 'b> {
    from: &'a Fleet,
    to: &'b mut FleetBuilder,
}

impl Words<'_, '_> {
    fn sym(&mut self, sym: Sym) -> Sym {
        self.to.sym(self.from.str(sym))
    }

    fn list(&mut self, list: SymList) -> SymList {
        let items: Vec<Sym> = self.from.symbols.list(list).iter().map(|&item| self.sym(item)).collect();
        self.to.fleet.symbols.intern_list(&items)
    }

    fn tags(&mut self, tags: TagSet) -> TagSet {
        self.to.fleet.symbols.intern_tags(self.from.symbols.tags(tags))
    }

    fn setting<T, U>(&mut self, setting: Setting<T>, mut say: impl FnMut(&mut Self, T) -> U) -> Setting<U> {
        match setting {
            Setting::Unknown => Setting::Unknown,
            Setting::Unset => Setting::Unset,
            Setting::Is(value) => Setting::Is(say(self, value)),
        }
    }

    fn user_data(&mut self, text: Setting<Handle<UserData>>) -> Setting<Handle<UserData>> {
        match text {
            Setting::Is(text) => match self.from.user_data.get(text) {
                Some(text) => Setting::Is(self.to.fleet.user_data.intern(text.clone())),
                None => Setting::Unknown,
            },
            same => same,
        }
    }

    fn settings(&mut self, settings: Handle<Settings>) -> Option<Handle<Settings>> {
        let row = self.from.settings.get(settings)?;
        let mut devices: Vec<Device> = Vec::with_capacity(row.devices.len());
        for device in &row.devices {
            devices.push(Device { name: self.sym(device.name), ..*device });
        }
        let row = Settings {
            key_name: self.setting(row.key_name, Self::sym),
            profile: self.setting(row.profile, Self::sym),
            security_groups: self.setting(row.security_groups, Self::list),
            metadata: MetadataOptions {
                tokens: self.setting(row.metadata.tokens, Self::sym),
                hop_limit: row.metadata.hop_limit,
                endpoint: self.setting(row.metadata.endpoint, Self::sym),
                tags: self.setting(row.metadata.tags, Self::sym),
            },
            user_data: self.user_data(row.user_data),
            devices,
            ebs_optimized: row.ebs_optimized,
            monitoring: row.monitoring,
            server_tags: self.tags(row.server_tags),
        };
        Some(self.to.fleet.settings.intern(row))
    }
}
