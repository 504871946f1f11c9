//! Groups, launch configurations, and what a group did: activities and refreshes.

use std::sync::Arc;

use jiff::Timestamp;

use super::template::VersionName;

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: Arc<str>,
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    pub(crate) launch: Launch,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) desired: u32,
    pub(crate) zones: Vec<u8>,
    /// In seconds.
    pub(crate) max_instance_lifetime_s: Option<u32>,
    /// `EC2` or `ELB`.
    pub(crate) health_check: &'static str,
    pub(crate) target_groups: Vec<String>,
    pub(crate) suspended: Vec<String>,
    pub(crate) tags: Vec<GroupTag>,
    pub(crate) warm_pool: Option<WarmPool>,
    /// The least and the most healthy percent while AWS replaces servers.
    pub(crate) maintenance: Option<(u32, u32)>,
    pub(crate) new_protected: bool,
    /// How long a server takes to be in service, in seconds.
    pub(crate) warmup_s: u32,
    /// The servers' slots, but for those of the warm pool.
    pub(crate) members: Vec<u32>,
    /// The slots of the servers in the warm pool.
    pub(crate) warm: Vec<u32>,
    /// Newest first.
    pub(crate) activities: Vec<Activity>,
    /// Newest first.
    pub(crate) refreshes: Vec<Refresh>,
}

/// A tag of a group.
#[derive(Debug, Clone)]
pub(crate) struct GroupTag {
    pub(crate) key: Arc<str>,
    pub(crate) value: Arc<str>,
    pub(crate) propagate: bool,
}

/// What a group launches servers by.
#[derive(Debug, Clone)]
pub(crate) enum Launch {
    /// A template's slot and its version.
    Template(u32, VersionName),
    /// A launch configuration's slot.
    Configuration(u32),
    Mixed(Mixed),
}

/// A mixed-instances policy.
#[derive(Debug, Clone)]
pub(crate) struct Mixed {
    pub(crate) template: u32,
    pub(crate) version: VersionName,
    pub(crate) overrides: Vec<Override>,
    pub(crate) on_demand_base: u32,
    pub(crate) on_demand_percent: u32,
}

/// An instance type of a mixed-instances policy, maybe with a template of its own.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    pub(crate) instance_type: Arc<str>,
    pub(crate) weight: Option<u32>,
    pub(crate) template: Option<(u32, VersionName)>,
}

/// Servers kept ready beside a group.
#[derive(Debug, Clone)]
pub(crate) struct WarmPool {
    pub(crate) min: u32,
    pub(crate) max_prepared: Option<u32>,
    /// `Stopped`, `Running` or `Hibernated`.
    pub(crate) state: Arc<str>,
    pub(crate) reuse: bool,
}

/// What a group did to one server.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) server: u64,
    pub(crate) zone: u8,
    pub(crate) deed: Deed,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// Why it failed.
    pub(crate) failure: Option<String>,
}

/// The deed and its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Launched since there were fewer than desired.
    Launch,
    /// Launched since another one was taken out.
    Replace,
    /// Taken out since it was as old as the group allows.
    Expire,
    /// Taken out since it failed a health check.
    FailedHealth,
}

/// An instance refresh.
#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub(crate) id: u64,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) start: Timestamp,
    pub(crate) end: Option<Timestamp>,
    pub(crate) percent: u32,
    pub(crate) left: u32,
    pub(crate) min_healthy: u32,
    /// The slot and version that it was to bring.
    pub(crate) wanted: Option<(u32, u32)>,
}

/// A launch configuration.
#[derive(Debug, Clone)]
pub(crate) struct LaunchConfiguration {
    pub(crate) name: Arc<str>,
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    /// The image's slot.
    pub(crate) image: u32,
    pub(crate) instance_type: Arc<str>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: Arc<[(u64, Arc<str>)]>,
    pub(crate) instance_profile: Option<Arc<str>>,
    pub(crate) user_data: Option<Arc<str>>,
}
