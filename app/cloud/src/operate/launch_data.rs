//! What a server was launched with, as `GetLaunchTemplateData` tells it, and the launch of another one from it.
//!
//! The data is mapped element by element out of the answer itself. An element that is not known here refuses the
//! launch: one that were dropped would be missed only on the new server. It holds user data, which goes from the
//! answer into the request and nowhere else.

mod settings;

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types as ec2;

use self::settings::{
    block_device, capacity_reservation, cpu_options, credits, instance_profile, interface, license,
    maintenance_options, market_options, metadata_options, network_performance, placement, private_dns_names,
    tag_specifications,
};
use super::answers::Overheard;
use super::elements::Element;
use super::line::Line;
use crate::api_call::ApiCall;
use crate::failure::Failure;

const CALL: ApiCall = ApiCall::new("ec2:GetLaunchTemplateData");

/// Why a server can't be launched like another one: the element of its launch data that stands against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unmapped(String);

impl Unmapped {
    /// The reason and the next step.
    pub(super) fn failure(&self, server: &str) -> Failure {
        Failure::error(
            &format!("The launch data of {server} has {}, which Emberline can't carry over to another server", self.0),
            &format!(
                "Make a launch template of the server (`aws ec2 get-launch-template-data --instance-id {server}`) and \
                 launch from that."
            ),
        )
    }
}

type Mapped<T> = Result<T, Unmapped>;

/// The launch data of a server.
pub(super) struct LaunchData {
    data: Element,
}

/// Reads a server's launch data.
pub(super) async fn read(line: &Line, server: &str) -> Result<LaunchData, Failure> {
    let overheard = Overheard::default();
    let request = line.reading.ec2.get_launch_template_data().instance_id(server).customize();
    line.ask(CALL, request.interceptor(overheard.clone()).send()).await?;
    let unreadable =
        |why: &str| Failure::error(&format!("The answer to {} can't be read: {why}", CALL.operation()), "Try again.");
    let body = overheard.body().ok_or_else(|| unreadable("it has no body"))?;
    LaunchData::of(&body).map_err(unreadable)
}

