//! Reading again what an operation touches, and nothing else, into the fleet that was pulled before.
//!
//! Each call counts whole or not at all: where one fails, what was known before stays as it was, and the failure is
//! told. Nothing is taken away because it was not mentioned, since AWS's replicas lag: a server is gone when AWS says
//! that it is terminated. The scope keeps the time of its pull, so that what was not read again does not look fresh.

use std::collections::BTreeSet;

use fleet::{Call, Fleet, FleetBuilder, ScopeIx};
use futures::FutureExt as _;

use crate::access::Access;
use crate::cancel::Cancel;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::pull::{self, needs_mfa};
use crate::reader::{Pulling, Reader};
use crate::{groups, images, recipes, roots, servers, templates};

/// What is to be read again in one scope: names, ids and ARNs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Touched {
    /// Groups by name, each with all of its servers.
    pub groups: BTreeSet<String>,
    /// Servers.
    pub servers: BTreeSet<String>,
    /// Servers whose root volume is replaced.
    pub roots: BTreeSet<String>,
    /// Images.
    pub images: BTreeSet<String>,
    /// Launch templates, each with all of its versions.
    pub templates: BTreeSet<String>,
    /// Image Builder builds, by ARN.
    pub builds: BTreeSet<String>,
}

impl Touched {
    /// Takes in what something else touches.
    pub fn add(&mut self, other: &Self) {
        let both = [
            (&mut self.groups, &other.groups),
            (&mut self.servers, &other.servers),
            (&mut self.roots, &other.roots),
            (&mut self.images, &other.images),
            (&mut self.templates, &other.templates),
            (&mut self.builds, &other.builds),
        ];
        for (mine, theirs) in both {
            mine.extend(theirs.iter().cloned());
        }
    }
}

/// A fleet in which some things were read again.
#[derive(Debug)]
pub struct Reread {
    /// The fleet; it was resumed ([`FleetBuilder::resume`]) from the one before.
    pub fleet: Fleet,
    /// What could not be read again, each with the next thing to do. What was known of it is still there.
    pub failures: Vec<String>,
}

/// Reads again what was `touched` in a scope of `fleet`, through the profile that the scope was pulled with.
pub async fn reread(access: &Access, fleet: Fleet, scope: ScopeIx, touched: &Touched) -> Reread {
    let cancel = Cancel::new();
    let quiet = |_: Progress| {};
    let pulling = Pulling::resume(fleet, &quiet, &cancel, access.pace());
    let failures = match reader(access, &pulling, scope) {
        Ok(reader) => read(&reader, touched).await,
        Err(failure) => vec![failure],
    };
    let failures = failures.into_iter().map(|failure| failure.message()).collect();
    Reread { fleet: pulling.into_rows().build(), failures }
}

/// The way to a scope that was pulled.
fn reader<'a>(access: &Access, pulling: &'a Pulling<'a>, scope: ScopeIx) -> Result<Reader<'a>, Failure> {
    let (profile, account, region) = {
        let rows = pulling.rows();
        let fleet = &rows.fleet;
        let Some(row) = fleet.scope(scope) else { return Err(unreachable_scope("this place")) };
        let text = |sym| fleet.str(sym).to_owned();
        (row.profile.map(text), text(row.account), text(row.region))
    };
    let Some(identity) = access.identities().iter().find(|identity| identity.profile == profile) else {
        return Err(unreachable_scope(&format!("{account} · {region}")));
    };
    if let Some(serial) = &identity.mfa_serial {
        return Err(needs_mfa(identity.name(), serial));
    }
    let config = pull::sdk_config(access, identity);
    Ok(pull::reader_of(pulling, access.http(), &config, identity, &account, &region, scope))
}

fn unreachable_scope(place: &str) -> Failure {
    let said = format!("{place} can't be reached through the profiles that are open");
    Failure::error(&said, "Open the source again.")
}

/// Reads, and says what could not be.
async fn read(reader: &Reader<'_>, touched: &Touched) -> Vec<Failure> {
    if let Err(failure) = same_account(reader).await {
        return vec![failure];
    }
    let known = images::missing(&reader.rows(), reader.scope);
    let first_server = reader.rows().fleet.servers.len();
    let mut failures = Vec::new();
    // Each on the heap: the SDK's futures are larger than a thread's stack should hold.
    failures.extend(groups::reread(reader, &touched.groups).boxed().await.err());
    failures.extend(servers::reread(reader, &touched.groups, &touched.servers).boxed().await.err());
    failures.extend(roots::reread(reader, &touched.roots).boxed().await.err());
    let mut of_newborn = unknown_templates(&reader.rows(), first_server);
    of_newborn.extend(touched.templates.iter().cloned());
    failures.extend(templates::reread(reader, &of_newborn).boxed().await.err());
    failures.extend(recipes::reread(reader, &touched.builds).boxed().await.err());
    // An image that nobody ran before comes with its first server.
    let mut wanted: BTreeSet<String> = images::missing(&reader.rows(), reader.scope);
    wanted.retain(|id| !known.contains(id));
    wanted.extend(touched.images.iter().cloned());
    failures.extend(images::reread(reader, &wanted).boxed().await.err());
    failures
}

/// The templates of the servers from `first` on that run a version which nobody has read.
fn unknown_templates(rows: &FleetBuilder, first: usize) -> BTreeSet<String> {
    let fleet = &rows.fleet;
    let is_known = |scope: ScopeIx, used: fleet::TemplateUse| {
        let mut versions = fleet.template_versions.iter();
        versions.any(|row| (row.scope, row.template, row.version) == (scope, used.id, used.version))
    };
    let newborn = fleet.servers.get(first..).unwrap_or_default().iter();
    let used = newborn.filter_map(|row| Some((row.scope, row.template?)));
    used.filter(|&(scope, used)| !is_known(scope, used)).map(|(_, used)| fleet.str(used.id).to_owned()).collect()
}

/// A profile that has come to belong to another account since the pull would mix two fleets.
async fn same_account(reader: &Reader<'_>) -> Result<(), Failure> {
    let request = reader.clients.sts.get_caller_identity().send();
    let answer = reader.ask(Call::GetCallerIdentity, request).await?;
    let account = answer.account().unwrap_or("an account without an id");
    if reader.place.account.as_deref() == Some(account) {
        return Ok(());
    }
    let said = format!(
        "The profile {} belongs to {account} now, and was pulled as {}",
        reader.profile,
        reader.place.account.as_deref().unwrap_or("another"),
    );
    Err(Failure::error(&said, "Open the source again."))
}
