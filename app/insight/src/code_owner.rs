//! Whose code describes a server, a group or a template: what is changed here, the next deployment of that code may take
//! back.

/// Who describes the thing with these tags, as one says it: `the stack web (CloudFormation)`.
#[must_use]
pub fn described_by<'a>(tags: &(impl Iterator<Item = (&'a str, &'a str)> + Clone)) -> Option<String> {
    let stack = tags.clone().find(|&(key, _)| key == "aws:cloudformation:stack-name");
    if let Some((_, stack)) = stack {
        let by_cdk = tags.clone().any(|(key, _)| key.starts_with("aws-cdk") || key.starts_with("aws:cdk"));
        return Some(format!("the stack {stack} ({})", if by_cdk { "CDK" } else { "CloudFormation" }));
    }
    // Neither tool tags by itself: these are the tags that people let it set (`default_tags`).
    ["Terraform", "OpenTofu", "Pulumi"]
        .into_iter()
        .find(|tool| tags.clone().any(|tag| names(tag, tool)))
        .map(str::to_owned)
}

/// `managed-by = Terraform`, `terraform:workspace = prod`, `Terraform = true`; but not `Terraform = false`.
fn names((key, value): (&str, &str), tool: &str) -> bool {
    let (key, value, tool) = (key.to_lowercase(), value.to_lowercase(), tool.to_lowercase());
    let denied = ["false", "no", "0"].contains(&value.as_str());
    let about_tools =
        ["managed", "created", "provision", "iac", "source", "tool"].iter().any(|word| key.contains(word));
    (key.contains(&tool) && !denied) || (about_tools && value.contains(&tool))
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
            assert_eq!(described_by(&tags.iter().copied()).as_deref(), owner, "{tags:?}");
        }
    }
}
