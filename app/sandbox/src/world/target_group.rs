//! Target groups, and the servers that somebody registered in them. A group's servers are registered by Auto Scaling,
//! which their membership tells.

use std::sync::Arc;

use jiff::Timestamp;

use crate::events::later;

/// What a load balancer sends its requests to.
#[derive(Debug, Clone)]
pub(crate) struct TargetGroup {
    pub(crate) name: Arc<str>,
    pub(crate) targets: Vec<Target>,
}

/// A server that somebody registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The server's slot.
    pub(crate) server: u32,
    pub(crate) port: u16,
    pub(crate) since: Timestamp,
    /// When somebody took it out, if that was done.
    pub(crate) deregistered: Option<Timestamp>,
}

/// How long a target that was taken out drains: AWS's default of `deregistration_delay.timeout_seconds`.
const DEREGISTRATION_DELAY_S: u32 = 300;

impl Target {
    /// Whether it has drained, so that its target group knows it no more.
    pub(crate) fn is_gone(&self, now: Timestamp) -> bool {
        self.deregistered.is_some_and(|at| later(at, DEREGISTRATION_DELAY_S) <= now)
    }
}

impl TargetGroup {
    /// A target group without targets.
    pub(crate) fn new(name: &str) -> TargetGroup {
        TargetGroup { name: name.into(), targets: Vec::new() }
    }

    /// Registers a server at a port. One that is registered stays as it is; one that drains begins anew.
    pub(crate) fn register(&mut self, server: u32, port: u16, now: Timestamp) {
        self.targets.retain(|target| !target.is_gone(now));
        match self.targets.iter_mut().find(|target| (target.server, target.port) == (server, port)) {
            Some(target) if target.deregistered.is_none() => {}
            Some(target) => (target.since, target.deregistered) = (now, None),
            None => self.targets.push(Target { server, port, since: now, deregistered: None }),
        }
    }

    /// Takes a server out at a port, if it is registered there.
    pub(crate) fn deregister(&mut self, server: u32, port: u16, now: Timestamp) {
        self.targets.retain(|target| !target.is_gone(now));
        let found = self.targets.iter_mut().find(|target| (target.server, target.port) == (server, port));
        if let Some(target) = found.filter(|target| target.deregistered.is_none()) {
            target.deregistered = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_target_drains_for_its_delay_and_can_come_back_meanwhile() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let mut group = TargetGroup::new("web");
        group.register(3, 80, at(0));
        group.register(3, 8080, at(0));
        group.register(3, 80, at(10));
        assert_eq!(group.targets[0].since, at(0), "it was registered already");
        group.deregister(3, 80, at(20));
        group.deregister(3, 80, at(50));
        group.deregister(4, 80, at(50));
        assert_eq!(group.targets[0].deregistered, Some(at(20)), "it drains from the first time on");
        assert!(!group.targets[0].is_gone(at(319)) && group.targets[0].is_gone(at(320)));
        assert!(!group.targets[1].is_gone(at(1_000)), "another port is another target");
        group.register(3, 80, at(100));
        assert_eq!((group.targets[0].since, group.targets[0].deregistered), (at(100), None));
        group.deregister(3, 80, at(200));
        group.register(5, 80, at(500));
        assert_eq!(group.targets.len(), 2, "what has drained is forgotten");
    }
}
