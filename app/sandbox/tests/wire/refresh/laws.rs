//! What holds for every refresh, whatever its group and its preferences.

use std::{collections::BTreeMap, fmt::Write};

use proptest::prelude::*;

use super::{advance, booting, group, servers, start, status, to_version, told};
use crate::ask::{Client, text};

/// A group and what is asked of its refresh.
#[derive(Debug, Clone)]
struct Case {
    /// How many servers have version 1, and how many version 2 already.
    old: u32,
    new: u32,
    protected: u32,
    boot_s: u32,
    warmup_s: u32,
    min: u32,
    max: Option<u32>,
    skip: bool,
    rollback: bool,
    checkpoint: Option<u32>,
    bake_s: u32,
    /// The chance that a launch never works, in tenths.
    fails: u32,
    /// What somebody does meanwhile, and after how many seconds.
    deed: Option<(Deed, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Cancel,
    RollBack,
}

fn case() -> impl Strategy<Value = Case> {
    let group = (0..8_u32, 0..4_u32, 0..2_u32, 20..200_u32, 0..3_u32);
    let limits = (0..=100_u32, prop::option::of(100..=200_u32), 0..150_u32);
    let flags = (any::<bool>(), any::<bool>(), prop::option::of(1..100_u32), 0..2_u32);
    let deed = prop::option::of((prop::sample::select(&[Deed::Cancel, Deed::RollBack][..]), 0..1_500_u64));
    (group, limits, flags, deed).prop_map(|(group, limits, flags, deed)| {
        let (old, new, protected, boot_s, fails) = group;
        let (min, max, warmup_s) = limits;
        let (skip, rollback, checkpoint, bake) = flags;
        Case {
            old: old + 1,
            new,
            protected,
            boot_s,
            warmup_s,
            min,
            max: max.map(|most| most.min(min + 100)),
            skip,
            rollback,
            checkpoint,
            bake_s: bake * 300,
            fails: [0, 0, 5][fails as usize],
            deed,
        }
    })
}

impl Case {
    fn open(&self) -> Client {
        let mut text = format!(
            "version = \"1\"\nmin = 0\nmax = 40\nboot_fails = 0.{}\nservers = [{{ count = {}, born = \"10d..20d\" }}",
            self.fails, self.old
        );
        if self.new > 0 {
            write!(text, ", {{ count = {}, version = 2, born = \"2d..3d\" }}", self.new).unwrap();
        }
        if self.protected > 0 {
            write!(text, ", {{ count = {}, born = \"30d\", protected_from_scale_in = true }}", self.protected).unwrap();
        }
        text.push(']');
        booting(&text, self.boot_s)
    }

    fn fields(&self) -> String {
        let mut fields = to_version("2").replace("InstanceWarmup=60", &format!("InstanceWarmup={}", self.warmup_s));
        write!(
            fields,
            "&Preferences.MinHealthyPercentage={}&Preferences.SkipMatching={}&Preferences.AutoRollback={}&\
             Preferences.ScaleInProtectedInstances=Ignore&Preferences.BakeTime={}",
            self.min, self.skip, self.rollback, self.bake_s
        )
        .unwrap();
        if let Some(most) = self.max {
            write!(fields, "&Preferences.MaxHealthyPercentage={most}").unwrap();
        }
        if let Some(percent) = self.checkpoint {
            write!(
                fields,
                "&Preferences.CheckpointPercentages.member.1={percent}&Preferences.CheckpointPercentages.member.2=100&\
                 Preferences.CheckpointDelay=200"
            )
            .unwrap();
        }
        fields
    }

    fn desired(&self) -> u32 {
        self.old + self.new + self.protected
    }

    /// How many have to stay healthy: where there is no room for one, one may be missing, unless that was ruled out.
    fn least(&self) -> u32 {
        let floor = (self.desired() * self.min).div_ceil(100);
        let strict = self.min == 100 || self.max.is_some();
        if strict { floor } else { floor.min(self.desired() - 1) }
    }

