//! Whether policies allow an action on a resource.
//!
//! IAM User Guide, 'Policy evaluation logic': everything is denied unless a statement allows it, and a statement that
//! denies it wins over all that allow it.

use std::collections::BTreeMap;

use super::document::{Effect, Policy};

/// What a call touches, as the Service Authorization Reference names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    /// An ARN, or `*` for a call that has no resource.
    pub(crate) arn: String,
    /// Its tags, which conditions see as `aws:ResourceTag/KEY` and `SERVICE:ResourceTag/KEY`.
    pub(crate) tags: Vec<(String, String)>,
    /// Keys that hold for this resource alone, such as `ec2:InstanceType`, in lower case.
    keys: Vec<(String, String)>,
}

impl Resource {
    /// One without tags.
    pub(crate) fn new(arn: impl Into<String>) -> Resource {
        Resource { arn: arn.into(), tags: Vec::new(), keys: Vec::new() }
    }

    /// The same with tags.
    pub(crate) fn tagged<'a>(mut self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Resource {
        self.tags.extend(tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        self
    }

    /// The same with a key that conditions can ask for.
    pub(crate) fn with(mut self, key: &str, value: impl Into<String>) -> Resource {
        self.keys.push((key.to_lowercase(), value.into()));
        self
    }
}

/// What is known of a request beside action and resource: `aws:RequestedRegion`, `ec2:CreateAction` and the like.
/// The names of keys have no case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// Adds a value to those of a key.
    pub(crate) fn add(&mut self, key: &str, value: impl Into<String>) {
        self.values.entry(key.to_lowercase()).or_default().push(value.into());
    }
}

/// An action on a resource, as statements see it.
pub(super) struct Request<'a> {
    /// In lower case.
    pub(super) action: String,
    pub(super) resource: &'a Resource,
    context: &'a Context,
}

impl<'a> Request<'a> {
    pub(super) fn new(action: &str, resource: &'a Resource, context: &'a Context) -> Request<'a> {
        Request { action: action.to_lowercase(), resource, context }
    }

    /// The values that the request has for a key, which is in lower case.
    pub(super) fn values(&self, key: &str) -> Vec<&'a str> {
        let of_request = self.context.values.get(key).into_iter().flatten();
        let of_resource = self.resource.keys.iter().filter(|(name, _)| name == key).map(|(_, value)| value);
        let tag = key.split_once(":resourcetag/").and_then(|(service, tag)| {
            let (of_action, of_resource) = (self.action.split(':').next(), self.resource.arn.split(':').nth(2));
            (service == "aws" || Some(service) == of_action || Some(service) == of_resource).then_some(tag)
        });
        let of_tags = self.resource.tags.iter().filter_map(|(key, value)| {
            let tag = tag?;
            (key.to_lowercase() == tag).then_some(value)
        });
        of_request.chain(of_resource).chain(of_tags).map(String::as_str).collect()
    }
}

/// What policies say of an action on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows it.
    ImplicitlyDenied,
    /// A statement denies it.
    ExplicitlyDenied,
}

