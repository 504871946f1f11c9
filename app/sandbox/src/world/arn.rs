//! ARNs as the Service Authorization Reference has them.

use super::Scope;

/// The ARN of an EC2 resource: `instance` and its id, say, or `*` for one that is yet to be made.
pub(crate) fn ec2(scope: &Scope, kind: &str, id: &str) -> String {
    // Images and snapshots have no account, since others' can be used.
    let account = if matches!(kind, "image" | "snapshot") { "" } else { &*scope.account };
    format!("arn:aws:ec2:{}:{account}:{kind}/{id}", scope.region.name)
}

/// The ARNs of the EC2 resources of one kind that a request names.
pub(crate) fn ec2_of<'a>(scope: &Scope, kind: &str, ids: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    ids.into_iter().map(|id| ec2(scope, kind, id)).collect()
}

/// The ARN of an account's role: an instance profile's is called as the profile is.
pub(crate) fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}
