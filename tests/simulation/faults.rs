//! What goes wrong in a run, and where.

use std::collections::BTreeMap;

use crate::actions::Act;
use crate::chance::Chance;
use crate::request::Asked;

/// Faults of a single call, by the sandbox's names. Before the effect: nothing happens and no answer tells so. After
/// it: it happens, and no answer tells so. Refused: an answer tells that nothing happened.
const BEFORE: &[&str] = &["lost-before", "timeout", "reset", "500", "503", "html500"];
const AFTER: &[&str] = &["lost-after", "truncate"];
const REFUSED: &[&str] = &["throttle", "denied", "expired"];

/// Which of an operation's calls a fault strikes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Place {
    /// A change, as it is sent.
    Change,
    /// A reading, or EC2's answer if it would.
    Reading,
}

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// A fault of a call.
    Call(&'static str, Place),
    /// All readings lag behind.
    Stale,
    /// AWS's clock is another than this machine's.
    Skew,
    /// AWS's token buckets, which a neighbour has emptied.
    Buckets,
    /// There is no capacity for what is launched.
    Capacity,
    /// What is launched never comes to work.
    Unhealthy,
    /// The build fails.
    BakeFails,
    /// The journal gives way, or the process dies.
    Crash,
    /// Others act meanwhile.
    Outsiders,
    /// The kill switch is pulled.
    KillSwitch,
    /// A person says that it should be cancelled, rolled back or abandoned.
    Word,
    /// The profile is another account's all at once.
    Account,
}

impl Trouble {
    /// All that can befall this action.
    pub(crate) fn of(act: Act) -> Vec<Self> {
        let mut troubles = vec![Self::None];
        for place in [Place::Change, Place::Reading] {
            let calls = BEFORE.iter().chain(AFTER).chain(REFUSED);
            troubles.extend(calls.map(|kind| Self::Call(kind, place)));
        }
        troubles.extend([Self::Stale, Self::Skew, Self::Buckets]);
        if act.launches() {
            troubles.extend([Self::Capacity, Self::Unhealthy]);
        }
        if act.builds() {
            troubles.push(Self::BakeFails);
        }
        troubles.extend([Self::Crash, Self::Outsiders, Self::KillSwitch, Self::Word, Self::Account]);
        troubles
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::None => "nothing".to_owned(),
            Self::Call(kind, Place::Change) => format!("{kind} of a change"),
            Self::Call(kind, Place::Reading) => format!("{kind} of a reading"),
            Self::Stale => "stale readings".to_owned(),
            Self::Skew => "skewed clock".to_owned(),
            Self::Buckets => "empty buckets".to_owned(),
            Self::Capacity => "no capacity".to_owned(),
            Self::Unhealthy => "never healthy".to_owned(),
            Self::BakeFails => "bake fails".to_owned(),
            Self::Crash => "crash".to_owned(),
            Self::Outsiders => "outsiders".to_owned(),
            Self::KillSwitch => "kill switch".to_owned(),
            Self::Word => "a word".to_owned(),
            Self::Account => "another account".to_owned(),
        }
    }

    /// Whether a change that this befalls has happened all the same.
    pub(crate) fn is_after_the_effect(self) -> bool {
        matches!(self, Self::Call(kind, Place::Change) if AFTER.contains(&kind))
    }

    /// Whether it keeps a change from happening.
    pub(crate) fn is_before_the_effect(self) -> bool {
        matches!(self, Self::Call(kind, Place::Change) if !AFTER.contains(&kind))
    }

    /// Its faults, in the sandbox's words. `calm` is what the same action asked for when nothing went wrong.
    pub(crate) fn faults(self, act: Act, calm: &[Asked], chance: &mut Chance) -> Vec<String> {
        // Others, and whoever looks on, are spared.
        let ours = ",principal=blue";
        match self {
            Self::Call(kind, place) => {
                // Who one is may be asked by anybody.
                let can_be = |asked: &Asked| kind != "denied" || asked.call != "sts:GetCallerIdentity";
                let is_here =
                    |(_, asked): &&(usize, &Asked)| asked.is_change() == (place == Place::Change) && can_be(asked);
                let numbered = numbered(calm);
                let here: Vec<_> = numbered.iter().filter(is_here).collect();
                let Some((skip, asked)) = chance.one(&here) else { return Vec::new() };
                // A reading is tried again: now and then it fails every time.
                let count = if place == Place::Reading && chance.once_in(4) { 5 } else { 1 };
                let skip = if *skip > 0 { format!(",skip={skip}") } else { String::new() };
                vec![format!("{kind}:action={}{skip},count={count}{ours}", asked.call)]
            }
            Self::Stale => {
                let seconds = 3 + chance.below(10);
                let readings = numbered(calm).into_iter().filter(|(skip, asked)| *skip == 0 && reads(asked));
                readings.map(|(_, asked)| format!("stale:seconds={seconds},action={}{ours}", asked.call)).collect()
            }
            Self::Skew => vec![format!("skew:seconds={}{ours}", if chance.once_in(2) { 900 } else { -900 })],
            Self::Buckets => vec![format!("buckets:action=ec2:Describe*{ours}")],
            Self::Capacity | Self::Unhealthy => {
                let kind = if self == Self::Capacity { "capacity" } else { "unhealthy" };
                let group = act.guarded().map_or_else(String::new, |guarded| format!("group={},", guarded.group));
                let length = if chance.once_in(2) { "count=1" } else { "for=2h" };
                vec![format!("{kind}:{group}{length}")]
            }
            Self::BakeFails => vec!["bake-fails:count=1".to_owned()],
            Self::None | Self::Crash | Self::Outsiders | Self::KillSwitch | Self::Word | Self::Account => Vec::new(),
        }
    }
}

fn reads(asked: &Asked) -> bool {
    ["Describe", "Get", "List"].iter().any(|verb| asked.action().starts_with(verb))
}

/// Each request with how many of the same call came before it, dry runs counted as the calls that they are.
fn numbered(calm: &[Asked]) -> Vec<(usize, &Asked)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    calm.iter()
        .map(|asked| {
            let count = counts.entry(&asked.call).or_default();
            let before = *count;
            *count += 1;
            (before, asked)
        })
        .collect()
}
