//! One fault as text, for the command line, scenario files and the control endpoint:
//! `KIND[:KEY=VALUE[,KEY=VALUE...]]`, such as `throttle:action=ec2:Describe*,chance=0.1`.

use std::{fmt, str::FromStr};

use crate::{scenario::age::Age, wire::filter::matches_wildcard};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The service's own throttling error.
    Throttle,
    /// AWS's token buckets: what goes beyond them is throttled.
    Buckets,
    /// The service's internal error, HTTP 500.
    Internal,
    /// The service's unavailability, HTTP 503.
    Unavailable,
    /// HTTP 500 with a page for people instead of an error for programs.
    HtmlPage,
    /// No answer ever, and nothing happens.
    Timeout,
    /// The connection is reset before anything happens; the answer is not even begun.
    Reset,
    /// It happens, and the answer's body breaks off in the middle.
    Truncate,
    /// The identity may not do it.
    Denied,
    /// The credentials have expired.
    Expired,
    /// AWS's clock is so many seconds ahead of this machine's, or behind it where the number is below zero.
    Skew {
        /// How far ahead.
        seconds: i64,
    },
    /// Reads are answered as things were so many seconds ago.
    Stale {
        /// How long ago.
        seconds: i64,
    },
    /// The connection closes without an answer, and nothing happened.
    LostBefore,
    /// The connection closes without an answer, and it happened.
    LostAfter,
    /// There is no capacity for a launch.
    Capacity,
    /// A launched server never passes its checks.
    Unhealthy,
    /// A build of an image fails.
    BakeFails,
}

/// What a kind is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Calls.
    Calls,
    /// Servers being launched.
    Launches,
    /// Builds of Image Builder.
    Builds,
}

/// A kind's name, one that stands for it, and what it does in a few words.
const KINDS: &[(&str, Kind, &str)] = &[
    ("throttle", Kind::Throttle, "the service's own throttling error"),
    ("buckets", Kind::Buckets, "AWS's token buckets for each API; what goes beyond them is throttled"),
    ("500", Kind::Internal, "the service's internal error"),
    ("503", Kind::Unavailable, "the service is unavailable"),
    ("html500", Kind::HtmlPage, "HTTP 500 with an HTML page"),
    ("timeout", Kind::Timeout, "no answer ever; nothing happens"),
    ("reset", Kind::Reset, "the connection is reset; nothing happens"),
    ("truncate", Kind::Truncate, "it happens, and the answer breaks off in the middle"),
    ("denied", Kind::Denied, "the caller may not do it"),
    ("expired", Kind::Expired, "the credentials have expired"),
    ("skew", Kind::Skew { seconds: 0 }, "AWS's clock is seconds=N ahead of this machine's (or -N behind)"),
    ("stale", Kind::Stale { seconds: 0 }, "reads are answered as things were seconds=N ago"),
    ("lost-before", Kind::LostBefore, "the connection closes without an answer; nothing happened"),
    ("lost-after", Kind::LostAfter, "the connection closes without an answer; it happened"),
    ("capacity", Kind::Capacity, "there is no capacity for a launch"),
    ("unhealthy", Kind::Unhealthy, "a launched server never passes its checks"),
    ("bake-fails", Kind::BakeFails, "an Image Builder build fails"),
];

/// The keys that every kind takes.
const KEYS_OF_ALL: &[&str] = &["account", "region", "count", "skip", "chance", "from", "for"];

/// The longest that a clock may seem off or a read may lag, in seconds: a year.
const MOST_SECONDS: i64 = 365 * 86_400;

impl Kind {
    /// What it is about.
    pub(crate) fn about(self) -> About {
        match self {
            Kind::Capacity | Kind::Unhealthy => About::Launches,
            Kind::BakeFails => About::Builds,
            _ => About::Calls,
        }
    }

