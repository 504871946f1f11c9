//! Whose code describes a group or a template. It is no reason to refuse: it is said, since the next deployment may
//! take back what was changed here.

use std::collections::BTreeMap;

/// Who describes the thing with these tags, as one says it: `the stack web (CloudFormation)`.
pub(super) fn described_by(tags: &BTreeMap<String, String>) -> Option<String> {
    if let Some(stack) = tags.get("aws:cloudformation:stack-name") {
        let by_cdk = tags.keys().any(|key| key.starts_with("aws-cdk") || key.starts_with("aws:cdk"));
        return Some(format!("the stack {stack} ({})", if by_cdk { "CDK" } else { "CloudFormation" }));
    }
    // Neither tool tags by itself: these are the tags that people let it set (`default_tags`).
    ["Terraform", "OpenTofu", "Pulumi"]
        .into_iter()
        .find(|tool| tags.iter().any(|tag| names(tag, tool)))
        .map(str::to_owned)
}

/// `managed-by = Terraform`, `terraform:workspace = prod`, `Terraform = true`; but not `Terraform = false`.
fn names((key, value): (&String, &String), tool: &str) -> bool {
    let (key, value, tool) = (key.to_lowercase(), value.to_lowercase(), tool.to_lowercase());
    let denied = ["false", "no", "0"].contains(&value.as_str());
    let about_tools =
        ["managed", "created", "provision", "iac", "source", "tool"].iter().any(|word| key.contains(word));
    (key.contains(&tool) && !denied) || (about_tools && value.contains(&tool))
}

/// The warning for what is described elsewhere: `thing` is what is changed here.
pub(super) fn warning(thing: &str, tags: &BTreeMap<String, String>) -> Option<String> {
    let owner = described_by(tags)?;
    Some(format!(
        "{thing} is described by {owner}, which will show this as drift and may take it back: change it there as well."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tags<'a> = &'a [(&'a str, &'a str)];

    #[test]
    fn tags_tell_whose_code_describes_a_thing() {
        let cases: [(Tags, Option<&str>); 9] = [
            (&[], None),
            (&[("Name", "web"), ("team", "terraformers")], None),
            (&[("aws:cloudformation:stack-name", "web")], Some("the stack web (CloudFormation)")),
            (&[("aws:cloudformation:stack-name", "web"), ("aws-cdk:bootstrap", "1")], Some("the stack web (CDK)")),
            (&[("ManagedBy", "terraform")], Some("Terraform")),
            (&[("Terraform", "true")], Some("Terraform")),
            (&[("Terraform", "false")], None),
            (&[("terraform:workspace", "prod")], Some("Terraform")),
            (&[("provisioner", "pulumi")], Some("Pulumi")),
        ];
        for (tags, owner) in cases {
            let map = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
            assert_eq!(described_by(&map).as_deref(), owner, "{tags:?}");
        }
    }
}
