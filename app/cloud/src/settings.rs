//! What templates set and servers show, and the user data that goes with it.

use aws_sdk_autoscaling::types::{
    InstanceMetadataEndpointState as GroupEndpointState, InstanceMetadataHttpTokensState, LaunchConfiguration,
};
use aws_sdk_ec2::types::{
    HttpTokensState, Instance, InstanceMetadataEndpointState, InstanceMetadataTagsState, LaunchTemplateHttpTokensState,
    LaunchTemplateInstanceMetadataEndpointState, LaunchTemplateInstanceMetadataTagsState, MonitoringState,
    ResourceType, ResponseLaunchTemplateData,
};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use fleet::{
    Device, FleetBuilder, Handle, LateVolume, MetadataOptions, ScopeIx, Setting, Settings, Sym, SymList, UserData,
};

use crate::servers::{tags, time};

/// As EC2 reads it: with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A volume attached within this time of its server's birth belongs to the launch.
const LATE_AFTER_S: i64 = 600;

/// The bytes of base64, which may be broken into lines; `None` for anything else.
pub(crate) fn decoded(base64: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = base64.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(text).ok()
}

/// User data as an answer has it: empty where there is none, unknown where it is no base64.
pub(crate) fn user_data(rows: &mut FleetBuilder, base64: Option<&str>) -> Setting<Handle<UserData>> {
    match base64.filter(|text| !text.is_empty()) {
        None => Setting::Unset,
        Some(text) => Setting::always(decoded(text).map(|bytes| rows.fleet.user_data.intern_bytes(&bytes))),
    }
}

/// Names or ids of security groups, sorted.
fn sorted<'a>(rows: &mut FleetBuilder, groups: impl Iterator<Item = &'a str>) -> Option<SymList> {
    let mut groups: Vec<&str> = groups.collect();
    groups.sort_unstable();
    groups.dedup();
    let groups: Vec<Sym> = groups.into_iter().map(|group| rows.sym(group)).collect();
    (!groups.is_empty()).then(|| rows.fleet.symbols.intern_list(&groups))
}

fn hops(limit: Option<i32>) -> Option<u8> {
    limit.and_then(|limit| u8::try_from(limit).ok())
}

fn keep(rows: &mut FleetBuilder, mut settings: Settings) -> Handle<Settings> {
    let symbols = &rows.fleet.symbols;
    settings.devices.sort_by(|a, b| symbols.str(a.name).cmp(symbols.str(b.name)));
    settings.devices.shrink_to_fit();
    rows.fleet.settings.intern(settings)
}

/// What a server shows of it.
pub(crate) fn of_server(rows: &mut FleetBuilder, instance: &Instance) -> Handle<Settings> {
    let metadata = instance.metadata_options();
    let metadata = MetadataOptions {
        tokens: Setting::always(rows.some(metadata.and_then(|m| m.http_tokens()).map(HttpTokensState::as_str))),
        hop_limit: Setting::always(hops(
            metadata.and_then(aws_sdk_ec2::types::InstanceMetadataOptionsResponse::http_put_response_hop_limit),
        )),
        endpoint: Setting::always(
            rows.some(metadata.and_then(|m| m.http_endpoint()).map(InstanceMetadataEndpointState::as_str)),
        ),
        tags: Setting::always(
            rows.some(metadata.and_then(|m| m.instance_metadata_tags()).map(InstanceMetadataTagsState::as_str)),
        ),
    };
    let groups = instance.security_groups().iter().filter_map(|group| group.group_id());
    let security_groups = Setting::always(sorted(rows, groups));
    let devices = instance
        .block_device_mappings()
        .iter()
        .filter_map(|mapping| {
            let delete_on_termination = Setting::always(mapping.ebs()?.delete_on_termination());
            Some(Device { name: rows.some(mapping.device_name())?, delete_on_termination })
        })
        .collect();
    let monitoring = match instance.monitoring().and_then(|monitoring| monitoring.state()) {
        Some(MonitoringState::Enabled | MonitoringState::Pending) => Setting::Is(true),
        Some(MonitoringState::Disabled | MonitoringState::Disabling) => Setting::Is(false),
        _ => Setting::Unknown,
    };
    let settings = Settings {
        key_name: Setting::told(rows.some(instance.key_name())),
        profile: Setting::told(rows.some(instance.iam_instance_profile().and_then(|profile| profile.arn()))),
        security_groups,
        metadata,
        user_data: Setting::Unknown,
        devices,
        ebs_optimized: Setting::always(instance.ebs_optimized()),
        monitoring,
        server_tags: Default::default(),
    };
    keep(rows, settings)
}

