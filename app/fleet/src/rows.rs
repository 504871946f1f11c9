//! A fleet and its builder.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::bake::Bake;
use crate::call::Call;
use crate::evidence::{Activity, Attributes, BootTime, BuildTime, Change, LateVolume, Login, Managed, Refresh};
use crate::interned::Interned;
use crate::lineage::ServerIx;
use crate::lineage::image_builder::{BUILD_TAG, BuildArn};
use crate::resources::{
    Build, Gap, Group, Image, LaunchConfiguration, Pipeline, Recipe, RootReplacement, Scope, ScopeIx, Server, Template,
    TemplateVersion,
};
use crate::settings::Settings;
use crate::symbol::{Sym, Symbols};
use crate::time::Time;
use crate::user_data::UserData;

/// What one pull read. Rows are sorted by account, region, then id or name, so that equal pulls are equal fleets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fleet {
    /// Every string of the rows below.
    pub symbols: Symbols,
    /// Where was read, and when.
    pub scopes: Vec<Scope>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Images.
    pub images: Vec<Image>,
    /// Launch templates.
    pub templates: Vec<Template>,
    /// Their versions, of a template in ascending order.
    pub template_versions: Vec<TemplateVersion>,
    /// Launch configurations.
    pub launch_configurations: Vec<LaunchConfiguration>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Servers.
    pub servers: Vec<Server>,
    /// Root volume replacements.
    pub root_replacements: Vec<RootReplacement>,
    /// Image Builder recipes.
    pub recipes: Vec<Recipe>,
    /// Image Builder pipelines.
    pub pipelines: Vec<Pipeline>,
    /// Image Builder builds.
    pub builds: Vec<Build>,
    /// Settings, each once.
    pub settings: Interned<Settings>,
    /// Texts of user data, each once; a saved fleet has their hashes alone.
    pub user_data: Interned<UserData>,
    /// What was found in them.
    pub bakes: Vec<Bake>,
    /// Volumes that were attached long after their server's birth.
    pub late_volumes: Vec<LateVolume>,
    /// Scaling activities, of a group the newest first.
    pub activities: Vec<Activity>,
    /// Instance refreshes, of a group the newest first.
    pub refreshes: Vec<Refresh>,
    /// How long builds took.
    pub build_times: Vec<BuildTime>,
    /// Logins, of a server the newest first.
    pub logins: Vec<Login>,
    /// Changes by hand, of a server the newest first.
    pub changes: Vec<Change>,
    /// Servers that Session Manager reaches.
    pub managed: Vec<Managed>,
    /// Boots that were measured.
    pub boot_times: Vec<BootTime>,
    /// Attributes that were asked for one by one.
    pub attributes: Vec<Attributes>,
}

impl Fleet {
    /// The string of a symbol.
    #[must_use]
    pub fn str(&self, sym: Sym) -> &str {
        self.symbols.str(sym)
    }

    /// The string of a symbol, where there is one.
    #[must_use]
    pub fn text(&self, sym: Option<Sym>) -> Option<&str> {
        sym.map(|sym| self.symbols.str(sym))
    }

    /// The scope of a row. A row of a damaged file may name none.
    #[must_use]
    pub fn scope(&self, scope: ScopeIx) -> Option<&Scope> {
        self.scopes.get(usize::from(scope.0))
    }

    /// Whether everything that was asked for was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// The gap that keeps `call` from being whole in `scope`, if there is one.
    #[must_use]
    pub fn gap(&self, scope: ScopeIx, call: Call) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.scope == scope && gap.call == call)
    }

    /// The same pull with these servers alone, and only the groups that one of them belongs to. Images, templates and
    /// recipes stay: what the servers came from is theirs.
    #[must_use]
    pub fn only(&self, servers: &[ServerIx]) -> Self {
        let servers: Vec<Server> = servers.iter().filter_map(|ix| self.servers.get(ix.at()).copied()).collect();
        let ids: FxHashSet<(ScopeIx, Sym)> = servers.iter().map(|server| (server.scope, server.id)).collect();
        let tagged: FxHashSet<(ScopeIx, Sym)> =
            servers.iter().filter_map(|server| Some((server.scope, server.group?))).collect();
        let mut groups = self.groups.clone();
        for group in &mut groups {
            group.members.retain(|member| ids.contains(&(group.scope, member.server)));
        }
        groups.retain(|group| !group.members.is_empty() || tagged.contains(&(group.scope, group.name)));
        Self { servers, groups, ..self.clone() }
    }

    /// Gives back what growing has taken and nothing fills, in the tables that grow with the servers: a vector that grew
    /// to its length holds up to twice as much.
    pub(crate) fn shrink(&mut self) {
        self.symbols.shrink();
        self.servers.shrink_to_fit();
        self.groups.shrink_to_fit();
        for group in &mut self.groups {
            group.members.shrink_to_fit();
        }
        self.activities.shrink_to_fit();
        self.managed.shrink_to_fit();
    }

    /// The server's `Name` tag.
    #[must_use]
    pub fn server_name(&self, server: &Server) -> Option<&str> {
        self.symbols.tag(server.tags, "Name").filter(|name| !name.is_empty())
    }
}

