//! The plan: which faults there are, whom they strike, and how often they did.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{
    buckets::Buckets,
    spec::{About, FaultSpec, Kind, fits},
    verdict::{Refused, Stop, Verdict},
};
use crate::world::id::{self, Dice, Seed};

/// How far a request's signature may lie from AWS's clock: five minutes either way, as AWS's errors say it.
const MOST_SKEW_S: i64 = 300;

/// One fault of a plan with what it has done so far.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultCount {
    /// What it is removed by.
    pub id: u64,
    /// The fault.
    pub spec: FaultSpec,
    /// How many calls, launches or builds it was meant for.
    pub matched: u64,
    /// How many of them it struck. A test that injects a fault checks that this is not 0.
    pub fired: u64,
}

/// A call as faults see it.
pub(crate) struct Call<'a> {
    /// IAM's word for the service: `ec2`.
    pub(crate) service: &'a str,
    pub(crate) action: &'a str,
    /// The name of the profile that asks.
    pub(crate) principal: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// Whether it changes nothing.
    pub(crate) reads: bool,
    /// The ARNs, ids and names that it names; empty where no fault [asks](Plan::asks_resources).
    pub(crate) resources: &'a [String],
    /// Whether it has no page size, no filter and no id.
    pub(crate) bare: bool,
    /// The simulated time.
    pub(crate) now: Timestamp,
    /// This machine's clock, and what the request says it was signed at.
    pub(crate) wall: Timestamp,
    pub(crate) signed: Option<Timestamp>,
}

/// A server being launched, as faults see it.
pub(crate) struct Launch<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// `eu-west-1a`
    pub(crate) zone: &'a str,
    pub(crate) instance_type: &'a str,
    /// The Auto Scaling group that launches it.
    pub(crate) group: Option<&'a str>,
    /// The image's id and its name.
    pub(crate) image: (u64, &'a str),
    pub(crate) now: Timestamp,
}

#[derive(Debug)]
struct Injected {
    id: u64,
    spec: FaultSpec,
    at: Timestamp,
    matched: u64,
    fired: u64,
    dice: Dice,
    buckets: Buckets,
}

impl Injected {
    fn is_on(&self, now: Timestamp) -> bool {
        let since = now.duration_since(self.at).as_secs().saturating_sub(self.spec.from_s);
        (self.spec.from_s == 0 || since >= 0) && self.spec.for_s.is_none_or(|length| since < length)
    }

    /// Counts one that matches, and says whether it may be struck.
    fn meets(&mut self) -> bool {
        self.matched = self.matched.saturating_add(1);
        self.matched > self.spec.skip && self.spec.count.is_none_or(|count| self.fired < count)
    }

    /// Rolls the dice for one that may be struck, and counts a strike.
    fn fires(&mut self) -> bool {
        let fires = self.spec.chance >= 1.0 || self.dice.unit() < self.spec.chance;
        self.fired = self.fired.saturating_add(u64::from(fires));
        fires
    }
}

#[derive(Debug)]
struct Faults {
    last_id: u64,
    injected: Vec<Injected>,
}

/// The faults that are to happen, in the order of their injection.
#[derive(Debug)]
pub(crate) struct Plan {
    seed: Seed,
    faults: Mutex<Faults>,
}

impl Plan {
    /// No faults; chance follows from the seed.
    pub(crate) fn new(seed: Seed) -> Plan {
        Plan { seed, faults: Mutex::new(Faults { last_id: 0, injected: Vec::new() }) }
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        // Counts are whole after every step, whatever became of the thread that held them.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault at the simulated time `now`, and returns the id to remove it by.
    pub(crate) fn inject(&self, spec: FaultSpec, now: Timestamp) -> u64 {
        let mut faults = self.faults();
        faults.last_id += 1;
        let id = faults.last_id;
        let dice = self.seed.dice(&["fault", &id.to_string()]);
        faults.injected.push(Injected { id, spec, at: now, matched: 0, fired: 0, dice, buckets: Buckets::default() });
        id
    }

    /// Takes a fault away. False where there is none with this id.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut faults = self.faults();
        let before = faults.injected.len();
        faults.injected.retain(|fault| fault.id != id);
        faults.injected.len() < before
    }

    /// Takes all faults away.
    pub(crate) fn clear(&self) {
        self.faults().injected.clear();
    }

    /// Every fault with its counts, in the order of injection.
    pub(crate) fn counts(&self) -> Vec<FaultCount> {
        let count = |fault: &Injected| FaultCount {
            id: fault.id,
            spec: fault.spec.clone(),
            matched: fault.matched,
            fired: fault.fired,
        };
        self.faults().injected.iter().map(count).collect()
    }

