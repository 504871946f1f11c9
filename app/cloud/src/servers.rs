//! Servers.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Filter, Tag};
use fleet::{Call, FleetBuilder, ScopeIx, Server, ServerState, Sym, TagSet, TemplateUse, Time};
use futures::StreamExt as _;

use crate::answers::{Instance, Instances, Tap, tag_set};
use crate::failure::{Again, Failure};
use crate::reader::{Reader, Reading};
use crate::{paging, settings, zones};

/// The most that AWS gives on one page.
const SERVERS_A_PAGE: i32 = 1_000;
/// How many zones are read at once.
const ZONES_AT_ONCE: usize = 8;
/// The most values that EC2 takes in one filter.
const VALUES_A_FILTER: usize = 200;
/// What Auto Scaling tags the servers of a group with.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// Every server, those that a warm pool or another AWS service holds included. Terminated ones are left out here and
/// not by a filter, since a filter by state may miss a server that changes state while pages are read.
///
/// A token leads to one page after the other only: where one page is not all, the zones are read side by side.
pub(crate) async fn read(reader: &Reader<'_>) {
    let call = Call::DescribeInstances;
    let reading = reader.open(call);
    let outcome = async {
        let first = page(reader, &reading, None, None).await?;
        let Some(token) = paging::after(call.into(), None, first.as_deref(), Again::Pull)? else { return Ok(true) };
        let zones = zones::of(reader).await;
        if zones.len() > 1 {
            return Ok(read_zones(reader, &reading, &zones).await);
        }
        chain(reader, &reading, None, Some(token)).await.map(|()| true)
    }
    .await;
    if let Err(failure) = &outcome {
        reader.gap(call, None, failure);
    }
    reading.end(outcome.is_ok_and(|is_whole| is_whole));
}

/// The servers of these zones, side by side. Returns whether all could be read.
async fn read_zones(reader: &Reader<'_>, reading: &Reading<'_>, zones: &[String]) -> bool {
    let mut is_whole = true;
    let mut chains = futures::stream::iter(zones.to_vec())
        .map(|zone| async move { (chain(reader, reading, Some(&zone), None).await, zone) })
        .buffer_unordered(ZONES_AT_ONCE);
    while let Some((outcome, zone)) = chains.next().await {
        let Err(failure) = outcome else { continue };
        is_whole = false;
        if failure.ends_the_call() {
            reader.gap(Call::DescribeInstances, None, &failure);
            break;
        }
        reader.gap(Call::DescribeInstances, Some(&zone), &failure);
    }
    is_whole
}

/// Every page from a token on, of a zone or of all.
async fn chain(
    reader: &Reader<'_>,
    reading: &Reading<'_>,
    zone: Option<&str>,
    from: Option<String>,
) -> Result<(), Failure> {
    let mut token = from;
    loop {
        let next = page(reader, reading, zone, token.clone()).await?;
        match paging::after(Call::DescribeInstances.into(), token.as_deref(), next.as_deref(), Again::Pull)? {
            Some(after) => token = Some(after),
            None => return Ok(()),
        }
    }
}

/// One page, of a zone or of all, and the token of the page after.
async fn page(
    reader: &Reader<'_>,
    reading: &Reading<'_>,
    zone: Option<&str>,
    token: Option<String>,
) -> Result<Option<String>, Failure> {
    let request = |tap: &Tap<Instances>| {
        let call = reader.clients.ec2.describe_instances();
        let filter = zone.map(|zone| vec![Filter::builder().name("availability-zone").values(zone).build()]);
        let call = call.include_managed_resources(true).max_results(SERVERS_A_PAGE).set_filters(filter);
        call.set_next_token(token).customize().mutate_request(tap.on_request()).send()
    };
    reader.page_tapped(reading, request, |rows, instance| add_server(rows, reader.scope, instance)).await
}

/// The servers of these groups and these servers again. Asked for by filters, which unlike ids may name what AWS does
/// not know.
pub(crate) async fn reread(
    reader: &Reader<'_>,
    groups: &BTreeSet<String>,
    ids: &BTreeSet<String>,
) -> Result<(), Failure> {
    let first = reader.rows().fleet.servers.len();
    let mut terminated: BTreeSet<String> = BTreeSet::new();
    let outcome = async {
        let groups: Vec<String> = groups.iter().cloned().collect();
        for batch in groups.chunks(VALUES_A_FILTER) {
            read_filtered(reader, &format!("tag:{GROUP_TAG}"), batch, &mut terminated).await?;
        }
        // AWS drops the tags of what is terminated after a while, and a server that was taken out of its group has no
        // tag of it any more.
        let ids = unanswered(&reader.rows(), reader.scope, first, &groups, ids, &terminated);
        for batch in ids.chunks(VALUES_A_FILTER) {
            read_filtered(reader, "instance-id", batch, &mut terminated).await?;
        }
        Ok(())
    }
    .await;
    let mut rows = reader.rows();
    if outcome.is_err() {
        rows.fleet.servers.truncate(first);
        return outcome;
    }
    let terminated: BTreeSet<Sym> = terminated.iter().map(|id| rows.sym(id)).collect();
    rows.fleet.servers.retain(|row| row.scope != reader.scope || !terminated.contains(&row.id));
    Ok(())
}

