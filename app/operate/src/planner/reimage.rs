//! Replace the root volume of a server in place: it keeps its id, its addresses and its other volumes.

use super::draft::{Change, Draft, called};
use super::ground::Ground;
use super::{losses, patience};
use crate::guard::{self, Guard, Reach, TakeOut, Touch};
use crate::mutation::{Arg, Mutation, Output};
use crate::plan::{Rollback, Until};
use crate::rules::Rules;

pub(super) fn draft(ground: &Ground, rules: &Rules, id: &str, image: Option<&str>) -> Draft {
    let kept = "The old root volume is kept: a snapshot of it can be put back by hand, by another replacement.";
    let mut draft = Draft::new(Rollback::Impossible(kept.to_owned()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::server(situation, id, Touch::Reimage));
    let Some(server) = situation.servers.get(id) else { return draft };
    draft.touched.servers.insert(id.to_owned());
    if let Some(image) = image {
        let found = ground.images.get(image);
        draft.allowed(guard::image(image, found));
        let architectures = (
            found.and_then(|image| image.architecture.as_deref()),
            ground.images.get(&server.image).and_then(|image| image.architecture.as_deref()),
        );
        if let (Some(new), Some(old)) = architectures {
            let fits = Guard::Launchable.demand(new == old, || {
                let next = format!("Choose an image for {old}.");
                (format!("the image {image} is for {new}, and {id} is {old}"), next)
            });
            draft.allowed(fits);
        }
    }
    let takes_out = server.group.as_ref().map(|_| id.to_owned());
    let mut desired = None;
    if let Some(name) = &server.group {
        out_for_a_while(&mut draft, ground, rules, name, id);
        desired = situation.groups.get(name).map(|group| group.desired);
    }
    let (shown, to) = (
        called(server),
        match image {
            Some(image) => format!("from the image {image}"),
            None => format!("as it was at its launch (image {})", server.image),
        },
    );
    draft.summary = format!("Re-image {shown} in place, {to}: it restarts and keeps its id and its addresses.");
    draft.send(Change {
        name: format!("replace the root of {id}"),
        sentence: format!("Replace the root volume of {shown}, {to}; it restarts, and the old root volume is kept."),
        mutation: Mutation::CreateReplaceRootVolumeTask {
            server: id.to_owned(),
            image: image.map(Arg::from),
            delete_replaced: false,
        },
        makes: Some(Output::RootTask),
        desired,
        takes_out,
    });
    draft.wait(
        format!("see {id} back"),
        format!("Wait until the root volume of {id} is replaced and both status checks have passed again."),
        Until::RootReplaced { server: id.to_owned(), task: Output::RootTask.into() },
        patience::ROOT_S,
    );
    draft.losses.extend(losses::of_new_root(server));
    if image.is_some_and(|image| image != server.image)
        && let Some(template) = &server.template
    {
        draft.warnings.push(format!(
            "{id} will differ from version {} of {}, which it was launched from.",
            template.version, template.id
        ));
    }
    draft
}

/// What holds for a member of a group that is out of service for a while and comes back.
pub(super) fn out_for_a_while(draft: &mut Draft, ground: &Ground, rules: &Rules, name: &str, id: &str) {
    let situation = &ground.situation;
    draft.refusals.extend(guard::group(situation, name, Reach::Named));
    draft.touched.groups.insert(name.to_owned());
    let Some(group) = situation.groups.get(name) else { return };
    let out = TakeOut { group: name, server: id, desired: group.desired, coming: 0 };
    let capacity = draft.allowed(guard::take_out(situation, rules, out));
    draft.capacity.extend(capacity);
    draft.warnings.push(format!(
        "The group {name} may take the restart of {id} for ill health and replace it: put it in Standby first if it has \
         to stay, or replace it instead."
    ));
}
