//! STS: who one is.

use crate::{dispatch::Ask, wire::xml::Xml};

/// The namespace of its answers.
pub(crate) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(crate) fn knows(action: &str) -> bool {
    action == "GetCallerIdentity"
}

/// GetCallerIdentity.
pub(crate) fn answer(ask: &Ask<'_>) -> String {
    let mut xml = Xml::document();
    xml.nest_in("GetCallerIdentityResponse", NAMESPACE, |xml| {
        xml.nest("GetCallerIdentityResult", |xml| {
            xml.text("Arn", &ask.principal.arn());
            xml.text("UserId", &ask.principal.user_id());
            xml.text("Account", &ask.principal.account);
        });
        xml.nest("ResponseMetadata", |xml| xml.text("RequestId", ask.request_id));
    });
    xml.finish()
}
