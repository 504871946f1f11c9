//! What is there before and after a run, as the sandbox tells it, and what must follow from that.

use std::collections::{BTreeMap, BTreeSet};

use operate::{Action, Plan};

use crate::asking::{Member, Target, texts};
use crate::faults::Trouble;
use crate::request::Asked;
use crate::run::planned_sends;
use crate::watch::{Guarded, Watch};

/// A server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Server {
    pub(crate) state: String,
    pub(crate) group: Option<String>,
}

/// All that there is in the place where an operation works.
#[derive(Clone, Debug)]
pub(crate) struct Things {
    servers: BTreeMap<String, Server>,
    /// Members that serve, by group.
    serving: BTreeMap<String, usize>,
    /// Desired capacity by group.
    desired: BTreeMap<String, u32>,
    /// `MaxInstanceLifetime` by group, 0 for none.
    lifetime_s: BTreeMap<String, u32>,
    /// The target group `edge`.
    targets: Vec<Target>,
    /// Each kind of thing that an operation makes, by the call that makes it.
    made: BTreeMap<&'static str, BTreeSet<String>>,
}

/// The groups of `fleet.toml` that are acted on.
const GROUPS: [&str; 2] = ["web", "full"];

impl Things {
    pub(crate) fn read(watch: &Watch) -> Self {
        let ask = |call: &str, params: &[(&str, &str)]| {
            let (status, text) = watch.onlooker.ask(&watch.sandbox, call, params);
            assert_eq!(status, 200, "whoever looks is always answered: {call}: {text}");
            text
        };
        let ids = |text: &str, tag: &str| texts(text, tag).into_iter().collect::<BTreeSet<String>>();
        let servers = servers(&ask("ec2:DescribeInstances", &[]));
        let mut serving: BTreeMap<String, usize> = BTreeMap::new();
        for member in watch.onlooker.members(&watch.sandbox).into_iter().filter(Member::serves) {
            *serving.entry(member.group).or_default() += 1;
        }
        let (mut desired, mut lifetime_s, mut refreshes) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for group in GROUPS {
            let text = ask("autoscaling:DescribeAutoScalingGroups", &[("AutoScalingGroupNames.member.1", group)]);
            let number = |tag: &str| texts(&text, tag).first().and_then(|text| text.parse().ok()).unwrap_or(0);
            desired.insert(group.to_owned(), number("DesiredCapacity"));
            lifetime_s.insert(group.to_owned(), number("MaxInstanceLifetime"));
            let text = ask("autoscaling:DescribeInstanceRefreshes", &[("AutoScalingGroupName", group)]);
            refreshes.extend(texts(&text, "InstanceRefreshId"));
        }
        let template = template(watch);
        let versions = ask("ec2:DescribeLaunchTemplateVersions", &[("LaunchTemplateId", &template)]);
        let alone = servers.iter().filter(|(_, server)| server.group.is_none()).map(|(id, _)| id.clone()).collect();
        let made = BTreeMap::from([
            ("RunInstances", alone),
            ("CreateImage", ids(&ask("ec2:DescribeImages", &[("Owner.1", "self")]), "imageId")),
            ("CreateLaunchTemplateVersion", ids(&versions, "versionNumber")),
            ("StartInstanceRefresh", refreshes),
            (
                "CreateReplaceRootVolumeTask",
                ids(&ask("ec2:DescribeReplaceRootVolumeTasks", &[]), "replaceRootVolumeTaskId"),
            ),
            ("StartImagePipelineExecution", watch.onlooker.builds(&watch.sandbox)),
        ]);
        let targets = watch.onlooker.targets(&watch.sandbox);
        Self { servers, serving, desired, lifetime_s, targets, made }
    }

    fn knows(&self, id: &str) -> bool {
        self.servers.contains_key(id) || self.made.values().any(|ids| ids.contains(id))
    }

    fn made_since(&self, before: &Self, call: &str) -> usize {
        let nothing = BTreeSet::new();
        let of = |things: &Self| things.made.get(call).unwrap_or(&nothing).clone();
        of(self).difference(&of(before)).count()
    }
}

fn servers(xml: &str) -> BTreeMap<String, Server> {
    let parts = xml.split("<instanceId>").skip(1);
    parts
        .map(|part| {
            let id = part.split('<').next().unwrap_or_default().to_owned();
            let state = texts(part, "name").into_iter().next().unwrap_or_default();
            let tag = part.split("<key>aws:autoscaling:groupName</key>").nth(1);
            let group = tag.and_then(|rest| texts(rest, "value").into_iter().next());
            (id, Server { state, group })
        })
        .collect()
}

