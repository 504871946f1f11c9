//! What the fleet knows that helps to choose: a group's template versions with their images, the images of a server's
//! recipe, each with its age.

use fleet::{FamilyIx, Fleet, ImageIx, Lineage, Presence, ScopeIx, TemplateKind};
use insight::human::short_duration;
use operate::{Action, Scope};
use session::View;

use crate::naming;

/// How many are offered, the newest first: an older one can be typed.
const OFFERED: usize = 6;

/// Something that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Choice {
    /// What AWS calls it: a version's number, an image's id.
    pub(crate) name: String,
    /// The same for people.
    pub(crate) words: String,
}

/// What can be chosen; empty where nothing is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Known {
    /// The versions of the group's template, the newest first.
    pub(crate) versions: Vec<Choice>,
    /// The images of the server's recipe that a server could be launched from, the newest first.
    pub(crate) images: Vec<Choice>,
    /// Whether there are more of either than are offered.
    pub(crate) has_more: bool,
}

impl Known {
    /// What is known for an action's choices.
    pub(crate) fn of(view: &View, scope: &Scope, action: &Action) -> Self {
        let known = match action {
            Action::Roll { group, .. } => {
                versions(view, scope, group).map(|versions| Self { versions, ..Self::default() })
            }
            Action::Reimage { server, .. } => {
                images(view, scope, server).map(|images| Self { images, ..Self::default() })
            }
            _ => None,
        };
        let mut known = known.unwrap_or_default();
        known.has_more = known.versions.len().max(known.images.len()) > OFFERED;
        known.versions.truncate(OFFERED);
        known.images.truncate(OFFERED);
        known
    }
}

fn is_in(fleet: &Fleet, at: ScopeIx, scope: &Scope) -> bool {
    fleet.scope(at).is_some_and(|row| {
        (fleet.str(row.account), fleet.str(row.region)) == (scope.account.as_str(), scope.region.as_str())
    })
}

fn versions(view: &View, scope: &Scope, group: &str) -> Option<Vec<Choice>> {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let at = fleet.groups.iter().position(|row| fleet.str(row.name) == group && is_in(fleet, row.scope, scope))?;
    let wanted = lineage.groups.get(at)?.wants?;
    let template = lineage.templates.get(wanted.at())?;
    if template.kind != TemplateKind::LaunchTemplate {
        return None;
    }
    let of_template = lineage.templates.iter().filter(|row| (row.scope, row.id) == (template.scope, template.id));
    let mut versions: Vec<_> = of_template.filter(|row| row.presence == Presence::Present).collect();
    versions.sort_by_key(|row| std::cmp::Reverse(row.version));
    let choices = versions.into_iter().filter_map(|row| {
        let number = row.version?;
        let image = row.image.map_or_else(|| "no image of its own".to_owned(), |image| told(view, image));
        let now = if row.version == template.version { "; the group wants it now" } else { "" };
        Some(Choice { name: number.to_string(), words: format!("{number}: {image}{now}") })
    });
    Some(choices.collect())
}

fn images(view: &View, scope: &Scope, server: &str) -> Option<Vec<Choice>> {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let at = fleet.servers.iter().position(|row| fleet.str(row.id) == server && is_in(fleet, row.scope, scope))?;
    let runs = lineage.servers.get(at)?.image?;
    let node = lineage.images.get(runs.at())?;
    let family: FamilyIx = node.family?;
    let architecture = lineage.image_architecture(fleet, runs);
    let can_run = |ix: &ImageIx| {
        let image = &lineage.images[ix.at()];
        image.presence == Presence::Present
            && (image.partition, image.region) == (node.partition, node.region)
            && lineage.image_state(fleet, *ix).is_none_or(|state| state == "available")
            && lineage.image_architecture(fleet, *ix) == architecture
    };
    let mut images: Vec<ImageIx> = lineage.families.get(family.at())?.iter().copied().filter(can_run).collect();
    images.sort_by_key(|&ix| std::cmp::Reverse(made(lineage, fleet, ix)));
    let choices = images.into_iter().map(|ix| {
        let id = fleet.str(lineage.images[ix.at()].id);
        let now = if ix == runs { "; it runs this one now" } else { "" };
        Choice { name: id.to_owned(), words: format!("{} ({id}){now}", told(view, ix)) }
    });
    Some(choices.collect())
}

fn made(lineage: &Lineage, fleet: &Fleet, ix: ImageIx) -> Option<fleet::Time> {
    lineage.image_made(fleet, ix)
}

/// An image's name and how old it is.
fn told(view: &View, ix: ImageIx) -> String {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let name = naming::image_title(fleet, lineage, ix);
    let as_of = fleet.scopes.iter().map(|scope| scope.pulled_at).max();
    match (made(lineage, fleet, ix), as_of) {
        (Some(made), Some(as_of)) => format!("{name}, {} old", short_duration(as_of.since_s(made))),
        _ => format!("{name}, of unknown age"),
    }
}