/// Collects rows in any order and gives the fleet sorted, each resource once.
///
/// A resource that two pages told of (since it changed while paging) keeps the row added last.
#[derive(Clone, Debug, Default)]
pub struct FleetBuilder {
    /// The rows so far. Strings are interned into `fleet.symbols`.
    pub fleet: Fleet,
}

impl FleetBuilder {
    /// A builder with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that goes on from a fleet: a row added now takes the place of the one that the fleet has of the same
    /// resource, and everything else stays. Symbols stay good, so that both fleets can be compared row by row.
    #[must_use]
    pub fn resume(fleet: Fleet) -> Self {
        Self { fleet }
    }

    /// Interns text.
    pub fn sym(&mut self, text: &str) -> Sym {
        self.fleet.symbols.intern(text)
    }

    /// Interns text where there is some.
    pub fn some(&mut self, text: Option<&str>) -> Option<Sym> {
        self.fleet.symbols.intern_some(text)
    }

    /// Adds a scope and returns its index.
    ///
    /// # Panics
    /// Beyond 65,536 scopes, which is more than all regions of a thousand accounts.
    pub fn scope(&mut self, scope: Scope) -> ScopeIx {
        let index = u16::try_from(self.fleet.scopes.len()).expect("fewer than 65,536 scopes are pulled");
        self.fleet.scopes.push(scope);
        ScopeIx(index)
    }

