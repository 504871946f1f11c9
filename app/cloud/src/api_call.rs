//! What a request asks AWS for, under the names that messages, quotas and policies go by.

use fleet::Call;

/// One of AWS's calls, named by the IAM action that allows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ApiCall {
    action: &'static str,
}

impl ApiCall {
    /// `action` is `SERVICE:OPERATION`, as IAM writes it.
    pub(crate) const fn new(action: &'static str) -> Self {
        Self { action }
    }

    /// The IAM action that allows it: `ec2:DescribeInstances`.
    pub(crate) fn action(self) -> &'static str {
        self.action
    }

    /// IAM's prefix of the service: `ec2`.
    pub(crate) fn service(self) -> &'static str {
        self.action.split_once(':').map_or("", |(service, _)| service)
    }

    /// The operation's name: `DescribeInstances`.
    pub(crate) fn operation(self) -> &'static str {
        self.action.split_once(':').map_or(self.action, |(_, operation)| operation)
    }
}

impl From<Call> for ApiCall {
    fn from(call: Call) -> Self {
        Self::new(call.action())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulls_calls_keep_their_names() {
        for &call in Call::ALL {
            let asked = ApiCall::from(call);
            assert_eq!((asked.operation(), asked.action()), (call.operation(), call.action()));
        }
        assert_eq!(ApiCall::from(Call::GetParameters).service(), "ssm");
    }
}
