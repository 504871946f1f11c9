//! Servers.

use std::{net::Ipv4Addr, sync::Arc};

use jiff::Timestamp;

use super::{Tags, id, membership::Membership, mould::BAKED_S, settings::Settings};

/// A server. Ids of its parts follow from its own.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) id: u64,
    /// The slot of the image that it was launched from, whatever its root volume is now.
    pub(crate) image: u32,
    /// When it was made: its primary interface was attached then.
    pub(crate) born: Timestamp,
    /// When it was last started: a stop and start changes it, a reboot does not.
    pub(crate) started: Timestamp,
    /// When it was last rebooted, if that was after its last start.
    pub(crate) rebooted: Option<Timestamp>,
    pub(crate) state: ServerState,
    /// Why it is no longer running, and since when.
    pub(crate) ended: Option<Ended>,
    /// How long it takes from its birth until it works, in seconds.
    pub(crate) boot_s: u32,
    /// It never passes its status checks, nor a load balancer's: what should come up at boot does not.
    pub(crate) never_works: bool,
    /// Servers launched by one call share it.
    pub(crate) reservation: u64,
    /// Its place among those, from 0.
    pub(crate) launch_index: u32,
    /// The token that it was launched with; one that follows from its id if there is none.
    pub(crate) token: Option<Arc<str>>,
    pub(crate) zone: u8,
    pub(crate) instance_type: Arc<str>,
    pub(crate) private_ip: Ipv4Addr,
    /// The public address that it has while it runs. A stop and start brings another one.
    pub(crate) public_ip: Option<Ipv4Addr>,
    pub(crate) key_name: Option<Arc<str>>,
    pub(crate) security_groups: Arc<[(u64, Arc<str>)]>,
    pub(crate) instance_profile: Option<Arc<str>>,
    pub(crate) tags: Tags,
    pub(crate) user_data: Option<Arc<str>>,
    pub(crate) spot: bool,
    pub(crate) settings: Settings,
    /// The service that runs it for the account, such as `eks.amazonaws.com`.
    pub(crate) operator: Option<Arc<str>>,
    /// The root volume, and when it was attached.
    pub(crate) root_volume: u64,
    pub(crate) root_attached: Timestamp,
    /// When its root volume was last replaced by one fresh from an image, if that was after its last start: user data
    /// runs again.
    pub(crate) reset: Option<Timestamp>,
    /// The root volume's tags; none if they are the server's own, less AWS's.
    pub(crate) volume_tags: Option<Tags>,
    pub(crate) membership: Option<Membership>,
}

/// Why a server is no longer running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) at: Timestamp,
    /// EC2's code, such as `Client.UserInitiatedShutdown`.
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

impl Ended {
    /// Stopped by a call.
    pub(crate) fn stopped_by_user(at: Timestamp) -> Ended {
        Ended {
            at,
            code: "Client.UserInitiatedShutdown",
            message: "Client.UserInitiatedShutdown: User initiated shutdown",
        }
    }

    /// Terminated by a call.
    pub(crate) fn terminated_by_user(at: Timestamp) -> Ended {
        Ended::stopped_by_user(at)
    }
}

/// What a server can be. The codes are EC2's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerState {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
    Stopping,
    Stopped,
    /// Ended so long ago that EC2 has forgotten it.
    Forgotten,
}

impl ServerState {
    /// EC2's number for it.
    pub(crate) fn code(self) -> u32 {
        match self {
            ServerState::Pending => 0,
            ServerState::Running => 16,
            ServerState::ShuttingDown => 32,
            ServerState::Terminated | ServerState::Forgotten => 48,
            ServerState::Stopping => 64,
            ServerState::Stopped => 80,
        }
    }

    /// EC2's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ServerState::Pending => "pending",
            ServerState::Running => "running",
            ServerState::ShuttingDown => "shutting-down",
            ServerState::Terminated | ServerState::Forgotten => "terminated",
            ServerState::Stopping => "stopping",
            ServerState::Stopped => "stopped",
        }
    }
}

impl Server {
    /// Whether EC2 still knows it.
    pub(crate) fn is_known(&self) -> bool {
        self.state != ServerState::Forgotten
    }

    /// Whether it has not been ended for good.
    pub(crate) fn is_alive(&self) -> bool {
        !matches!(self.state, ServerState::ShuttingDown | ServerState::Terminated | ServerState::Forgotten)
    }

    /// Whether it still has its interface, its addresses and its root volume.
    pub(crate) fn has_parts(&self) -> bool {
        !matches!(self.state, ServerState::Terminated | ServerState::Forgotten)
    }

    /// How long it takes from its last start until it works, in seconds. Only the first boot runs user data: cloud-init
    /// does so once an instance.
    pub(crate) fn last_boot_s(&self) -> u32 {
        if self.started == self.born { self.boot_s } else { self.boot_s.min(BAKED_S) }
    }

    /// When its boot is over: it works then, unless it never does.
    pub(crate) fn ready_at(&self) -> Timestamp {
        match self.reset {
            Some(at) => crate::events::later(at, self.boot_s),
            None => crate::events::later(self.started, self.last_boot_s()),
        }
    }

    pub(crate) fn interface(&self) -> u64 {
        id::mix(self.id ^ 0xE41)
    }

    pub(crate) fn attachment(&self) -> u64 {
        id::mix(self.id ^ 0xA77)
    }

    /// The reservation of a server that is launched alone or first.
    pub(crate) fn first_reservation(id: u64) -> u64 {
        id::mix(id ^ 0x4E5)
    }

    /// The volume that a server is born with.
    pub(crate) fn first_volume(id: u64) -> u64 {
        id::mix(id ^ 0x401)
    }

    /// The address of its network card, locally administered as EC2's are.
    pub(crate) fn mac(&self) -> String {
        let bits = id::mix(self.id ^ 0x3AC);
        let byte = |n: u32| (bits >> (n * 8)) & 0xFF;
        format!("06:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", byte(0), byte(1), byte(2), byte(3), byte(4))
    }

    /// What a launch by a service carries as its token; servers launched by hand have one as well.
    pub(crate) fn client_token(&self) -> String {
        self.token.as_deref().map_or_else(|| id::uuid(self.id, 0xC11), str::to_owned)
    }
}
