//! Bake an image, put it into a new template version that is otherwise the same, roll the group to it and look at every
//! server's root.

use super::draft::{Change, Draft, setting};
use super::ground::{Ground, launch_template};
use super::rebake::Source;
use super::{group, owners, patience, rebake, roll};
use crate::action::RefreshChoices;
use crate::facts::{GroupFacts, VersionFacts};
use crate::guard;
use crate::mutation::{Arg, Mutation, Output};
use crate::plan::{Rollback, Step, Until, Work};
use crate::rules::Rules;

pub(super) fn draft(
    ground: &Ground,
    rules: &Rules,
    name: &str,
    source: &Source<'_>,
    choices: &RefreshChoices,
    pauses: bool,
) -> Draft {
    let mut draft = Draft::new(Rollback::Impossible(String::new()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::group(situation, name, roll::reach(choices)));
    let Some(group) = situation.groups.get(name) else { return draft };
    draft.touched.groups.insert(name.to_owned());
    let has_template = launch_template(group).is_some();
    let next = "Give it a launch template first: a launch configuration can't be changed.";
    draft.allowed(setting(
        has_template,
        &format!("the group {name} has no launch template that an image could go into"),
        next,
    ));
    let next = "Leave the version out: a new one is made for the new image.";
    draft.allowed(setting(
        choices.template_version.is_none(),
        "a rebake can't roll to a version that is there already",
        next,
    ));
    let Some(current) = group::current(&mut draft, ground, group).filter(|_| has_template) else { return draft };
    let architecture = architecture(ground, group, current);
    if architecture.is_none() {
        draft.warnings.push(format!(
            "The architecture that {name} launches could not be told: see to it that the recipe bakes for it."
        ));
    }
    rebake::bake(&mut draft, ground, source, architecture);
    let pause = |draft: &mut Draft, before: &str| {
        if pauses {
            let sentence = format!("Wait for your word before {before}.");
            draft.steps.push(Step { name: format!("pause before {before}"), sentence, work: Work::Pause });
        }
    };
    pause(&mut draft, "the new template version");
    new_version(&mut draft, ground, group, current);
    pause(&mut draft, "the refresh");
    let to = roll::Target { version: Some(Arg::from(Output::TemplateVersion)), facts: None };
    roll::refresh(&mut draft, ground, rules, group, choices, Some(current), &to);
    let besides = roll::left(group, choices).iter().map(|one| one.server.clone()).collect();
    draft.wait(
        "look at the roots".to_owned(),
        format!("See that the root of every server of {name} really comes from the new image."),
        Until::RootsFrom { group: name.to_owned(), image: Output::Image.into(), besides },
        patience::ROOTS_S,
    );
    draft.summary = format!(
        "Bake a new image from the recipe {}, make a template version with it and roll the group {name} ({} servers).",
        source.recipe,
        group.members.len()
    );
    draft
}

fn new_version(draft: &mut Draft, ground: &Ground, group: &GroupFacts, current: &VersionFacts) {
    let (id, number) = (&current.template.id, current.template.version);
    let situation = &ground.situation;
    draft.send(Change {
        name: "new template version".to_owned(),
        sentence: format!("Make a new version of {id}: version {number} with the new image, otherwise the same."),
        mutation: Mutation::CreateLaunchTemplateVersion {
            template: id.clone(),
            source_version: number,
            image: Output::Image.into(),
            // Looked for by this text after a lost answer, so no other version may have it.
            description: format!(
                "Emberline, {}, {:016x}",
                situation.read_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                ground.random
            ),
        },
        makes: Some(Output::TemplateVersion),
        desired: None,
        takes_out: None,
    });
    if let Some(template) = ground.templates.get(id) {
        let thing = format!("The launch template {} ({id})", template.name);
        draft.warnings.extend(owners::warning(&thing, &template.tags));
        if template.latest_version > number {
            draft.warnings.push(format!(
                "Version {number} is not the latest of {id}: what changed up to version {} is not in the new one.",
                template.latest_version
            ));
        }
    }
    let follows = launch_template(group).is_some_and(|(_, set)| set == "$Latest");
    let so_does = if follows { format!(", as {} does,", group.name) } else { String::new() };
    draft.warnings.push(format!(
        "Whatever follows $Latest of {id}{so_does} launches from the new image as soon as the version is there."
    ));
    if current.named_image().is_none() {
        let by = current.image.as_deref().unwrap_or("nothing");
        draft.warnings.push(format!(
            "Version {number} has its image from {by}; the new version names the new image itself and follows no longer."
        ));
    }
}

/// The architecture that the group launches: its template's image tells, else the images of its servers, if they agree.
fn architecture<'a>(ground: &'a Ground, group: &GroupFacts, current: &VersionFacts) -> Option<&'a str> {
    let of = |image: &str| ground.images.get(image)?.architecture.as_deref();
    if let Some(image) = current.named_image() {
        return of(image);
    }
    let servers = group.members.iter().filter_map(|member| ground.situation.servers.get(&member.server));
    let mut found: Vec<&str> = servers.filter_map(|server| of(&server.image)).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [only] => Some(only),
        _ => None,
    }
}