/// Whether `policies` together allow `action` (`ec2:RunInstances`) on `resource`. A call on several resources needs
/// each of them allowed.
pub(crate) fn evaluate(policies: &[Policy], action: &str, resource: &Resource, context: &Context) -> Decision {
    let request = Request::new(action, resource, context);
    let mut decision = Decision::ImplicitlyDenied;
    for statement in policies.iter().flat_map(|policy| &policy.statements) {
        if !statement.applies(&request) {
            continue;
        }
        match statement.effect {
            Effect::Deny => return Decision::ExplicitlyDenied,
            Effect::Allow => decision = Decision::Allowed,
        }
    }
    decision
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use proptest::prelude::*;

    use super::*;

    fn policy(statements: &str) -> Policy {
        Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
    }

    const INSTANCE: &str = "arn:aws:ec2:eu-west-1:210987654321:instance/i-1";

    #[test]
    fn statements_decide_as_iam_does() {
        let read = r#"{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}"#;
        let own = r#"{"Effect": "Allow", "Action": "EC2:terminateinstances",
            "Resource": "arn:aws:ec2:*:${aws:PrincipalAccount}:instance/*",
            "Condition": {"StringEquals": {"aws:ResourceTag/Team": "web", "ec2:resourcetag/ENV": ["dev", "test"]}}}"#;
        let region = r#"{"Effect": "Deny", "NotAction": "sts:*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}"#;
        let all_but = r#"{"Effect": "Allow", "Action": "ec2:*",
            "NotResource": "arn:aws:ec2:*:*:instance/i-1"}"#;
        let typed = r#"{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:instance/*",
            "Condition": {"StringLike": {"ec2:InstanceType": "t3.*"}, "NumericLessThanEquals": {"ec2:MetadataHttpPutResponseHopLimit": 1}}}"#;
        let foreign = own.replace("ec2:resourcetag", "autoscaling:ResourceTag");
        let web = &[("Team", "web"), ("env", "dev")][..];
        let (allowed, implicit, explicit) = (Decision::Allowed, Decision::ImplicitlyDenied, Decision::ExplicitlyDenied);
        let cases = [
            (vec![], "ec2:DescribeImages", "eu-west-1", &[][..], implicit),
            (vec![read], "ec2:DescribeImages", "eu-west-1", &[], allowed),
            (vec![read], "EC2:DESCRIBEimages", "eu-west-1", &[], allowed),
            (vec![read], "ec2:TerminateInstances", "eu-west-1", &[], implicit),
            (vec![own], "ec2:TerminateInstances", "eu-west-1", web, allowed),
            (vec![own], "ec2:TerminateInstances", "eu-west-1", &[("Team", "web")], implicit),
            (vec![own], "ec2:TerminateInstances", "eu-west-1", &[("Team", "Web"), ("env", "dev")], implicit),
            (vec![own, region], "ec2:TerminateInstances", "us-east-1", web, explicit),
            (vec![region, own], "ec2:TerminateInstances", "us-east-1", web, explicit),
            (vec![region, own], "ec2:TerminateInstances", "eu-west-1", web, allowed),
            (vec![region], "sts:GetCallerIdentity", "us-east-1", &[], implicit),
            (vec![all_but], "ec2:StopInstances", "eu-west-1", &[], implicit),
            (vec![typed], "ec2:RunInstances", "eu-west-1", &[], allowed),
            // A service's own tag keys are for its own resources.
            (vec![&foreign], "ec2:TerminateInstances", "eu-west-1", web, implicit),
        ];
        for (statements, action, region, tags, want) in cases {
            let policies: Vec<Policy> = statements.iter().map(|text| policy(text)).collect();
            let resource = Resource::new(INSTANCE)
                .tagged(tags.iter().copied())
                .with("ec2:InstanceType", "t3.large")
                .with("ec2:MetadataHttpPutResponseHopLimit", "1");
            let mut context = Context::default();
            context.add("aws:RequestedRegion", region);
            context.add("aws:PrincipalAccount", "210987654321");
            assert_eq!(evaluate(&policies, action, &resource, &context), want, "{action} {region} {statements:?}");
        }
    }

    #[test]
    fn a_policy_without_its_resource_does_not_allow_a_call_on_everything() {
        let policies = [policy(r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:*/*"}"#)];
        let decide = |resource| evaluate(&policies, "ec2:DescribeImages", &resource, &Context::default());
        assert_eq!(decide(Resource::new("*")), Decision::ImplicitlyDenied);
        assert_eq!(decide(Resource::new(INSTANCE)), Decision::Allowed);
    }

    /// A statement of few actions, resources and conditions, so that requests often meet it.
    fn statement() -> impl Strategy<Value = String> {
        let effect = prop_oneof![Just("Allow"), Just("Deny")];
        let action = prop_oneof![Just("*"), Just("ec2:*"), Just("ec2:Run*"), Just("ec2:Stop?nstances"), Just("ssm:*")];
        let resource = prop_oneof![
            Just("*"),
            Just("arn:aws:ec2:*:*:instance/*"),
            Just("arn:aws:ec2:*:*:instance/i-${aws:username}"),
            Just("arn:aws:ec2:*:*:volume/*"),
        ];
        let not = (any::<bool>(), any::<bool>());
        let condition = prop_oneof![
            Just(""),
            Just(r#", "Condition": {"StringEquals": {"aws:ResourceTag/env": "dev"}}"#),
            Just(r#", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}"#),
            Just(r#", "Condition": {"Null": {"aws:username": "true"}}"#),
        ];
        (effect, action, resource, not, condition).prop_map(|(effect, action, resource, (not_a, not_r), condition)| {
            let not = |not| if not { "Not" } else { "" };
            format!(
                r#"{{"Effect": "{effect}", "{}Action": "{action}", "{}Resource": "{resource}"{condition}}}"#,
                not(not_a),
                not(not_r)
            )
        })
    }

    fn requests() -> Vec<(&'static str, Resource, Context)> {
        let mut requests = Vec::new();
        for action in ["ec2:RunInstances", "ec2:StopInstances", "ssm:GetParameter", "ec2:DescribeImages"] {
            for arn in ["*", "arn:aws:ec2:eu-west-1:1:instance/i-7", "arn:aws:ec2:eu-west-1:1:volume/vol-7"] {
                for (tag, user, region) in [("dev", Some("7"), "eu-west-1"), ("prod", None, "us-east-1")] {
                    let mut context = Context::default();
                    context.add("aws:RequestedRegion", region);
                    if let Some(user) = user {
                        context.add("aws:username", user);
                    }
                    requests.push((action, Resource::new(arn).tagged([("env", tag)]), context));
                }
            }
        }
        requests
    }

    proptest! {
        #[test]
        fn neither_order_nor_files_matter_and_a_deny_wins(
            statements in prop::collection::vec(statement(), 1..6),
            cut in 0_usize..6,
        ) {
            let one = policy(&statements.join(","));
            let backwards = policy(&statements.iter().rev().cloned().collect::<Vec<_>>().join(","));
            let each: Vec<Policy> = statements.iter().map(|text| policy(text)).collect();
            for (action, resource, context) in requests() {
                let decide = |policies: &[Policy]| evaluate(policies, action, &resource, &context);
                let decision = decide(std::slice::from_ref(&one));
                prop_assert_eq!(decision, decide(std::slice::from_ref(&backwards)));
                prop_assert_eq!(decision, decide(&each));
                let alone: Vec<Decision> = each.iter().map(|one| decide(std::slice::from_ref(one))).collect();
                let want = if alone.contains(&Decision::ExplicitlyDenied) {
                    Decision::ExplicitlyDenied
                } else if alone.contains(&Decision::Allowed) {
                    Decision::Allowed
                } else {
                    Decision::ImplicitlyDenied
                };
                prop_assert_eq!(decision, want);
                // Fewer statements never deny more explicitly.
                let fewer = decide(&each[..cut.min(each.len())]);
                prop_assert!(fewer != Decision::ExplicitlyDenied || decision == Decision::ExplicitlyDenied);
            }
        }
    }
}
