//! What an operation touches: what has to be read again for the window to show what it does.

use cloud::Touched;
use operate::{Action, Arg, Mutation, Operation, Output, Scope};

/// Where an operation acts, and everything that it has touched so far or is about to; `None` where its plan is not in
/// the journal.
pub(crate) fn touched(operation: &Operation) -> Option<(Scope, Touched)> {
    let plan = operation.plan.as_ref()?;
    let mut touched = Touched {
        groups: plan.baseline.groups.iter().map(|group| group.name.clone()).collect(),
        servers: plan.baseline.servers.iter().map(|server| server.id.clone()).collect(),
        ..Touched::default()
    };
    match &plan.action {
        Action::Roll { group, .. }
        | Action::RebakeRoll { group, .. }
        | Action::SetLifetime { group, .. }
        | Action::Burn { group, .. } => {
            touched.groups.insert(group.clone());
        }
        Action::Reimage { server, .. } => {
            touched.roots.insert(server.clone());
        }
        Action::Replace { .. } | Action::Rebake { .. } | Action::Bake { .. } => {}
    }
    for record in &operation.steps {
        let operate::Work::Send { mutation, .. } = &record.step.work else { continue };
        if let Mutation::CreateLaunchTemplateVersion { template, .. } = mutation {
            touched.templates.insert(template.clone());
        }
        if let Mutation::CreateReplaceRootVolumeTask { image: Some(Arg::Known(image)), .. } = mutation {
            touched.images.insert(image.clone());
        }
    }
    for (output, made) in operation.steps.iter().flat_map(|record| &record.made).chain(&operation.outputs) {
        let made_so_far = match output {
            Output::Successor => &mut touched.servers,
            Output::Image => &mut touched.images,
            Output::Build => &mut touched.builds,
            Output::TemplateVersion | Output::Refresh | Output::RootTask => continue,
        };
        made_so_far.insert(made.clone());
    }
    Some((plan.scope.clone(), touched))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use operate::{
        Baseline, Caller, Confirmation, Entry, EntryRecord, FORMAT, OperationId, Plan, PlannedMutation, Rollback, Step,
        Work,
    };

    use super::*;

    fn scope() -> Scope {
        Scope { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into(), profile: None }
    }

    fn operation(action: Action, mutations: Vec<PlannedMutation>, entries: Vec<Entry>) -> Operation {
        let caller = Caller { account: "111122223333".into(), arn: "arn:aws:iam::111122223333:user/ada".into() };
        let step = |mutation| Step {
            name: "step".into(),
            sentence: "A step.".into(),
            work: Work::Send { mutation, makes: None, desired: None, takes_out: None },
        };
        let plan = Plan {
            format: FORMAT,
            action,
            scope: scope(),
            endpoint: Some(operate::Endpoint::Aws),
            caller: caller.clone(),
            made_at: Timestamp::UNIX_EPOCH,
            summary: "A plan.".into(),
            baseline: Baseline::default(),
            steps: mutations.into_iter().map(step).collect(),
            capacity: Vec::new(),
            losses: Vec::new(),
            warnings: Vec::new(),
            rollback: Rollback::Impossible("No.".into()),
        };
        let began = Entry::Began {
            plan: Box::new(plan),
            plan_hash: "hash".into(),
            caller,
            confirmation: Confirmation::Window { typed: None },
            token: "token".into(),
        };
        let id = OperationId("op-1".into());
        let records: Vec<EntryRecord> = (1..)
            .zip(std::iter::once(began).chain(entries))
            .map(|(sequence, entry)| EntryRecord {
                sequence,
                at: Timestamp::UNIX_EPOCH,
                operation: Some(id.clone()),
                entry,
                hash: String::new(),
            })
            .collect();
        Operation::of(id, &records)
    }

    fn one(name: &str) -> BTreeSet<String> {
        BTreeSet::from([name.to_owned()])
    }

    #[test]
    fn a_rebake_and_roll_touches_group_template_build_and_the_image_once_it_is_made() {
        let action = Action::RebakeRoll {
            group: "web".into(),
            recipe: "arn:web".into(),
            pipeline: None,
            choices: operate::RefreshChoices::default(),
            pauses: false,
        };
        let version = PlannedMutation::CreateLaunchTemplateVersion {
            template: "lt-1".into(),
            source_version: 3,
            image: Output::Image.into(),
            description: String::new(),
        };
        let of = |entries| touched(&operation(action.clone(), vec![version.clone()], entries));
        let before = Touched { groups: one("web"), templates: one("lt-1"), ..Touched::default() };
        assert_eq!(of(vec![]), Some((scope(), before.clone())));
        let made = [(Output::Build, "arn:build".to_owned()), (Output::Image, "ami-2".to_owned())];
        let settled = Entry::Settled { step: 0, made: made.into() };
        let after = Touched { builds: one("arn:build"), images: one("ami-2"), ..before };
        assert_eq!(of(vec![settled]), Some((scope(), after)));
    }

    #[test]
    fn a_reimage_touches_the_servers_root_and_its_image() {
        let action = Action::Reimage { server: "i-1".into(), image: Some("ami-2".into()) };
        let replace = PlannedMutation::CreateReplaceRootVolumeTask {
            server: "i-1".into(),
            image: Some("ami-2".into()),
            delete_replaced: true,
        };
        let expected = Touched { roots: one("i-1"), images: one("ami-2"), ..Touched::default() };
        assert_eq!(touched(&operation(action, vec![replace], vec![])), Some((scope(), expected)));
    }

    #[test]
    fn a_successor_is_touched_as_soon_as_it_has_a_name() {
        let action = Action::Replace { servers: vec!["i-1".into()] };
        let run = PlannedMutation::TerminateInstances { server: "i-1".into() };
        let settled = Entry::Settled { step: 0, made: [(Output::Successor, "i-2".to_owned())].into() };
        let expected = Touched { servers: one("i-2"), ..Touched::default() };
        assert_eq!(touched(&operation(action, vec![run], vec![settled])), Some((scope(), expected)));
    }
}