    /// How many there may be: where there is no room for one, there may be one more.
    fn most(&self) -> u32 {
        (self.desired() * self.max.unwrap_or(100) / 100).max(self.desired() + 1)
    }
}

/// How a refresh went.
struct Course {
    /// All statuses, in order.
    statuses: Vec<String>,
    hash: u64,
}

const STEP_S: u64 = 10;

fn run(case: &Case, client: &Client) -> Result<Course, TestCaseError> {
    start(client, &case.fields());
    let mut since: BTreeMap<String, u64> = servers(client).into_iter().map(|(id, ..)| (id, 0)).collect();
    let first: Vec<String> = since.keys().cloned().collect();
    let mut statuses = vec![status(client).0];
    let mut done = false;
    // Half of the launches failing makes it long.
    for at_s in (0..86_400).step_by(10) {
        if let Some((deed, after_s)) = case.deed
            && !done
            && at_s >= after_s
        {
            done = true;
            let action = match deed {
                Deed::Cancel => "CancelInstanceRefresh",
                Deed::RollBack => "RollbackInstanceRefresh",
            };
            // It may have ended.
            client.auto_scaling(action, "AutoScalingGroupName=app");
        }
        let now = servers(client);
        let told = group(client);
        prop_assert_eq!(text(&told, "DesiredCapacity"), case.desired().to_string());
        let staying = now.iter().filter(|(_, state, _)| !state.starts_with("Termin")).count();
        prop_assert!(staying as u32 <= case.most(), "{staying} of {}", case.most());
        for (id, state, _) in &now {
            if state == "InService" && !first.contains(id) {
                since.entry(id.clone()).or_insert(at_s);
            }
        }
        let is_ready = |id: &String| {
            // A cancelled refresh leaves it to the group whom it ends, and that does not ask who is warmed up.
            let is_warm = first.contains(id) || (done && case.deed.is_some_and(|(deed, _)| deed == Deed::Cancel));
            let warm_s = if is_warm { 0 } else { u64::from(case.warmup_s) };
            // It entered service up to a step before that was seen.
            since.get(id).is_some_and(|from_s| at_s + STEP_S >= from_s + warm_s)
        };
        let healthy = now.iter().filter(|(id, state, _)| state == "InService" && is_ready(id)).count();
        prop_assert!(healthy as u32 >= case.least(), "{healthy} of {} healthy at {at_s} s", case.least());
        let status = status(client).0;
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
        let is_over = !matches!(
            &*statuses[statuses.len() - 1],
            "Pending" | "InProgress" | "Baking" | "Cancelling" | "RollbackInProgress"
        );
        if is_over {
            return Ok(Course { statuses, hash: client.sandbox.trace_hash() });
        }
        advance(client, STEP_S);
    }
    Err(TestCaseError::fail(format!("it never ends: {}", super::told(client))))
}

fn count(client: &Client, version: &str) -> u32 {
    servers(client).iter().filter(|(_, state, number)| number == version && state == "InService").count() as u32
}

/// Why the group did what it did.
fn causes(client: &Client) -> Vec<String> {
    let pages = client.pages("autoscaling", "DescribeScalingActivities", "AutoScalingGroupName=app");
    pages.iter().flat_map(|page| page.all("Cause")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_refresh_keeps_its_limits_and_ends_as_it_should(case in case()) {
        let client = case.open();
        let course = run(&case, &client)?;
        let end = &**course.statuses.last().unwrap();
        if case.fails == 0 {
            let calm = case.deed.is_none();
            prop_assert!(!calm || end == "Successful", "{:?}", course.statuses);
            prop_assert!(end != "Failed" && end != "RollbackFailed", "{:?}: {}", course.statuses, told(&client));
        }
        let version = text(&group(&client), "Version");
        prop_assert_eq!(&*version, if end == "Successful" { "2" } else { "1" });
        if end == "Successful" {
            prop_assert_eq!(count(&client, "1"), case.protected);
            prop_assert_eq!(count(&client, "2"), case.old + case.new);
            let causes = causes(&client);
            let of = |what: &str| causes.iter().filter(|cause| cause.contains(what)).count() as u32;
            let wanted = if case.skip { case.old } else { case.old + case.new };
            prop_assert_eq!(of("taken out of service in response to an instance refresh"), wanted);
            if case.fails == 0 {
                prop_assert_eq!(of("launched in response to an instance refresh"), wanted);
            }
        }
        if end == "RollbackSuccessful" {
            // What had version 2 before may not have been touched yet.
            prop_assert_eq!(count(&client, "1") + count(&client, "2"), case.desired());
            prop_assert!(count(&client, "2") <= case.new);
        }
        // Whatever was left behind, the group comes back to what it wants, and nothing more is refreshed.
        let begun = || causes(&client).iter().filter(|cause| cause.contains("an instance refresh")).count();
        let before = begun();
        advance(&client, 3_600);
        prop_assert_eq!(begun(), before);
        if case.fails == 0 {
            prop_assert_eq!(count(&client, "1") + count(&client, "2"), case.desired());
        }
    }
}

/// The units of the group's servers in this state, or in all but the ones on their way out.
fn units(client: &Client, state: Option<&str>) -> u32 {
    let group = group(client);
    let (_, listed) = group.split_once("<Instances>").unwrap();
    let members = listed.split("</Instances>").next().unwrap().split("<member>").skip(1);
    let counts = |one: &&str| {
        let is = text(one, "LifecycleState");
        state.map_or(!is.starts_with("Termin"), |state| is == state)
    };
    members.filter(counts).map(|one| text(one, "WeightedCapacity").parse::<u32>().unwrap()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn weights_count_as_units_and_the_floor_holds_for_them(
        light in 1..4_u32,
        heavy in 1..8_u32,
        of_light in 0..5_u32,
        of_heavy in 1..5_u32,
        min in 0..=100_u32,
        max in prop::option::of(100..=200_u32),
    ) {
        let overrides = [("m6i.large", light), ("m6i.2xlarge", heavy)];
        let listed = overrides.map(|(kind, weight)| format!("{{ type = \"{kind}\", weight = {weight} }}")).join(", ");
        let mut servers = format!("{{ count = {of_heavy}, override = 1, born = \"10d..20d\" }}");
        if of_light > 0 {
            write!(servers, ", {{ count = {of_light}, override = 0, born = \"10d..20d\" }}").unwrap();
        }
        let client = booting(
            &format!(
                "version = \"1\"\nmin = 0\nmax = 99\nservers = [{servers}]\n\
                 [group.mixed]\non_demand_base = 0\non_demand_percent = 50\noverrides = [{listed}]"
            ),
            40,
        );
        let desired = light * of_light + heavy * of_heavy;
        let policy = "DesiredConfiguration.MixedInstancesPolicy";
        let mut fields = format!(
            "AutoScalingGroupName=app&Preferences.InstanceWarmup=0&Preferences.MinHealthyPercentage={min}&\
             {policy}.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName=app&\
             {policy}.LaunchTemplate.LaunchTemplateSpecification.Version=2&\
             {policy}.InstancesDistribution.OnDemandPercentageAboveBaseCapacity=50"
        );
        for (nth, (kind, weight)) in overrides.iter().enumerate() {
            let one = format!("{policy}.LaunchTemplate.Overrides.member.{}", nth + 1);
            write!(fields, "&{one}.InstanceType={kind}&{one}.WeightedCapacity={weight}").unwrap();
        }
        if let Some(most) = max {
            write!(fields, "&Preferences.MaxHealthyPercentage={}", most.min(min + 100)).unwrap();
        }
        start(&client, &fields);
        let floor = (desired * min).div_ceil(100);
        let strict = min == 100 || max.is_some();
        let least = if strict { floor } else { floor.min(desired.saturating_sub(light.max(heavy))) };
        let mut ended = false;
        for _ in 0..3_000 {
            let serving = units(&client, Some("InService"));
            prop_assert!(serving >= least, "{serving} of {least} units");
            if status(&client).0 == "Successful" {
                ended = true;
                break;
            }
            advance(&client, STEP_S);
        }
        prop_assert!(ended, "{}", told(&client));
        prop_assert!(units(&client, None) >= desired);
        prop_assert_eq!(count(&client, "1"), 0);
    }
}

/// What a refresh can be asked, but for its group.
const FIELDS: &[&str] = &[
    "Strategy",
    "DesiredConfiguration.LaunchTemplate.LaunchTemplateName",
    "DesiredConfiguration.LaunchTemplate.Version",
    "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName",
    "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.InstanceType",
    "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.WeightedCapacity",
    "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.ImageId",
    "DesiredConfiguration.MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity",
    "Preferences.MinHealthyPercentage",
    "Preferences.MaxHealthyPercentage",
    "Preferences.InstanceWarmup",
    "Preferences.CheckpointPercentages.member.1",
    "Preferences.CheckpointDelay",
    "Preferences.BakeTime",
    "Preferences.SkipMatching",
    "Preferences.AutoRollback",
    "Preferences.ScaleInProtectedInstances",
    "Preferences.StandbyInstances",
    "Preferences.AlarmSpecification.Alarms.member.1",
];

const VALUES: &[&str] = &[
    "",
    "0",
    "1",
    "50",
    "100",
    "150",
    "200",
    "-1",
    "172800",
    "2147483647",
    "4294967296",
    "99999999999999999999",
    "app",
    "$Latest",
    "$Default",
    "2",
    "3",
    "true",
    "false",
    "Rolling",
    "ReplaceRootVolume",
    "Refresh",
    "Ignore",
    "Wait",
    "Terminate",
    "m6i.large",
    "ami-0",
    "%00%ff",
    "%F0%9F%94%A5",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_asked_gets_an_answer_and_time_goes_on(
        fields in prop::collection::vec((prop::sample::select(FIELDS), prop::sample::select(VALUES)), 0..7),
        rolls_back in any::<bool>(),
    ) {
        let client = booting("version = \"1\"\nmin = 0\nmax = 9\nservers = [{ count = 3, born = \"10d\" }]", 60);
        let asked: String = fields.iter().map(|(name, value)| format!("&{name}={value}")).collect();
        let answer = client.auto_scaling("StartInstanceRefresh", &format!("AutoScalingGroupName=app{asked}"));
        prop_assert!(matches!(answer.status, 200 | 400), "{}", answer.body);
        advance(&client, 300);
        if rolls_back {
            let answer = client.auto_scaling("RollbackInstanceRefresh", "AutoScalingGroupName=app");
            prop_assert!(matches!(answer.status, 200 | 400), "{}", answer.body);
        }
        advance(&client, 6_000);
        client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=app").good();
        let answer = client.auto_scaling("CancelInstanceRefresh", "AutoScalingGroupName=app");
        prop_assert!(matches!(answer.status, 200 | 400), "{}", answer.body);
        advance(&client, 600);
        prop_assert_eq!(text(&group(&client), "DesiredCapacity"), "3");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn the_same_refresh_leaves_the_same_trace(case in case()) {
        let hash = || run(&case, &case.open()).map(|course| course.hash);
        prop_assert_eq!(hash()?, hash()?);
    }
}
