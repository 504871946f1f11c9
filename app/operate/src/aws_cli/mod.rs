//! Each change as the AWS CLI command that does the same, to copy from the sheet: for who would rather do it by hand,
//! and for who wants to see that nothing else is done.
//!
//! Names come from AWS and from plan files, so every word is quoted for a POSIX shell; what the AWS CLI itself would
//! take for something else (`file://`) is not written as a command at all.

mod quoting;
// They ask a POSIX shell.
#[cfg(all(test, unix))]
mod tests;

pub use quoting::Word;
pub(crate) use quoting::quoted_line;
use quoting::{comment, quoted};
use serde_json::{Value, json};

use crate::mutation::{Arg, DesiredConfiguration, LaunchFrom, Mutation, Output, RefreshPreferences};
use crate::plan::{Plan, Until, Work};
use crate::scope::Scope;

/// A value that a command names: known, or in a shell variable that an earlier command has set.
pub trait Argument {
    /// It as a word of a command.
    #[doc(hidden)]
    fn word(&self) -> Word;
}

impl Argument for String {
    fn word(&self) -> Word {
        Word::text(self)
    }
}

impl Argument for Arg {
    fn word(&self) -> Word {
        match self {
            Self::Known(value) => Word::text(value),
            Self::Made { output } => Word::variable(variable(*output)),
        }
    }
}

/// The command that does the same as a change, in one line or several. What an earlier step makes is a shell variable
/// that [`script`] sets.
#[must_use]
pub fn command<A: Argument>(mutation: &Mutation<A>, scope: &Scope) -> String {
    Calls::of(mutation, scope).lines(scope, None).join("\n")
}

/// A plan as a script for a POSIX shell, to be pasted or kept: each step under its sentence. It stops at the first
/// command that fails, and asks wherever the AWS CLI can't wait by itself.
#[must_use]
pub fn script(plan: &Plan) -> String {
    // In parentheses, so that a shell reads all of it before it does anything: pasted lines would otherwise be the
    // answers to its questions.
    let mut lines = vec![format!("# {}", comment(&plan.summary)), "(".to_owned(), "set -eu".to_owned()];
    // Version 2 would show every answer in a pager and wait there.
    lines.push("export AWS_PAGER=''".to_owned());
    for (number, step) in plan.steps.iter().enumerate() {
        lines.push(format!("# {}. {}", number + 1, comment(&step.sentence)));
        let first = lines.len();
        match &step.work {
            Work::Send { mutation, makes, .. } => {
                lines.extend(Calls::of(mutation, &plan.scope).lines(&plan.scope, *makes));
            }
            Work::Wait { until, .. } => lines.extend(wait(until, &plan.scope)),
            Work::Pause => lines.push("printf 'Enter goes on: '; read -r answer".to_owned()),
            Work::BakeCommand { shown, .. } => {
                lines.push(format!("# {} {}", comment(&shown.line()), comment(&shown.terms())));
                let image = variable(Output::Image);
                lines.push(format!("printf 'Id of the image that the bake command has made: '; read -r {image}"));
            }
        }
        if lines[first..].iter().any(|line| is_by_hand(line)) {
            lines.push("exit 1".to_owned());
        }
    }
    lines.push(")\n".to_owned());
    lines.join("\n")
}

/// How a line begins that stands for a command which can't be written.
const BY_HAND: &str = "# By hand:";

fn is_by_hand(line: &str) -> bool {
    line.starts_with(BY_HAND)
}

fn variable(output: Output) -> &'static str {
    match output {
        Output::Successor => "SUCCESSOR",
        Output::Image => "IMAGE",
        Output::TemplateVersion => "TEMPLATE_VERSION",
        Output::Refresh => "REFRESH",
        Output::Build => "BUILD",
        Output::RootTask => "ROOT_TASK",
    }
}

/// One call of the AWS CLI: service, operation, flags.
struct Call {
    words: Vec<Word>,
}

impl Call {
    fn new(service: &str, operation: &str) -> Self {
        Self { words: ["aws", service, operation].map(Word::text).into() }
    }

    /// A flag without a value.
    fn flag(mut self, name: &str) -> Self {
        self.words.push(Word::text(name));
        self
    }

    fn with(mut self, flag: &str, value: Word) -> Self {
        // A value that looks like a flag has to be tied to its own.
        if value.starts_with('-') {
            self.words.push(Word::text(&format!("{flag}=")).and(value));
        } else {
            self.words.extend([Word::text(flag), value]);
        }
        self
    }