impl LaunchData {
    fn of(answer: &[u8]) -> Result<Self, &'static str> {
        let root = Element::read(answer)?;
        let data = root.child("launchTemplateData").ok_or("it has no launch data")?;
        Ok(Self { data: data.clone() })
    }

    pub(super) fn sha256(&self) -> String {
        self.data.sha256()
    }

    /// Puts all of it into a request. The addresses and interfaces of the old server stay its own: new ones of the same
    /// number are asked for, in `subnet` where it is named.
    pub(super) fn launch(
        &self,
        request: RunInstancesFluentBuilder,
        subnet: Option<&str>,
    ) -> Mapped<RunInstancesFluentBuilder> {
        let mut request = request;
        let mut has_interfaces = false;
        for field in self.data.children() {
            request = match field.name() {
                "kernelId" => request.set_kernel_id(text(field)?),
                "ramDiskId" => request.set_ramdisk_id(text(field)?),
                "ebsOptimized" => request.set_ebs_optimized(flag(field)?),
                "imageId" => request.set_image_id(text(field)?),
                "instanceType" => request.set_instance_type(text(field)?.map(|text| text.as_str().into())),
                "keyName" => request.set_key_name(text(field)?),
                "userData" => request.set_user_data(text(field)?),
                "disableApiTermination" => request.set_disable_api_termination(flag(field)?),
                "disableApiStop" => request.set_disable_api_stop(flag(field)?),
                "instanceInitiatedShutdownBehavior" => {
                    request.set_instance_initiated_shutdown_behavior(text(field)?.map(|text| text.as_str().into()))
                }
                "iamInstanceProfile" => request.set_iam_instance_profile(instance_profile(field)?),
                "monitoring" => request.set_monitoring(
                    enabled(field)?
                        .map(|enabled| ec2::RunInstancesMonitoringEnabled::builder().enabled(enabled).build()),
                ),
                "placement" => request.placement(placement(field)?),
                "blockDeviceMappingSet" => request.set_block_device_mappings(Some(each(field, block_device)?)),
                "networkInterfaceSet" => {
                    let interfaces = each(field, |item| interface(item, subnet))?;
                    has_interfaces = !interfaces.is_empty();
                    request.set_network_interfaces(Some(interfaces).filter(|_| has_interfaces))
                }
                "securityGroupIdSet" => request.set_security_group_ids(texts(field)?),
                "securityGroupSet" => request.set_security_groups(texts(field)?),
                "tagSpecificationSet" => request.set_tag_specifications(tag_specifications(field)?),
                "instanceMarketOptions" => request.instance_market_options(market_options(field)?),
                "creditSpecification" => request.set_credit_specification(credits(field)?),
                "cpuOptions" => request.cpu_options(cpu_options(field)?),
                "capacityReservationSpecification" => {
                    request.capacity_reservation_specification(capacity_reservation(field)?)
                }
                "licenseSet" => request.set_license_specifications(Some(each(field, license)?)),
                "hibernationOptions" => request.set_hibernation_options(
                    only_flag(field, "configured")?
                        .map(|configured| ec2::HibernationOptionsRequest::builder().configured(configured).build()),
                ),
                "metadataOptions" => request.metadata_options(metadata_options(field)?),
                "enclaveOptions" => request.set_enclave_options(
                    enabled(field)?.map(|enabled| ec2::EnclaveOptionsRequest::builder().enabled(enabled).build()),
                ),
                "privateDnsNameOptions" => request.private_dns_name_options(private_dns_names(field)?),
                "maintenanceOptions" => request.maintenance_options(maintenance_options(field)?),
                "networkPerformanceOptions" => request.network_performance_options(network_performance(field)?),
                // A server that an AWS service operates is that service's to launch.
                "operator" if !is_operated(field) => request,
                _ if is_nothing(field) => request,
                _ => return Err(unknown(field)),
            };
        }
        // With interfaces, subnet and security groups are theirs: EC2 takes them in one place only.
        Ok(match has_interfaces {
            true => request.set_security_group_ids(None).set_security_groups(None),
            false => request.set_subnet_id(subnet.map(str::to_owned)),
        })
    }
}

fn unknown(field: &Element) -> Unmapped {
    Unmapped(format!("the setting {}", field.name()))
}

/// Whether nothing is said: no text, and nothing in any element in it.
fn is_nothing(field: &Element) -> bool {
    field.text().trim().is_empty() && field.children().iter().all(is_nothing)
}

fn is_operated(field: &Element) -> bool {
    field.child("managed").is_none_or(|managed| managed.text() != "false")
}

/// A text; none for an empty one.
fn text(field: &Element) -> Mapped<Option<String>> {
    match field.children() {
        [] => Ok(Some(field.text().to_owned()).filter(|text| !text.is_empty())),
        _ => Err(unknown(field)),
    }
}

fn flag(field: &Element) -> Mapped<Option<bool>> {
    match text(field)?.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(unknown(field)),
    }
}

fn number(field: &Element) -> Mapped<Option<i32>> {
    text(field)?.map(|text| text.parse().map_err(|_| unknown(field))).transpose()
}

/// The entries of a list, by `read`.
fn each<T>(list: &Element, read: impl Fn(&Element) -> Mapped<T>) -> Mapped<Vec<T>> {
    let entry = |entry: &Element| match entry.name() {
        "item" | "groupId" => read(entry),
        _ => Err(unknown(list)),
    };
    list.children().iter().map(entry).collect()
}

/// A list of texts; none for an empty one.
fn texts(list: &Element) -> Mapped<Option<Vec<String>>> {
    let texts: Vec<String> = each(list, text)?.into_iter().flatten().collect();
    Ok(Some(texts).filter(|texts| !texts.is_empty()))
}

/// The one flag of this name that may stand in an element.
fn only_flag(of: &Element, name: &str) -> Mapped<Option<bool>> {
    let mut found = None;
    for field in of.children() {
        found = if field.name() == name { flag(field)? } else { return Err(unknown(field)) };
    }
    Ok(found)
}

fn enabled(of: &Element) -> Mapped<Option<bool>> {
    only_flag(of, "enabled")
}

#[cfg(test)]
mod tests;
