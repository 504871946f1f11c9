//! Whoever watches: each request of an operation passes here on its way to the sandbox, and each second of simulated
//! time. What must never happen is told the moment it does, by what the sandbox itself says and not by what an
//! operation believes of itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use operate::{Answer, KillSwitch, OperationId, Orders};
use sandbox::Sandbox;

use crate::asking::{Member, Somebody};
use crate::outside::{Deed, Outsiders};
use crate::request::{Asked, has_happened};

/// The group that is acted on, and what it must keep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Guarded {
    pub(crate) group: String,
    /// `MinSize`.
    pub(crate) min: u32,
    /// The least healthy share of its desired capacity, in percent.
    pub(crate) percent: u32,
    /// Desired capacity before anything is done.
    pub(crate) desired: u32,
}

/// A sandbox that is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) sandbox: Sandbox,
    /// Who is true to the plan: its profile's key, in its region.
    pub(crate) right: Somebody,
    pub(crate) kill_switch: KillSwitch,
    seen: Mutex<Seen>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What must never happen, and did.
    pub(crate) violations: Vec<String>,
    /// Every request of the operation.
    pub(crate) asked: Vec<Asked>,
    /// What others did, with the number of requests before it.
    pub(crate) deeds: Vec<(usize, Deed)>,
    pub(crate) guarded: Option<Guarded>,
    pub(crate) outsiders: Option<Outsiders>,
    /// Desired capacity now, by what really changed it.
    pub(crate) desired: u32,
    /// How much of it is our own surge.
    pub(crate) surge: i64,
    /// The kill switch is pulled before this request.
    pub(crate) kill_at: Option<usize>,
    /// Before this request, a neighbour uses up the quota of readings.
    pub(crate) drain_at: Option<usize>,
    /// A word that is given before this request.
    pub(crate) word: Option<(usize, Orders, OperationId, Answer)>,
    /// The journal can't be written any more, or its process is dead: nothing may be sent.
    pub(crate) is_cut: bool,
    /// Trace of the last look.
    trace: u64,
}

impl Watch {
    pub(crate) fn new(sandbox: Sandbox, right: Somebody) -> Self {
        Self { sandbox, right, kill_switch: KillSwitch::default(), seen: Mutex::default() }
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        // What was seen stays seen, whatever a run died of.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries a request to the sandbox.
    pub(crate) fn carry(&self, request: http::Request<Bytes>) -> std::io::Result<http::Response<Bytes>> {
        let mut seen = self.seen();
        self.let_others_act(&mut seen);
        let nth = seen.asked.len();
        if seen.kill_at == Some(nth) {
            self.kill_switch.pull();
        }
        if seen.drain_at == Some(nth) {
            self.drain();
        }
        if let Some((_, orders, id, answer)) = seen.word.take_if(|(at, ..)| *at <= nth) {
            orders.give(&id, answer);
        }
        let mut asked = Asked::of(&request);
        self.check_place(&mut seen, &asked);
        let is_change = asked.is_change();
        if is_change {
            self.check_may_send(&mut seen, &asked);
        }
        let before = is_change.then(|| self.right.members(&self.sandbox));
        let delivery = self.sandbox.handle(request);
        if let Some(before) = before {
            asked.has_happened = has_happened(&self.sandbox, &asked, &delivery);
            if asked.has_happened {
                check_change(&mut seen, &asked, &before);
            }
        }
        seen.asked.push(asked);
        drop(seen);
        delivery.into_response()
    }

    /// Lets simulated time pass.
    pub(crate) fn pass(&self, time: std::time::Duration) {
        self.sandbox.advance(time);
        let mut seen = self.seen();
        self.let_others_act(&mut seen);
        let trace = self.sandbox.trace_hash();
        if trace == seen.trace {
            return;
        }
        let members = self.right.members(&self.sandbox);
        // A look leaves a trace of its own.
        seen.trace = self.sandbox.trace_hash();
        if !seen.deeds.is_empty() {
            return;
        }
        let Some(guarded) = seen.guarded.clone() else { return };
        let serving = serving(&members, &guarded.group);
        let floor = floor(&guarded, guarded.desired);
        if serving < floor {
            let group = &guarded.group;
            seen.violation(&format!("{group} fell to {serving} healthy servers, its floor is {floor}"));
        }
    }

    /// More than a full bucket of readings at one instant.
    fn drain(&self) {
        let nobody = [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "nobody")];
        for _ in 0..120 {
            self.right.ask(&self.sandbox, "ec2:DescribeInstances", &nobody);
        }
    }

    fn let_others_act(&self, seen: &mut Seen) {
        let Some(mut outsiders) = seen.outsiders.take() else { return };
        if let Some(deed) = outsiders.pass(&self.sandbox, seen.desired) {
            if let Deed::SetDesired(desired) = deed {
                seen.desired = desired;
            }
            let nth = seen.asked.len();
            seen.deeds.push((nth, deed));
        }
        seen.outsiders = Some(outsiders);
    }

