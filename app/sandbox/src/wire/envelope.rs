//! What each protocol puts around an XML answer.

use super::{Protocol, fault::Fault, xml::Xml};

/// The namespace of EC2's answers.
const EC2_NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// The query actions that put nothing out, so that there is no result around it either: in Auto Scaling's API model
/// they have no output.
const WITHOUT_RESULT: &[&str] = &[
    "AttachInstances",
    "CreateAutoScalingGroup",
    "CreateLaunchConfiguration",
    "CreateOrUpdateTags",
    "DeleteAutoScalingGroup",
    "DeleteLaunchConfiguration",
    "DeleteTags",
    "ResumeProcesses",
    "SetDesiredCapacity",
    "SetInstanceHealth",
    "SuspendProcesses",
    "UpdateAutoScalingGroup",
];

/// The answer of `action` with what `inside` writes.
///
/// # Errors
/// What `inside` fails with.
pub(crate) fn wrap(
    protocol: Protocol,
    action: &str,
    request_id: &str,
    inside: impl FnOnce(&mut Xml) -> Result<(), Fault>,
) -> Result<String, Fault> {
    let mut xml = Xml::with_capacity(16 * 1024);
    let mut result = Ok(());
    let response = format!("{action}Response");
    match protocol {
        Protocol::Query(namespace) => xml.nest_in(&response, namespace, |xml| {
            if WITHOUT_RESULT.contains(&action) {
                result = inside(xml);
            } else {
                xml.nest(&format!("{action}Result"), |xml| result = inside(xml));
            }
            xml.nest("ResponseMetadata", |xml| xml.text("RequestId", request_id));
        }),
        Protocol::Ec2 | Protocol::Json | Protocol::RestJson => xml.nest_in(&response, EC2_NAMESPACE, |xml| {
            xml.text("requestId", request_id);
            result = inside(xml);
        }),
    }
    result.map(|()| xml.finish())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn only_what_puts_something_out_has_a_result() {
        let protocol = Protocol::Query("http://autoscaling.amazonaws.com/doc/2011-01-01/");
        let wrapped = |action| wrap(protocol, action, "1", |_| Ok(())).unwrap();
        assert!(!wrapped("SetDesiredCapacity").contains("SetDesiredCapacityResult"));
        assert!(wrapped("SetInstanceProtection").contains("SetInstanceProtectionResult"));
    }
}
