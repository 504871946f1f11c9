//! A request as it goes over the wire: who asks, where, for what, and what came of it.

use bytes::Bytes;
use sandbox::{Delivery, Sandbox};

/// One request of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Whose key signed it.
    pub(crate) access_key_id: String,
    /// The region of its signature.
    pub(crate) region: String,
    /// `ec2:RunInstances`.
    pub(crate) call: String,
    /// Its parameters by name; for Image Builder, the body under an empty name.
    pub(crate) params: Vec<(String, String)>,
    /// Whether EC2 was only asked if it would.
    pub(crate) is_dry_run: bool,
    /// Whether it changed something, answered or not.
    pub(crate) has_happened: bool,
}

impl Asked {
    pub(crate) fn of(request: &http::Request<Bytes>) -> Self {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let scope = header.split("Credential=").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
        let parts: Vec<&str> = scope.split('/').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        let service = part(3);
        let (action, params) = if service == "imagebuilder" {
            let path = request.uri().path().trim_start_matches('/').to_owned();
            (path, vec![(String::new(), String::from_utf8_lossy(request.body()).into_owned())])
        } else {
            let mut params: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
            let action = params.iter().find(|(name, _)| name == "Action").map(|(_, value)| value.clone());
            params.retain(|(name, _)| name != "Action" && name != "Version");
            (action.unwrap_or_default(), params)
        };
        Self {
            access_key_id: part(0),
            region: part(2),
            call: format!("{service}:{action}"),
            is_dry_run: params.iter().any(|(name, value)| name == "DryRun" && value == "true"),
            params,
            has_happened: false,
        }
    }

    /// The action without its service.
    pub(crate) fn action(&self) -> &str {
        self.call.split_once(':').map_or("", |(_, action)| action)
    }

    /// Whether it is meant to change something.
    pub(crate) fn is_change(&self) -> bool {
        !self.is_dry_run && !["Describe", "Get", "List"].iter().any(|verb| self.action().starts_with(verb))
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// Every id and name of a thing that it names.
    pub(crate) fn names(&self) -> Vec<String> {
        const IDS: &[&str] = &["i-", "ami-", "lt-", "vol-", "snap-", "eni-", "subnet-"];
        let mut names = Vec::new();
        for (name, value) in &self.params {
            let is_id = IDS.iter().any(|prefix| value.starts_with(prefix));
            if is_id || name == "AutoScalingGroupName" || name == "TargetGroupArn" {
                names.push(value.clone());
            }
            if name.is_empty() {
                let pipeline = value.split('"').find(|word| word.starts_with("arn:"));
                names.extend(pipeline.map(str::to_owned));
            }
        }
        names
    }
}

/// Whether a change of this name happened, by how the sandbox delivers its answer. Where the connection closed, by its trace, which
/// tells what was done before it tells that the answer was lost.
pub(crate) fn has_happened(sandbox: &Sandbox, action: &str, delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Whole(response) | Delivery::Cut(response) => response.status().is_success(),
        Delivery::Closed => {
            let trace = sandbox.trace();
            let mut last = trace.iter().rev().map(|entry| entry.what.as_str());
            let lost = last.next().is_some_and(|what| what.ends_with(" answer lost"));
            let done = last.next().is_some_and(|what| what.ends_with(&format!("{action} done")));
            lost && done
        }
        Delivery::Reset | Delivery::Silence => false,
    }
}