/// The servers to be asked for by id: those named, and those known of the groups, that no row from `first` on tells of.
fn unanswered(
    rows: &FleetBuilder,
    scope: ScopeIx,
    first: usize,
    groups: &[String],
    ids: &BTreeSet<String>,
    terminated: &BTreeSet<String>,
) -> Vec<String> {
    let fleet = &rows.fleet;
    let groups: BTreeSet<&str> = groups.iter().map(String::as_str).collect();
    let here = fleet.groups.iter().filter(|row| row.scope == scope && groups.contains(fleet.str(row.name)));
    let members = here.flat_map(|row| &row.members).map(|member| fleet.str(member.server).to_owned());
    let (before, answered) = fleet.servers.split_at(first);
    let tagged = before.iter().filter(|row| row.scope == scope);
    let tagged = tagged.filter(|row| fleet.text(row.group).is_some_and(|group| groups.contains(group)));
    let mut wanted: BTreeSet<String> = ids.clone();
    wanted.extend(members);
    wanted.extend(tagged.map(|row| fleet.str(row.id).to_owned()));
    for row in answered {
        wanted.remove(fleet.str(row.id));
    }
    wanted.into_iter().filter(|id| !terminated.contains(id)).collect()
}

/// The servers that a filter leaves, and the ids of those that are terminated.
async fn read_filtered(
    reader: &Reader<'_>,
    name: &str,
    values: &[String],
    terminated: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let filter = Filter::builder().name(name).set_values(Some(values.to_vec())).build();
    let request = |token, tap: &Tap<Instances>| {
        let call = reader.clients.ec2.describe_instances().filters(filter.clone());
        let call = call.include_managed_resources(true).max_results(SERVERS_A_PAGE).set_next_token(token);
        call.customize().mutate_request(tap.on_request()).send()
    };
    let take = |rows: &mut FleetBuilder, instance: &Instance<'_>| {
        let is_one = add_server(rows, reader.scope, instance);
        if !is_one {
            terminated.extend(instance.id.as_deref().map(str::to_owned));
        }
        is_one
    };
    reader.all_tapped(Call::DescribeInstances, request, take).await
}

pub(crate) fn time(time: Option<&aws_smithy_types::DateTime>) -> Option<Time> {
    Time::from_epoch_s(time?.secs())
}

pub(crate) fn tags(rows: &mut FleetBuilder, tags: &[Tag]) -> TagSet {
    let pairs = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default())));
    rows.fleet.symbols.intern_tags(pairs)
}

/// Adds a server's row. Returns whether it is one: a terminated server is none.
fn add_server(rows: &mut FleetBuilder, scope: ScopeIx, instance: &Instance<'_>) -> bool {
    let Some(id) = rows.some(instance.id.as_deref()) else { return false };
    let state = match instance.state.as_deref() {
        Some("terminated") => return false,
        Some("pending") => ServerState::Pending,
        Some("running") => ServerState::Running,
        Some("shutting-down") => ServerState::ShuttingDown,
        Some("stopping") => ServerState::Stopping,
        Some("stopped") => ServerState::Stopped,
        _ => ServerState::Other,
    };
    let mut addresses = Vec::new();
    let mut dns_names = Vec::new();
    {
        let mut note = |list: &mut Vec<Sym>, text: Option<&str>| {
            if let Some(sym) = rows.some(text).filter(|sym| !list.contains(sym)) {
                list.push(sym);
            }
        };
        note(&mut addresses, instance.private_ip_address.as_deref());
        note(&mut addresses, instance.public_ip_address.as_deref());
        note(&mut dns_names, instance.private_dns_name.as_deref());
        note(&mut dns_names, instance.public_dns_name.as_deref());
        for interface in &instance.interfaces {
            note(&mut addresses, interface.private_ip_address.as_deref());
            // Only those that the world can reach: a node of a cluster has dozens of others, one for each pod.
            interface.public_ips.iter().for_each(|address| note(&mut addresses, Some(address)));
            interface.ipv6.iter().for_each(|address| note(&mut addresses, Some(address)));
            note(&mut dns_names, interface.public_dns_name.as_deref());
        }
    }
    let version = instance.tag("aws:ec2launchtemplate:version").and_then(|version| version.parse().ok());
    let template =
        rows.some(instance.tag("aws:ec2launchtemplate:id")).and_then(|id| Some(TemplateUse { id, version: version? }));
    let server = Server {
        id,
        scope,
        state,
        zone: rows.some(instance.zone.as_deref()),
        instance_type: rows.some(instance.instance_type.as_deref()),
        image: rows.some(instance.image.as_deref()),
        launched: instance.launched,
        interface_attached: instance.primary_attached(),
        root_attached: instance.root_attached(),
        template,
        group: rows.some(instance.tag(GROUP_TAG)),
        operator: rows.some(instance.operator.as_deref()),
        spot_request: rows.some(instance.spot_request.as_deref()),
        addresses: rows.fleet.symbols.intern_list(&addresses),
        dns_names: rows.fleet.symbols.intern_list(&dns_names),
        settings: Some(settings::of_server(rows, instance)),
        tags: tag_set(rows, &instance.tags),
    };
    settings::late_volumes(rows, scope, id, instance);
    rows.fleet.servers.push(server);
    true
}
