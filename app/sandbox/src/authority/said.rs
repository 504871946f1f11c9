//! What a request says of itself, as keys for conditions.
//!
//! IAM User Guide, 'Global condition context keys'; Service Authorization Reference, 'Amazon EC2 Auto
//! Scaling' and 'Amazon EC2 Instance Connect'.

use serde_json::Value;

use crate::{
    call::{Ask, Input},
    iam::Context,
    service::Service,
    wire::{form::Form, time},
    world::{arn, template::VersionName},
};

/// The most tag specifications, and the most tags of one, that are read.
const MAX_SPECIFICATIONS: usize = 20;
const MAX_TAGS: usize = 50;

/// The keys that every request has. Everybody is a role's session here, so there is no `aws:username`.
pub(super) fn context(ask: &Ask<'_>) -> Context {
    let mut context = Context::default();
    context.add("aws:CurrentTime", time::iso(ask.now));
    context.add("aws:EpochTime", ask.now.as_second().to_string());
    context.add("aws:PrincipalAccount", &*ask.principal.account);
    context.add("aws:PrincipalArn", arn::role(&ask.principal.account, &ask.principal.role));
    context.add("aws:PrincipalIsAWSService", "false");
    context.add("aws:PrincipalType", "AssumedRole");
    context.add("aws:RequestedRegion", ask.scope.region.name);
    // The sandbox stands for AWS's own address, which is always encrypted.
    context.add("aws:SecureTransport", "true");
    context.add("aws:ViaAWSService", "false");
    context.add("aws:userid", ask.principal.user_id());
    context
}

/// The tags of a list such as `Tag.1.Key`, `Tag.1.Value`.
fn tag_list(form: &Form, prefix: &str) -> Vec<(String, String)> {
    let numbers = form.numbers(prefix).into_iter().take(MAX_TAGS);
    numbers
        .filter_map(|nth| {
            let key = form.get(&format!("{prefix}.{nth}.Key"))?;
            let value = form.get(&format!("{prefix}.{nth}.Value")).unwrap_or_default();
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The tags that a call gives to or takes from the resources that it names.
pub(super) fn tags(service: Service, name: &str, input: &Input<'_>) -> Vec<(String, String)> {
    let form = &input.form;
    match (service, name) {
        (Service::ImageBuilder, "CreateImage" | "StartImagePipelineExecution") => {
            let body: Option<Value> = serde_json::from_slice(input.body).ok();
            let tags = body.as_ref().and_then(|body| body.get("tags")?.as_object()).into_iter().flatten();
            tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        }
        (Service::Ec2, "CreateTags" | "DeleteTags") => tag_list(form, "Tag"),
        (Service::AutoScaling, "CreateAutoScalingGroup" | "CreateOrUpdateTags" | "DeleteTags") => {
            tag_list(form, "Tags.member")
        }
        _ => Vec::new(),
    }
}

/// The tags that an EC2 call gives to what it makes, by the kind of it.
pub(super) fn tag_specifications(form: &Form) -> Vec<(String, Vec<(String, String)>)> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for nth in form.numbers("TagSpecification").into_iter().take(MAX_SPECIFICATIONS) {
        let prefix = format!("TagSpecification.{nth}");
        let Some(kind) = form.get(&format!("{prefix}.ResourceType")) else { continue };
        let tags = tag_list(form, &format!("{prefix}.Tag"));
        match found.iter_mut().find(|(known, _)| known == kind) {
            Some((_, known)) => known.extend(tags),
            None => found.push((kind.to_owned(), tags)),
        }
    }
    found
}

/// The keys that a service gives to this action of its own.
pub(super) fn keys(action: &str, input: &Input<'_>) -> Vec<(String, String)> {
    match action {
        "autoscaling:CreateAutoScalingGroup" | "autoscaling:UpdateAutoScalingGroup" => group_keys(&input.form),
        "ec2-instance-connect:SendSSHPublicKey" => {
            let body: Option<Value> = serde_json::from_slice(input.body).ok();
            let user = body.as_ref().and_then(|body| body.get("InstanceOSUser")?.as_str());
            user.map(|user| ("ec2:osuser".to_owned(), user.to_owned())).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn group_keys(form: &Form) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for (key, parameter) in [
        ("autoscaling:MaxSize", "MaxSize"),
        ("autoscaling:MinSize", "MinSize"),
        ("autoscaling:LaunchConfigurationName", "LaunchConfigurationName"),
    ] {
        keys.extend(form.get(parameter).map(|value| (key.to_owned(), value.to_owned())));
    }
    let specifications = ["LaunchTemplate", "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"];
    if let Some(prefix) = specifications.into_iter().find(|prefix| names_template(form, prefix)) {
        // True where a version is given by its number; `$Latest` and `$Default` are none.
        let version = form.get(&format!("{prefix}.Version")).and_then(VersionName::parse);
        let is_number = matches!(version, Some(VersionName::Number(_)));
        keys.push(("autoscaling:LaunchTemplateVersionSpecified".to_owned(), is_number.to_string()));
    }
    keys
}

/// Whether a template is named under `prefix`.
pub(super) fn names_template(form: &Form, prefix: &str) -> bool {
    ["LaunchTemplateId", "LaunchTemplateName"].iter().any(|name| form.get(&format!("{prefix}.{name}")).is_some())
}