    fn name(self) -> &'static str {
        let same = |other: &Kind| std::mem::discriminant(other) == std::mem::discriminant(&self);
        KINDS.iter().find(|(_, kind, _)| same(kind)).map_or("", |(name, ..)| name)
    }

    /// The keys that it takes beside those that all take.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Kind::Skew { .. } | Kind::Stale { .. } => &["seconds", "action", "resource", "principal"],
            _ => match self.about() {
                About::Calls => &["action", "resource", "principal"],
                About::Launches => &["type", "zone", "group", "image"],
                About::Builds => &["resource"],
            },
        }
    }
}

/// One fault: what goes wrong, where, when and how often.
///
/// ```
/// use emberline_sandbox::FaultSpec;
///
/// let fault: FaultSpec = "throttle:action=ec2:Describe*,count=3".parse()?;
/// assert_eq!(fault.to_string(), "throttle:action=ec2:Describe*,count=3");
/// # Ok::<(), emberline_sandbox::FaultSpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FaultSpec {
    pub(crate) kind: Kind,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// `SERVICE:ACTION` or `ACTION`, with wildcards.
    pub(crate) action: Option<String>,
    /// An ARN, an id or a name, with wildcards.
    pub(crate) resource: Option<String>,
    /// Whoever asks, by the profile's name, with wildcards.
    pub(crate) principal: Option<String>,
    pub(crate) instance_type: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) image: Option<String>,
    /// How many that match pass unharmed first.
    pub(crate) skip: u64,
    /// How many are struck at most.
    pub(crate) count: Option<u64>,
    /// How likely one that matches is struck: above 0, at most 1.
    pub(crate) chance: f64,
    /// How many simulated seconds after the injection it begins.
    pub(crate) from_s: i64,
    /// How many simulated seconds after its beginning it ends.
    pub(crate) for_s: Option<i64>,
}

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{spec}' is no fault: {what}")]
pub struct FaultSpecError {
    spec: String,
    what: String,
}

impl FaultSpec {
    /// Every kind with what it does, in lines of `  NAME  words`, and the keys: for a help text.
    #[must_use]
    pub fn help() -> String {
        let mut help = String::from("KIND[:KEY=VALUE[,KEY=VALUE...]], where KIND is\n");
        for (name, _, words) in KINDS {
            help.push_str(&format!("  {name:<11}  {words}\n"));
        }
        help.push_str(
            "and KEY is\n  \
             account      only this account, by its id\n  \
             region       only this region\n  \
             action       only these calls, such as ec2:Describe* (calls only)\n  \
             resource     only what touches this ARN, id or name; * stands for any text (calls and builds)\n  \
             principal    only who has this profile; everybody else is spared (calls only)\n  \
             type, zone   only these launches (capacity and unhealthy)\n  \
             group        only launches of this group (capacity and unhealthy)\n  \
             image        only launches of this image, by id or name (capacity and unhealthy)\n  \
             skip=N       the first N that match pass\n  \
             count=N      at most N are struck\n  \
             chance=0.1   each that matches is struck that likely\n  \
             from=10m     not before so much simulated time has passed\n  \
             for=30s      only for so much simulated time\n",
        );
        help
    }

    fn new(kind: Kind) -> FaultSpec {
        FaultSpec {
            kind,
            account: None,
            region: None,
            action: None,
            resource: None,
            principal: None,
            instance_type: None,
            zone: None,
            group: None,
            image: None,
            skip: 0,
            count: None,
            chance: 1.0,
            from_s: 0,
            for_s: None,
        }
    }

    /// Whether it is about this account and region.
    pub(crate) fn is_of(&self, account: &str, region: &str) -> bool {
        fits(self.account.as_deref(), account) && fits(self.region.as_deref(), region)
    }

    /// Whether it is about this action of the service with this prefix. As in IAM, case does not matter.
    pub(crate) fn is_of_action(&self, service: &str, action: &str) -> bool {
        let Some(pattern) = &self.action else {
            return true;
        };
        let pattern = pattern.to_lowercase();
        let (of_service, of_action) = pattern.split_once(':').unwrap_or(("*", &pattern));
        matches_wildcard(of_service, &service.to_lowercase()) && matches_wildcard(of_action, &action.to_lowercase())
    }

