//! How far images are behind the newest of their family.
//!
//! A family spans regions and accounts: its images are compared by the `CreationDate` of their origins, so that a
//! copy made yesterday of last year's image is a year old. Only an image that can be launched counts as newest. Of a
//! vendor's family a pull reads only the images in use, so that an image is behind by at least what those show, and
//! that it is not behind at all nobody can tell.

use fleet::{Call, FamilyIx, Fleet, ImageIx, ImageNode, Lineage, Presence, RecipeKind, ScopeIx, Sym, Time};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::finding::ImageFinding;

const DAY_S: i64 = 86_400;

/// When an image was made: its origin's `CreationDate`. A missing image is of unknown age.
fn made(fleet: &Fleet, lineage: &Lineage, image: &ImageNode) -> Option<Time> {
    let origin = lineage.images.get(image.origin.at())?;
    origin.rows.iter().find_map(|&row| fleet.images.get(row as usize)?.created)
}

/// Whether a new server could be launched from it. The state of a row that has none is taken on trust.
fn is_launchable(fleet: &Fleet, image: &ImageNode) -> bool {
    let states = image.rows.iter().filter_map(|&row| fleet.images.get(row as usize));
    image.presence == Presence::Present
        && states.map(|row| fleet.text(row.state)).all(|state| state.is_none_or(|state| state == "available"))
}

/// Families with an image in a scope whose images could not all be read: a newer one may be among the others.
fn partly_read(fleet: &Fleet, lineage: &Lineage) -> FxHashSet<FamilyIx> {
    let unread: Vec<ScopeIx> = fleet
        .gaps
        .iter()
        .filter(|gap| gap.call == Call::DescribeImages && gap.resource.is_none())
        .map(|gap| gap.scope)
        .collect();
    if unread.is_empty() {
        return FxHashSet::default();
    }
    let in_unread = |image: &&ImageNode| {
        let mut rows = image.rows.iter().filter_map(|&row| fleet.images.get(row as usize));
        rows.any(|row| unread.contains(&row.scope))
    };
    lineage.images.iter().filter(in_unread).filter_map(|image| image.family).collect()
}

/// One finding an image of the lineage, in its order.
pub(crate) fn image_findings(fleet: &Fleet, lineage: &Lineage) -> Vec<ImageFinding> {
    let mut findings: Vec<ImageFinding> = lineage
        .images
        .iter()
        .map(|image| ImageFinding { made: made(fleet, lineage, image), ..ImageFinding::default() })
        .collect();

    let mut partly_read = partly_read(fleet, lineage);
    let mut newest: FxHashMap<FamilyIx, (Time, ImageIx)> = FxHashMap::default();
    for (image, finding) in lineage.images.iter().zip(&findings) {
        let (Some(made), Some(family)) = (finding.made, image.family) else { continue };
        if !is_launchable(fleet, image) || partly_read.contains(&family) {
            continue;
        }
        let best = newest.entry(family).or_insert((made, image.origin));
        if made > best.0 {
            *best = (made, image.origin);
        }
    }
    // A copy whose origin has no date was made before it was copied, so that it may be the newest only if that was later.
    for (image, finding) in lineage.images.iter().zip(&findings) {
        let Some(family) = image.family.filter(|_| finding.made.is_none() && is_launchable(fleet, image)) else {
            continue;
        };
        let copied = image.rows.iter().find_map(|&row| fleet.images.get(row as usize)?.created);
        if newest.get(&family).is_some_and(|&(made, _)| copied.is_none_or(|copied| copied > made)) {
            partly_read.insert(family);
        }
    }
    // Of the newest and its copies, the one that a server of the region could be launched from.
    let mut nearest: FxHashMap<(FamilyIx, Option<Sym>), ImageIx> = FxHashMap::default();
    for (ix, image) in (0..).map(ImageIx).zip(&lineage.images) {
        let Some(family) = image.family else { continue };
        if newest.get(&family).is_some_and(|&(_, origin)| origin == image.origin) && is_launchable(fleet, image) {
            nearest.entry((family, image.region)).or_insert(ix);
        }
    }

    for (ix, image) in (0..).map(ImageIx).zip(&lineage.images) {
        let finding = &mut findings[ix.at()];
        let (Some(made), Some(family)) = (finding.made, image.family) else { continue };
        if partly_read.contains(&family) {
            continue;
        }
        // Without a newest, no image of the family can be launched, and this one is as new as it gets.
        let (newest_made, origin) = newest.get(&family).copied().unwrap_or((made, image.origin));
        if newest_made <= made {
            let is_vendors = lineage.recipes.get(image.recipe.at()).is_some_and(|r| r.kind == RecipeKind::Vendor);
            (finding.newest, finding.behind_days) = if is_vendors { (None, None) } else { (Some(ix), Some(0)) };
            continue;
        }
        finding.newest = Some(nearest.get(&(family, image.region)).copied().unwrap_or(origin));
        finding.behind_days = u32::try_from(newest_made.since_s(made) / DAY_S).ok();
    }
    for (ix, image) in lineage.images.iter().enumerate() {
        let base = base_of(lineage, image);
        findings[ix].base_behind_days = base.and_then(|base| findings.get(base.at())?.behind_days);
    }
    findings
}

/// The base of an image; of a copy, its origin's.
pub(crate) fn base_of(lineage: &Lineage, image: &ImageNode) -> Option<ImageIx> {
    image.base.or_else(|| lineage.images.get(image.origin.at())?.base)
}