/// Id of the launch template `web`.
pub(crate) fn template(watch: &Watch) -> String {
    let (_, text) =
        watch.onlooker.ask(&watch.sandbox, "ec2:DescribeLaunchTemplates", &[("LaunchTemplateName.1", "web")]);
    texts(&text, "launchTemplateId").into_iter().next().unwrap_or_default()
}

/// A run that is over.
pub(crate) struct Case<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) guarded: Option<Guarded>,
    pub(crate) trouble: Trouble,
    pub(crate) end: &'static str,
    pub(crate) asked: bool,
    pub(crate) others_act: bool,
    /// Whether it was said that another account answers; none where nobody had to say it.
    pub(crate) told_astray: Option<bool>,
    pub(crate) requests: &'a [Asked],
    pub(crate) before: &'a Things,
    pub(crate) after: &'a Things,
}

/// Whatever does not follow as it must.
pub(crate) fn check(case: &Case<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    sent_once(case, &mut wrong);
    made_once(case, &mut wrong);
    inside_the_plan(case, &mut wrong);
    capacity(case, &mut wrong);
    end(case, &mut wrong);
    if case.end == "done" && !case.others_act {
        really_done(case, &mut wrong);
    }
    wrong
}

/// No step is sent twice, whatever became of it.
fn sent_once(case: &Case<'_>, wrong: &mut Vec<String>) {
    let planned = planned_sends(case.plan);
    let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tokens = BTreeSet::new();
    for asked in case.requests.iter().filter(|asked| asked.is_change()) {
        *sent.entry(asked.action()).or_default() += 1;
        let token = asked.param("ClientToken").map(str::to_owned);
        if let Some(token) = token.filter(|token| !tokens.insert(token.clone())) {
            wrong.push(format!("{} was sent twice with the token {token}", asked.call));
        }
    }
    for (call, count) in sent {
        // What an order makes necessary comes beside the plan: a refresh that is stopped, a surge that is given back.
        let beside = match call {
            "CancelInstanceRefresh" | "RollbackInstanceRefresh" => 1,
            "TerminateInstanceInAutoScalingGroup" | "TerminateInstances" | "RegisterTargets" | "DeregisterTargets"
                if case.asked || case.trouble == Trouble::Word =>
            {
                1
            }
            _ => 0,
        };
        let most = planned.get(call).copied().unwrap_or(0) + beside;
        if count > most {
            wrong.push(format!("{call} was sent {count} times, the plan has it {most} times"));
        }
    }
}

/// Nothing is there twice.
fn made_once(case: &Case<'_>, wrong: &mut Vec<String>) {
    let planned = planned_sends(case.plan);
    let count = |call: &str| planned.get(call).copied().unwrap_or(0);
    for call in case.after.made.keys() {
        let is_shared = matches!(*call, "CreateLaunchTemplateVersion" | "StartInstanceRefresh" | "RunInstances");
        if is_shared && case.others_act {
            continue;
        }
        let most = match *call {
            "CreateImage" => count("CreateImage") + count("StartImagePipelineExecution"),
            call => count(call),
        };
        let made = case.after.made_since(case.before, call);
        if made > most {
            wrong.push(format!("there are {made} more of what {call} makes, the plan has it {most} times"));
        }
    }
    let replaces = matches!(case.plan.action, Action::Replace { .. } | Action::Burn { .. });
    let relaunches = matches!(case.trouble, Trouble::Unhealthy | Trouble::Capacity) || case.others_act;
    if let (true, false, Some(guarded)) = (replaces, relaunches, &case.guarded) {
        let is_new = |(id, server): &(&String, &Server)| {
            server.group.as_ref() == Some(&guarded.group) && !case.before.servers.contains_key(*id)
        };
        let launched = case.after.servers.iter().filter(is_new).count();
        let most = count("TerminateInstanceInAutoScalingGroup");
        if launched > most {
            wrong.push(format!("{launched} servers were launched for {most}"));
        }
    }
}

/// Nothing is touched that the plan does not name and that was there before.
fn inside_the_plan(case: &Case<'_>, wrong: &mut Vec<String>) {
    let plan = serde_json::to_string(case.plan).unwrap_or_default();
    for asked in case.requests.iter().filter(|asked| asked.is_change()) {
        for name in asked.names() {
            let is_named = plan.contains(&format!("\"{name}\""));
            let is_new = !case.before.knows(&name) && name.contains('-') && !name.starts_with("arn:");
            if !is_named && !is_new {
                wrong.push(format!("{} touched {name}, which is not of the plan", asked.call));
            }
        }
    }
}