    /// Whether it is about one of these resources. An ARN is also found by what follows any of its slashes and
    /// colons: its id or name.
    pub(crate) fn is_of_resource<'a>(&self, resources: impl IntoIterator<Item = &'a str>) -> bool {
        let Some(pattern) = &self.resource else {
            return true;
        };
        resources.into_iter().any(|resource| {
            matches_wildcard(pattern, resource)
                || resource.match_indices(['/', ':']).any(|(at, _)| matches_wildcard(pattern, &resource[at + 1..]))
        })
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        if value.is_empty() {
            return Err(format!("{key} has no value"));
        }
        let text = || Some(value.to_owned());
        match key {
            "account" => self.account = text(),
            "region" => self.region = text(),
            "action" => self.action = text(),
            "resource" => self.resource = text(),
            "principal" => self.principal = text(),
            "type" => self.instance_type = text(),
            "zone" => self.zone = text(),
            "group" => self.group = text(),
            "image" => self.image = text(),
            "skip" => self.skip = number(key, value, 0)?,
            "count" => self.count = Some(number(key, value, 1)?),
            "chance" => {
                let chance = value.parse().ok().filter(|chance| *chance > 0.0 && *chance <= 1.0);
                self.chance = chance
                    .ok_or_else(|| format!("chance={value} is not a number above 0 and at most 1, such as 0.1"))?;
            }
            "from" => self.from_s = seconds(key, value)?,
            "for" => self.for_s = Some(seconds(key, value)?),
            _ => match &mut self.kind {
                Kind::Skew { seconds } => *seconds = whole_seconds(value, -MOST_SECONDS, MOST_SECONDS)?,
                Kind::Stale { seconds } => *seconds = whole_seconds(value, 1, MOST_SECONDS)?,
                _ => return Err(format!("'{key}' is no key of this kind")),
            },
        }
        Ok(())
    }
}

/// Whether a text is what a pattern says, where there is one.
pub(crate) fn fits(pattern: Option<&str>, text: &str) -> bool {
    pattern.is_none_or(|pattern| matches_wildcard(pattern, text))
}

fn number(key: &str, value: &str, least: u64) -> Result<u64, String> {
    value
        .parse()
        .ok()
        .filter(|number| *number >= least)
        .ok_or_else(|| format!("{key}={value} is not a whole number from {least}"))
}

fn whole_seconds(value: &str, least: i64, most: i64) -> Result<i64, String> {
    value
        .parse()
        .ok()
        .filter(|seconds| (least..=most).contains(seconds) && *seconds != 0)
        .ok_or_else(|| format!("seconds={value} is not a whole number of seconds from {least} to {most} other than 0"))
}

fn seconds(key: &str, value: &str) -> Result<i64, String> {
    match value.parse::<Age>() {
        Ok(Age(seconds)) if seconds > 0 => Ok(seconds),
        Ok(_) => Err(format!("{key}={value} is no time at all")),
        Err(what) => Err(format!("{key}: {what}")),
    }
}

impl FromStr for FaultSpec {
    type Err = FaultSpecError;

    fn from_str(text: &str) -> Result<FaultSpec, FaultSpecError> {
        read(text.trim()).map_err(|what| FaultSpecError { spec: text.to_owned(), what })
    }
}

fn read(text: &str) -> Result<FaultSpec, String> {
    let (name, fields) = text.split_once(':').map_or((text, None), |(name, fields)| (name.trim(), Some(fields)));
    let Some((_, kind, _)) = KINDS.iter().find(|(known, ..)| *known == name) else {
        let names: Vec<&str> = KINDS.iter().map(|(name, ..)| *name).collect();
        return Err(format!("there is no kind '{name}'; there are {}", names.join(", ")));
    };
    let mut spec = FaultSpec::new(*kind);
    let mut seen: Vec<&str> = Vec::new();
    for field in fields.into_iter().flat_map(|fields| fields.split(',')) {
        let (key, value) = field.split_once('=').ok_or_else(|| format!("'{field}' is not KEY=VALUE"))?;
        let (key, value) = (key.trim(), value.trim());
        if !kind.keys().contains(&key) && !KEYS_OF_ALL.contains(&key) {
            let keys: Vec<&str> = kind.keys().iter().chain(KEYS_OF_ALL).copied().collect();
            return Err(format!("{name} has no key '{key}'; it has {}", keys.join(", ")));
        }
        if seen.contains(&key) {
            return Err(format!("{key} is there twice"));
        }
        seen.push(key);
        spec.set(key, value)?;
    }
    if kind.keys().contains(&"seconds") && !seen.contains(&"seconds") {
        return Err(format!("{name} needs seconds=N, such as {name}:seconds=600"));
    }
    Ok(spec)
}

