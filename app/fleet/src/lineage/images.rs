//! The images of a fleet: one entry a thing, however many scopes see it and whether or not it is still there.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::ground::{Ground, PlaceIx};
use super::node::{ImageIx, Presence};
use crate::call::Call;
use crate::resources::{Image, ScopeIx};
use crate::rows::Fleet;
use crate::symbol::Sym;

/// An image while the lineage is being drawn.
pub(super) struct ImageDraft {
    pub(super) place: PlaceIx,
    pub(super) id: Sym,
    /// Its rows, the owner's first.
    pub(super) rows: SmallVec<[u32; 1]>,
    /// Scopes at its place that named it, and so asked for it.
    asked_by: SmallVec<[ScopeIx; 1]>,
    /// What it is a direct copy of.
    pub(super) copied_from: Option<ImageIx>,
    /// The end of its chain of copies.
    pub(super) origin: ImageIx,
    /// The image that the server ran which it was made of (`SourceImageId` beside `SourceInstanceId`).
    pub(super) made_on: Option<ImageIx>,
}

/// All of them, found by place and id.
pub(super) struct Images<'a> {
    fleet: &'a Fleet,
    pub(super) drafts: Vec<ImageDraft>,
    index: FxHashMap<(PlaceIx, Sym), ImageIx>,
    /// Where an id was read, for fields that name an image without its region.
    read_at: FxHashMap<(Sym, Sym), PlaceIx>,
}

impl<'a> Images<'a> {
    /// The images that some scope has a row of.
    pub(super) fn of_rows(fleet: &'a Fleet, ground: &Ground) -> Self {
        let mut images = Self { fleet, drafts: Vec::new(), index: FxHashMap::default(), read_at: FxHashMap::default() };
        for (row, image) in (0..).zip(&fleet.images) {
            let Some(place) = ground.place_of(image.scope) else { continue };
            let ix = images.entry(place, image.id);
            images.drafts[ix.at()].rows.push(row);
            images.read_at.entry((ground.partition(place), image.id)).or_insert(place);
        }
        for draft in &mut images.drafts {
            draft.rows.sort_by_key(|&row| {
                let image = &fleet.images[row as usize];
                let is_owners = fleet.scope(image.scope).is_some_and(|scope| Some(scope.account) == image.owner);
                (!is_owners, image.from != Call::DescribeImages, row)
            });
        }
        images
    }

    fn entry(&mut self, place: PlaceIx, id: Sym) -> ImageIx {
        let next = ImageIx(self.drafts.len() as u32);
        let drafts = &mut self.drafts;
        *self.index.entry((place, id)).or_insert_with(|| {
            drafts.push(ImageDraft {
                place,
                id,
                rows: SmallVec::new(),
                asked_by: SmallVec::new(),
                copied_from: None,
                origin: next,
                made_on: None,
            });
            next
        })
    }

    /// The image that `scope` names at its own place; a ghost where nothing was read of it.
    pub(super) fn named(&mut self, ground: &Ground, scope: ScopeIx, id: Sym) -> Option<ImageIx> {
        let ix = self.entry(ground.place_of(scope)?, id);
        let draft = &mut self.drafts[ix.at()];
        if draft.rows.is_empty() && !draft.asked_by.contains(&scope) {
            draft.asked_by.push(scope);
        }
        Some(ix)
    }

    /// The image that `scope` names at a place that may be another one.
    pub(super) fn named_at(&mut self, ground: &Ground, scope: ScopeIx, place: PlaceIx, id: Sym) -> ImageIx {
        let ix = self.entry(place, id);
        let asker = match fleet_account(self.fleet, scope) {
            _ if ground.place_of(scope) == Some(place) => Some(scope),
            Some(account) => ground.scope_of(account, place),
            None => None,
        };
        let draft = &mut self.drafts[ix.at()];
        if let Some(asker) = asker.filter(|asker| draft.rows.is_empty() && !draft.asked_by.contains(asker)) {
            draft.asked_by.push(asker);
        }
        ix
    }

    /// The image that a field names without a region: at `near` if it was read there, else wherever it was read,
    /// since ids are unique; `None` where it was read nowhere.
    pub(super) fn read_near(&self, ground: &Ground, near: PlaceIx, id: Sym) -> Option<ImageIx> {
        let at = |place| self.index.get(&(place, id)).copied();
        at(near)
            .filter(|ix| !self.drafts[ix.at()].rows.is_empty())
            .or_else(|| at(*self.read_at.get(&(ground.partition(near), id))?))
    }

    /// The image at a place, if anything named it.
    pub(super) fn find(&self, place: PlaceIx, id: Sym) -> Option<ImageIx> {
        self.index.get(&(place, id)).copied()
    }

