//! Each action under exactly its policy of `assets/iam`: with it everything that the action's plan reads and sends is
//! allowed, and without any one of its statements something is refused by the name of what is missing.
//!
//! Plans come from the real planner. What stands in for the executor here sends each step and reads what it would wait
//! for, and checks nothing: only permissions are looked at.

use std::collections::BTreeSet;
use std::time::Duration;

use ::operate::{Action, ActionKind, Arg, Mutation, Output, Outputs, Plan, RefreshChoices, Until, Work, World, plan};
use aws_sdk_ec2::types as ec2;
use jiff::Timestamp;
use serde_json::Value;

use super::world::{NoJournal, SandboxTime, rules};
use super::*;

/// The policy of an action.
fn policy(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Replace => include_str!("../../../../../assets/iam/replace.json"),
        ActionKind::Roll => include_str!("../../../../../assets/iam/roll.json"),
        ActionKind::Reimage => include_str!("../../../../../assets/iam/reimage.json"),
        ActionKind::Rebake => include_str!("../../../../../assets/iam/rebake.json"),
        ActionKind::Bake => include_str!("../../../../../assets/iam/bake.json"),
        ActionKind::RebakeRoll => include_str!("../../../../../assets/iam/rebake-roll.json"),
        ActionKind::SetLifetime => include_str!("../../../../../assets/iam/set-lifetime.json"),
        ActionKind::Burn => include_str!("../../../../../assets/iam/burn.json"),
    }
}

/// What an action came to: an error tells what was refused.
type Outcome = Result<(), String>;

impl Harbor {
    fn carry_out(&self, action: Action) -> Outcome {
        let rules = rules(&self.scope);
        let time = SandboxTime(&self.sandbox);
        let world = World { calls: &self.operator, journal: &NoJournal, time: &time };
        let plan = plan(world, &rules, &self.scope, action).map_err(|refused| refused.to_string())?;
        let mut outputs = Outputs::new();
        for (number, step) in plan.steps.iter().enumerate() {
            match &step.work {
                Work::Send { mutation, .. } => {
                    let mutation = mutation.resolve(&outputs).map_err(|output| format!("no {output} was made"))?;
                    self.verify(&mutation)?;
                    match self.send(&mutation, &format!("{}-{number}", &plan.hash()[7..27])) {
                        Sent::Accepted { receipt, .. } => outputs.extend(receipt.made),
                        Sent::Refused { message, .. } => return Err(message),
                        Sent::Unknown { why } => panic!("{mutation:?}: {why}"),
                    }
                }
                Work::Wait { until, within_s } => self.wait(&plan, until, *within_s, &mut outputs)?,
                Work::Pause => {}
                Work::BakeCommand { recipe, .. } => panic!("{recipe} has no command here"),
            }
        }
        Ok(())
    }

    /// What is read of a step by itself before it is sent.
    fn verify(&self, mutation: &ExactMutation) -> Outcome {
        let tried = match mutation {
            Mutation::StartImagePipelineExecution { pipeline } => {
                return self.operator.pipeline(&self.scope, pipeline).map(|_| ()).map_err(|error| error.to_string());
            }
            mutation if mutation.has_dry_run() => self.operator.dry_run(&self.scope, mutation),
            _ => return Ok(()),
        };
        match tried {
            DryRun::Would => Ok(()),
            DryRun::Refused { message, .. } => Err(message),
            DryRun::Unknown { why } => panic!("{mutation:?}: {why}"),
        }
    }

    /// Lets time pass until it is so, by the same readings as the executor's.
    fn wait(&self, plan: &Plan, until: &Until, within_s: u32, outputs: &mut Outputs) -> Outcome {
        for _ in 0..=within_s / 60 {
            if self.is_so(plan, until, outputs).map_err(|error| error.to_string())? {
                return Ok(());
            }
            self.sandbox.advance(Duration::from_secs(60));
        }
        panic!("it never came to {until:?}")
    }

