//! Whoever watches: each request of an operation passes here on its way to the sandbox, and each second of simulated
//! time. What must never happen is told the moment it does, by what the sandbox itself says and not by what an
//! operation believes of itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use operate::{Answer, KillSwitch, OperationId, Orders};
use sandbox::Sandbox;

use crate::asking::Somebody;
use crate::judge;
use crate::outside::{Deed, Outsiders};
use crate::request::{Asked, has_happened};
use crate::told::Told;

/// The group that is acted on, and what it must keep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Guarded {
    pub(crate) group: String,
    /// `MinSize`.
    pub(crate) min: u32,
    /// `MaxSize`.
    pub(crate) max: u32,
    /// The least healthy share of its desired capacity, in percent.
    pub(crate) percent: u32,
    /// Desired capacity before anything is done.
    pub(crate) desired: u32,
}

impl Guarded {
    /// The least that has to serve, with this MinSize and this desired capacity.
    pub(crate) fn floor(&self, min: u32, desired: u32) -> u32 {
        min.max((desired * self.percent).div_ceil(100))
    }
}

/// A sandbox that is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) sandbox: Sandbox,
    /// Who is true to the plan: its profile's key, in its region.
    pub(crate) right: Somebody,
    /// Who looks on, and whom no fault strikes.
    pub(crate) onlooker: Somebody,
    /// Whose key the profile has when it has strayed to another account.
    pub(crate) stranger: Somebody,
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
    /// What the operation was told.
    pub(crate) told: Told,
    /// How much of the desired capacity is our own surge.
    pub(crate) surge: i64,
    /// Whether answers lag behind.
    pub(crate) is_stale: bool,
    /// From this request on, the next question who asks is answered for another account, and all after it.
    pub(crate) strays_at: Option<usize>,
    /// Whether the profile is another account's.
    pub(crate) is_astray: bool,
    /// How often it was asked who asks while it was.
    pub(crate) asked_astray: usize,
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
    pub(crate) fn new(sandbox: Sandbox, right: Somebody, onlooker: Somebody, stranger: Somebody) -> Self {
        Self { sandbox, right, onlooker, stranger, kill_switch: KillSwitch::default(), seen: Mutex::default() }
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        // What was seen stays seen, whatever a run died of.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries a request to the sandbox.
    pub(crate) fn carry(&self, mut request: http::Request<Bytes>) -> std::io::Result<http::Response<Bytes>> {
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
        if self.strays(&mut seen, &asked) {
            request = self.stranger.signs(request, &asked.access_key_id);
            asked.access_key_id.clone_from(&self.stranger.access_key_id);
        }
        self.check_place(&mut seen, &asked);
        let is_change = asked.is_change();
        if is_change {
            self.check_may_send(&mut seen, &asked);
        }
        let before = is_change.then(|| self.onlooker.members(&self.sandbox));
        let takes_away = matches!(asked.action(), "DeregisterTargets" | "TerminateInstances");
        let targets = if takes_away { self.onlooker.targets(&self.sandbox) } else { Vec::new() };
        let delivery = self.sandbox.handle(request);
        if let Some(before) = before {
            asked.has_happened = has_happened(&self.sandbox, asked.action(), &delivery);
            if asked.has_happened {
                judge::change(&mut seen, &asked, &before);
                judge::behind_balancer(&mut seen, &asked, &targets);
            }
        } else {
            let group = seen.guarded.as_ref().map(|guarded| guarded.group.clone());
            seen.told.hear(&asked, &delivery, group.as_deref().unwrap_or_default());
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
        let members = self.onlooker.members(&self.sandbox);
        // A look leaves a trace of its own.
        seen.trace = self.sandbox.trace_hash();
        if !seen.deeds.is_empty() {
            return;
        }
        let Some(guarded) = seen.guarded.clone() else { return };
        let of_group = members.iter().filter(|member| member.group == guarded.group && member.serves());
        let serving = judge::count(of_group);
        let floor = guarded.floor(guarded.min, guarded.desired);
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
        if let Some(deed) = outsiders.pass(&self.sandbox) {
            let nth = seen.asked.len();
            seen.deeds.push((nth, deed));
        }
        seen.outsiders = Some(outsiders);
    }

    /// Whether the profile is another account's, which it becomes as it is asked who asks: what was not known before is
    /// known with the answer.
    fn strays(&self, seen: &mut Seen, asked: &Asked) -> bool {
        let asks_who = asked.action() == "GetCallerIdentity";
        if asks_who && seen.strays_at.is_some_and(|at| seen.asked.len() >= at) {
            seen.strays_at = None;
            seen.is_astray = true;
        }
        seen.asked_astray += usize::from(asks_who && seen.is_astray);
        seen.is_astray
    }

    /// Readings show that the account is another one; changes have no excuse.
    fn check_place(&self, seen: &mut Seen, asked: &Asked) {
        let Somebody { access_key_id, region } = &self.right;
        let is_right = (&asked.access_key_id, &asked.region) == (access_key_id, region);
        if !is_right && (asked.is_change() || !seen.is_astray) {
            seen.violation(&format!(
                "{} went to the account of {} in {}",
                asked.call, asked.access_key_id, asked.region
            ));
        }
    }

    fn check_may_send(&self, seen: &mut Seen, asked: &Asked) {
        // What is on its way when the switch is pulled can't be called back.
        if self.kill_switch.is_pulled() && seen.kill_at != Some(seen.asked.len()) {
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

    /// Whether somebody did something since the group was last read: nobody could have known.
    pub(crate) fn is_overtaken(&self) -> bool {
        let read = self.asked.iter().rposition(|asked| asked.action() == "DescribeAutoScalingGroups");
        self.deeds.iter().any(|(nth, _)| read.is_none_or(|read| *nth > read))
    }
}