    /// The rows of an image, the owner's first.
    pub(super) fn rows(&self, ix: ImageIx) -> impl Iterator<Item = &'a Image> + use<'a, '_> {
        let fleet = self.fleet;
        self.drafts[ix.at()].rows.iter().map(move |&row| &fleet.images[row as usize])
    }

    /// The first row that has a field.
    pub(super) fn field<T>(&self, ix: ImageIx, field: impl Fn(&Image) -> Option<T>) -> Option<T> {
        self.rows(ix).find_map(field)
    }

    /// Follows `SourceImageId` of every image that a row tells of: copies get what they are a copy of and their
    /// origin, and images of a server what that server ran.
    ///
    /// What a vendor copied its image from is followed only where that was read: it is no business of ours. An image of
    /// an account that nobody read may hide the server that it was made of, so that only one with its source in another
    /// region is a copy for sure; `CreateImage` stays in its region.
    pub(super) fn follow_sources(&mut self, ground: &mut Ground) {
        for number in 0..self.drafts.len() {
            let ix = ImageIx(number as u32);
            let Some((scope, source)) = self.field(ix, |row| Some((row.scope, row.source_image?))) else { continue };
            let place = self.drafts[number].place;
            let partition = ground.partition(place);
            let from_server = self.field(ix, |row| row.source_server).is_some();
            let region = self.field(ix, |row| row.source_image_region);
            let read = match region {
                _ if from_server => self.read_near(ground, place, source),
                Some(region) => {
                    let there = ground.place(partition, Some(region));
                    self.find(there, source).filter(|ix| !self.drafts[ix.at()].rows.is_empty())
                }
                None => self.read_near(ground, place, source),
            };
            let is_ours = self.field(ix, |row| row.owner).is_none_or(|owner| ground.is_ours(partition, owner));
            let source = match read {
                Some(read) => read,
                None if !is_ours => continue,
                None => {
                    let there = if from_server { place } else { ground.place(partition, region) };
                    self.named_at(ground, scope, there, source)
                }
            };
            if source != ix {
                let may_be_of_server = from_server || (!is_ours && self.drafts[source.at()].place == place);
                let draft = &mut self.drafts[number];
                let link = if may_be_of_server { &mut draft.made_on } else { &mut draft.copied_from };
                *link = Some(source);
            }
        }
        self.follow_copies();
    }

    /// Gives every image the end of its chain of copies.
    fn follow_copies(&mut self) {
        self.open_circles();
        let mut origins: Vec<Option<ImageIx>> = vec![None; self.drafts.len()];
        let mut trail = Vec::new();
        for start in 0..self.drafts.len() {
            let mut at = start;
            let origin = loop {
                match (origins[at], self.drafts[at].copied_from) {
                    (Some(known), _) => break known,
                    (None, None) => break ImageIx(at as u32),
                    (None, Some(source)) => {
                        trail.push(at);
                        at = source.at();
                    }
                }
            };
            origins[at] = Some(origin);
            for link in trail.drain(..) {
                origins[link] = Some(origin);
            }
        }
        for (draft, origin) in self.drafts.iter_mut().zip(origins) {
            draft.origin = origin.expect("every image was walked");
        }
    }

    /// Opens circles of copies, which only a damaged answer tells of, at their first image: it counts as original.
    fn open_circles(&mut self) {
        let mut walked_by: Vec<Option<usize>> = vec![None; self.drafts.len()];
        for start in 0..self.drafts.len() {
            let mut at = start;
            while walked_by[at].is_none() {
                walked_by[at] = Some(start);
                match self.drafts[at].copied_from {
                    Some(source) => at = source.at(),
                    None => break,
                }
            }
            if walked_by[at] == Some(start) && self.drafts[at].copied_from.is_some() {
                let mut first = at;
                let mut member = at;
                while let Some(source) = self.drafts[member].copied_from.filter(|source| source.at() != at) {
                    member = source.at();
                    first = first.min(member);
                }
                self.drafts[first].copied_from = None;
            }
        }
    }

    /// Whether the image is still there.
    pub(super) fn presence(&self, ground: &Ground, ix: ImageIx) -> Presence {
        let state = |row: &Image| row.state.map(|state| self.fleet.str(state));
        let is_read = |row: &Image| row.from == Call::DescribeImages && state(row) != Some("deregistered");
        if self.rows(ix).any(is_read) {
            return Presence::Present;
        }
        let draft = &self.drafts[ix.at()];
        // Metadata calls a deregistered image so; one that it calls available is there, but not for us to read.
        if self.rows(ix).any(|row| row.from != Call::DescribeImages && state(row) == Some("available")) {
            return Presence::Unread;
        }
        let asked = self.rows(ix).map(|row| row.scope).chain(draft.asked_by.iter().copied());
        let mut presence = Presence::Unread;
        for scope in asked {
            if ground.presence_of_absent(scope, Call::DescribeImages, draft.id) == Presence::Gone {
                presence = Presence::Gone;
            }
        }
        presence
    }
}

