//! A fresh reading of everything that a plan or a step touches, as one value: what decisions are made on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::endpoint::Endpoint;
use crate::facts::{Caller, Detail, GroupFacts, RefreshFacts, RegistrationFacts, ServerFacts, TargetFacts};
use crate::guard::{Guard, Refusal};
use crate::plan::Baseline;
use crate::scope::Scope;
use crate::world::{JournalError, OperationId, Read, World};

/// What to read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Subjects {
    /// Names of groups; the servers of a group are its members' and need no naming.
    pub groups: BTreeSet<String>,
    /// Ids of servers, whose protections are read; the group of a server is read with it.
    pub servers: BTreeSet<String>,
    /// Those of the servers that end by themselves, and not through a group: the target groups that they are registered in
    /// are read too.
    pub retired: BTreeSet<String>,
    /// Those of the groups all of whose servers are touched: whether each is protected from termination is read too.
    pub whole: BTreeSet<String>,
}

/// A fresh reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Situation {
    /// When it was begun: nothing in it is older.
    pub read_at: Timestamp,
    /// The same moment by AWS's clock, which what AWS dates is compared with.
    pub aws_at: Timestamp,
    /// Where.
    pub scope: Scope,
    /// Which AWS told.
    pub endpoint: Endpoint,
    /// Who asks.
    pub caller: Caller,
    /// The groups that were named and the groups of the servers that were named, by name. One that is not here is not
    /// there.
    pub groups: BTreeMap<String, GroupFacts>,
    /// The servers that were named, and every member of every group here, by id. One that is not here is not known.
    /// Nothing is known of the protections of a member that is only its group's.
    pub servers: BTreeMap<String, ServerFacts>,
    /// The health of every target of the groups' target groups.
    pub targets: Vec<TargetFacts>,
    /// Where the servers that end one by one, and that are in no group, are registered as targets, by their ids. Of one
    /// that is not here that is not known.
    pub registered: BTreeMap<String, Vec<RegistrationFacts>>,
    /// The instance refreshes of each group, newest first.
    pub refreshes: BTreeMap<String, Vec<RefreshFacts>>,
    /// The open operations that hold one of these groups and servers, by `ACCOUNT/REGION/NAME`.
    pub holders: BTreeMap<String, OperationId>,
}

impl Situation {
    /// Reads everything anew. Nothing is left out: where one reading fails, all is unknown.
    ///
    /// # Errors
    /// A refusal of [`Guard::Known`].
    pub fn read(world: World<'_>, scope: &Scope, subjects: &Subjects) -> Result<Self, Refusal> {
        let read_at = world.time.now();
        let calls = world.calls;
        let nobody = || Caller { account: scope.account.clone(), arn: String::new() };
        let caller = known(calls.caller(scope), nobody)?;
        let mut servers = BTreeMap::new();
        let named: Vec<String> = subjects.servers.iter().cloned().collect();
        if !named.is_empty() {
            let found = known(calls.servers(scope, &named, Detail::Protections), Vec::new)?;
            servers.extend(found.into_iter().map(|one| (one.id.clone(), one)));
        }
        let names: BTreeSet<String> =
            subjects.groups.iter().cloned().chain(servers.values().filter_map(|one| one.group.clone())).collect();
        let mut groups = BTreeMap::new();
        let mut refreshes = BTreeMap::new();
        for name in names {
            if let Some(group) = known(calls.group(scope, &name), || None)? {
                refreshes.insert(name.clone(), known(calls.refreshes(scope, &name), Vec::new)?);
                groups.insert(name, group);
            }
        }
        for (whole, detail) in [(false, Detail::Plain), (true, Detail::Termination)] {
            let of = groups.values().filter(|group| subjects.whole.contains(&group.name) == whole);
            let members = of.flat_map(|group| &group.members).map(|member| &member.server);
            let missing: Vec<String> = members.filter(|id| !servers.contains_key(*id)).cloned().collect();
            if !missing.is_empty() {
                let found = known(calls.servers(scope, &missing, detail), Vec::new)?;
                servers.extend(found.into_iter().map(|one| (one.id.clone(), one)));
            }
        }
        let target_groups: BTreeSet<&String> = groups.values().flat_map(|group| &group.target_groups).collect();
        let target_groups: Vec<String> = target_groups.into_iter().cloned().collect();
        let targets = match target_groups.is_empty() {
            true => Vec::new(),
            false => known(calls.targets(scope, &target_groups), Vec::new)?,
        };
        let alone = servers.values().filter(|server| server.group.is_none() && subjects.retired.contains(&server.id));
        let alone: Vec<ServerFacts> = alone.cloned().collect();
        let mut registered: BTreeMap<String, Vec<RegistrationFacts>> =
            alone.iter().map(|server| (server.id.clone(), Vec::new())).collect();
        if !alone.is_empty() {
            for one in known(calls.registered(scope, &alone), Vec::new)? {
                registered.entry(one.server.clone()).or_default().push(one);
            }
        }
        let mut holders = BTreeMap::new();
        for name in groups.keys().chain(&subjects.servers).chain(servers.keys()).collect::<BTreeSet<_>>() {
            holders.extend(holder(world, scope, name)?);
        }
        let aws_at = calls.told_at(scope).unwrap_or(read_at);
        let endpoint = calls.endpoint();
        Ok(Self {
            read_at,
            aws_at,
            scope: scope.clone(),
            endpoint,
            caller,
            groups,
            servers,
            targets,
            registered,
            refreshes,
            holders,
        })
    }

    /// The same, without what an operation holds itself: it does not stand in its own way.
    #[must_use]
    pub fn seen_by(mut self, operation: &OperationId) -> Self {
        self.holders.retain(|_, holder| holder != operation);
        self
    }

    /// The part of it that a plan keeps.
    #[must_use]
    pub fn baseline(&self, subjects: &Subjects) -> Baseline {
        let groups = subjects.groups.iter().filter_map(|name| self.groups.get(name)).cloned().collect();
        let servers = subjects.servers.iter().filter_map(|id| self.servers.get(id)).cloned().collect();
        let registered = subjects.servers.iter().filter_map(|id| self.registered.get(id)).flatten();
        let mut registered: Vec<RegistrationFacts> = registered.cloned().collect();
        registered.sort();
        Baseline { groups, servers, registered }
    }
}

/// The open operation that holds a name, under its target.
pub(crate) fn holder(world: World<'_>, scope: &Scope, name: &str) -> Result<Option<(String, OperationId)>, Refusal> {
    let target = format!("{scope}/{name}");
    let holder = world.journal.holder(&target).map_err(|error| unreadable_journal(&error))?;
    Ok(holder.map(|holder| (target, holder)))
}

/// What was read. A reading that failed refuses; `nothing` is what it would be taken for without that guard.
pub(crate) fn known<T>(read: Read<T>, nothing: impl FnOnce() -> T) -> Result<T, Refusal> {
    read.or_else(|error| {
        Guard::Known.demand(false, || (format!("the state could not be read: {}", error.said), error.next))?;
        Ok(nothing())
    })
}

fn unreadable_journal(error: &JournalError) -> Refusal {
    let reason = error.to_string();
    Refusal { guard: Guard::OneOperation, reason, next: "Nothing is done until the journal can be read.".to_owned() }
}
