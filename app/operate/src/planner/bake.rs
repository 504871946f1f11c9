//! Bake a server as it is into an image: what was installed by hand becomes something that can be launched again.

use super::draft::{Change, Draft, called, setting};
use super::ground::Ground;
use super::{patience, reimage};
use crate::facts::ServerFacts;
use crate::guard::{self, Touch};
use crate::mutation::{Mutation, Output};
use crate::plan::{Rollback, Until};
use crate::rules::Rules;

/// The longest `Name` of an image, and the shortest.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 3..=128;
/// What is left of a server's name beside the time and the random digits.
const PREFIX_CHARS: usize = 80;

pub(super) fn draft(ground: &Ground, rules: &Rules, id: &str, name: Option<&str>, reboot: bool) -> Draft {
    let nothing = "There is nothing to take back: there is one image more. Emberline deletes no images.";
    let mut draft = Draft::new(Rollback::Impossible(nothing.to_owned()));
    let situation = &ground.situation;
    draft.refusals.extend(guard::server(situation, id, Touch::Bake { reboot }));
    let Some(server) = situation.servers.get(id) else { return draft };
    draft.touched.servers.insert(id.to_owned());
    let name = match name {
        Some(name) => {
            check_name(&mut draft, ground, name);
            name.to_owned()
        }
        None => made_name(ground, server),
    };
    let runs = server.state == "running";
    let mut takes_out = None;
    let mut desired = None;
    if reboot
        && runs
        && let Some(group) = &server.group
    {
        reimage::out_for_a_while(&mut draft, ground, rules, group, id);
        takes_out = Some(id.to_owned());
        desired = situation.groups.get(group).map(|group| group.desired);
    }
    let (shown, how) = (
        called(server),
        match (runs, reboot) {
            (true, true) => "it is stopped for the snapshots and started again",
            (true, false) => "it goes on running",
            (false, _) => "it is stopped and stays so",
        },
    );
    draft.summary = format!("Bake {shown} into the image {name}: {how}.");
    draft.send(Change {
        name: format!("bake {id}"),
        sentence: format!("Make the image {name} of {shown}; {how}."),
        mutation: Mutation::CreateImage { server: id.to_owned(), name, no_reboot: !reboot },
        makes: Some(Output::Image),
        desired,
        takes_out,
    });
    draft.wait(
        "see the image".to_owned(),
        "Wait until the image is available.".to_owned(),
        Until::ImageAvailable { image: Output::Image.into(), architecture: None },
        patience::IMAGE_S,
    );
    if reboot && runs {
        draft.wait(
            format!("see {id} back"),
            format!("Wait until {id} runs again and both status checks have passed."),
            Until::Healthy { server: id.into() },
            patience::LAUNCH_S,
        );
    } else if runs {
        draft.warnings.push(format!(
            "Without a restart the image holds what was on disk at that moment, as after a power cut: what {id} is \
             writing may be torn."
        ));
    }
    draft
        .warnings
        .push(format!("Everything on {id} goes into the image: logs, host keys, and secrets that lie on its disks."));
    draft
}

/// `web-1-2026-11-23T11-47-00Z-1a2b3c4d`: no second one of the same name can be made, so neither can a second image.
fn made_name(ground: &Ground, server: &ServerFacts) -> String {
    let of = server.name.as_deref().unwrap_or(&server.id);
    let prefix: String = of.chars().map(|c| if is_allowed(c) { c } else { '-' }).take(PREFIX_CHARS).collect();
    let at = ground.situation.read_at.strftime("%Y-%m-%dT%H-%M-%SZ");
    format!("{}-{at}-{:08x}", prefix.trim(), ground.random >> 32)
}

/// What EC2 takes in the name of an image.
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "()[] ./-'@_".contains(c)
}

fn check_name(draft: &mut Draft, ground: &Ground, name: &str) {
    let is_taken = NAME_CHARS.contains(&name.chars().count()) && name.chars().all(is_allowed);
    let reason = format!("'{}' is no name that EC2 takes for an image", name.chars().take(140).collect::<String>());
    let next = "Use 3 to 128 letters, digits, spaces and ( ) [ ] . / - ' @ _.";
    draft.allowed(setting(is_taken, &reason, next));
    let found = ground.image_named.as_ref().map(|image| image.id.as_str());
    let reason = format!("there is an image of the name {name} already: {}", found.unwrap_or_default());
    draft.allowed(setting(found.is_none(), &reason, "Choose another name, or leave it out."));
}
