//! AWS's token buckets: per account, region and API, with the simulated time to refill them.

use jiff::Timestamp;
use rustc_hash::FxHashMap;

/// How much a bucket holds, and how much comes back each second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    burst: u32,
    per_s: u32,
}

/// What a call draws from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Class {
    /// What shares the bucket: an action's name, or a name for several.
    name: String,
    rate: Rate,
}

/// EC2's reading calls that have a smaller bucket where they are asked neither for a page nor with a filter nor by id
/// ("Request throttling for the Amazon EC2 API", request token limits).
const UNPAGED: &[&str] = &[
    "DescribeInstanceStatus",
    "DescribeInstances",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeVolumes",
];

/// EC2's calls with numbers of their own (the same page).
const EC2_OWN: &[(&str, u32, u32)] = &[
    ("CopyImage", 100, 1),
    ("CreateLaunchTemplateVersion", 100, 5),
    ("CreateTags", 100, 10),
    ("ModifyLaunchTemplate", 100, 5),
    ("RunInstances", 5, 2),
    ("StartInstances", 5, 2),
    ("TerminateInstances", 100, 5),
];

/// Whether an action only reads, by AWS's way to name them.
fn only_reads(action: &str) -> bool {
    ["Describe", "Get", "List", "Lookup"].iter().any(|verb| action.starts_with(verb))
}

/// The bucket of a call; `bare` is a call with no page size, no filter and no id.
fn class(service: &str, action: &str, bare: bool) -> Class {
    let class = |name: &str, burst: u32, per_s: u32| Class { name: name.to_owned(), rate: Rate { burst, per_s } };
    match service {
        "ec2" => match EC2_OWN.iter().find(|(own, ..)| *own == action) {
            Some(&(_, burst, per_s)) => class(action, burst, per_s),
            None if bare && UNPAGED.contains(&action) => class(&format!("{action} unpaged"), 50, 10),
            None if only_reads(action) => class(action, 100, 20),
            None => class(action, 50, 5),
        },
        // One bucket for all its calls, of a size that AWS does not publish: as EC2's for reading.
        "autoscaling" => class("", 100, 20),
        // "Request throttling for the Elastic Load Balancing API": 40 and 10 for all that only reads. Its changes are
        // no part of the sandbox.
        "elasticloadbalancing" => class("", 40, 10),
        // "IAM and AWS STS quotas": 600 requests a second in an account and region.
        "sts" => class("", 600, 600),
        // "AWS Systems Manager endpoints and quotas": Parameter Store's standard throughput is shared by its reads.
        "ssm" if action.starts_with("GetParameter") => class("GetParameter", 40, 40),
        // LookupEvents' own reference: two a second in an account and region.
        "cloudtrail" => class(action, 2, 2),
        // Unpublished for Image Builder and the rest of SSM: modest.
        _ => class(action, 20, 10),
    }
}

/// How much is in a bucket, in thousandths of a token, so that refilling needs no fractions.
#[derive(Debug)]
struct Bucket {
    thousandths: u64,
    at: Timestamp,
}

/// The buckets of every account and region, full at first.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: FxHashMap<(String, String, String, String), Bucket>,
}