fn fleet_account(fleet: &Fleet, scope: ScopeIx) -> Option<Sym> {
    fleet.scope(scope).map(|scope| scope.account)
}

#[cfg(test)]
mod tests {
    use crate::call::Call;
    use crate::lineage::world::{PROD, TOOLS, World, day};
    use crate::lineage::{EdgeKind, Grade, Node, Presence};

    #[test]
    fn an_image_shared_from_another_account_is_one_node_and_its_owners_row_goes_first() {
        let (mut world, prod) = World::new();
        let tools = world.scope(TOOLS, "eu-west-1");
        let owner = world.sym(TOOLS);
        let seen = world.tagged_image(prod, "ami-1", "as prod sees it", &[]);
        (seen.owner, seen.deprecated) = (Some(owner), day(50));
        world.tagged_image(tools, "ami-1", "web", &[("packer:template", "web")]);
        let drawn = world.draw();
        let ix = drawn.image("ami-1");
        assert_eq!(drawn.lineage.images[ix.at()].rows.len(), 2);
        assert_eq!(drawn.lineage.image_name(&drawn.fleet, ix), Some("web"));
        assert_eq!(drawn.lineage.image_tag(&drawn.fleet, ix, "packer:template"), Some("web"));
        assert_eq!(drawn.lineage.image_owner(&drawn.fleet, ix), Some(TOOLS));
        // The owner's row has no deprecation time, so that of the other one counts.
        assert_eq!(drawn.lineage.image_deprecated(&drawn.fleet, ix), day(50));
        assert_eq!(drawn.recipe_of("ami-1").id, "packer:web");
    }

