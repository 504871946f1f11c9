//! Servers, each with as much of its protections and status checks as is asked for: no single call tells them.

use std::collections::BTreeSet;
use std::future::Future;

use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, Instance, InstanceAttributeName, InstanceNetworkInterface, InstanceStateName,
    InstanceType, Reservation, SummaryStatus,
};
use futures::{StreamExt as _, TryStreamExt as _};
use operate::{Address, Detail, Interface, ServerFacts, TemplateVersionRef, Token, Volume};

use super::line::Line;
use super::told::{needed, tags, text, time};
use crate::api_call::ApiCall;
use crate::failure::Failure;
use crate::narrowing::{UNKNOWN_SERVER, without_named};

const INSTANCES: ApiCall = ApiCall::new("ec2:DescribeInstances");
const ATTRIBUTE: ApiCall = ApiCall::new("ec2:DescribeInstanceAttribute");
const STATUS: ApiCall = ApiCall::new("ec2:DescribeInstanceStatus");

/// How many ids are asked for in one call: few enough that an unknown one among them costs little.
const IDS_A_CALL: usize = 100;
/// Of how many servers protections are asked for at once.
const AT_ONCE: usize = 8;

/// The servers with these ids; one that AWS does not know, or no longer, is left out.
pub(super) async fn read(line: &Line, ids: &[String], detail: Detail) -> Result<Vec<ServerFacts>, Failure> {
    let instances = by_ids(ids, |batch| async move {
        let call = line.reading.ec2.describe_instances().include_managed_resources(true);
        let answer = line.ask(INSTANCES, call.set_instance_ids(Some(batch)).send()).await?;
        Ok(answer
            .reservations
            .unwrap_or_default()
            .into_iter()
            .flat_map(|one| one.instances.unwrap_or_default())
            .collect())
    })
    .await?;
    let instances: Vec<(String, Instance)> =
        instances.into_iter().filter_map(|one: Instance| Some((one.instance_id()?.to_owned(), one))).collect();
    let passed = if detail == Detail::Checks { Some(checks_passed(line, &instances).await?) } else { None };
    let passed = passed.as_ref();
    let reads = instances.into_iter().map(|(id, instance)| async move {
        let Some(protections) = protections(line, &id, &instance, detail).await? else { return Ok(None) };
        facts(&instance, protections, passed.map(|passed| passed.contains(&id))).map(Some)
    });
    let found: Vec<Option<ServerFacts>> = futures::stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Ids of the servers that were launched with a client token.
pub(super) async fn launched_with(line: &Line, token: &Token) -> Result<Vec<String>, Failure> {
    let filter = Filter::builder().name("client-token").values(&token.0).build();
    let request = |page| {
        let call = line.reading.ec2.describe_instances().include_managed_resources(true).filters(filter.clone());
        call.max_results(1_000).set_next_token(page).send()
    };
    let pages = line.pages(INSTANCES, request, DescribeInstancesOutput::next_token).await?;
    let instances = pages.iter().flat_map(DescribeInstancesOutput::reservations).flat_map(Reservation::instances);
    Ok(instances.filter_map(|instance| text(instance.instance_id())).collect())
}

/// Asks in batches, and leaves out the ids that AWS does not know.
async fn by_ids<T, F>(ids: &[String], mut ask: impl FnMut(Vec<String>) -> F) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<Vec<T>, Failure>>,
{
    let mut found = Vec::new();
    let mut batches: Vec<Vec<String>> = ids.chunks(IDS_A_CALL).map(<[String]>::to_vec).collect();
    while let Some(batch) = batches.pop() {
        match ask(batch.clone()).await {
            Ok(some) => found.extend(some),
            Err(failure) if failure.has_code(UNKNOWN_SERVER) => {
                batches.extend(without_named(batch, &failure.said, "i-").1);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(found)
}

/// The running ones of these whose status checks both passed.
async fn checks_passed(line: &Line, instances: &[(String, Instance)]) -> Result<BTreeSet<String>, Failure> {
    let running = instances.iter().filter(|(_, one)| state_is(one, &InstanceStateName::Running));
    let running: Vec<String> = running.map(|(id, _)| id.clone()).collect();
    let passed = by_ids(&running, |batch| async move {
        let call = line.reading.ec2.describe_instance_status().set_instance_ids(Some(batch));
        let answer = line.ask(STATUS, call.include_all_instances(true).send()).await?;
        let statuses = answer.instance_statuses().iter().filter(|status| {
            [status.instance_status(), status.system_status()]
                .iter()
                .all(|check| check.is_some_and(|check| check.status() == Some(&SummaryStatus::Ok)))
        });
        Ok(statuses.filter_map(|status| status.instance_id().map(str::to_owned)).collect())
    });
    Ok(passed.await?.into_iter().collect())
}

/// What EC2 refuses for a server, as far as it was asked for.
#[derive(Clone, Copy)]
struct Protections {
    termination: Option<bool>,
    stop: Option<bool>,
}

/// A server's protections, as far as `detail` asks for them; none where it is gone meanwhile. One that has ended, or is
/// about to, has none.
async fn protections(
    line: &Line,
    id: &str,
    instance: &Instance,
    detail: Detail,
) -> Result<Option<Protections>, Failure> {
    if state_is(instance, &InstanceStateName::Terminated) || state_is(instance, &InstanceStateName::ShuttingDown) {
        return Ok(Some(Protections { termination: Some(false), stop: Some(false) }));
    }
    let attribute = async |name: InstanceAttributeName, what: &str| {
        let call = line.reading.ec2.describe_instance_attribute().instance_id(id).attribute(name.clone());
        let answer = line.ask(ATTRIBUTE, call.send()).await?;
        let value = match name {
            InstanceAttributeName::DisableApiStop => answer.disable_api_stop(),
            _ => answer.disable_api_termination(),
        };
        needed(value.and_then(AttributeBooleanValue::value), ATTRIBUTE, what, id).map(Some)
    };
    let termination = attribute(InstanceAttributeName::DisableApiTermination, "the termination protection");
    let stop = attribute(InstanceAttributeName::DisableApiStop, "the stop protection");
    let read = match detail {
        Detail::Plain | Detail::Checks => Ok((None, None)),
        Detail::Termination => termination.await.map(|termination| (termination, None)),
        Detail::Protections => futures::future::try_join(termination, stop).await,
    };
    match read {
        Ok((termination, stop)) => Ok(Some(Protections { termination, stop })),
        Err(failure) if failure.has_code(UNKNOWN_SERVER) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn state_is(instance: &Instance, state: &InstanceStateName) -> bool {
    instance.state().and_then(|state| state.name()) == Some(state)
}

fn facts(instance: &Instance, protections: Protections, checks_passed: Option<bool>) -> Result<ServerFacts, Failure> {
    let id = text(instance.instance_id()).unwrap_or_default();
    let tags = tags(instance.tags().iter().map(|tag| (tag.key(), tag.value())));
    let tag = |key: &str| tags.get(key).filter(|value| !value.is_empty()).cloned();
    let template_id = tag("aws:ec2launchtemplate:id");
    let version = tag("aws:ec2launchtemplate:version").and_then(|version| version.parse().ok());
    let group = tag("aws:autoscaling:groupName");
    let operator = text(instance.operator().and_then(|operator| operator.principal()));
    let spot_request = text(instance.spot_instance_request_id());
    let owner = fleet::owner_of_server(operator.as_deref(), &&tags, group.is_some(), spot_request.as_deref());
    let root = instance.root_device_name();
    let volumes = instance.block_device_mappings().iter().filter_map(|mapping| {
        let (device, ebs) = (mapping.device_name()?, mapping.ebs()?);
        Some(Volume {
            id: text(ebs.volume_id())?,
            device: text(Some(device))?,
            is_root: Some(device) == root,
            delete_on_termination: ebs.delete_on_termination()?,
        })
    });
    let volumes: Vec<Volume> = volumes.collect();
    // A mapping that does not tell all would hide what is lost.
    let all = instance.block_device_mappings().iter().filter(|mapping| mapping.ebs().is_some()).count();
    needed((volumes.len() == all).then_some(()), INSTANCES, "every volume", &id)?;
    let attachments = || instance.network_interfaces().iter().filter(|interface| interface.attachment().is_some());
    let interfaces: Vec<Interface> = attachments().filter_map(interface).collect();
    needed((interfaces.len() == attachments().count()).then_some(()), INSTANCES, "every interface", &id)?;
    let primary = attachments().filter(|one| is_primary(one)).find_map(|one| one.attachment()?.attach_time());
    Ok(ServerFacts {
        name: tag("Name"),
        state: needed(
            text(instance.state().and_then(|state| state.name()).map(InstanceStateName::as_str)),
            INSTANCES,
            "the state",
            &id,
        )?,
        zone: text(instance.placement().and_then(|placement| placement.availability_zone())),
        subnet: text(instance.subnet_id()),
        instance_type: needed(text(instance.instance_type().map(InstanceType::as_str)), INSTANCES, "the type", &id)?,
        image: needed(text(instance.image_id()), INSTANCES, "the image", &id)?,
        born_at: time(primary),
        started_at: time(instance.launch_time()),
        template: template_id.and_then(|id| Some(TemplateVersionRef { id, version: version? })),
        group,
        owner: owner.map(std::borrow::Cow::into_owned),
        termination_protected: protections.termination,
        stop_protected: protections.stop,
        volumes,
        interfaces,
        addresses: addresses(instance),
        dns_names: dns_names(instance),
        checks_passed,
        tags,
        id,
    })
}

fn interface(interface: &InstanceNetworkInterface) -> Option<Interface> {
    Some(Interface {
        id: text(interface.network_interface_id())?,
        is_primary: is_primary(interface),
        delete_on_termination: interface.attachment()?.delete_on_termination()?,
    })
}

/// A single-card server leaves the card's index out.
fn is_primary(interface: &InstanceNetworkInterface) -> bool {
    interface.attachment().is_some_and(|attachment| {
        attachment.device_index() == Some(0) && attachment.network_card_index().unwrap_or(0) == 0
    })
}

/// Each address once, in the order in which AWS tells them.
fn addresses(instance: &Instance) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    let mut note = |address: Option<Address>| {
        if let Some(address) = address.filter(|address| !found.contains(address)) {
            found.push(address);
        }
    };
    for interface in instance.network_interfaces() {
        note(text(interface.private_ip_address()).map(Address::Private));
        for private in interface.private_ip_addresses() {
            note(text(private.private_ip_address()).map(Address::Private));
            if let Some(association) = private.association() {
                note(public(association.public_ip(), association.ip_owner_id()));
            }
        }
        if let Some(association) = interface.association() {
            note(public(association.public_ip(), association.ip_owner_id()));
        }
        for address in interface.ipv6_addresses() {
            note(text(address.ipv6_address()).map(Address::Private));
        }
    }
    let is_known = |known: &Address, address: &str| match known {
        Address::Private(known) | Address::Public(known) | Address::Elastic(known) => known == address,
    };
    // Without an interface that tells more, as moto answers.
    for (address, is_public) in [(instance.private_ip_address(), false), (instance.public_ip_address(), true)] {
        let Some(address) = text(address).filter(|address| !found.iter().any(|known| is_known(known, address))) else {
            continue;
        };
        found.push(if is_public { Address::Public(address) } else { Address::Private(address) });
    }
    found
}

/// A public address belongs to Amazon's pool, where its owner is called `amazon`, or else to an account.
fn public(address: Option<&str>, owner: Option<&str>) -> Option<Address> {
    let address = text(address)?;
    Some(match owner {
        None | Some("amazon") => Address::Public(address),
        Some(_) => Address::Elastic(address),
    })
}

fn dns_names(instance: &Instance) -> Vec<String> {
    let of_interfaces = instance.network_interfaces().iter().filter_map(|one| one.association()?.public_dns_name());
    let mut found: Vec<String> = Vec::new();
    let names = [instance.private_dns_name(), instance.public_dns_name()].into_iter().flatten().chain(of_interfaces);
    for name in names.filter_map(|name| text(Some(name))) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
