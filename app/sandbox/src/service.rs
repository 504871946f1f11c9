//! The services that are simulated: how each is called, and how each words what it refuses.

use http::{Method, request::Parts};

use crate::{
    autoscaling,
    call::Call,
    cloudtrail, ec2, elbv2,
    iam::Decision,
    imagebuilder, instance_connect, ssm, sts,
    wire::{Protocol, fault::Fault},
    world::principal::Principal,
};

/// The services that are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ec2,
    AutoScaling,
    Sts,
    ImageBuilder,
    Ssm,
    CloudTrail,
    LoadBalancing,
    InstanceConnect,
}

/// All of them.
const ALL: &[Service] = &[
    Service::Ec2,
    Service::AutoScaling,
    Service::Sts,
    Service::ImageBuilder,
    Service::Ssm,
    Service::CloudTrail,
    Service::LoadBalancing,
    Service::InstanceConnect,
];

impl Service {
    /// By the name in a credential's scope.
    pub(crate) fn named(name: &str) -> Option<Service> {
        ALL.iter().copied().find(|service| service.prefix() == name)
    }

    /// The likeliest service of a request that is not signed, to give its error in a fitting form.
    pub(crate) fn guess(parts: &Parts) -> Service {
        if parts.headers.contains_key("x-amz-target") {
            Service::Ssm
        } else if parts.uri.path().len() > 1 {
            Service::ImageBuilder
        } else {
            Service::Ec2
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Service::Ec2 => Protocol::Ec2,
            Service::AutoScaling => Protocol::Query(autoscaling::NAMESPACE),
            Service::Sts => Protocol::Query(sts::NAMESPACE),
            Service::LoadBalancing => Protocol::Query(elbv2::NAMESPACE),
            Service::ImageBuilder => Protocol::RestJson,
            Service::Ssm | Service::CloudTrail | Service::InstanceConnect => Protocol::Json,
        }
    }

    /// AWS's error for an access key that nobody has.
    pub(crate) fn unknown_key(self) -> Fault {
        let unrecognized =
            || Fault::new("UnrecognizedClientException", "The security token included in the request is invalid.");
        match self.protocol() {
            Protocol::Ec2 => Fault::new("AuthFailure", "AWS was not able to validate the provided access credentials")
                .with_status(401),
            Protocol::Query(_) => {
                Fault::new("InvalidClientTokenId", "The security token included in the request is invalid")
                    .with_status(403)
            }
            Protocol::RestJson => unrecognized().with_status(403),
            Protocol::Json => unrecognized(),
        }
    }

    /// AWS's error for a call that it does not know.
    pub(crate) fn unknown_action(self, action: &str) -> Fault {
        let unknown = || Fault::new("UnknownOperationException", format!("Unknown operation: {action}"));
        match self.protocol() {
            Protocol::Ec2 => {
                Fault::new("InvalidAction", format!("The action {action} is not valid for this web service."))
            }
            Protocol::Query(_) => {
                Fault::new("InvalidAction", format!("Could not find operation {action} for this service"))
            }
            Protocol::RestJson => unknown().with_status(404),
            Protocol::Json => unknown(),
        }
    }

    /// Whether a call's `X-Amz-Target` begins so.
    pub(crate) fn is_target(self, prefix: &str) -> bool {
        match self {
            Service::Ssm => prefix == "AmazonSSM",
            // The CLI and the SDKs send the long one, older clients the short one.
            Service::CloudTrail => prefix == cloudtrail::TARGET || prefix == cloudtrail::SHORT_TARGET,
            Service::InstanceConnect => prefix == "AWSEC2InstanceConnectService",
            Service::Ec2 | Service::AutoScaling | Service::Sts | Service::ImageBuilder | Service::LoadBalancing => {
                false
            }
        }
    }

    /// Whether a REST call is sent by this method.
    pub(crate) fn is_method(self, action: &str, method: &Method) -> bool {
        let right = if action.starts_with("Get") {
            Method::GET
        } else if action.starts_with("List") {
            Method::POST
        } else {
            Method::PUT
        };
        *method == right
    }

    /// The call named so.
    pub(crate) fn call(self, action: &str) -> Option<&'static Call> {
        self.calls().iter().find(|call| call.name == action)
    }

    /// All its calls.
    pub(crate) fn calls(self) -> &'static [Call] {
        match self {
            Service::Ec2 => ec2::CALLS,
            Service::AutoScaling => autoscaling::CALLS,
            Service::Sts => sts::CALLS,
            Service::ImageBuilder => imagebuilder::CALLS,
            Service::Ssm => ssm::CALLS,
            Service::CloudTrail => cloudtrail::CALLS,
            Service::LoadBalancing => elbv2::CALLS,
            Service::InstanceConnect => instance_connect::CALLS,
        }
    }

    /// AWS's error for an action that is not allowed on `resource`, in the service's own wording.
    pub(crate) fn denied(self, principal: &Principal, action: &str, resource: &str, decision: Decision) -> Fault {
        let who = format!("User: {} is not authorized to perform: {action}", principal.arn());
        let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
        let why = match decision {
            Decision::ExplicitlyDenied => "with an explicit deny in an identity-based policy".to_owned(),
            Decision::Allowed | Decision::ImplicitlyDenied => {
                format!("because no identity-based policy allows the {action} action")
            }
        };
        match self.protocol() {
            Protocol::Ec2 => Fault::new(
                "UnauthorizedOperation",
                format!("You are not authorized to perform this operation. {who}{on} {why}"),
            )
            .with_status(403),
            Protocol::Query(_) => Fault::new("AccessDenied", format!("{who}{on} {why}")).with_status(403),
            Protocol::RestJson => Fault::new("AccessDeniedException", format!("{who}{on} {why}")).with_status(403),
            Protocol::Json => Fault::new("AccessDeniedException", format!("{who}{on} {why}")),
        }
    }

    /// The word before the colon in IAM's names of actions, which is also the name in a credential's scope.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Service::Ec2 => "ec2",
            Service::AutoScaling => "autoscaling",
            Service::Sts => "sts",
            Service::ImageBuilder => "imagebuilder",
            Service::Ssm => "ssm",
            Service::CloudTrail => "cloudtrail",
            Service::LoadBalancing => "elasticloadbalancing",
            Service::InstanceConnect => "ec2-instance-connect",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_readme_tells_of_every_call() {
        let told: HashSet<&str> = include_str!("../README.md").split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let calls = ALL.iter().flat_map(|service| service.calls()).map(|call| call.name);
        let missing: Vec<&str> = calls.filter(|name| !told.contains(name)).collect();
        assert_eq!(missing, [""; 0]);
    }
}
