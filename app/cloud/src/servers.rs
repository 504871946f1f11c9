//! Servers.

use std::collections::BTreeSet;

use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::types::{Filter, Instance, InstanceStateName, InstanceType, Reservation, Tag};
use fleet::{Call, FleetBuilder, ScopeIx, Server, ServerState, Sym, TagSet, TemplateUse, Time};

use crate::failure::Failure;
use crate::reader::Reader;
use crate::settings;

/// The most that AWS gives on one page.
const SERVERS_A_PAGE: i32 = 1_000;
/// The most values that EC2 takes in one filter.
const VALUES_A_FILTER: usize = 200;
/// What Auto Scaling tags the servers of a group with.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// Every server, those that a warm pool or another AWS service holds included. Terminated ones are left out here and
/// not by a filter, since a filter by state may miss a server that changes state while pages are read.
pub(crate) async fn read(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.ec2.describe_instances();
        call.include_managed_resources(true).max_results(SERVERS_A_PAGE).set_next_token(token).send()
    };
    reader
        .list(
            Call::DescribeInstances,
            request,
            |rows, page| {
                let instances = page.reservations().iter().flat_map(Reservation::instances);
                instances.filter(|instance| add_server(rows, reader.scope, instance)).count()
            },
            DescribeInstancesOutput::next_token,
        )
        .await;
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
    let request = |token| {
        let call = reader.clients.ec2.describe_instances().filters(filter.clone());
        call.include_managed_resources(true).max_results(SERVERS_A_PAGE).set_next_token(token).send()
    };
    let take = |rows: &mut FleetBuilder, page: &DescribeInstancesOutput| {
        let instances = page.reservations().iter().flat_map(Reservation::instances);
        let mut count = 0;
        for instance in instances {
            if add_server(rows, reader.scope, instance) {
                count += 1;
            } else {
                terminated.extend(instance.instance_id().map(str::to_owned));
            }
        }
        count
    };
    reader.all(Call::DescribeInstances, request, take, DescribeInstancesOutput::next_token).await
}

pub(crate) fn time(time: Option<&aws_smithy_types::DateTime>) -> Option<Time> {
    Time::from_epoch_s(time?.secs())
}

pub(crate) fn tags(rows: &mut FleetBuilder, tags: &[Tag]) -> TagSet {
    let pairs = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default())));
    rows.fleet.symbols.intern_tags(pairs)
}

/// Adds a server's row. Returns whether it is one: a terminated server is none.
fn add_server(rows: &mut FleetBuilder, scope: ScopeIx, instance: &Instance) -> bool {
    let Some(id) = rows.some(instance.instance_id()) else { return false };
    let state = match instance.state().and_then(|state| state.name()) {
        Some(InstanceStateName::Terminated) => return false,
        Some(InstanceStateName::Pending) => ServerState::Pending,
        Some(InstanceStateName::Running) => ServerState::Running,
        Some(InstanceStateName::ShuttingDown) => ServerState::ShuttingDown,
        Some(InstanceStateName::Stopping) => ServerState::Stopping,
        Some(InstanceStateName::Stopped) => ServerState::Stopped,
        _ => ServerState::Other,
    };
    let interfaces = instance.network_interfaces();
    // A single-card server leaves the card's index out.
    let primary = interfaces
        .iter()
        .filter_map(|interface| interface.attachment())
        .find(|attachment| attachment.device_index() == Some(0) && attachment.network_card_index().unwrap_or(0) == 0);
    let root = instance
        .root_device_name()
        .and_then(|root| instance.block_device_mappings().iter().find(|mapping| mapping.device_name() == Some(root)));

    let mut addresses = Vec::new();
    let mut dns_names = Vec::new();
    {
        let mut note = |list: &mut Vec<Sym>, text: Option<&str>| {
            if let Some(sym) = rows.some(text).filter(|sym| !list.contains(sym)) {
                list.push(sym);
            }
        };
        note(&mut addresses, instance.private_ip_address());
        note(&mut addresses, instance.public_ip_address());
        note(&mut dns_names, instance.private_dns_name());
        note(&mut dns_names, instance.public_dns_name());
        for interface in interfaces {
            note(&mut addresses, interface.private_ip_address());
            for private in interface.private_ip_addresses() {
                // Only those that the world can reach: a node of a cluster has dozens of others, one for each pod.
                note(&mut addresses, private.association().and_then(|association| association.public_ip()));
            }
            interface.ipv6_addresses().iter().for_each(|address| note(&mut addresses, address.ipv6_address()));
            note(&mut dns_names, interface.association().and_then(|association| association.public_dns_name()));
        }
    }
    let tag = |key: &str| instance.tags().iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value());
    let version = tag("aws:ec2launchtemplate:version").and_then(|version| version.parse().ok());
    let template =
        rows.some(tag("aws:ec2launchtemplate:id")).and_then(|id| Some(TemplateUse { id, version: version? }));
    let server = Server {
        id,
        scope,
        state,
        zone: rows.some(instance.placement().and_then(|placement| placement.availability_zone())),
        instance_type: rows.some(instance.instance_type().map(InstanceType::as_str)),
        image: rows.some(instance.image_id()),
        launched: time(instance.launch_time()),
        interface_attached: primary.and_then(|attachment| time(attachment.attach_time())),
        root_attached: root.and_then(|mapping| time(mapping.ebs()?.attach_time())),
        template,
        group: rows.some(tag(GROUP_TAG)),
        operator: rows.some(instance.operator().and_then(|operator| operator.principal())),
        spot_request: rows.some(instance.spot_instance_request_id()),
        addresses: rows.fleet.symbols.intern_list(&addresses),
        dns_names: rows.fleet.symbols.intern_list(&dns_names),
        settings: Some(settings::of_server(rows, instance)),
        tags: tags(rows, instance.tags()),
    };
    settings::late_volumes(rows, scope, id, instance);
    rows.fleet.servers.push(server);
    true
}