    /// The fleet: rows sorted, doubles removed, a warm pool's servers joined to their group.
    #[must_use]
    pub fn build(self) -> Fleet {
        let mut fleet = self.fleet;
        intern_build_versions(&mut fleet);
        let symbols = &fleet.symbols;
        let place: Vec<(String, String, u16)> = fleet
            .scopes
            .iter()
            .zip(0..)
            .map(|(scope, i)| (symbols.str(scope.account).to_owned(), symbols.str(scope.region).to_owned(), i))
            .collect();
        let mut by_place: Vec<usize> = (0..place.len()).collect();
        by_place.sort_by(|&a, &b| place[a].cmp(&place[b]));
        let mut rank = vec![0_u32; place.len()];
        for (position, &scope) in by_place.iter().enumerate() {
            rank[scope] = position as u32;
        }
        let rank_of = |scope: ScopeIx| rank.get(usize::from(scope.0)).copied().unwrap_or(u32::MAX);

        fn sort_unique<T>(rows: &mut Vec<T>, symbols: &Symbols, key: impl Fn(&T) -> (u32, Sym, u32)) {
            let mut last: FxHashMap<(u32, Sym, u32), usize> = FxHashMap::default();
            for (position, row) in rows.iter().enumerate() {
                last.insert(key(row), position);
            }
            let mut position = 0;
            rows.retain(|row| {
                let keep = last[&key(row)] == position;
                position += 1;
                keep
            });
            rows.sort_by(|a, b| {
                let ((a_rank, a_id, a_number), (b_rank, b_id, b_number)) = (key(a), key(b));
                a_rank.cmp(&b_rank).then_with(|| symbols.str(a_id).cmp(symbols.str(b_id))).then(a_number.cmp(&b_number))
            });
        }
        sort_unique(&mut fleet.images, symbols, |row| (rank_of(row.scope), row.id, 0));
        sort_unique(&mut fleet.templates, symbols, |row| (rank_of(row.scope), row.id, 0));
        sort_unique(&mut fleet.template_versions, symbols, |row| (rank_of(row.scope), row.template, row.version));
        sort_unique(&mut fleet.launch_configurations, symbols, |row| (rank_of(row.scope), row.name, 0));
        sort_unique(&mut fleet.groups, symbols, |row| (rank_of(row.scope), row.name, 0));
        sort_unique(&mut fleet.servers, symbols, |row| (rank_of(row.scope), row.id, 0));
        sort_unique(&mut fleet.recipes, symbols, |row| (rank_of(row.scope), row.arn, 0));
        sort_unique(&mut fleet.pipelines, symbols, |row| (rank_of(row.scope), row.arn, 0));
        sort_unique(&mut fleet.builds, symbols, |row| (rank_of(row.scope), row.arn, 0));
        fleet.root_replacements.sort_by(|a, b| {
            (rank_of(a.scope), symbols.str(a.server), a.started).cmp(&(
                rank_of(b.scope),
                symbols.str(b.server),
                b.started,
            ))
        });
        let newest_first = std::cmp::Reverse::<Option<Time>>;
        fleet.late_volumes.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.server), row.attached));
        fleet.activities.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.group), newest_first(row.started)));
        fleet.refreshes.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.group), newest_first(row.started)));
        fleet.build_times.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.build)));
        fleet.logins.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.server), newest_first(Some(row.at))));
        fleet.changes.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.server), newest_first(Some(row.at))));
        fleet.boot_times.sort_by_key(|row| (rank_of(row.scope), symbols.str(row.server)));
        sort_unique(&mut fleet.managed, symbols, |row| (rank_of(row.scope), row.server, 0));
        sort_unique(&mut fleet.attributes, symbols, |row| (rank_of(row.scope), row.server, 0));
        // A server on a page that was read twice told of its volumes twice.
        fleet.late_volumes.dedup();
        fleet.logins.dedup();
        fleet.changes.dedup();
        for group in &mut fleet.groups {
            group.members.sort_by(|a, b| symbols.str(a.server).cmp(symbols.str(b.server)));
            group.members.dedup_by(|later, kept| later.server == kept.server);
        }
        fleet.gaps.sort_by(|a, b| {
            (rank_of(a.scope), a.call, symbols.str(a.message)).cmp(&(rank_of(b.scope), b.call, symbols.str(b.message)))
        });
        fleet.shrink();
        fleet
    }
}