    /// Whether any fault of a call wants to know what the call touches, which takes time to find out.
    pub(crate) fn asks_resources(&self) -> bool {
        let faults = self.faults();
        faults.injected.iter().any(|fault| fault.spec.resource.is_some() && fault.spec.kind.about() == About::Calls)
    }

    /// How far back reads may be answered from, in seconds, where any fault is of that kind.
    pub(crate) fn longest_stale_s(&self) -> Option<i64> {
        let faults = self.faults();
        let lags = faults.injected.iter().filter_map(|fault| match fault.spec.kind {
            Kind::Stale { seconds } => Some(seconds),
            _ => None,
        });
        lags.max()
    }

    /// What happens to a call: asked once for each, when its caller, service and action are known.
    pub(crate) fn strike(&self, call: &Call<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for fault in &mut self.faults().injected {
            let spec = &fault.spec;
            let matches = spec.kind.about() == About::Calls
                && spec.is_of(call.account, call.region)
                && spec.is_of_action(call.service, call.action)
                && fits(spec.principal.as_deref(), call.principal)
                && concerns(spec.kind, call)
                && spec.is_of_resource(call.resources.iter().map(String::as_str))
                && fault.is_on(call.now);
            if matches && fault.meets() {
                fault.judge(call, &mut verdict);
            }
            if verdict.stop.is_some() {
                break;
            }
        }
        verdict
    }

    /// Whether there is no capacity for a launch.
    pub(crate) fn lacks_capacity(&self, launch: &Launch<'_>) -> bool {
        self.launch(launch, Kind::Capacity)
    }

    /// Whether a launched server will never pass its checks.
    pub(crate) fn stays_unhealthy(&self, launch: &Launch<'_>) -> bool {
        self.launch(launch, Kind::Unhealthy)
    }

    fn launch(&self, launch: &Launch<'_>, kind: Kind) -> bool {
        self.first_that_fires(kind, launch.now, |spec| {
            spec.is_of(launch.account, launch.region)
                && fits(spec.instance_type.as_deref(), launch.instance_type)
                && fits(spec.zone.as_deref(), launch.zone)
                && (spec.group.is_none() || launch.group.is_some_and(|group| fits(spec.group.as_deref(), group)))
                && (fits(spec.image.as_deref(), launch.image.1)
                    || fits(spec.image.as_deref(), &id::show("ami", launch.image.0)))
        })
    }

    /// Whether a build fails; `names` are the ARNs of its image, its recipe and its pipeline.
    pub(crate) fn fails_bake(&self, account: &str, region: &str, names: &[&str], now: Timestamp) -> bool {
        self.first_that_fires(Kind::BakeFails, now, |spec| {
            spec.is_of(account, region) && spec.is_of_resource(names.iter().copied())
        })
    }

    fn first_that_fires(&self, kind: Kind, now: Timestamp, matches: impl Fn(&FaultSpec) -> bool) -> bool {
        let mut faults = self.faults();
        let mut those = faults.injected.iter_mut().filter(|fault| fault.spec.kind == kind);
        those.any(|fault| fault.is_on(now) && matches(&fault.spec) && fault.meets() && fault.fires())
    }
}

/// Whether a kind has a meaning for a call at all.
fn concerns(kind: Kind, call: &Call<'_>) -> bool {
    match kind {
        Kind::Stale { .. } => call.reads,
        // Who one is may always be asked, whatever policies say (STS, GetCallerIdentity).
        Kind::Denied => call.service != "sts",
        _ => true,
    }
}