/// The volumes that were attached long after the server was born; none where its birth is not told.
pub(crate) fn late_volumes(rows: &mut FleetBuilder, scope: ScopeIx, server: Sym, instance: &Instance) {
    let root = instance.root_device_name();
    let attached =
        |device: &aws_sdk_ec2::types::InstanceBlockDeviceMapping| device.ebs().and_then(|ebs| time(ebs.attach_time()));
    let primary =
        instance.network_interfaces().iter().filter_map(|interface| interface.attachment()).find(|attachment| {
            attachment.device_index() == Some(0) && attachment.network_card_index().unwrap_or(0) == 0
        });
    let mappings = instance.block_device_mappings();
    let by_root = || mappings.iter().find(|mapping| root.is_some() && mapping.device_name() == root).and_then(attached);
    let Some(born) = primary.and_then(|attachment| time(attachment.attach_time())).or_else(by_root) else { return };
    for mapping in mappings.iter().filter(|mapping| mapping.device_name() != root) {
        let Some(at) = attached(mapping).filter(|at| at.since_s(born) > LATE_AFTER_S) else { continue };
        let row = LateVolume {
            server,
            scope,
            volume: rows.some(mapping.ebs().and_then(|ebs| ebs.volume_id())),
            device: rows.some(mapping.device_name()),
            attached: at,
        };
        rows.fleet.late_volumes.push(row);
    }
}

/// What a template version sets.
pub(crate) fn of_template(rows: &mut FleetBuilder, data: &ResponseLaunchTemplateData) -> Handle<Settings> {
    let metadata = data.metadata_options();
    let metadata = MetadataOptions {
        tokens: Setting::told(
            rows.some(metadata.and_then(|m| m.http_tokens()).map(LaunchTemplateHttpTokensState::as_str)),
        ),
        hop_limit: Setting::told(hops(
            metadata.and_then(aws_sdk_ec2::types::LaunchTemplateInstanceMetadataOptions::http_put_response_hop_limit),
        )),
        endpoint: Setting::told(
            rows.some(
                metadata.and_then(|m| m.http_endpoint()).map(LaunchTemplateInstanceMetadataEndpointState::as_str),
            ),
        ),
        tags: Setting::told(rows.some(
            metadata.and_then(|m| m.instance_metadata_tags()).map(LaunchTemplateInstanceMetadataTagsState::as_str),
        )),
    };
    // Groups stand with the primary interface where a template names one, else by id, else by name.
    let interfaces = data.network_interfaces().iter();
    let primary = interfaces.filter(|interface| interface.device_index().unwrap_or(0) == 0);
    let of_interface: Vec<&str> = primary
        .flat_map(aws_sdk_ec2::types::LaunchTemplateInstanceNetworkInterfaceSpecification::groups)
        .map(String::as_str)
        .collect();
    let choices = [data.security_group_ids(), data.security_groups()];
    let plain = choices.into_iter().find(|groups| !groups.is_empty()).unwrap_or_default();
    let groups = if of_interface.is_empty() { plain.iter().map(String::as_str).collect() } else { of_interface };
    let security_groups = Setting::told(sorted(rows, groups.into_iter()));
    let devices = data
        .block_device_mappings()
        .iter()
        .filter_map(|mapping| {
            let delete_on_termination = Setting::told(mapping.ebs()?.delete_on_termination());
            Some(Device { name: rows.some(mapping.device_name())?, delete_on_termination })
        })
        .collect();
    let profile = data.iam_instance_profile();
    let of_servers = data.tag_specifications().iter();
    let server_tags: Vec<_> = of_servers
        .filter(|specification| specification.resource_type() == Some(&ResourceType::Instance))
        .flat_map(aws_sdk_ec2::types::LaunchTemplateTagSpecification::tags)
        .cloned()
        .collect();
    let settings = Settings {
        key_name: Setting::told(rows.some(data.key_name())),
        profile: Setting::told(rows.some(profile.and_then(|profile| profile.arn().or(profile.name())))),
        security_groups,
        metadata,
        user_data: user_data(rows, data.user_data()),
        devices,
        ebs_optimized: Setting::told(data.ebs_optimized()),
        monitoring: Setting::told(data.monitoring().and_then(aws_sdk_ec2::types::LaunchTemplatesMonitoring::enabled)),
        server_tags: tags(rows, &server_tags),
    };
    keep(rows, settings)
}

