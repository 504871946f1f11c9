//! The configuration that a refresh brings, and which servers have it already.

use crate::world::{
    Scope, World,
    group::{Launch, Override},
    membership::LaunchedBy,
    mould::Mould,
    server::Server,
    template::{TemplateImage, VersionName},
};

/// Whether a server is as `launch` would make it now: by template, version, instance type and, where an override has
/// its own, image (`SkipMatching` of `RefreshPreferences`).
pub(super) fn matches(world: &World, place: &Scope, launch: &Launch, server: &Server) -> bool {
    let Some(membership) = &server.membership else { return false };
    let is_of = |template: u32, version: VersionName| {
        let number = version.number(&place.templates[template as usize]);
        membership.launched_by == LaunchedBy::Template(template, number)
    };
    match launch {
        Launch::Configuration(slot) => membership.launched_by == LaunchedBy::Configuration(*slot),
        Launch::Template(template, version) => is_of(*template, *version),
        Launch::Mixed(mixed) if mixed.overrides.is_empty() => is_of(mixed.template, mixed.version),
        Launch::Mixed(mixed) => mixed.overrides.iter().any(|one| {
            let (template, version) = one.template.unwrap_or((mixed.template, mixed.version));
            one.instance_type == server.instance_type && is_of(template, version) && has_image(world, one, server)
        }),
    }
}

/// Whether a server runs the image that an override names, or that its template does where it names none.
fn has_image(world: &World, one: &Override, server: &Server) -> bool {
    let chosen = server.membership.as_ref().and_then(|membership| membership.image);
    match one.image {
        Some(image) => chosen == Some(image) || (chosen.is_none() && world.image_slot(image) == Some(server.image)),
        None => chosen.is_none_or(|image| world.image_slot(image) == Some(server.image)),
    }
}

/// What a server's root becomes by `launch`: the image's slot, and what launches by it. None if it names no server of
/// this type, or its image is not there.
pub(super) fn root(world: &World, place: &Scope, launch: &Launch, server: &Server) -> Option<(u32, LaunchedBy)> {
    let Launch::Mixed(mixed) = launch else { return None };
    let one = mixed.overrides.iter().find(|one| one.instance_type == server.instance_type)?;
    let (template, version) = one.template.unwrap_or((mixed.template, mixed.version));
    let number = version.number(&place.templates[template as usize]);
    let named = match one.image {
        Some(image) => Some(world.image_slot(image)?),
        None => None,
    };
    let mould = Mould::of_version(world, place, template, number, named).ok()?;
    Some((mould.image, LaunchedBy::Template(template, number)))
}

/// The templates and versions that it launches by.
fn versions(launch: &Launch) -> Vec<(u32, VersionName)> {
    match launch {
        Launch::Configuration(_) => Vec::new(),
        Launch::Template(template, version) => vec![(*template, *version)],
        Launch::Mixed(mixed) => std::iter::once((mixed.template, mixed.version))
            .chain(mixed.overrides.iter().filter_map(|one| one.template))
            .collect(),
    }
}

/// Whether it may mean another version tomorrow than it does today.
pub(super) fn may_move(launch: &Launch) -> bool {
    versions(launch).iter().any(|(_, version)| !matches!(version, VersionName::Number(_)))
}

/// Whether a template of it names its image by a parameter.
pub(super) fn names_a_parameter(place: &Scope, launch: &Launch) -> bool {
    versions(launch).into_iter().any(|(template, version)| {
        let template = &place.templates[template as usize];
        template
            .any_version(version.number(template))
            .is_some_and(|version| matches!(version.data.image, Some(TemplateImage::Parameter(_))))
    })
}
