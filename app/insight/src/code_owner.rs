//! Whose code describes a server, a group or a template: what is changed here, the next deployment of that code may take
//! back.

use fleet::{Fleet, GroupIx, Lineage, ScopeIx, ServerIx, Sym, TagSet, TemplateIx, TemplateKind};
use rustc_hash::FxHashMap;

/// Whose code describes the things of a fleet, with its templates looked up once.
pub struct CodeOwners<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    template_tags: FxHashMap<(ScopeIx, Sym), TagSet>,
}

impl<'a> CodeOwners<'a> {
    /// For the things of `fleet`; `lineage` must be that of the same fleet.
    #[must_use]
    pub fn new(fleet: &'a Fleet, lineage: &'a Lineage) -> Self {
        let template_tags = fleet.templates.iter().map(|row| ((row.scope, row.id), row.tags)).collect();
        Self { fleet, lineage, template_tags }
    }

    /// Whose code describes a template version, by the tags of its template; a launch configuration has none.
    #[must_use]
    pub fn template(&self, template: TemplateIx) -> Option<String> {
        let node = self.lineage.templates.get(template.at())?;
        let tags = self.template_tags.get(&(node.scope, node.id));
        self.by_tags(*tags.filter(|_| node.kind == TemplateKind::LaunchTemplate)?)
    }

    /// Whose code describes a group: by its own tags, else those of the template that it launches from.
    #[must_use]
    pub fn group(&self, group: GroupIx) -> Option<String> {
        let template = self.lineage.groups.get(group.at()).and_then(|node| node.wants);
        self.group_itself(group).or_else(|| Some(through(&self.template(template?)?, "template")))
    }

    fn group_itself(&self, group: GroupIx) -> Option<String> {
        self.by_tags(self.fleet.groups.get(group.at())?.tags)
    }

    /// Whose code describes a server: by its own tags, else those of its group, else of its template; where it is not
    /// its own, with a word on that: `Terraform, through its group`.
    #[must_use]
    pub fn server(&self, server: ServerIx) -> Option<String> {
        let row = self.fleet.servers.get(server.at())?;
        let node = self.lineage.servers.get(server.at())?;
        self.by_tags(row.tags)
            .or_else(|| Some(through(&self.group_itself(node.group?)?, "group")))
            .or_else(|| Some(through(&self.template(node.template?)?, "template")))
    }

    fn by_tags(&self, tags: TagSet) -> Option<String> {
        let tags: Vec<(&str, &str)> = self.fleet.symbols.tags(tags).collect();
        described_by(&tags.iter().copied())
    }
}

fn through(owner: &str, what: &str) -> String {
    format!("{owner}, through its {what}")
}

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