    fn is_so(&self, plan: &Plan, until: &Until, outputs: &mut Outputs) -> Read<bool> {
        let (calls, scope) = (&self.operator, &self.scope);
        let known = |arg: &Arg| arg.resolve(outputs).expect("an earlier step made it");
        let state = |server: &str| -> Read<Option<ServerFacts>> {
            Ok(calls.servers(scope, &[server.to_owned()], Detail::Checks)?.pop())
        };
        Ok(match until {
            Until::Joined { group, besides, .. } => {
                let group = calls.group(scope, group)?.unwrap();
                let healthy = calls.targets(scope, &group.target_groups)?;
                let is_healthy = |server: &str| {
                    group.target_groups.is_empty()
                        || healthy.iter().any(|target| target.server == server && target.state == "healthy")
                };
                let new = group.members.iter().find(|member| {
                    !besides.contains(&member.server) && member.lifecycle == "InService" && is_healthy(&member.server)
                });
                outputs.extend(new.map(|member| (Output::Successor, member.server.clone())));
                new.is_some()
            }
            Until::Gone { server, group } => {
                let of_group = group.as_ref().map(|group| calls.group(scope, group)).transpose()?.flatten();
                let is_member = of_group.is_some_and(|group| group.member(server).is_some());
                !is_member && state(server)?.is_none_or(|server| server.state == "terminated")
            }
            Until::Healthy { server } => {
                state(&known(server))?.is_some_and(|server| server.checks_passed == Some(true))
            }
            Until::Serving { target_group, server, ports } => {
                let targets = calls.targets(scope, std::slice::from_ref(target_group))?;
                let server = known(server);
                let healthy = targets.iter().filter(|one| one.server == server && one.state == "healthy");
                state(&server)?.is_some() && healthy.count() == ports.len()
            }
            Until::Drained { target_group, server, .. } => {
                let targets = calls.targets(scope, std::slice::from_ref(target_group))?;
                targets.iter().all(|one| one.server != *server)
            }
            Until::Refreshed { group, .. } => calls.refreshes(scope, group)?[0].status == "Successful",
            Until::ImageAvailable { image, .. } => calls.image(scope, &known(image))?.unwrap().state == "available",
            Until::Built { build } => {
                let build = calls.build(scope, &known(build))?.unwrap();
                assert_ne!(build.status, "FAILED", "{:?}", build.reason);
                let here = build.images.iter().find(|image| image.region == plan.scope.region);
                outputs.extend(here.map(|here| (Output::Image, here.image.clone())));
                build.status == "AVAILABLE"
            }
            Until::RootReplaced { server, .. } => {
                calls.root_tasks(scope, std::slice::from_ref(server))?[0].state == "succeeded"
                    && state(server)?.is_some_and(|server| server.checks_passed == Some(true))
            }
            Until::RootsFrom { group, image, .. } => {
                let image = known(image);
                let members = calls.group(scope, group)?.unwrap().members;
                let ids: Vec<String> = members.into_iter().map(|member| member.server).collect();
                calls.root_tasks(scope, &ids)?;
                calls.servers(scope, &ids, Detail::Plain)?.iter().all(|server| server.image == image)
            }
            Until::LifetimeIs { group, lifetime_s } => {
                calls.group(scope, group)?.unwrap().max_instance_lifetime_s == *lifetime_s
            }
            other => panic!("nobody waits for {other:?} in these plans"),
        })
    }

    /// A template whose image is named by a parameter and whose launches are tagged and get a role, a group of two that
    /// launches by it, and a standalone server of it.
    fn with_letters(&self) -> Letters {
        let line = self.operator.line(&self.scope).unwrap();
        let tag = ec2::Tag::builder().key("service").value("letters").build();
        let tags = ec2::LaunchTemplateTagSpecificationRequest::builder();
        let tags = tags.resource_type(ec2::ResourceType::Instance).tags(tag).build();
        let role = ec2::LaunchTemplateIamInstanceProfileSpecificationRequest::builder().name("letters").build();
        let data = ec2::RequestLaunchTemplateData::builder()
            .image_id("resolve:ssm:/harbor/batch/image")
            .instance_type(ec2::InstanceType::C6iLarge)
            .iam_instance_profile(role)
            .tag_specifications(tags)
            .build();
        let template = line.changing.ec2.create_launch_template().launch_template_name("letters");
        let made = self.runtime.block_on(template.launch_template_data(data).send()).unwrap();
        let id = made.launch_template().unwrap().launch_template_id().unwrap().to_owned();
        let spec = aws_sdk_autoscaling::types::LaunchTemplateSpecification::builder();
        let group = line.changing.autoscaling.create_auto_scaling_group().auto_scaling_group_name("letters");
        let group = group.launch_template(spec.launch_template_id(&id).version("1").build());
        let group = group.min_size(1).max_size(4).desired_capacity(2).availability_zones("eu-west-1a");
        let target_group = self.group("api-prod").target_groups[0].clone();
        self.runtime.block_on(group.target_group_arns(&target_group).send()).unwrap();
        let from = ::operate::LaunchFrom::Template { id, version: 1 };
        let standalone = self.made(&Mutation::RunInstances { from, subnet: None }, "letters", Output::Successor);
        self.sandbox.advance(LETTERS - SEATED);
        assert_eq!(self.group("letters").members.len(), 2);
        let (server, ports) = (standalone.clone(), vec![80, 8_080]);
        self.send(&Mutation::RegisterTargets { target_group, server, ports }, "letters-seats");
        self.sandbox.advance(SEATED);
        Letters { standalone }
    }
}

/// How long it takes until the servers of [`Letters`] work.
const LETTERS: Duration = Duration::from_secs(1_860);

/// How long it takes until the standalone one of them serves behind its load balancer.
const SEATED: Duration = Duration::from_secs(60);

struct Letters {
    standalone: String,
}

