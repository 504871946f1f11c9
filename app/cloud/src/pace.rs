//! How fast calls may go: a token bucket for each account, region and API.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api_call::ApiCall;

/// What shares a bucket: the IAM action of a call that has its own, else the service's prefix.
type Quota = &'static str;

/// Burst and refill a second.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Rate {
    burst: f64,
    per_s: f64,
}

/// EC2's calls that read: "Request throttling for the Amazon EC2 API".
const READS: Rate = Rate { burst: 100.0, per_s: 20.0 };

/// What AWS grants an account.
fn quota(call: ApiCall) -> (Quota, Rate) {
    let own = call.action();
    match (call.service(), call.operation()) {
        // One bucket for all of a service's calls, or so we treat it. Unpublished: taken to be no larger than EC2's.
        (service @ ("autoscaling" | "imagebuilder" | "elasticloadbalancing"), _) => (service, READS),
        // Parameter Store's standard throughput: 40 a second.
        ("ssm", "GetParameters") => (own, Rate { burst: 40.0, per_s: 40.0 }),
        // CloudTrail grants two a second and no burst, and a fifth of that would take minutes for a few pages: a pull
        // has no more than thirty, and takes the whole rate for as long as they last.
        ("cloudtrail", "LookupEvents") => (own, Rate { burst: 10.0, per_s: 10.0 }),
        // EC2's calls that change something, by the same page.
        ("ec2", "RunInstances") => (own, Rate { burst: 5.0, per_s: 2.0 }),
        ("ec2", "TerminateInstances" | "CreateLaunchTemplateVersion") => (own, Rate { burst: 100.0, per_s: 5.0 }),
        ("ec2", "CreateImage" | "CreateReplaceRootVolumeTask") => (own, Rate { burst: 50.0, per_s: 5.0 }),
        _ => (own, READS),
    }
}

#[derive(Debug)]
struct Bucket {
    /// May be below zero: what waiting calls have taken in advance.
    tokens: f64,
    at: Instant,
}

type Key = (String, String, Quota);

/// The buckets, full at first. They hold a share of what AWS grants an account, since others use it too.
#[derive(Debug)]
pub(crate) struct Pace {
    share: f64,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Pace {
    pub(crate) fn fifth_of_quota() -> Self {
        Self::share_of_quota(0.2)
    }

    pub(crate) fn share_of_quota(share: f64) -> Self {
        Self { share, buckets: Mutex::default() }
    }

    /// Buckets of their own with `times` the share of these.
    pub(crate) fn times(&self, times: f64) -> Self {
        Self::share_of_quota(self.share * times)
    }

    /// Waits for the turn of a call; turns come in the order of asking.
    pub(crate) async fn turn(&self, account: &str, region: &str, call: ApiCall) {
        let wait = self.reserve(account, region, call, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn reserve(&self, account: &str, region: &str, call: ApiCall, now: Instant) -> Duration {
        let (quota, granted) = quota(call);
        let rate = Rate { burst: granted.burst * self.share, per_s: granted.per_s * self.share };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((account.to_owned(), region.to_owned(), quota))
            .or_insert_with(|| Bucket { tokens: rate.burst, at: now });
        let since = now.saturating_duration_since(bucket.at);
        bucket.tokens = rate.burst.min(bucket.tokens + since.as_secs_f64() * rate.per_s) - 1.0;
        bucket.at = now;
        if bucket.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-bucket.tokens / rate.per_s) }
    }
}

#[cfg(test)]
mod tests {
    use fleet::Call;

    use super::*;

    /// How long the last of `count` calls, all asked for at once, waits.
    fn wait_of(pace: &Pace, count: usize, region: &str, call: Call, now: Instant) -> Duration {
        (0..count).map(|_| pace.reserve("1", region, call.into(), now)).last().unwrap_or_default()
    }

    #[test]
    fn calls_go_at_a_fifth_of_the_quota_once_the_burst_is_spent() {
        let (pace, now) = (Pace::fifth_of_quota(), Instant::now());
        assert_eq!(wait_of(&pace, 20, "eu-west-1", Call::DescribeInstances, now), Duration::ZERO);
        assert_eq!(wait_of(&pace, 8, "eu-west-1", Call::DescribeInstances, now), Duration::from_secs(2));
        // Two seconds later the eight that waited have gone, and the next waits for one token.
        let later = now + Duration::from_secs(2);
        assert_eq!(wait_of(&pace, 1, "eu-west-1", Call::DescribeInstances, later), Duration::from_millis(250));
        let rested = later + Duration::from_secs(60);
        assert_eq!(wait_of(&pace, 20, "eu-west-1", Call::DescribeInstances, rested), Duration::ZERO);
        assert_eq!(wait_of(&pace, 1, "eu-west-1", Call::DescribeInstances, rested), Duration::from_millis(250));
    }

    #[test]
    fn each_api_region_and_account_has_its_own_bucket() {
        let (pace, now) = (Pace::fifth_of_quota(), Instant::now());
        assert_ne!(wait_of(&pace, 21, "eu-west-1", Call::DescribeInstances, now), Duration::ZERO);
        assert_eq!(wait_of(&pace, 20, "eu-west-1", Call::DescribeImages, now), Duration::ZERO);
        assert_eq!(wait_of(&pace, 20, "eu-central-1", Call::DescribeInstances, now), Duration::ZERO);
        assert_eq!(pace.reserve("2", "eu-west-1", Call::DescribeInstances.into(), now), Duration::ZERO);
    }

    #[test]
    fn auto_scaling_calls_share_one_bucket() {
        let (pace, now) = (Pace::fifth_of_quota(), Instant::now());
        assert_eq!(wait_of(&pace, 20, "eu-west-1", Call::DescribeAutoScalingGroups, now), Duration::ZERO);
        assert_eq!(wait_of(&pace, 1, "eu-west-1", Call::DescribeWarmPool, now), Duration::from_millis(250));
    }

    #[tokio::test]
    async fn a_turn_is_waited_for() {
        let pace = Pace::fifth_of_quota();
        let started = Instant::now();
        for _ in 0..21 {
            pace.turn("1", "eu-west-1", Call::GetImage.into()).await;
        }
        assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    }
}