impl Injected {
    /// Strikes a call that it matches, or not.
    fn judge(&mut self, call: &Call<'_>, verdict: &mut Verdict) {
        let kind = self.spec.kind;
        match kind {
            Kind::Buckets => {
                let scope = (call.account, call.region);
                let passes = self.buckets.take(scope, (call.service, call.action), call.bare, call.now);
                if !passes && self.fires() {
                    verdict.stop = Some(Stop::Refused(Refused::Throttled));
                }
            }
            Kind::Skew { seconds } => {
                // Saturates: a year off any real clock is far from the end of time.
                let clock = call.wall.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(call.wall);
                verdict.clock = Some(clock);
                if let Some(signed) = call.signed
                    && clock.duration_since(signed).as_secs().abs() > MOST_SKEW_S
                    && self.fires()
                {
                    verdict.stop = Some(Stop::Refused(Refused::Skewed { clock, signed }));
                }
            }
            _ if self.fires() => verdict.add(kind),
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::{super::verdict::Mishap, *};

    fn at(s: i64) -> Timestamp {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        start.checked_add(SignedDuration::from_secs(s)).unwrap()
    }

    fn plan(specs: &[&str]) -> Plan {
        let plan = Plan::new(Seed(7));
        for spec in specs {
            plan.inject(spec.parse().unwrap(), at(0));
        }
        plan
    }

    fn ask(plan: &Plan, action: &str, s: i64) -> Verdict {
        let (service, action) = action.split_once(':').unwrap();
        plan.strike(&Call {
            service,
            action,
            principal: "blue",
            account: "210987654321",
            region: "eu-west-1",
            reads: action.starts_with("Describe"),
            resources: &["i-0abc".to_owned()],
            bare: false,
            now: at(s),
            wall: at(s),
            signed: Some(at(s)),
        })
    }

    fn fired(plan: &Plan) -> Vec<(u64, u64)> {
        plan.counts().iter().map(|count| (count.matched, count.fired)).collect()
    }

    #[test]
    fn each_kind_has_its_strike() {
        let cases = [
            ("throttle", Stop::Refused(Refused::Throttled)),
            ("500", Stop::Refused(Refused::Internal)),
            ("503", Stop::Refused(Refused::Unavailable)),
            ("html500", Stop::HtmlPage),
            ("timeout", Stop::Silence),
            ("reset", Stop::Reset),
            ("denied", Stop::Denied),
            ("expired", Stop::Refused(Refused::Expired)),
            ("lost-before", Stop::Lost),
        ];
        for (kind, stop) in cases {
            let want = Verdict { stop: Some(stop), ..Verdict::default() };
            assert_eq!(ask(&plan(&[kind]), "ec2:DescribeImages", 0), want, "{kind}");
        }
        assert_eq!(ask(&plan(&["truncate"]), "ec2:DescribeImages", 0).mishap, Some(Mishap::Truncated));
        assert_eq!(ask(&plan(&["lost-after"]), "ec2:RunInstances", 0).mishap, Some(Mishap::Lost));
        assert_eq!(ask(&plan(&["stale:seconds=30"]), "ec2:DescribeImages", 0).stale_s, Some(30));
        assert_eq!(ask(&plan(&["stale:seconds=30"]), "ec2:RunInstances", 0), Verdict::default(), "not a read");
        for kind in ["capacity", "unhealthy", "bake-fails"] {
            assert_eq!(ask(&plan(&[kind]), "ec2:RunInstances", 0), Verdict::default(), "{kind}");
        }
    }

    #[test]
    fn a_fault_strikes_only_what_it_names() {
        let cases = [
            ("500:action=ec2:Describe*", true),
            ("500:action=ec2:Run*", false),
            ("500:account=210987654321,region=eu-*", true),
            ("500:region=us-east-1", false),
            ("500:account=310987654321", false),
            ("500:resource=i-0*", true),
            ("500:resource=i-1*", false),
            ("500:principal=bl*", true),
            ("500:principal=green", false),
            ("500:from=10s", false),
        ];
        for (spec, want) in cases {
            let plan = plan(&[spec]);
            assert_eq!(ask(&plan, "ec2:DescribeInstances", 5).stop.is_some(), want, "{spec}");
            assert_eq!(fired(&plan), [(u64::from(want), u64::from(want))], "{spec}");
        }
    }

    #[test]
    fn skip_and_count_bound_the_strikes() {
        let plan = plan(&["503:skip=1,count=2"]);
        let struck: Vec<bool> = (0..5).map(|_| ask(&plan, "ec2:RunInstances", 0).stop.is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert_eq!(fired(&plan), [(5, 2)]);
    }

    #[test]
    fn a_fault_lasts_from_its_beginning_for_its_time() {
        let plan = plan(&["503:from=10m,for=30s"]);
        let cases = [(0, false), (599, false), (600, true), (629, true), (630, false)];
        for (s, want) in cases {
            assert_eq!(ask(&plan, "ec2:RunInstances", s).stop.is_some(), want, "{s}");
        }
        assert!(ask(&self::plan(&["503"]), "ec2:RunInstances", -60).stop.is_some(), "a clock that was set back");
    }

    #[test]
    fn chance_follows_from_the_seed() {
        let strikes = |plan: &Plan| -> Vec<bool> {
            (0..1_000).map(|_| ask(plan, "ec2:RunInstances", 0).stop.is_some()).collect()
        };
        let (one, same) = (plan(&["503:chance=0.1"]), plan(&["503:chance=0.1"]));
        let struck = strikes(&one);
        assert_eq!(struck, strikes(&same));
        let times = struck.iter().filter(|struck| **struck).count();
        assert!((60..150).contains(&times), "{times}");
        assert_eq!(fired(&one), [(1_000, u64::try_from(times).unwrap())]);
    }

    #[test]
    fn the_first_that_stops_a_call_is_the_one_that_counts() {
        let plan = plan(&["stale:seconds=5", "503:count=1", "500"]);
        assert_eq!(ask(&plan, "ec2:DescribeImages", 0).stop, Some(Stop::Refused(Refused::Unavailable)));
        assert_eq!(fired(&plan), [(1, 1), (1, 1), (0, 0)]);
        assert_eq!(ask(&plan, "ec2:DescribeImages", 0).stop, Some(Stop::Refused(Refused::Internal)));
        assert_eq!(fired(&plan), [(2, 2), (2, 1), (1, 1)]);
    }

    #[test]
    fn a_fault_that_never_struck_shows_so() {
        let plan = plan(&["503:action=ssm:*"]);
        ask(&plan, "ec2:DescribeImages", 0);
        assert_eq!(fired(&plan), [(0, 0)]);
    }

    #[test]
    fn faults_are_removed_by_their_ids() {
        let plan = plan(&["503", "500"]);
        assert!(plan.remove(1) && !plan.remove(1));
        assert_eq!(plan.inject("throttle".parse().unwrap(), at(0)), 3, "an id is not given twice");
        assert_eq!(plan.counts().iter().map(|count| count.id).collect::<Vec<_>>(), [2, 3]);
        plan.clear();
        assert_eq!(plan.counts(), []);
    }

    #[test]
    fn what_goes_beyond_a_bucket_is_throttled() {
        let plan = plan(&["buckets"]);
        let stops = |s| {
            (0..10)
                .filter(|_| ask(&plan, "ec2:RunInstances", s).stop == Some(Stop::Refused(Refused::Throttled)))
                .count()
        };
        assert_eq!([stops(0), stops(1)], [5, 8]);
        assert_eq!(fired(&plan), [(20, 13)]);
    }

    #[test]
    fn a_request_is_refused_by_how_far_it_is_from_the_clock_that_aws_seems_to_have() {
        let cases =
            [(600, 0, true), (600, 600, false), (600, 300, false), (600, 299, true), (-600, 0, true), (200, 0, false)];
        for (seconds, signed, want) in cases {
            let plan = plan(&[&format!("skew:seconds={seconds}")]);
            let call = Call {
                service: "ec2",
                action: "DescribeImages",
                principal: "blue",
                account: "1",
                region: "eu-west-1",
                reads: true,
                resources: &[],
                bare: false,
                now: at(0),
                wall: at(0),
                signed: Some(at(signed)),
            };
            let verdict = plan.strike(&call);
            assert_eq!(verdict.clock, Some(at(seconds)), "{seconds}");
            let stop = want.then_some(Stop::Refused(Refused::Skewed { clock: at(seconds), signed: at(signed) }));
            assert_eq!(verdict.stop, stop, "{seconds} {signed}");
            assert_eq!(fired(&plan), [(1, u64::from(want))]);
        }
    }

    #[test]
    fn who_one_is_may_always_be_asked() {
        assert_eq!(ask(&plan(&["denied"]), "sts:GetCallerIdentity", 0), Verdict::default());
        assert_eq!(ask(&plan(&["expired"]), "sts:GetCallerIdentity", 0).stop, Some(Stop::Refused(Refused::Expired)));
    }

    #[test]
    fn launches_and_builds_have_questions_of_their_own() {
        let launch = Launch {
            account: "210987654321",
            region: "eu-west-1",
            zone: "eu-west-1a",
            instance_type: "m6i.large",
            group: Some("web"),
            image: (0xabc, "web-2026"),
            now: at(0),
        };
        let cases = [
            ("capacity", true),
            ("capacity:type=m6i.*,zone=eu-west-1a,group=web", true),
            ("capacity:type=c7g.*", false),
            ("capacity:zone=eu-west-1b", false),
            ("capacity:group=api", false),
            ("capacity:image=web-*", true),
            ("capacity:image=ami-00000000000000abc", true),
            ("capacity:image=ami-1", false),
            ("unhealthy", false),
        ];
        for (spec, want) in cases {
            assert_eq!(plan(&[spec]).lacks_capacity(&launch), want, "{spec}");
        }
        assert!(plan(&["unhealthy:group=web"]).stays_unhealthy(&launch));
        assert!(!plan(&["capacity:group=*"]).lacks_capacity(&Launch { group: None, ..launch }), "in no group");

        let pipeline = "arn:aws:imagebuilder:eu-west-1:210987654321:image-pipeline/web";
        let bakes = plan(&["bake-fails:resource=web,count=1"]);
        assert!(!bakes.fails_bake("210987654321", "eu-west-1", &["arn:x/api"], at(0)));
        assert!(bakes.fails_bake("210987654321", "eu-west-1", &[pipeline], at(0)));
        assert!(!bakes.fails_bake("210987654321", "eu-west-1", &[pipeline], at(0)), "once");
        assert_eq!(fired(&bakes), [(2, 1)]);
    }
}