/// What a launch configuration sets.
pub(crate) fn of_configuration(rows: &mut FleetBuilder, configuration: &LaunchConfiguration) -> Handle<Settings> {
    let metadata = configuration.metadata_options();
    let metadata = MetadataOptions {
        tokens: Setting::told(
            rows.some(metadata.and_then(|m| m.http_tokens()).map(InstanceMetadataHttpTokensState::as_str)),
        ),
        hop_limit: Setting::told(hops(
            metadata.and_then(aws_sdk_autoscaling::types::InstanceMetadataOptions::http_put_response_hop_limit),
        )),
        endpoint: Setting::told(rows.some(metadata.and_then(|m| m.http_endpoint()).map(GroupEndpointState::as_str))),
        tags: Setting::Unset,
    };
    let security_groups = Setting::told(sorted(rows, configuration.security_groups().iter().map(String::as_str)));
    let devices = configuration
        .block_device_mappings()
        .iter()
        .filter_map(|mapping| {
            let delete_on_termination = Setting::told(mapping.ebs()?.delete_on_termination());
            Some(Device { name: rows.some(mapping.device_name())?, delete_on_termination })
        })
        .collect();
    let settings = Settings {
        key_name: Setting::told(rows.some(configuration.key_name())),
        profile: Setting::told(rows.some(configuration.iam_instance_profile())),
        security_groups,
        metadata,
        user_data: user_data(rows, configuration.user_data()),
        devices,
        // Auto Scaling says false where nothing was asked for, and the server's type then decides.
        ebs_optimized: Setting::told(configuration.ebs_optimized().filter(|&asked| asked)),
        monitoring: Setting::told(
            configuration.instance_monitoring().and_then(aws_sdk_autoscaling::types::InstanceMonitoring::enabled),
        ),
        server_tags: Default::default(),
    };
    keep(rows, settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_is_bytes_with_or_without_padding_and_line_ends() {
        assert_eq!(decoded("IyEv\nYmluL3No\r\n").as_deref(), Some(b"#!/bin/sh".as_slice()));
        assert_eq!(decoded("H4sIAA").as_deref(), Some([0x1f, 0x8b, 0x08, 0x00].as_slice()));
        assert_eq!(decoded("#!/bin/sh"), None);
    }

    #[test]
    fn what_is_no_base64_is_unknown_and_what_is_not_there_is_not_set() {
        let mut rows = FleetBuilder::new();
        assert_eq!(user_data(&mut rows, Some("\u{fffd}")), Setting::Unknown);
        assert_eq!(user_data(&mut rows, Some("")), Setting::Unset);
        assert_eq!(user_data(&mut rows, None), Setting::Unset);
    }
}