    fn text(self, flag: &str, value: &str) -> Self {
        self.with(flag, Word::text(value))
    }

    fn json(self, flag: &str, value: &Value) -> Self {
        self.with(flag, Word::text(&value.to_string()))
    }

    fn shell(self, scope: &Scope) -> String {
        let call = match &scope.profile {
            Some(profile) => self.text("--profile", profile),
            None => self,
        };
        let call = call.text("--region", &scope.region);
        if let Some(word) = call.words.iter().find(|word| word.is_read_as_a_file()) {
            let shown = comment(&word.shown());
            return match is_by_hand(&shown) {
                true => shown,
                false => format!("{BY_HAND} the AWS CLI would read a file or an address instead of {shown}"),
            };
        }
        call.words.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// The calls that do what one change does.
struct Calls {
    before: Vec<Call>,
    main: Call,
    /// What of its answer later commands need.
    query: Option<&'static str>,
    after: Vec<Call>,
}

impl Calls {
    fn lines(self, scope: &Scope, makes: Option<Output>) -> Vec<String> {
        let mut lines: Vec<String> = self.before.into_iter().map(|call| call.shell(scope)).collect();
        lines.push(match (makes, self.query) {
            (Some(output), Some(query)) => {
                let shell = self.main.text("--query", query).text("--output", "text").shell(scope);
                if is_by_hand(&shell) { shell } else { format!("{}=$({shell})", variable(output)) }
            }
            _ => self.main.shell(scope),
        });
        lines.extend(self.after.into_iter().map(|call| call.shell(scope)));
        // Without one of them the others are not the same any more.
        match lines.iter().position(|line| is_by_hand(line)) {
            Some(place) => vec![lines.swap_remove(place)],
            None => lines,
        }
    }

    fn of<A: Argument>(mutation: &Mutation<A>, scope: &Scope) -> Self {
        let group = "--auto-scaling-group-name";
        let scaling = |operation: &str| Call::new("autoscaling", operation);
        let ec2 = |operation: &str| Call::new("ec2", operation);
        let (main, query) = match mutation {
            Mutation::TerminateInstanceInAutoScalingGroup { server, decrement, .. } => {
                let flag = if *decrement { "" } else { "no-" };
                let call = scaling("terminate-instance-in-auto-scaling-group").text("--instance-id", server);
                (call.flag(&format!("--{flag}should-decrement-desired-capacity")), None)
            }
            Mutation::SetDesiredCapacity { group: name, desired } => {
                let call = scaling("set-desired-capacity").text(group, name);
                (call.text("--desired-capacity", &desired.to_string()).flag("--no-honor-cooldown"), None)
            }
            Mutation::SetMaxInstanceLifetime { group: name, lifetime_s } => {
                let call = scaling("update-auto-scaling-group").text(group, name);
                (call.text("--max-instance-lifetime", &lifetime_s.to_string()), None)
            }
            Mutation::StartInstanceRefresh { group: name, preferences, desired } => {
                let call = scaling("start-instance-refresh").text(group, name).text("--strategy", "Rolling");
                let call = call.json("--preferences", &told(preferences));
                let call = match desired {
                    Some(desired) => call.with("--desired-configuration", configuration(desired)),
                    None => call,
                };
                (call, Some("InstanceRefreshId"))
            }
            Mutation::CancelInstanceRefresh { group: name } => {
                (scaling("cancel-instance-refresh").text(group, name), None)
            }
            Mutation::RollbackInstanceRefresh { group: name } => {
                (scaling("rollback-instance-refresh").text(group, name), None)
            }
            Mutation::RunInstances { from, subnet } => return run(from, subnet.as_deref(), scope),
            Mutation::TerminateInstances { server } => {
                (ec2("terminate-instances").with("--instance-ids", server.word()), None)
            }
            Mutation::RegisterTargets { target_group, server, ports } => {
                (targets(Call::new("elbv2", "register-targets"), target_group, &server.word(), ports), None)
            }
            Mutation::DeregisterTargets { target_group, server, ports } => {
                (targets(Call::new("elbv2", "deregister-targets"), target_group, &server.word(), ports), None)
            }
            Mutation::CreateReplaceRootVolumeTask { server, image, delete_replaced } => {
                let call = ec2("create-replace-root-volume-task").text("--instance-id", server);
                let call = match image {
                    Some(image) => call.with("--image-id", image.word()),
                    None => call,
                };
                let flag = if *delete_replaced { "" } else { "no-" };
                let call = call.flag(&format!("--{flag}delete-replaced-root-volume"));
                (call, Some("ReplaceRootVolumeTask.ReplaceRootVolumeTaskId"))
            }
            Mutation::StartImagePipelineExecution { pipeline } => {
                let call = Call::new("imagebuilder", "start-image-pipeline-execution");
                (call.text("--image-pipeline-arn", pipeline), Some("imageBuildVersionArn"))
            }
            Mutation::CreateImage { server, name, no_reboot } => {
                let call = ec2("create-image").text("--instance-id", server).text("--name", name);
                (call.flag(if *no_reboot { "--no-reboot" } else { "--reboot" }), Some("ImageId"))
            }
            Mutation::CreateLaunchTemplateVersion { template, source_version, image, description } => {
                let call = ec2("create-launch-template-version").text("--launch-template-id", template);
                let call = call.text("--source-version", &source_version.to_string());
                let call = call.text("--version-description", description);
                let data = Word::text("{\"ImageId\":").and(image.word().in_json()).and(Word::text("}"));
                (call.with("--launch-template-data", data), Some("LaunchTemplateVersion.VersionNumber"))
            }
        };
        Self { before: Vec::new(), main, query, after: Vec::new() }
    }
}

/// A server at some ports of a target group: as JSON, so that nothing in an id is taken for more than an id.
fn targets(call: Call, target_group: &str, server: &Word, ports: &[u16]) -> Call {
    let mut list = Word::text("[");
    for (nth, port) in ports.iter().enumerate() {
        let head = if nth == 0 { "{\"Id\":" } else { ",{\"Id\":" };
        list = list.and(Word::text(head)).and(server.clone().in_json()).and(Word::text(&format!(",\"Port\":{port}}}")));
    }
    call.text("--target-group-arn", target_group).with("--targets", list.and(Word::text("]")))
}

/// What a server says of itself is only launched again by way of a template: `run-instances` would encode its user data
/// a second time.
fn run(from: &LaunchFrom, subnet: Option<&str>, scope: &Scope) -> Calls {
    let call = Call::new("ec2", "run-instances").text("--count", "1");
    let call = match subnet {
        Some(subnet) => call.text("--subnet-id", subnet),
        None => call,
    };
    let query = Some("Instances[0].InstanceId");
    match from {
        LaunchFrom::Template { id, version } => {
            let template = json!({"LaunchTemplateId": id, "Version": version.to_string()});
            Calls { before: Vec::new(), main: call.json("--launch-template", &template), query, after: Vec::new() }
        }
        LaunchFrom::Server { id, .. } => {
            let name = format!("emberline-{id}");
            let data = Call::new("ec2", "get-launch-template-data").text("--instance-id", id);
            let data = data.text("--query", "LaunchTemplateData").text("--output", "json");
            let create = Call::new("ec2", "create-launch-template").text("--launch-template-name", &name);
            let create = create.with("--launch-template-data", Word::answer_of(data.shell(scope)));
            let delete = Call::new("ec2", "delete-launch-template").text("--launch-template-name", &name);
            let main = call.json("--launch-template", &json!({"LaunchTemplateName": name}));
            Calls { before: vec![create], main, query, after: vec![delete] }
        }
    }
}

fn told(preferences: &RefreshPreferences) -> Value {
    let p = preferences;
    let mut told = json!({
        "MinHealthyPercentage": p.min_healthy_percent,
        "MaxHealthyPercentage": p.max_healthy_percent,
        "InstanceWarmup": p.warmup_s,
        "SkipMatching": p.skip_matching,
        "AutoRollback": p.auto_rollback,
        "BakeTime": p.bake_time_s,
        "ScaleInProtectedInstances": p.scale_in_protected,
        "StandbyInstances": p.standby,
    });
    // A delay is taken only together with checkpoints.
    if !p.checkpoint_percents.is_empty() {
        told["CheckpointPercentages"] = json!(p.checkpoint_percents);
        told["CheckpointDelay"] = json!(p.checkpoint_delay_s);
    }
    if !p.alarms.is_empty() {
        told["AlarmSpecification"] = json!({"Alarms": p.alarms});
    }
    told
}

fn configuration<A: Argument>(desired: &DesiredConfiguration<A>) -> Word {
    let head = format!("{{\"LaunchTemplateId\":{},\"Version\":", json!(desired.template));
    let template = Word::text(&head).and(desired.version.word().in_json()).and(Word::text("}"));
    let Some(overrides) = &desired.overrides else {
        return Word::text("{\"LaunchTemplate\":").and(template).and(Word::text("}"));
    };
    let overrides: Vec<Value> = overrides
        .iter()
        .map(|one| match one.weight {
            Some(weight) => json!({"InstanceType": one.instance_type, "WeightedCapacity": weight.to_string()}),
            None => json!({"InstanceType": one.instance_type}),
        })
        .collect();
    Word::text("{\"MixedInstancesPolicy\":{\"LaunchTemplate\":{\"LaunchTemplateSpecification\":")
        .and(template)
        .and(Word::text(&format!(",\"Overrides\":{}}}}}}}", json!(overrides))))
}

/// Looks until something is so: by the AWS CLI's own waiter where it has one, else by showing it to a person.
fn wait(until: &Until, scope: &Scope) -> Vec<String> {
    let ec2_wait =
        |what: &str, flag: &str, word: Word| vec![Call::new("ec2", "wait").flag(what).with(flag, word).shell(scope)];
    let show = |call: Call, query: &str| {
        let look = call.text("--query", query).text("--output", "text").shell(scope);
        if is_by_hand(&look) {
            return vec![look];
        }
        let ask = "printf 'Enter looks again, y goes on: '; read -r answer; [ \"$answer\" != y ] || break";
        vec![format!("while :; do {look}; {ask}; done")]
    };
    let members = |group: &str| {
        Call::new("autoscaling", "describe-auto-scaling-groups").text("--auto-scaling-group-names", group)
    };
    match until {
        Until::Joined { group, .. } => {
            show(members(group), "AutoScalingGroups[0].Instances[].[InstanceId,LifecycleState,HealthStatus]")
        }
        Until::Gone { server, .. } => ec2_wait("instance-terminated", "--instance-ids", Word::text(server)),
        Until::Serving { target_group, server, ports } => {
            let call = Call::new("elbv2", "wait").flag("target-in-service");
            vec![targets(call, target_group, &server.word(), ports).shell(scope)]
        }
        Until::Drained { target_group, server, ports } => {
            let call = Call::new("elbv2", "wait").flag("target-deregistered");
            vec![targets(call, target_group, &Word::text(server), ports).shell(scope)]
        }
        Until::Healthy { server } => ec2_wait("instance-status-ok", "--instance-ids", server.word()),
        Until::ImageAvailable { image, .. } => ec2_wait("image-available", "--image-ids", image.word()),
        Until::Refreshed { group, refresh }
        | Until::RefreshOver { group, refresh }
        | Until::RefreshRolledBack { group, refresh } => {
            let call = Call::new("autoscaling", "describe-instance-refreshes").text("--auto-scaling-group-name", group);
            let call = call.with("--instance-refresh-ids", refresh.word());
            show(call, "InstanceRefreshes[0].[Status,PercentageComplete,StatusReason]")
        }
        Until::Built { build } => {
            let image = || Call::new("imagebuilder", "get-image").with("--image-build-version-arn", build.word());
            let of_region = format!("image.outputResources.amis[?region=='{}'].image | [0]", scope.region);
            let mut lines = show(image(), "image.state.[status,reason]");
            let found = image().text("--query", &of_region).text("--output", "text").shell(scope);
            lines.push(if is_by_hand(&found) { found } else { format!("{}=$({found})", variable(Output::Image)) });
            lines
        }
        Until::RootReplaced { task, .. } => {
            let call = Call::new("ec2", "describe-replace-root-volume-tasks");
            let call = call.with("--replace-root-volume-task-ids", task.word());
            show(call, "ReplaceRootVolumeTasks[0].TaskState")
        }
        Until::RootsFrom { group, .. } => {
            let filters = json!([{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}]);
            let call = Call::new("ec2", "describe-instances").json("--filters", &filters);
            show(call, "Reservations[].Instances[].[InstanceId,ImageId,State.Name]")
        }
        Until::LifetimeIs { group, .. } => show(members(group), "AutoScalingGroups[0].MaxInstanceLifetime"),
    }
}