/// A length of time as a scenario says it: `90s`, `10m`.
struct Length(i64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, unit) = [(86_400, 'd'), (3_600, 'h'), (60, 'm')]
            .into_iter()
            .find(|(size, _)| self.0 % size == 0)
            .unwrap_or((1, 's'));
        write!(f, "{}{unit}", self.0 / size)
    }
}

/// As it is read; keys in one order, what is not said left out.
impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        let mut between = ':';
        let mut put = |key: &str, value: Option<&dyn fmt::Display>| match value {
            Some(value) => {
                let lead = std::mem::replace(&mut between, ',');
                write!(f, "{lead}{key}={value}")
            }
            None => Ok(()),
        };
        fn shown<T: fmt::Display>(value: &Option<T>) -> Option<&dyn fmt::Display> {
            value.as_ref().map(|value| value as &dyn fmt::Display)
        }
        match &self.kind {
            Kind::Skew { seconds } | Kind::Stale { seconds } => put("seconds", Some(seconds))?,
            _ => (),
        }
        put("action", shown(&self.action))?;
        put("resource", shown(&self.resource))?;
        put("principal", shown(&self.principal))?;
        put("type", shown(&self.instance_type))?;
        put("zone", shown(&self.zone))?;
        put("group", shown(&self.group))?;
        put("image", shown(&self.image))?;
        put("account", shown(&self.account))?;
        put("region", shown(&self.region))?;
        put("skip", shown(&(self.skip > 0).then_some(self.skip)))?;
        put("count", shown(&self.count))?;
        put("chance", shown(&(self.chance < 1.0).then_some(self.chance)))?;
        put("from", shown(&(self.from_s > 0).then_some(Length(self.from_s))))?;
        put("for", shown(&self.for_s.map(Length)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use proptest::prelude::*;

    use super::*;

    fn spec(text: &str) -> FaultSpec {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_read_is_written_the_same() {
        for (name, kind, _) in KINDS {
            let text = match kind {
                Kind::Skew { .. } => "skew:seconds=-600".to_owned(),
                Kind::Stale { .. } => "stale:seconds=30".to_owned(),
                _ => (*name).to_owned(),
            };
            assert_eq!(spec(&text).to_string(), text);
        }
        for text in [
            "throttle:action=ec2:Describe*,account=210987654321,region=eu-*,skip=2,count=3,chance=0.25,from=10m,for=30s",
            "denied:action=ec2:TerminateInstances,resource=arn:aws:ec2:*:*:instance/i-0*,principal=blue",
            "capacity:type=m6i.*,zone=eu-west-1a,group=web,image=ami-0*,for=90s",
            "stale:seconds=30,action=DescribeInstances,from=2d",
        ] {
            assert_eq!(spec(text).to_string(), text);
        }
        assert_eq!(spec(" throttle: count = 3 , for=120s ").to_string(), "throttle:count=3,for=2m");
    }

    #[test]
    fn an_error_says_what_is_wrong_and_what_there_is() {
        let cases = [
            ("", "there is no kind ''; there are throttle, buckets, 500"),
            ("throtle", "there is no kind 'throtle'; there are throttle, buckets, 500"),
            ("throttle:", "'' is not KEY=VALUE"),
            ("throttle:count", "'count' is not KEY=VALUE"),
            (
                "throttle:type=m6i",
                "throttle has no key 'type'; it has action, resource, principal, account, region, count",
            ),
            ("capacity:action=ec2:*", "capacity has no key 'action'; it has type, zone, group, image, account"),
            ("throttle:count=3,count=4", "count is there twice"),
            ("throttle:count=0", "count=0 is not a whole number from 1"),
            ("throttle:skip=-1", "skip=-1 is not a whole number from 0"),
            ("throttle:chance=nan", "chance=nan is not a number above 0 and at most 1"),
            ("throttle:chance=0", "chance=0 is not a number above 0 and at most 1"),
            ("throttle:chance=1.5", "chance=1.5 is not a number above 0 and at most 1"),
            ("throttle:for=30", "for: '30' is not a length of time"),
            ("throttle:for=0s", "for=0s is no time at all"),
            ("throttle:region=", "region has no value"),
            ("skew", "skew needs seconds=N"),
            ("stale:seconds=-3", "seconds=-3 is not a whole number of seconds from 1"),
            ("skew:seconds=99999999999", "seconds=99999999999 is not a whole number of seconds from -31536000"),
        ];
        for (text, want) in cases {
            let error = text.parse::<FaultSpec>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("'{text}' is no fault: {want}")), "{text}: {error}");
        }
    }

    #[test]
    fn the_help_names_every_kind_and_every_key() {
        let help = FaultSpec::help();
        for (name, kind, _) in KINDS {
            assert!(help.contains(&format!("  {name} ")), "{name}");
            for key in kind.keys().iter().chain(KEYS_OF_ALL) {
                assert!(help.contains(key), "{key}");
            }
        }
    }

    #[test]
    fn an_action_is_meant_with_or_without_its_service() {
        let cases = [
            ("500", "ec2", "RunInstances", true),
            ("500:action=ec2:Describe*", "ec2", "DescribeImages", true),
            ("500:action=EC2:describe*", "ec2", "DescribeImages", true),
            ("500:action=ec2:Describe*", "ec2", "RunInstances", false),
            ("500:action=ec2:Describe*", "autoscaling", "DescribeInstanceRefreshes", false),
            ("500:action=Describe*", "autoscaling", "DescribeInstanceRefreshes", true),
            ("500:action=ssm:*", "ssm", "GetParameter", true),
        ];
        for (text, service, action, want) in cases {
            assert_eq!(spec(text).is_of_action(service, action), want, "{text} {service}:{action}");
        }
    }

    #[test]
    fn a_resource_is_meant_by_arn_id_or_name() {
        let server = "arn:aws:ec2:eu-west-1:1:instance/i-0abc";
        let group = "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:uuid:autoScalingGroupName/web";
        let cases = [
            ("denied", "anything", true),
            ("denied:resource=i-0abc", server, true),
            ("denied:resource=i-0*", "i-0abc", true),
            ("denied:resource=instance/*", server, true),
            ("denied:resource=arn:aws:ec2:*:instance/*", server, true),
            ("denied:resource=abc", server, false),
            ("denied:resource=web", group, true),
            ("denied:resource=we", group, false),
        ];
        for (text, resource, want) in cases {
            assert_eq!(spec(text).is_of_resource([resource]), want, "{text} {resource}");
        }
        assert!(!spec("denied:resource=i-1").is_of_resource([]));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = text.parse::<FaultSpec>();
        }

        #[test]
        fn any_fields_that_are_read_are_written_so_that_they_read_the_same(
            kind in 0..KINDS.len(),
            fields in prop::collection::vec((
                prop::sample::select(&["account", "region", "action", "resource", "count", "skip", "chance", "from", "for", "seconds", "type"][..]),
                prop_oneof!["[a-z*:/-]{1,6}", "[0-9]{1,20}", "0\\.[0-9]{1,17}", "[0-9]{1,4}[smhd]"],
            ), 0..5),
        ) {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let text = format!("{}:{}", KINDS[kind].0, fields.join(","));
            if let Ok(read) = text.parse::<FaultSpec>() {
                prop_assert_eq!(&read.to_string().parse::<FaultSpec>().unwrap(), &read);
            }
        }
    }
}