    #[test]
    fn the_same_id_in_another_region_is_another_image() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        world.image(here, "ami-1");
        world.image(there, "ami-1");
        assert_eq!(world.draw().lineage.images.len(), 2);
    }

    #[test]
    fn a_copy_keeps_its_origin_through_regions_and_accounts() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        let tools = world.scope(TOOLS, "us-east-1");
        let (first, second) = (world.sym("ami-1"), world.sym("ami-2"));
        let (eu, us) = (world.sym("eu-west-1"), world.sym("us-east-1"));
        world.tagged_image(here, "ami-1", "web", &[("packer:template", "web")]).created = day(1);
        let copy = world.image(there, "ami-2");
        (copy.source_image, copy.source_image_region, copy.created) = (Some(first), Some(eu), day(40));
        let copy = world.image(tools, "ami-3");
        (copy.source_image, copy.source_image_region) = (Some(second), Some(us));
        let drawn = world.draw();
        let [one, two, three] = ["ami-1", "ami-2", "ami-3"].map(|id| drawn.image(id));
        let origins = [one, two, three].map(|ix| drawn.lineage.images[ix.at()].origin);
        assert_eq!(origins, [one, one, one]);
        assert_eq!(drawn.lineage.images[three.at()].copied_from, Some(two));
        assert_eq!(drawn.lineage.image_made(&drawn.fleet, three), day(1));
        let edge = drawn.edge(Node::Image(two), Node::Image(three));
        let field = "DescribeImages Images[].SourceImageId".to_owned();
        assert_eq!(edge, Some((EdgeKind::CopiedTo, Grade::Proven, field)));
        assert_eq!(drawn.recipe_of("ami-3").id, "packer:web");
        let families = [one, two, three].map(|ix| drawn.lineage.images[ix.at()].family);
        assert!(families[0].is_some() && families == [families[0]; 3]);
    }

    #[test]
    fn images_that_claim_to_be_copies_of_each_other_still_have_an_origin() {
        let (mut world, here) = World::new();
        let ids = ["ami-0", "ami-1", "ami-2", "ami-3"].map(|id| world.sym(id));
        // ami-0 is a copy of the circle 1 -> 2 -> 3 -> 1.
        for (id, source) in [("ami-0", ids[2]), ("ami-1", ids[2]), ("ami-2", ids[3]), ("ami-3", ids[1])] {
            world.image(here, id).source_image = Some(source);
        }
        let drawn = world.draw();
        let origin = drawn.image("ami-1");
        assert!(drawn.lineage.images.iter().all(|image| image.origin == origin));
        assert_eq!(drawn.lineage.images[origin.at()].copied_from, None);
    }

    #[test]
    fn a_source_without_its_region_is_found_where_it_was_read() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        let (read, gone) = (world.sym("ami-read"), world.sym("ami-gone"));
        world.image(there, "ami-read");
        world.image(here, "ami-1").source_image = Some(read);
        world.image(here, "ami-2").source_image = Some(gone);
        let drawn = world.draw();
        assert_eq!(drawn.lineage.images[drawn.image("ami-1").at()].origin, drawn.image("ami-read"));
        let ghost = &drawn.lineage.images[drawn.image("ami-gone").at()];
        assert_eq!((ghost.region, ghost.presence), (None, Presence::Unread));
    }

    #[test]
    fn what_a_vendor_copied_its_image_from_is_left_to_the_vendor() {
        let (mut world, here) = World::new();
        let (owner, source) = (world.sym("099720109477"), world.sym("ami-upstream"));
        let image = world.image(here, "ami-ubuntu");
        (image.owner, image.source_image) = (Some(owner), Some(source));
        let drawn = world.draw();
        assert_eq!(drawn.lineage.images.len(), 1);
        assert_eq!(drawn.lineage.images[0].copied_from, None);
    }

    #[test]
    fn an_image_of_an_unread_account_is_a_copy_only_of_one_in_another_region() {
        let (mut world, here) = World::new();
        let there = world.scope(PROD, "us-east-1");
        let (other, amazon) = (world.sym(TOOLS), world.sym("amazon"));
        let (base, shared) = (world.sym("ami-al2023"), world.sym("ami-shared"));
        let (eu, alias) = (world.sym("eu-west-1"), Some(amazon));
        let image = world.image(here, "ami-al2023");
        (image.owner, image.owner_alias, image.public, image.created) = (Some(amazon), alias, Some(true), day(1));
        // Baked on the vendor's image, as its tags and its source server would say if they could be seen.
        let image = world.image(here, "ami-shared");
        (image.owner, image.source_image, image.source_image_region) = (Some(other), Some(base), Some(eu));
        image.created = day(20);
        let image = world.image(there, "ami-shared-copy");
        (image.owner, image.source_image, image.source_image_region) = (Some(other), Some(shared), Some(eu));
        let drawn = world.draw();
        let [base, shared, copy] = ["ami-al2023", "ami-shared", "ami-shared-copy"].map(|id| drawn.image(id));
        let node = &drawn.lineage.images[shared.at()];
        assert_eq!((node.copied_from, node.origin, node.base), (None, shared, Some(base)));
        assert_eq!(drawn.lineage.images[copy.at()].origin, shared);
        for (id, image) in [("ami-shared", shared), ("ami-shared-copy", copy)] {
            assert_eq!(drawn.recipe_of(id).id, "unknown", "{id}");
            assert_eq!(drawn.lineage.image_made(&drawn.fleet, image), day(20), "{id}");
        }
        let edge = drawn.edge(Node::Image(base), Node::Image(shared));
        let field = "DescribeImages Images[].SourceImageId".to_owned();
        assert_eq!(edge, Some((EdgeKind::DerivedFrom, Grade::Proven, field)));
    }

    #[test]
    fn an_image_that_was_asked_for_and_not_answered_is_gone_unless_the_call_failed() {
        let (mut world, here) = World::new();
        let denied = world.scope(TOOLS, "us-east-1");
        world.gap(denied, Call::DescribeImages);
        world.server(here, "i-1", "ami-gone");
        world.server(denied, "i-2", "ami-unread");
        let drawn = world.draw();
        let presence = |id| drawn.lineage.images[drawn.image(id).at()].presence;
        assert_eq!(presence("ami-gone"), Presence::Gone);
        assert_eq!(presence("ami-unread"), Presence::Unread);
        assert_eq!(drawn.lineage.images[drawn.image("ami-gone").at()].rows.len(), 0);
    }

    #[test]
    fn a_gap_for_one_image_leaves_the_others_gone() {
        let (mut world, here) = World::new();
        world.gap(here, Call::DescribeImages);
        let one = world.sym("ami-one");
        world.rows.fleet.gaps[0].resource = Some(one);
        world.server(here, "i-1", "ami-one");
        world.server(here, "i-2", "ami-two");
        let drawn = world.draw();
        let presence = |id| drawn.lineage.images[drawn.image(id).at()].presence;
        assert_eq!((presence("ami-one"), presence("ami-two")), (Presence::Unread, Presence::Gone));
    }

    #[test]
    fn metadata_tells_a_deregistered_image_from_one_that_is_not_ours_to_read() {
        let (mut world, here) = World::new();
        let (gone, there) = (world.sym("deregistered"), world.sym("available"));
        for (id, state) in [("ami-gone", Some(gone)), ("ami-there", Some(there)), ("ami-silent", None)] {
            let image = world.image(here, id);
            (image.from, image.state) = (Call::DescribeInstanceImageMetadata, state);
        }
        let drawn = world.draw();
        let presence = |id| drawn.lineage.images[drawn.image(id).at()].presence;
        assert_eq!(presence("ami-gone"), Presence::Gone);
        assert_eq!(presence("ami-there"), Presence::Unread);
        assert_eq!(presence("ami-silent"), Presence::Gone);
    }
}
