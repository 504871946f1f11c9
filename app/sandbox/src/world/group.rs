//! Groups and launch configurations.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;

use super::{
    activity::{Activity, Status},
    refresh::Refresh,
    template::VersionName,
};

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: Arc<str>,
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    pub(crate) life: Life,
    pub(crate) launch: Launch,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// In the group's units, as `min` and `max`: a server counts its weight, else 1.
    pub(crate) desired: u32,
    pub(crate) zones: Vec<u8>,
    /// In seconds.
    pub(crate) max_instance_lifetime_s: Option<u32>,
    /// `EC2` or `ELB`.
    pub(crate) health_check: &'static str,
    /// So long after a server entered service its health is not looked at, in seconds.
    pub(crate) grace_s: u32,
    /// So long after a change of capacity a call that honours it is refused, in seconds.
    pub(crate) cooldown_s: u32,
    pub(crate) target_groups: Vec<String>,
    pub(crate) suspended: Vec<Suspended>,
    pub(crate) termination_policies: Vec<Arc<str>>,
    pub(crate) tags: Vec<GroupTag>,
    pub(crate) hooks: Vec<Hook>,
    /// What its servers wait for.
    pub(crate) waits: Vec<Wait>,
    pub(crate) warm_pool: Option<WarmPool>,
    /// The least and the most healthy percent while AWS replaces servers.
    pub(crate) maintenance: Option<(u32, u32)>,
    pub(crate) new_protected: bool,
    /// `none`, `prevent-force-deletion` or `prevent-all-deletion`.
    pub(crate) deletion_protection: &'static str,
    pub(crate) capacity_rebalance: bool,
    /// How long after entering service a server counts as warmed up, in seconds; none if it was never set.
    pub(crate) warmup_s: Option<u32>,
    /// How long its servers take to work, in thousandths of what their user data makes likely.
    pub(crate) boot_permille: u32,
    /// How many of a thousand launches never work.
    pub(crate) boot_fails_permille: u32,
    /// What its servers are named, with `{n}` for their number; by their tags alone if none.
    pub(crate) server_name: Option<Arc<str>>,
    /// How many servers were named so.
    pub(crate) named: u32,
    /// The servers' slots, but for those of the warm pool.
    pub(crate) members: Vec<u32>,
    /// The slots of the servers in the warm pool.
    pub(crate) warm: Vec<u32>,
    /// Newest first.
    pub(crate) activities: VecDeque<Activity>,
    /// How many activities it ever began: their ids follow from it.
    pub(crate) begun: u64,
    /// Newest first.
    pub(crate) refreshes: Vec<Refresh>,
    /// What a refresh that is under way asks of the group.
    pub(crate) rolling: Option<Rolling>,
    /// What somebody asked for that changed its capacity, until it is reached: the causes of activities begin with it.
    pub(crate) request: Option<Arc<str>>,
    /// How many servers were taken out to be replaced and have no successor yet.
    pub(crate) owed: u32,
    /// When its capacity was last changed by an activity; a cooldown counts from here.
    pub(crate) scaled_at: Option<Timestamp>,
    /// How many launches failed in a row, and until when none is tried again.
    pub(crate) failed_launches: u32,
    pub(crate) retry_at: Option<Timestamp>,
}

/// Whether a group is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    /// It will be gone as soon as its servers are.
    Ending,
    /// Its slot stays.
    Gone,
}

/// What a refresh that is under way asks of its group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rolling {
    /// What is launched meanwhile, whoever launches; the group's own settings if none.
    pub(crate) launch: Option<Launch>,
    /// So many units above the desired capacity are left alone.
    pub(crate) surge: u32,
}

/// A process that was told to stand still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspended {
    pub(crate) process: Process,
    pub(crate) since: Timestamp,
}

/// What a group does by itself. The words are Auto Scaling's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    AddToLoadBalancer,
    AlarmNotification,
    AzRebalance,
    HealthCheck,
    InstanceRefresh,
    Launch,
    ReplaceUnhealthy,
    ScheduledActions,
    Terminate,
}

impl Process {
    /// All of them, as DescribeScalingProcessTypes has them.
    pub(crate) const ALL: &[Process] = &[
        Process::AzRebalance,
        Process::AddToLoadBalancer,
        Process::AlarmNotification,
        Process::HealthCheck,
        Process::InstanceRefresh,
        Process::Launch,
        Process::ReplaceUnhealthy,
        Process::ScheduledActions,
        Process::Terminate,
    ];

    /// Auto Scaling's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Process::AddToLoadBalancer => "AddToLoadBalancer",
            Process::AlarmNotification => "AlarmNotification",
            Process::AzRebalance => "AZRebalance",
            Process::HealthCheck => "HealthCheck",
            Process::InstanceRefresh => "InstanceRefresh",
            Process::Launch => "Launch",
            Process::ReplaceUnhealthy => "ReplaceUnhealthy",
            Process::ScheduledActions => "ScheduledActions",
            Process::Terminate => "Terminate",
        }
    }

    /// Reads what [`Process::name`] gives.
    pub(crate) fn parse(text: &str) -> Option<Process> {
        Process::ALL.iter().copied().find(|process| process.name() == text)
    }
}

/// A lifecycle hook: launches or terminations wait until somebody says go on, or for so long.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) name: Arc<str>,
    /// Whether it holds launches; else it holds terminations.
    pub(crate) launching: bool,
    pub(crate) heartbeat_s: u32,
    /// Whether the server goes on when nobody answers; else it is given up.
    pub(crate) goes_on: bool,
    pub(crate) metadata: Option<Arc<str>>,
    pub(crate) target: Option<Arc<str>>,
    pub(crate) role: Option<Arc<str>>,
}