/// Interns the versions that images carry in the ARN of their build, so that the lineage can name one of a build that
/// was not read.
fn intern_build_versions(fleet: &mut Fleet) {
    for image in &fleet.images {
        let version = fleet
            .symbols
            .tag(image.tags, BUILD_TAG)
            .and_then(BuildArn::parse)
            .map(|arn| arn.version.to_owned())
            .filter(|version| !version.is_empty());
        if let Some(version) = version {
            fleet.symbols.intern(&version);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::resources::{Member, ServerState};
    use crate::symbol::{SymList, TagSet};

    fn scope(builder: &mut FleetBuilder, account: &str, region: &str) -> ScopeIx {
        let scope = Scope {
            partition: builder.sym("aws"),
            account: builder.sym(account),
            region: builder.sym(region),
            profile: None,
            caller: None,
            pulled_at: Time::from_epoch_s(1_800_000_000).unwrap(),
            clock_skew_s: None,
            evidence_at: None,
        };
        builder.scope(scope)
    }

    fn server(builder: &mut FleetBuilder, scope: ScopeIx, id: &str, group: Option<&str>, state: ServerState) {
        let server = Server {
            id: builder.sym(id),
            scope,
            state,
            zone: None,
            instance_type: None,
            image: None,
            launched: None,
            interface_attached: None,
            root_attached: None,
            template: None,
            group: builder.some(group),
            operator: None,
            spot_request: None,
            addresses: SymList::default(),
            dns_names: SymList::default(),
            settings: None,
            tags: TagSet::default(),
        };
        builder.fleet.servers.push(server);
    }

    fn group(builder: &mut FleetBuilder, scope: ScopeIx, name: &str, members: &[&str]) {
        let members = members
            .iter()
            .map(|id| Member {
                server: builder.sym(id),
                lifecycle: None,
                health: None,
                template: None,
                configuration: None,
                image: None,
                protected: None,
                weight: None,
                warm: false,
            })
            .collect();
        let name = builder.sym(name);
        builder.fleet.groups.push(Group {
            name,
            scope,
            arn: None,
            launch: None,
            overrides: Vec::new(),
            desired: None,
            min: None,
            max: None,
            max_instance_lifetime_s: None,
            min_healthy_percent: None,
            max_healthy_percent: None,
            warm_up_s: None,
            grace_s: None,
            suspended: SymList::default(),
            warm_pool: false,
            members,
            operator: None,
            created: None,
            tags: TagSet::default(),
        });
    }

    #[test]
    fn rows_are_sorted_by_account_region_and_id() {
        let mut builder = FleetBuilder::new();
        let far = scope(&mut builder, "222222222222", "eu-west-1");
        let near = scope(&mut builder, "111111111111", "us-east-1");
        server(&mut builder, far, "i-1", None, ServerState::Running);
        server(&mut builder, near, "i-3", None, ServerState::Running);
        server(&mut builder, near, "i-2", None, ServerState::Running);
        let fleet = builder.build();
        let ids: Vec<&str> = fleet.servers.iter().map(|server| fleet.str(server.id)).collect();
        assert_eq!(ids, ["i-2", "i-3", "i-1"]);
    }

    #[test]
    fn of_a_server_that_two_pages_tell_of_the_later_word_counts() {
        let mut builder = FleetBuilder::new();
        let here = scope(&mut builder, "111111111111", "eu-west-1");
        server(&mut builder, here, "i-1", None, ServerState::Pending);
        server(&mut builder, here, "i-2", None, ServerState::Running);
        server(&mut builder, here, "i-1", None, ServerState::Running);
        let fleet = builder.build();
        assert_eq!(fleet.servers.len(), 2);
        assert_eq!(fleet.servers[0].state, ServerState::Running);
    }

    #[test]
    fn a_fleet_goes_on_with_what_was_read_again_and_keeps_the_rest() {
        let mut builder = FleetBuilder::new();
        let here = scope(&mut builder, "111111111111", "eu-west-1");
        server(&mut builder, here, "i-1", Some("web"), ServerState::Running);
        server(&mut builder, here, "i-3", None, ServerState::Running);
        group(&mut builder, here, "web", &["i-1"]);
        let before = builder.build();
        let mut builder = FleetBuilder::resume(before.clone());
        server(&mut builder, here, "i-1", Some("web"), ServerState::ShuttingDown);
        server(&mut builder, here, "i-2", Some("web"), ServerState::Pending);
        group(&mut builder, here, "web", &["i-2", "i-1"]);
        let after = builder.build();
        let rows: Vec<_> = after.servers.iter().map(|row| (after.str(row.id), row.state)).collect();
        use ServerState::{Pending, Running, ShuttingDown};
        assert_eq!(rows, [("i-1", ShuttingDown), ("i-2", Pending), ("i-3", Running)]);
        assert_eq!((after.groups.len(), after.groups[0].members.len()), (1, 2));
        assert_eq!(before.servers[0].id, after.servers[0].id, "its symbols stay good");
    }

    #[test]
    fn a_selection_keeps_its_servers_and_their_groups_alone() {
        let mut builder = FleetBuilder::new();
        let here = scope(&mut builder, "111111111111", "eu-west-1");
        server(&mut builder, here, "i-1", Some("web"), ServerState::Running);
        server(&mut builder, here, "i-2", Some("web"), ServerState::Running);
        server(&mut builder, here, "i-3", Some("api"), ServerState::Running);
        server(&mut builder, here, "i-4", Some("tagged-only"), ServerState::Running);
        group(&mut builder, here, "web", &["i-2", "i-1"]);
        group(&mut builder, here, "api", &["i-3"]);
        group(&mut builder, here, "tagged-only", &[]);
        let fleet = builder.build();
        let only = fleet.only(&[ServerIx(0), ServerIx(3)]);
        let ids: Vec<&str> = only.servers.iter().map(|server| only.str(server.id)).collect();
        let groups: Vec<(&str, usize)> =
            only.groups.iter().map(|group| (only.str(group.name), group.members.len())).collect();
        assert_eq!(ids, ["i-1", "i-4"]);
        assert_eq!(groups, [("tagged-only", 0), ("web", 1)]);
    }
}