/// What is asked for to need all that an action can need.
fn actions(kind: ActionKind, harbor: &Harbor) -> Vec<Action> {
    let member = |group: &str| harbor.group(group).members[0].server.clone();
    let recipe = format!("arn:aws:imagebuilder:eu-west-1:{}:image-recipe/api", harbor.scope.account);
    match kind {
        ActionKind::Replace => {
            let letters = harbor.with_letters();
            let replace = |server: String| Action::Replace { servers: vec![server] };
            vec![
                replace(member("api-prod")),
                // Without a template, and of a template with role, tags and a parameter.
                replace(harbor.server("jenkins-agent-1")),
                replace(letters.standalone),
            ]
        }
        ActionKind::Roll => {
            harbor.with_letters();
            vec![Action::Roll { group: "letters".into(), choices: RefreshChoices::default() }]
        }
        ActionKind::Reimage => vec![
            Action::Reimage { server: harbor.server("kafka-1"), image: None },
            Action::Reimage { server: member("search-prod"), image: None },
        ],
        ActionKind::Rebake => vec![Action::Rebake { recipe, pipeline: None }],
        ActionKind::Bake => vec![
            Action::Bake { server: harbor.server("kafka-1"), name: Some("kafka by hand".into()), reboot: false },
            Action::Bake { server: member("api-prod"), name: None, reboot: false },
        ],
        ActionKind::RebakeRoll => {
            harbor.with_letters();
            vec![Action::RebakeRoll {
                group: "letters".into(),
                recipe,
                pipeline: None,
                choices: RefreshChoices::default(),
                pauses: false,
            }]
        }
        ActionKind::SetLifetime => vec![Action::SetLifetime { group: "checkout-prod".into(), lifetime_s: 30 * 86_400 }],
        ActionKind::Burn => vec![Action::Burn { group: "api-prod".into(), seed: 7 }],
    }
}

/// Carries out everything under a policy, until something is refused.
fn carried_out(kind: ActionKind, policy: &str) -> Outcome {
    let boss = match kind {
        // Chance burns on working days alone, and the day of the test may be none.
        ActionKind::Burn => Harbor::open(),
        // It is now once the letters stand.
        ActionKind::Replace | ActionKind::Roll | ActionKind::RebakeRoll => Harbor::open_at(Timestamp::now() - LETTERS),
        _ => Harbor::open_at(Timestamp::now()),
    };
    let actions = actions(kind, &boss);
    let operator = boss.under("operator", &[policy]);
    actions.into_iter().try_for_each(|action| operator.carry_out(action))
}

fn statements(policy: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

/// The actions that a statement allows.
fn allowed(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::Array(actions) => actions.iter().map(|action| action.as_str().unwrap().to_owned()).collect(),
        action => vec![action.as_str().unwrap().to_owned()],
    }
}

/// An action passes under its policy, and without each statement a refusal names something of it.
fn holds(kind: ActionKind) {
    let whole = policy(kind);
    carried_out(kind, whole).unwrap_or_else(|refused| panic!("{kind}: {refused}"));
    let statements = statements(whole);
    for (left_out, statement) in statements.iter().enumerate() {
        let mut rest = statements.clone();
        rest.remove(left_out);
        let rest = serde_json::json!({"Version": "2012-10-17", "Statement": rest}).to_string();
        let sid = &statement["Sid"];
        let Err(refused) = carried_out(kind, &rest) else { panic!("{kind} does not need {sid}") };
        // Auto Scaling tells of a template that may not be used without saying what is missing for it.
        let names_it = allowed(statement).iter().any(|action| refused.contains(action.as_str()))
            || refused.contains("not authorized to use launch template");
        assert!(names_it, "{kind} without {sid}: {refused}");
    }
}

#[test]
fn replace_needs_each_statement_and_no_more() {
    holds(ActionKind::Replace);
}

#[test]
fn roll_needs_each_statement_and_no_more() {
    holds(ActionKind::Roll);
}

#[test]
fn reimage_needs_each_statement_and_no_more() {
    holds(ActionKind::Reimage);
}

#[test]
fn rebake_needs_each_statement_and_no_more() {
    holds(ActionKind::Rebake);
}

#[test]
fn bake_needs_each_statement_and_no_more() {
    holds(ActionKind::Bake);
}

#[test]
fn rebake_roll_needs_each_statement_and_no_more() {
    holds(ActionKind::RebakeRoll);
}

#[test]
fn set_lifetime_needs_each_statement_and_no_more() {
    holds(ActionKind::SetLifetime);
}

#[test]
fn burn_needs_each_statement_and_no_more() {
    holds(ActionKind::Burn);
}

#[test]
fn every_policy_is_small_enough_and_says_what_each_statement_is_for() {
    for kind in ActionKind::ALL {
        let text = policy(kind);
        // The most that a managed policy may have, spaces not counted (IAM and STS quotas).
        assert!(text.chars().filter(|c| !c.is_whitespace()).count() <= 6_144, "{kind}");
        let sids: BTreeSet<String> = statements(text).iter().map(|one| one["Sid"].to_string()).collect();
        assert_eq!(sids.len(), statements(text).len(), "{kind}: a name twice");
        for statement in statements(text) {
            assert_eq!(statement["Effect"], "Allow", "{kind}");
            assert!(allowed(&statement).iter().all(|action| !action.contains('*')), "{kind}: {statement}");
        }
    }
}
