//! What templates set and servers show, and the user data that goes with it.

use aws_sdk_autoscaling::types::{
    InstanceMetadataEndpointState as GroupEndpointState, InstanceMetadataHttpTokensState, LaunchConfiguration,
};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use fleet::{
    Device, FleetBuilder, Handle, LateVolume, MetadataOptions, ScopeIx, Setting, Settings, Sym, SymList, UserData,
};

use crate::answers::{Instance, TemplateData, tag_set};

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
pub(crate) fn of_server(rows: &mut FleetBuilder, instance: &Instance<'_>) -> Handle<Settings> {
    let metadata = &instance.metadata;
    let metadata = MetadataOptions {
        tokens: Setting::always(rows.some(metadata.tokens.as_deref())),
        hop_limit: Setting::always(hops(metadata.hop_limit)),
        endpoint: Setting::always(rows.some(metadata.endpoint.as_deref())),
        tags: Setting::always(rows.some(metadata.tags.as_deref())),
    };
    let groups = instance.security_groups.iter().map(|group| &**group);
    let security_groups = Setting::always(sorted(rows, groups));
    let devices = instance
        .devices
        .iter()
        .filter_map(|device| {
            let delete_on_termination = Setting::always(device.ebs.as_ref()?.delete_on_termination);
            Some(Device { name: rows.some(device.name.as_deref())?, delete_on_termination })
        })
        .collect();
    let monitoring = match instance.monitoring.as_deref() {
        Some("enabled" | "pending") => Setting::Is(true),
        Some("disabled" | "disabling") => Setting::Is(false),
        _ => Setting::Unknown,
    };
    let settings = Settings {
        key_name: Setting::told(rows.some(instance.key_name.as_deref())),
        profile: Setting::told(rows.some(instance.profile.as_deref())),
        security_groups,
        metadata,
        user_data: Setting::Unknown,
        devices,
        ebs_optimized: Setting::always(instance.ebs_optimized),
        monitoring,
        server_tags: Default::default(),
    };
    keep(rows, settings)
}

/// The volumes that were attached long after the server was born; none where its birth is not told.
pub(crate) fn late_volumes(rows: &mut FleetBuilder, scope: ScopeIx, server: Sym, instance: &Instance<'_>) {
    let Some(born) = instance.primary_attached().or_else(|| instance.root_attached()) else { return };
    let root = instance.root_device_name.as_ref();
    for device in instance.devices.iter().filter(|device| device.name.as_ref() != root) {
        let ebs = device.ebs.as_ref();
        let attached = ebs.and_then(|ebs| ebs.attached);
        let Some(at) = attached.filter(|at| at.since_s(born) > LATE_AFTER_S) else { continue };
        let row = LateVolume {
            server,
            scope,
            volume: rows.some(ebs.and_then(|ebs| ebs.volume.as_deref())),
            device: rows.some(device.name.as_deref()),
            attached: at,
        };
        rows.fleet.late_volumes.push(row);
    }
}

/// What a template version sets.
pub(crate) fn of_template(rows: &mut FleetBuilder, data: &TemplateData<'_>) -> Handle<Settings> {
    let metadata = &data.metadata;
    let metadata = MetadataOptions {
        tokens: Setting::told(rows.some(metadata.tokens.as_deref())),
        hop_limit: Setting::told(hops(metadata.hop_limit)),
        endpoint: Setting::told(rows.some(metadata.endpoint.as_deref())),
        tags: Setting::told(rows.some(metadata.tags.as_deref())),
    };
    // Groups stand with the primary interface where a template names one, else by id, else by name.
    let primary = data.interfaces.iter().filter(|interface| interface.device_index.unwrap_or(0) == 0);
    let of_interface: Vec<&str> = primary.flat_map(|interface| &interface.groups).map(|group| &**group).collect();
    let choices = [&data.security_group_ids, &data.security_groups];
    let plain = choices.into_iter().find(|groups| !groups.is_empty());
    let groups = match plain {
        Some(groups) if of_interface.is_empty() => groups.iter().map(|group| &**group).collect(),
        _ => of_interface,
    };
    let security_groups = Setting::told(sorted(rows, groups.into_iter()));
    let devices = data
        .devices
        .iter()
        .filter_map(|device| {
            let delete_on_termination = Setting::told(device.ebs.as_ref()?.delete_on_termination);
            Some(Device { name: rows.some(device.name.as_deref())?, delete_on_termination })
        })
        .collect();
    let of_servers = data.tags.iter().filter(|tags| tags.resource_type.as_deref() == Some("instance"));
    let server_tags: Vec<_> = of_servers.flat_map(|specification| &specification.tags).cloned().collect();
    let settings = Settings {
        key_name: Setting::told(rows.some(data.key_name.as_deref())),
        profile: Setting::told(rows.some(data.profile_arn.as_deref().or(data.profile_name.as_deref()))),
        security_groups,
        metadata,
        user_data: user_data(rows, data.user_data.as_deref()),
        devices,
        ebs_optimized: Setting::told(data.ebs_optimized),
        monitoring: Setting::told(data.monitoring),
        server_tags: tag_set(rows, &server_tags),
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
