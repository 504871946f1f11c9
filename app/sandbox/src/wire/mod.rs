//! AWS's ways of asking and answering over HTTP, apart from what is asked.

pub(crate) mod credential;
pub(crate) mod envelope;
pub(crate) mod fault;
pub(crate) mod filter;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod time;
pub(crate) mod xml;

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// EC2's own: a form, answered with XML lists of `item`.
    Ec2,
    /// A form, answered with XML lists of `member`; with the service's namespace.
    Query(&'static str),
    /// JSON with `X-Amz-Target`.
    Json,
    /// JSON with the call in the path.
    RestJson,
}