    fn check_place(&self, seen: &mut Seen, asked: &Asked) {
        let Somebody { access_key_id, region } = &self.right;
        if (&asked.access_key_id, &asked.region) != (access_key_id, region) {
            seen.violation(&format!(
                "{} went to the account of {} in {}",
                asked.call, asked.access_key_id, asked.region
            ));
        }
    }

    fn check_may_send(&self, seen: &mut Seen, asked: &Asked) {
        if self.kill_switch.is_pulled() {
            seen.violation(&format!("{} was sent while the kill switch was pulled", asked.call));
        }
        if seen.is_cut {
            seen.violation(&format!("{} was sent after the journal could not be written", asked.call));
        }
    }
}

impl Seen {
    pub(crate) fn violation(&mut self, what: &str) {
        let others = if self.deeds.is_empty() { String::new() } else { format!(" (others: {:?})", self.deeds) };
        self.violations.push(format!("request {}: {what}{others}", self.asked.len()));
    }

    /// Whether somebody did this so early that the operation has read the group since, so that it knew or could have.
    fn could_know(&self, is_it: impl Fn(&Deed) -> bool) -> bool {
        let read = self.asked.iter().rposition(|asked| asked.action() == "DescribeAutoScalingGroups");
        let done = self.deeds.iter().filter(|(_, deed)| is_it(deed)).map(|(nth, _)| *nth).min();
        // A deed with `nth` requests before it came before the request of that number.
        done.is_some_and(|done| read.is_some_and(|read| done <= read))
    }

    /// Whether somebody did something since the group was last read: nobody could have known.
    fn is_overtaken(&self) -> bool {
        let read = self.asked.iter().rposition(|asked| asked.action() == "DescribeAutoScalingGroups");
        self.deeds.iter().any(|(nth, _)| read.is_none_or(|read| *nth > read))
    }
}

fn serving(members: &[Member], group: &str) -> u32 {
    let serving = members.iter().filter(|member| member.group == group && member.serves()).count();
    u32::try_from(serving).unwrap_or(u32::MAX)
}

fn floor(guarded: &Guarded, desired: u32) -> u32 {
    guarded.min.max((desired * guarded.percent).div_ceil(100))
}

/// Looks at a change that has just happened. `before` are the members as they were.
fn check_change(seen: &mut Seen, asked: &Asked, before: &[Member]) {
    let Some(guarded) = seen.guarded.clone() else { return };
    match asked.action() {
        "SetDesiredCapacity" => {
            let to: u32 = asked.param("DesiredCapacity").and_then(|text| text.parse().ok()).unwrap_or(0);
            let could_know = seen.could_know(|deed| matches!(deed, Deed::SetDesired(_)));
            if to < guarded.desired {
                seen.violation(&format!("desired capacity was set to {to}, it had been {}", guarded.desired));
            }
            if could_know && seen.desired != guarded.desired {
                let found = seen.desired;
                seen.violation(&format!("desired capacity was set to {to} where somebody had set {found}"));
            }
            if seen.could_know(|deed| matches!(deed, Deed::Suspended("Launch"))) {
                seen.violation("a group surged whose launches are suspended");
            }
            seen.surge += i64::from(to) - i64::from(seen.desired);
            seen.desired = to;
        }
        "TerminateInstanceInAutoScalingGroup" | "TerminateInstances" => {
            let server = asked.param("InstanceId").or_else(|| asked.param("InstanceId.1")).unwrap_or_default();
            let member = before.iter().find(|member| member.server == server);
            if seen.could_know(|deed| *deed == Deed::Protected(server.to_owned())) {
                seen.violation(&format!("{server} was terminated, which somebody had protected from scale-in"));
            }
            if seen.could_know(|deed| *deed == Deed::Tagged(server.to_owned())) {
                seen.violation(&format!("{server} was terminated, which somebody had tagged emberline:protect"));
            }
            if asked.param("ShouldDecrementDesiredCapacity") == Some("true") {
                if seen.surge < 1 {
                    seen.violation("desired capacity was lowered below what it had been");
                }
                let ours = i64::from(guarded.desired) + seen.surge;
                if i64::from(seen.desired) != ours && seen.could_know(|deed| matches!(deed, Deed::SetDesired(_))) {
                    let found = seen.desired;
                    seen.violation(&format!(
                        "a surge was taken back where somebody had set desired capacity to {found}"
                    ));
                }
                seen.surge -= 1;
                seen.desired = seen.desired.saturating_sub(1);
            }
            if member.is_some_and(|member| member.group == guarded.group && member.serves()) && !seen.is_overtaken() {
                let left = serving(before, &guarded.group).saturating_sub(1);
                let floor = floor(&guarded, guarded.desired.min(seen.desired));
                if left < floor {
                    let group = &guarded.group;
                    seen.violation(&format!(
                        "{server} was taken out of {group}: {left} are left, its floor is {floor}"
                    ));
                }
            }
        }
        _ => {}
    }
}