/// Desired capacity is what it was, or what our own surge that was not taken back leaves.
fn capacity(case: &Case<'_>, wrong: &mut Vec<String>) {
    let Some(guarded) = &case.guarded else { return };
    if case.others_act {
        return;
    }
    let desired = case.after.desired.get(&guarded.group).copied().unwrap_or(0);
    let most = match (case.end, &case.plan.action) {
        ("done", _) | (_, Action::Roll { .. } | Action::RebakeRoll { .. } | Action::SetLifetime { .. }) => {
            guarded.desired
        }
        _ => guarded.desired + 1,
    };
    if !(guarded.desired..=most).contains(&desired) {
        wrong.push(format!("desired capacity is {desired}, it was {}", guarded.desired));
    }
}

/// It ends as it must.
fn end(case: &Case<'_>, wrong: &mut Vec<String>) {
    let pauses = matches!(case.plan.action, Action::RebakeRoll { pauses: true, .. });
    let is_done = case.end == "done";
    if case.told_astray == Some(false) {
        wrong.push("another account answered, and nobody was told".to_owned());
    }
    if case.others_act {
        return;
    }
    if case.trouble == Trouble::None && (!is_done || (case.asked && !pauses)) {
        wrong.push(format!("nothing went wrong, and it is {}", case.end));
    }
    if case.trouble.is_after_the_effect() && case.fired_and_not_done() {
        wrong.push(format!("everything happened, only an answer was lost, and it is {}", case.end));
    }
    if case.trouble.is_before_the_effect() && is_done {
        wrong.push("a change never happened, and it is done".to_owned());
    }
    if case.trouble == Trouble::Crash && !case.asked && !matches!(case.end, "done" | "not started") {
        wrong.push(format!("it was cut, nobody was asked, and it is {}", case.end));
    }
}

impl Case<'_> {
    /// Whether it came to another end than the one that it has when a person only says that it should go on.
    fn fired_and_not_done(&self) -> bool {
        let pauses = matches!(self.plan.action, Action::RebakeRoll { pauses: true, .. });
        self.end != "done" && !pauses
    }
}

/// What is said to be done is so.
fn really_done(case: &Case<'_>, wrong: &mut Vec<String>) {
    let gone = |id: &String| case.after.servers.get(id).is_none_or(|server| server.state == "terminated");
    let old = |group: &str| {
        let of_group = move |(_, server): &(&String, &Server)| server.group.as_deref() == Some(group);
        case.before.servers.iter().filter(of_group).map(|(id, _)| id.clone()).collect::<Vec<String>>()
    };
    let made = |call: &str| case.after.made_since(case.before, call);
    let said = |wrong: &mut Vec<String>, holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("it is done, and {what}"));
        }
    };
    match &case.plan.action {
        Action::Replace { servers } => {
            said(wrong, servers.iter().all(gone), "an old server is still there");
            if case.guarded.is_none() {
                said(wrong, made("RunInstances") == servers.len(), "there is no successor");
                let [target] = &case.after.targets[..] else {
                    wrong.push(format!("it is done, and the targets are {:?}", case.after.targets));
                    return;
                };
                said(wrong, target.is_healthy, "what is behind the load balancer is not healthy");
                said(wrong, !servers.contains(&target.server), "the old server is behind the load balancer");
            }
        }
        Action::Roll { group, choices } => {
            said(wrong, choices.skip_matching || old(group).iter().all(gone), "an old server is still there");
        }
        Action::RebakeRoll { group, .. } => {
            said(wrong, old(group).iter().all(gone), "an old server is still there");
            said(wrong, made("CreateLaunchTemplateVersion") == 1, "there is no new version");
        }
        Action::Reimage { .. } => said(wrong, made("CreateReplaceRootVolumeTask") == 1, "no root was replaced"),
        Action::Bake { .. } | Action::Rebake { .. } => said(wrong, made("CreateImage") == 1, "there is no new image"),
        Action::SetLifetime { group, lifetime_s } => {
            said(wrong, case.after.lifetime_s.get(group) == Some(lifetime_s), "the lifetime is another");
        }
        Action::Burn { group, .. } => {
            let burned = old(group).iter().filter(|id| gone(id)).count();
            said(wrong, burned == 1, "not one server was burned");
        }
    }
    if let Some(guarded) = &case.guarded {
        let serving = case.after.serving.get(&guarded.group).copied().unwrap_or(0);
        said(wrong, u32::try_from(serving) == Ok(guarded.desired), "the group does not have what it had");
    }
}
