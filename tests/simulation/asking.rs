//! Requests that the simulation makes itself, past the SDK and past everything that is tested: to see what is true, and
//! to do what other people do.

use std::collections::BTreeSet;

use bytes::Bytes;
use sandbox::{Profile, Sandbox};

/// Somebody who asks, in one region.
#[derive(Clone, Debug)]
pub(crate) struct Somebody {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
}

/// A member of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Member {
    pub(crate) server: String,
    pub(crate) group: String,
    pub(crate) lifecycle: String,
    pub(crate) healthy: bool,
    /// From scale-in.
    pub(crate) protected: bool,
}

impl Member {
    /// Reads it from its element.
    pub(crate) fn read(xml: &str) -> Self {
        let text = |tag: &str| texts(xml, tag).into_iter().next().unwrap_or_default();
        Self {
            server: text("InstanceId"),
            group: text("AutoScalingGroupName"),
            lifecycle: text("LifecycleState"),
            healthy: text("HealthStatus").eq_ignore_ascii_case("healthy"),
            protected: text("ProtectedFromScaleIn") == "true",
        }
    }

    pub(crate) fn serves(&self) -> bool {
        self.lifecycle == "InService" && self.healthy
    }
}

/// A target of a load balancer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Target {
    pub(crate) server: String,
    pub(crate) is_healthy: bool,
}

impl Target {
    /// Reads all of an answer.
    pub(crate) fn all(xml: &str) -> Vec<Self> {
        xml.split("<member>").skip(1).map(Self::read).collect()
    }

    fn read(xml: &str) -> Self {
        let text = |tag: &str| texts(xml, tag).into_iter().next().unwrap_or_default();
        Self { server: text("Id"), is_healthy: text("State") == "healthy" }
    }
}

impl Somebody {
    pub(crate) fn of(profile: &Profile, region: &str) -> Self {
        Self { access_key_id: profile.access_key_id.clone(), region: region.to_owned() }
    }

    /// Asks one of the query services. Its status and text.
    pub(crate) fn ask(&self, sandbox: &Sandbox, call: &str, params: &[(&str, &str)]) -> (u16, String) {
        let (service, action) = call.split_once(':').expect("a call is written as service:Action");
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action);
        form.append_pair("Version", if service == "ec2" { "2016-11-15" } else { "2011-01-01" });
        form.extend_pairs(params);
        let request = http::Request::post("/")
            .header("host", "simulation")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", self.authorization(service))
            .body(Bytes::from(form.finish()))
            .expect("every part of it is a valid header");
        match sandbox.handle(request).into_response() {
            Ok(response) => (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned()),
            Err(_) => (0, String::new()),
        }
    }

    /// A request of whoever has `key` as this one's own.
    pub(crate) fn signs(&self, mut request: http::Request<Bytes>, key: &str) -> http::Request<Bytes> {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let own = header.map(|header| header.replace(key, &self.access_key_id));
        if let Some(own) = own.and_then(|own| http::HeaderValue::from_str(&own).ok()) {
            request.headers_mut().insert("authorization", own);
        }
        request
    }

    /// The ARNs of all images that Image Builder has built or builds.
    pub(crate) fn builds(&self, sandbox: &Sandbox) -> BTreeSet<String> {
        let request = http::Request::post("/ListImageBuildVersions")
            .header("host", "simulation")
            .header("content-type", "application/json")
            .header("authorization", self.authorization("imagebuilder"))
            .body(Bytes::from_static(b"{\"maxResults\":25}"))
            .expect("every part of it is a valid header");
        let Ok(response) = sandbox.handle(request).into_response() else { return BTreeSet::new() };
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(response.status(), 200, "whoever looks is always answered: {text}");
        text.split('"').filter(|word| word.starts_with("arn:") && word.contains(":image/")).map(str::to_owned).collect()
    }

    fn authorization(&self, service: &str) -> String {
        let Self { access_key_id, region } = self;
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/20261102/{region}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        )
    }

    /// The targets of the target group `edge`.
    pub(crate) fn targets(&self, sandbox: &Sandbox) -> Vec<Target> {
        let named = [("TargetGroupArn", &*self.target_group(sandbox))];
        let (status, xml) = self.ask(sandbox, "elasticloadbalancing:DescribeTargetHealth", &named);
        assert_eq!(status, 200, "whoever watches is always answered: {xml}");
        Target::all(&xml)
    }

    /// The ARN of the target group `edge`.
    pub(crate) fn target_group(&self, sandbox: &Sandbox) -> String {
        let named = [("Names.member.1", "edge")];
        let (_, xml) = self.ask(sandbox, "elasticloadbalancing:DescribeTargetGroups", &named);
        texts(&xml, "TargetGroupArn").into_iter().next().unwrap_or_default()
    }

    /// Desired capacity of a group.
    pub(crate) fn desired(&self, sandbox: &Sandbox, group: &str) -> u32 {
        let named = [("AutoScalingGroupNames.member.1", group)];
        let (_, xml) = self.ask(sandbox, "autoscaling:DescribeAutoScalingGroups", &named);
        texts(&xml, "DesiredCapacity").first().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The members of all groups, by id.
    pub(crate) fn members(&self, sandbox: &Sandbox) -> Vec<Member> {
        let (status, xml) = self.ask(sandbox, "autoscaling:DescribeAutoScalingInstances", &[]);
        assert_eq!(status, 200, "whoever watches is always answered: {xml}");
        let mut members: Vec<Member> = xml.split("<member>").skip(1).map(Member::read).collect();
        members.sort_by(|one, other| one.server.cmp(&other.server));
        members
    }
}

/// The texts of all elements of this name.
pub(crate) fn texts(xml: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find(&open) {
        rest = &rest[at + open.len()..];
        let Some(end) = rest.find(&close) else { break };
        found.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    found
}