impl Buckets {
    /// Takes a token for a call at `now`. False where there is none: the call is to be throttled.
    pub(crate) fn take(&mut self, scope: (&str, &str), call: (&str, &str), bare: bool, now: Timestamp) -> bool {
        let Class { name, rate } = class(call.0, call.1, bare);
        let full = u64::from(rate.burst) * 1_000;
        let key = (scope.0.to_owned(), scope.1.to_owned(), call.0.to_owned(), name);
        let bucket = self.buckets.entry(key).or_insert(Bucket { thousandths: full, at: now });
        // A clock that was set back refills nothing, and counts from there.
        let passed_ms = u64::try_from(now.duration_since(bucket.at).as_millis()).unwrap_or(0);
        // A rate of so many tokens a second is as many thousandths a millisecond.
        let refill = passed_ms.saturating_mul(u64::from(rate.per_s));
        bucket.thousandths = bucket.thousandths.saturating_add(refill).min(full);
        bucket.at = now;
        let enough = bucket.thousandths >= 1_000;
        if enough {
            bucket.thousandths -= 1_000;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        start.checked_add(SignedDuration::from_millis(ms)).unwrap()
    }

    /// How many of so many calls at one instant pass.
    fn passing(buckets: &mut Buckets, calls: u32, service: &str, action: &str, bare: bool, ms: i64) -> u32 {
        (0..calls).map(|_| u32::from(buckets.take(("1", "eu-west-1"), (service, action), bare, at(ms)))).sum()
    }

    #[test]
    fn each_api_has_the_burst_and_the_refill_that_aws_says() {
        let cases = [
            ("ec2", "DescribeImages", false, 100, 20),
            ("ec2", "DescribeInstances", false, 100, 20),
            ("ec2", "DescribeInstances", true, 50, 10),
            ("ec2", "DescribeImages", true, 100, 20),
            ("ec2", "RunInstances", false, 5, 2),
            ("ec2", "TerminateInstances", false, 100, 5),
            ("ec2", "CreateTags", false, 100, 10),
            ("ec2", "CopyImage", false, 100, 1),
            ("ec2", "CreateLaunchTemplateVersion", false, 100, 5),
            ("ec2", "ModifyInstanceAttribute", false, 50, 5),
            ("autoscaling", "DescribeAutoScalingGroups", false, 100, 20),
            ("elasticloadbalancing", "DescribeTargetHealth", false, 40, 10),
            ("ssm", "GetParameters", false, 40, 40),
            ("cloudtrail", "LookupEvents", false, 2, 2),
        ];
        for (service, action, bare, burst, refill) in cases {
            let mut buckets = Buckets::default();
            assert_eq!(passing(&mut buckets, 1_000, service, action, bare, 0), burst, "{action}");
            assert_eq!(passing(&mut buckets, 1_000, service, action, bare, 1_000), refill, "{action}");
            assert_eq!(passing(&mut buckets, 1_000, service, action, bare, 1_000_000), burst, "{action}");
        }
    }

    #[test]
    fn calls_share_a_bucket_only_where_aws_shares_it() {
        let mut buckets = Buckets::default();
        assert_eq!(passing(&mut buckets, 200, "ec2", "DescribeImages", false, 0), 100);
        assert_eq!(passing(&mut buckets, 200, "ec2", "DescribeInstances", false, 0), 100);
        assert_eq!(passing(&mut buckets, 200, "ec2", "DescribeInstances", true, 0), 50);
        assert!(buckets.take(("2", "eu-west-1"), ("ec2", "DescribeImages"), false, at(0)), "another account");
        assert!(buckets.take(("1", "us-east-1"), ("ec2", "DescribeImages"), false, at(0)), "another region");
        assert_eq!(passing(&mut buckets, 99, "autoscaling", "DescribeAutoScalingGroups", false, 0), 99);
        assert_eq!(passing(&mut buckets, 5, "autoscaling", "UpdateAutoScalingGroup", false, 0), 1);
    }

    #[test]
    fn a_fraction_of_a_token_is_not_lost() {
        let mut buckets = Buckets::default();
        passing(&mut buckets, 10, "ec2", "RunInstances", false, 0);
        let passed: Vec<u32> =
            (1..=4).map(|n| passing(&mut buckets, 1, "ec2", "RunInstances", false, n * 250)).collect();
        assert_eq!(passed, [0, 1, 0, 1], "two a second");
    }

    #[test]
    fn a_clock_that_is_set_back_refills_nothing() {
        let mut buckets = Buckets::default();
        assert_eq!(passing(&mut buckets, 10, "ec2", "RunInstances", false, 0), 5);
        assert_eq!(passing(&mut buckets, 10, "ec2", "RunInstances", false, -60_000), 0);
        assert_eq!(passing(&mut buckets, 10, "ec2", "RunInstances", false, -59_000), 2);
    }

    proptest! {
        #[test]
        fn no_more_passes_than_burst_and_refill(steps in prop::collection::vec(0_i64..3_000, 1..200)) {
            let mut buckets = Buckets::default();
            let (mut ms, mut passed) = (0, 0);
            for step in steps {
                ms += step;
                passed += i64::from(passing(&mut buckets, 3, "ec2", "RunInstances", false, ms));
            }
            prop_assert!(passed <= 5 + ms * 2 / 1_000, "{passed} in {ms} ms");
        }

        #[test]
        fn any_instants_are_taken(seconds in prop::collection::vec(-377_705_023_201_i64..253_402_207_200, 1..20)) {
            let mut buckets = Buckets::default();
            for second in seconds {
                let now = Timestamp::from_second(second).unwrap();
                buckets.take(("1", "eu-west-1"), ("ec2", "RunInstances"), false, now);
            }
        }
    }
}
