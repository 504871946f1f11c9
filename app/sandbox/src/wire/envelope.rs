//! What each protocol puts around an XML answer.

use super::{Protocol, fault::Fault, xml::Xml};

/// The namespace of EC2's answers.
const EC2_NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

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
            xml.nest(&format!("{action}Result"), |xml| result = inside(xml));
            xml.nest("ResponseMetadata", |xml| xml.text("RequestId", request_id));
        }),
        Protocol::Ec2 | Protocol::Json | Protocol::RestJson => xml.nest_in(&response, EC2_NAMESPACE, |xml| {
            xml.text("requestId", request_id);
            result = inside(xml);
        }),
    }
    result.map(|()| xml.finish())
}
