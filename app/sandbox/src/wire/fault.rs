//! AWS's errors, and how each protocol writes them.

use super::{Protocol, xml::Xml};

/// An error as AWS would give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The HTTP status.
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Fault {
    /// A fault of the asker.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Fault {
        Fault { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// The same with another HTTP status.
    pub(crate) fn with_status(mut self, status: u16) -> Fault {
        self.status = status;
        self
    }

    /// EC2's answer to a call that was only to be tried and would have been done.
    pub(crate) fn dry_run() -> Fault {
        Fault::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").with_status(412)
    }

    /// A value that a parameter can't have.
    pub(crate) fn invalid(message: impl Into<String>) -> Fault {
        Fault::new("InvalidParameterValue", message)
    }

    /// The body that this protocol gives for it.
    pub(crate) fn body(&self, protocol: Protocol, request_id: &str) -> String {
        match protocol {
            Protocol::Ec2 => {
                let mut xml = Xml::document();
                xml.nest("Response", |xml| {
                    xml.nest("Errors", |xml| {
                        xml.nest("Error", |xml| {
                            xml.text("Code", &self.code);
                            xml.text("Message", &self.message);
                        });
                    });
                    xml.text("RequestID", request_id);
                });
                xml.finish()
            }
            Protocol::Query(namespace) => {
                let mut xml = Xml::document();
                xml.nest_in("ErrorResponse", namespace, |xml| {
                    xml.nest("Error", |xml| {
                        xml.text("Type", if self.status < 500 { "Sender" } else { "Receiver" });
                        xml.text("Code", &self.code);
                        xml.text("Message", &self.message);
                    });
                    xml.text("RequestId", request_id);
                });
                xml.finish()
            }
            Protocol::Json => serde_json::json!({ "__type": self.code, "message": self.message }).to_string(),
            Protocol::RestJson => serde_json::json!({ "message": self.message }).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_its_own_words() {
        let fault = Fault::new("Bad<", "a & b");
        let cases = [
            (
                Protocol::Ec2,
                "<Response><Errors><Error><Code>Bad&lt;</Code><Message>a &amp; b</Message></Error></Errors><RequestID>r</RequestID></Response>",
            ),
            (
                Protocol::Query("http://ns/"),
                "<ErrorResponse xmlns=\"http://ns/\"><Error><Type>Sender</Type><Code>Bad&lt;</Code><Message>a &amp; b</Message></Error><RequestId>r</RequestId></ErrorResponse>",
            ),
            (Protocol::Json, r#"{"__type":"Bad<","message":"a & b"}"#),
            (Protocol::RestJson, r#"{"message":"a & b"}"#),
        ];
        for (protocol, want) in cases {
            let body = fault.body(protocol, "r");
            assert!(body.ends_with(want), "{body}");
        }
    }
}
