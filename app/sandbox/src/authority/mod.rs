//! Whether who asks may: what a call needs allowed, on which resources and under which keys, and AWS's refusal if it
//! is not.
//!
//! Which resources an action has, and what else must be allowed for it, follows the Service Authorization Reference
//! and each service's guide; `iam` decides.

mod launch;
#[cfg(test)]
mod reference;
mod resource;
mod said;

use crate::{
    call::Ask,
    iam::{self, Decision, Resource},
    request::Request,
    service::Service,
    wire::{fault::Fault, form::Form},
    world::{arn, id},
};

/// One action that must be allowed on one resource.
struct Need {
    action: String,
    resource: Resource,
    /// The keys that hold for this need alone.
    keys: Vec<(String, String)>,
    /// What is told if it is not allowed, in place of the usual words.
    instead: Option<Fault>,
}

impl Need {
    fn new(action: impl Into<String>, resource: Resource) -> Need {
        Need { action: action.into(), resource, keys: Vec::new(), instead: None }
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Need {
        self.keys.push((key.to_owned(), value.into()));
        self
    }

    /// The tags that the request gives: `aws:RequestTag/KEY` and `aws:TagKeys`.
    fn tagging(mut self, tags: &[(String, String)]) -> Need {
        for (key, value) in tags {
            self.keys.push((format!("aws:RequestTag/{key}"), value.clone()));
            self.keys.push(("aws:TagKeys".to_owned(), key.clone()));
        }
        self
    }
}

/// Refuses a request whose caller may not make it. `resources` are the ARNs that it is about.
///
/// # Errors
/// The service's own refusal, with the action and the resource that is not allowed.
pub(crate) fn check(ask: &Ask<'_>, request: &Request<'_>, resources: &[String]) -> Result<(), Fault> {
    let service = request.service;
    // AWS answers GetCallerIdentity whatever the policies say.
    if service == Service::Sts {
        return Ok(());
    }
    let action = request.action();
    if request.denied || ask.principal.is_denied(ask.scope.region.name, &action) {
        let resource = resources.first().map_or("*", |resource| &**resource);
        return Err(service.denied(ask.principal, &action, resource, Decision::ImplicitlyDenied));
    }
    let Some(policies) = &ask.principal.policies else { return Ok(()) };
    for need in needs(ask, request, resources) {
        let mut context = said::context(ask);
        for (key, value) in need.keys {
            context.add(&key, value);
        }
        let decision = iam::evaluate(policies, &need.action, &need.resource, &context);
        if decision != Decision::Allowed {
            let usual = || service.denied(ask.principal, &need.action, &need.resource.arn, decision);
            return Err(need.instead.unwrap_or_else(usual));
        }
    }
    Ok(())
}

/// All that a request needs allowed.
fn needs(ask: &Ask<'_>, request: &Request<'_>, resources: &[String]) -> Vec<Need> {
    let (service, name, form) = (request.service, request.call.name, &request.input.form);
    let action = request.action();
    if action == "ec2:RunInstances" {
        return launch::of_request(ask, form);
    }
    let tags = said::tags(service, name, &request.input);
    let specified = if service == Service::Ec2 { said::tag_specifications(form) } else { Vec::new() };
    // Without a resource the call is about all of them.
    let everything = ["*".to_owned()];
    let resources = if resources.is_empty() { &everything[..] } else { resources };
    let mut needs: Vec<Need> = resources
        .iter()
        .map(|arn| {
            let mut need = Need::new(&*action, resource::of_arn(ask, arn)).tagging(&tags);
            if let Some((_, tags)) = specified.iter().find(|(kind, _)| is_made(arn, kind)) {
                need = need.tagging(tags);
            }
            need.keys.extend(said::keys(&action, &request.input));
            need
        })
        .collect();
    needs.extend(tag_needs(ask, name, &specified));
    if name == "CopyImage" {
        needs.extend(copied_tag_needs(ask, form));
    }
    match service {
        Service::AutoScaling => {
            needs.extend(launch::of_group(ask, form));
            if let Some(text) = form.get("IamInstanceProfile").filter(|_| name == "CreateLaunchConfiguration") {
                needs.push(launch::pass_role(ask, text.rsplit('/').next().unwrap_or(text)));
            }
        }
        Service::Ec2 => needs.extend(launch::profile(form).map(|name| launch::pass_role(ask, name))),
        _ => (),
    }
    needs
}

/// Whether an ARN stands for resources of this kind that the call is to make.
fn is_made(arn: &str, kind: &str) -> bool {
    arn.rsplit(':').next().and_then(|resource| resource.strip_suffix("/*")) == Some(kind)
}

/// Tags given to what a call makes need `ec2:CreateTags` as well (EC2 User Guide, 'Grant permission to tag resources
/// during creation').
fn tag_needs(ask: &Ask<'_>, name: &str, specified: &[(String, Vec<(String, String)>)]) -> Vec<Need> {
    let tagged = specified.iter().filter(|(_, tags)| !tags.is_empty());
    tagged
        .map(|(kind, tags)| {
            let made = Resource::new(arn::ec2(ask.scope, kind, "*")).with("ec2:Region", ask.scope.region.name);
            Need::new("ec2:CreateTags", made).with("ec2:CreateAction", name).tagging(tags)
        })
        .collect()
}

/// A copy that takes its source's tags with it is tagged as well.
fn copied_tag_needs(ask: &Ask<'_>, form: &Form) -> Vec<Need> {
    let copies = form.flag("CopyImageTags").unwrap_or(false);
    let source = form.get("SourceImageId").filter(|_| copies);
    let source = source.and_then(|text| id::parse("ami", text)).and_then(|id| ask.world.image(id));
    let Some(source) = source.filter(|image| image.owner == ask.scope.account) else { return Vec::new() };
    let tags = source.tags.iter().filter(|tag| !tag.key.starts_with("aws:"));
    let tags = tags.map(|tag| (tag.key.to_string(), tag.value.to_string())).collect();
    tag_needs(ask, "CopyImage", &[("image".to_owned(), tags)])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::{
        reference::{SERVICES, harbor},
        *,
    };
    use crate::{
        call::{Call, Input},
        world::{World, principal::Principal},
    };

    const ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

    /// Whether somebody may send an empty request.
    fn may(world: &World, principal: &Arc<Principal>, service: Service, call: &'static Call) -> Result<(), Fault> {
        let scope = world.scope_slot(&principal.account, "eu-west-1").unwrap();
        let input = Input { form: Form::default(), query: "", body: b"" };
        let request =
            Request { service, call, input, principal: principal.clone(), scope, dry_run: false, denied: false };
        let ask = Ask { world, scope: world.scope_at(scope), principal, now: Timestamp::UNIX_EPOCH, request_id: "" };
        check(&ask, &request, &(call.resources)(&ask, &request.input))
    }

    #[test]
    fn nothing_can_be_called_that_no_policy_allows() {
        let mut world = harbor();
        let nobody = world.add_principal("210987654321", "nobody", &[]).unwrap();
        let everybody = world.add_principal("210987654321", "everybody", &[ALL]).unwrap();
        for name in SERVICES {
            let service = Service::named(name).unwrap();
            for call in service.calls() {
                assert_eq!(may(&world, &everybody, service, call), Ok(()), "{name}:{}", call.name);
                let refused = may(&world, &nobody, service, call);
                let message = refused.unwrap_err().message;
                assert!(message.contains(&format!("is not authorized to perform: {name}:{}", call.name)), "{message}");
            }
        }
    }
}