/// A server waits for a hook.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    /// The server's slot.
    pub(crate) server: u32,
    pub(crate) hook: Arc<str>,
    /// What names this very wait.
    pub(crate) token: u64,
    pub(crate) until: Timestamp,
    /// No heartbeat keeps it longer.
    pub(crate) at_most_until: Timestamp,
}

/// A tag of a group.
#[derive(Debug, Clone)]
pub(crate) struct GroupTag {
    pub(crate) key: Arc<str>,
    pub(crate) value: Arc<str>,
    pub(crate) propagate: bool,
}

/// What a group launches servers by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Launch {
    /// A template's slot and its version.
    Template(u32, VersionName),
    /// A launch configuration's slot.
    Configuration(u32),
    Mixed(Mixed),
}

/// A mixed-instances policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mixed {
    pub(crate) template: u32,
    pub(crate) version: VersionName,
    pub(crate) overrides: Vec<Override>,
    pub(crate) on_demand_base: u32,
    pub(crate) on_demand_percent: u32,
    /// How on-demand types are chosen: `prioritized` or `lowest-price`.
    pub(crate) on_demand_strategy: Arc<str>,
    /// How spot pools are chosen, such as `price-capacity-optimized`.
    pub(crate) spot_strategy: Arc<str>,
}

/// An instance type of a mixed-instances policy, maybe with a template or an image of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Override {
    pub(crate) instance_type: Arc<str>,
    pub(crate) weight: Option<u32>,
    pub(crate) template: Option<(u32, VersionName)>,
    /// The image's id.
    pub(crate) image: Option<u64>,
}

/// Servers kept ready beside a group.
#[derive(Debug, Clone)]
pub(crate) struct WarmPool {
    pub(crate) min: u32,
    pub(crate) max_prepared: Option<u32>,
    /// `Stopped`, `Running` or `Hibernated`.
    pub(crate) state: Arc<str>,
    pub(crate) reuse: bool,
    /// Whether it goes as soon as its servers have gone.
    pub(crate) ending: bool,
}

/// A launch configuration.
#[derive(Debug, Clone)]
pub(crate) struct LaunchConfiguration {
    pub(crate) name: Arc<str>,
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    /// Its slot stays, since servers may still name it.
    pub(crate) deleted: bool,
    /// The image's slot.
    pub(crate) image: u32,
    pub(crate) instance_type: Arc<str>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: Arc<[(u64, Arc<str>)]>,
    pub(crate) instance_profile: Option<Arc<str>>,
    pub(crate) user_data: Option<Arc<str>>,
}

impl Group {
    /// A group without servers, with Auto Scaling's own defaults (`CreateAutoScalingGroup`).
    pub(crate) fn new(name: Arc<str>, id: u64, created: Timestamp, launch: Launch, zones: Vec<u8>) -> Group {
        Group {
            name,
            id,
            created,
            life: Life::Alive,
            launch,
            min: 0,
            max: 0,
            desired: 0,
            zones,
            max_instance_lifetime_s: None,
            health_check: "EC2",
            grace_s: 0,
            cooldown_s: 300,
            target_groups: Vec::new(),
            suspended: Vec::new(),
            termination_policies: vec!["Default".into()],
            tags: Vec::new(),
            hooks: Vec::new(),
            waits: Vec::new(),
            warm_pool: None,
            maintenance: None,
            new_protected: false,
            deletion_protection: "none",
            capacity_rebalance: false,
            warmup_s: None,
            boot_permille: 1_000,
            boot_fails_permille: 0,
            server_name: None,
            named: 0,
            members: Vec::new(),
            warm: Vec::new(),
            activities: VecDeque::new(),
            begun: 0,
            refreshes: Vec::new(),
            rolling: None,
            request: None,
            owed: 0,
            scaled_at: None,
            failed_launches: 0,
            retry_at: None,
        }
    }

    /// Whether it can be found by its name.
    pub(crate) fn is_known(&self) -> bool {
        self.life != Life::Gone
    }

    /// Whether a process stands still.
    pub(crate) fn is_suspended(&self, process: Process) -> bool {
        self.suspended.iter().any(|one| one.process == process)
    }

    /// Takes note of what it begins, as the newest of its activities, and returns its id.
    pub(crate) fn begin(&mut self, activity: Activity) -> u64 {
        let id = activity.id;
        self.begun += 1;
        self.activities.push_front(activity);
        id
    }

    /// Ends an activity, if it is still going on.
    pub(crate) fn finish(&mut self, id: u64, status: Status, message: Option<String>, now: Timestamp) {
        if let Some(activity) = self.activities.iter_mut().find(|one| one.id == id && !one.status.is_over()) {
            activity.status = status;
            activity.end = Some(now);
            activity.message = message;
        }
    }

    /// Moves an activity on to another status in which it goes on.
    pub(crate) fn go_on(&mut self, id: u64, status: Status) {
        if let Some(activity) = self.activities.iter_mut().find(|one| one.id == id && !one.status.is_over()) {
            activity.status = status;
        }
    }

    /// Whether one of its activities goes on.
    pub(crate) fn is_busy(&self) -> bool {
        self.activities.iter().any(|activity| !activity.status.is_over())
    }

    /// What it launches servers by now.
    pub(crate) fn launches_by(&self) -> &Launch {
        self.rolling.as_ref().and_then(|rolling| rolling.launch.as_ref()).unwrap_or(&self.launch)
    }

    /// Whether servers count by their weights.
    pub(crate) fn is_weighted(&self) -> bool {
        matches!(&self.launch, Launch::Mixed(mixed) if mixed.overrides.iter().any(|one| one.weight.is_some()))
    }
}
