//! STS: who one is.

use crate::{
    call::{Ask, Call, Handler, anything},
    wire::{fault::Fault, form::Form, xml::Xml},
};

/// The namespace of its answers.
pub(crate) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// STS's calls.
pub(crate) const CALLS: &[Call] = &[Call {
    name: "GetCallerIdentity",
    parameters: &[],
    resources: anything,
    handler: Handler::ReadXml(caller_identity),
}];

fn caller_identity(ask: &Ask<'_>, _: &Form, xml: &mut Xml) -> Result<(), Fault> {
    xml.text("Arn", &ask.principal.arn());
    xml.text("UserId", &ask.principal.user_id());
    xml.text("Account", &ask.principal.account);
    Ok(())
}
