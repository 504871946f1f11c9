//! From servers to cards: servers with the same parents are twins and hang from one strand of cards.
//!
//! A strand is one way through the columns, from the oldest base to the group, with the number of servers that came
//! that way. Everything that the picture needs of the lineage follows from the strands: the cards are the stations,
//! the edges their consecutive pairs, and what lights up with a card is every strand through it.

use fleet::{Fleet, GroupIx, ImageIx, Lineage, Node, RecipeIx, RecipeKind, TemplateIx};
use insight::Findings;
use rustc_hash::FxHashMap;

use crate::card::{CardOf, ColumnKind, SceneOptions};

/// Generations of older bases that are followed: a chain longer than this is a cycle or a mistake.
const MAX_GENERATIONS: u8 = 12;

const NONE: u32 = u32::MAX;

/// A card before it has a place.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Class {
    pub(crate) of: CardOf,
    pub(crate) column: ColumnKind,
    pub(crate) servers: u32,
    pub(crate) overdue: u32,
}

/// The cards that a fleet needs, and the strands that run through them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Classes {
    pub(crate) classes: Vec<Class>,
    /// Cards of all strands, one strand after the other, each from left to right.
    pub(crate) stations: Vec<u32>,
    /// Where each strand ends in `stations`.
    pub(crate) ends: Vec<u32>,
    /// How many servers each strand carries.
    pub(crate) carried: Vec<u32>,
    /// The strand of each server.
    pub(crate) strand_of: Vec<u32>,
    /// Older bases that the picture leaves out.
    pub(crate) folded: u32,
    /// For each base card, how many older bases are folded behind it.
    pub(crate) depth: FxHashMap<u32, u8>,
}

impl Classes {
    /// The cards of a strand from left to right.
    pub(crate) fn strand(&self, strand: usize) -> &[u32] {
        let start = if strand == 0 { 0 } else { self.ends[strand - 1] };
        &self.stations[start as usize..self.ends[strand] as usize]
    }

    /// Collects the cards and strands of a fleet.
    pub(crate) fn of(fleet: &Fleet, lineage: &Lineage, findings: &Findings, options: SceneOptions) -> Self {
        let mut weaver = Weaver::new(fleet, lineage, options);
        weaver.servers();
        weaver.groups();
        if options.show_unused {
            weaver.unused();
        }
        weaver.finish(findings)
    }
}

/// What a strand is told apart by. Recipe and bases follow from the image; recipe is given only where no image is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    recipe: u32,
    image: u32,
    template: u32,
    group: u32,
}

/// Stands in a key for 'no image', 'no template' and 'no group' cards; what stands in for a group counts down from below it.
const MISSING: u32 = NONE - 1;

struct Weaver<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    options: SceneOptions,
    unknown_recipe: u32,
    strands: FxHashMap<Key, u32>,
    keys: Vec<Key>,
    carried: Vec<u32>,
    strand_of: Vec<u32>,
    stand_ins: Vec<CardOf>,
    stand_in_ix: FxHashMap<CardOf, u32>,
}

impl<'a> Weaver<'a> {
    fn new(fleet: &'a Fleet, lineage: &'a Lineage, options: SceneOptions) -> Self {
        let unknown_recipe =
            lineage.recipes.iter().position(|recipe| recipe.kind == RecipeKind::Unknown).map_or(NONE, |ix| ix as u32);
        Self {
            fleet,
            lineage,
            options,
            unknown_recipe,
            strands: FxHashMap::default(),
            keys: Vec::new(),
            carried: Vec::new(),
            strand_of: Vec::with_capacity(fleet.servers.len()),
            stand_ins: Vec::new(),
            stand_in_ix: FxHashMap::default(),
        }
    }

    fn strand(&mut self, key: Key) -> u32 {
        let next = self.keys.len() as u32;
        let strand = *self.strands.entry(key).or_insert(next);
        if strand == next {
            self.keys.push(key);
            self.carried.push(0);
        }
        strand
    }

    fn image_key(&self, image: Option<ImageIx>, template: u32, group: u32) -> Key {
        let image = image.filter(|image| image.at() < self.lineage.images.len());
        match image {
            Some(image) => Key { recipe: NONE, image: image.0, template, group },
            None => Key { recipe: self.unknown_recipe, image: MISSING, template, group },
        }
    }

    /// One strand for each way that servers came.
    fn servers(&mut self) {
        let lineage = self.lineage;
        let mut last: Option<(Key, u32)> = None;
        for (row, node) in self.fleet.servers.iter().zip(&lineage.servers) {
            let template =
                node.template.filter(|template| template.at() < lineage.templates.len()).map_or(MISSING, |t| t.0);
            let group = match node.group.filter(|group| group.at() < self.fleet.groups.len()) {
                Some(group) => group.0,
                None => self.stand_in(row),
            };
            let key = self.image_key(node.image, template, group);
            let strand = match last {
                Some((same, strand)) if same == key => strand,
                _ => self.strand(key),
            };
            last = Some((key, strand));
            self.carried[strand as usize] += 1;
            self.strand_of.push(strand);
        }
    }

    /// The key of what stands in for a server's group: the group that its tag names, which could not be read, or
    /// whoever owns it. Spot requests share one card: each has one server.
    fn stand_in(&mut self, server: &fleet::Server) -> u32 {
        let of = match (server.group, self.fleet.owner(server)) {
            (Some(group), _) => CardOf::UnreadGroup(self.fleet.str(group).to_owned()),
            (None, Some(owner)) if owner.starts_with("spot request ") => CardOf::Owner("spot requests".to_owned()),
            (None, Some(owner)) => CardOf::Owner(owner.into_owned()),
            (None, None) => return MISSING,
        };
        let next = self.stand_ins.len() as u32;
        let ix = *self.stand_in_ix.entry(of.clone()).or_insert(next);
        if ix == next {
            self.stand_ins.push(of);
        }
        MISSING - 1 - ix
    }

    /// A strand without servers for each version that a group wants and none of its servers runs, and for each group
    /// without servers.
    fn groups(&mut self) {
        let lineage = self.lineage;
        let mut run: rustc_hash::FxHashSet<(u32, u32)> =
            self.keys.iter().map(|key| (key.template, key.group)).collect();
        let mut shown: Vec<bool> = vec![false; self.fleet.groups.len()];
        for key in &self.keys {
            if let Some(shown) = shown.get_mut(key.group as usize) {
                *shown = true;
            }
        }
        for (group, node) in (0..self.fleet.groups.len() as u32).zip(&lineage.groups) {
            for template in node.wants.iter().chain(&node.also) {
                let Some(wanted) = lineage.templates.get(template.at()) else { continue };
                let key = match wanted.image.filter(|image| image.at() < lineage.images.len()) {
                    Some(image) => Key { recipe: NONE, image: image.0, template: template.0, group },
                    None if run.contains(&(template.0, group)) => continue,
                    None => Key { recipe: NONE, image: NONE, template: template.0, group },
                };
                run.insert((template.0, group));
                self.strand(key);
                shown[group as usize] = true;
            }
        }
        for (group, shown) in (0..).zip(shown) {
            if !shown {
                self.strand(Key { recipe: NONE, image: NONE, template: NONE, group });
            }
        }
    }

    /// Strands for images, template versions and recipes that nothing else shows.
    fn unused(&mut self) {
        let lineage = self.lineage;
        let mut images = vec![false; lineage.images.len()];
        let mut templates = vec![false; lineage.templates.len()];
        let mut recipes = vec![false; lineage.recipes.len()];
        for key in &self.keys {
            if let Some(used) = templates.get_mut(key.template as usize) {
                *used = true;
            }
            if let Some(used) = images.get_mut(key.image as usize) {
                *used = true;
                // A base image is shown in the bases' column, which is use enough.
                if let Some(base) = lineage.images[key.image as usize].base
                    && let Some(used) = images.get_mut(base.at())
                {
                    *used = true;
                }
            }
        }
        for (template, used) in (0..).zip(templates) {
            if !used {
                let image = lineage.templates[template as usize].image;
                let image = image.filter(|image| image.at() < lineage.images.len()).map_or(NONE, |image| image.0);
                if let Some(used) = images.get_mut(image as usize) {
                    *used = true;
                }
                self.strand(Key { recipe: NONE, image, template, group: NONE });
            }
        }
        for (image, used) in (0..).zip(images) {
            if !used {
                self.strand(Key { recipe: NONE, image, template: NONE, group: NONE });
            }
        }
        for key in &self.keys {
            let image = lineage.images.get(key.image as usize);
            let recipe = image.map_or(key.recipe, |image| image.recipe.0);
            if let Some(used) = recipes.get_mut(recipe as usize) {
                *used = true;
            }
        }
        for (recipe, used) in (0..).zip(recipes) {
            if !used {
                self.strand(Key { recipe, image: NONE, template: NONE, group: NONE });
            }
        }
    }

    /// The bases of an image from its own one to the oldest, each once.
    fn bases(&self, image: u32) -> Vec<ImageIx> {
        let mut chain: Vec<ImageIx> = Vec::new();
        let mut at = self.lineage.images.get(image as usize).and_then(|image| image.base);
        while let Some(base) = at {
            let fresh = base.0 != image && !chain.contains(&base) && chain.len() <= usize::from(MAX_GENERATIONS);
            if !fresh || base.at() >= self.lineage.images.len() {
                break;
            }
            chain.push(base);
            at = self.lineage.images[base.at()].base;
        }
        chain
    }

    fn finish(self, findings: &Findings) -> Classes {
        let lineage = self.lineage;
        let mut classes = Classes { carried: self.carried.clone(), ..Classes::default() };
        let mut index: FxHashMap<(ColumnKind, u32), u32> = FxHashMap::default();
        let mut folded: Vec<ImageIx> = Vec::new();
        let mut bases_of: FxHashMap<u32, Vec<ImageIx>> = FxHashMap::default();
        let mut stations: Vec<(ColumnKind, u32, CardOf)> = Vec::new();
        for (key, &carried) in self.keys.iter().zip(&self.carried) {
            stations.clear();
            let bases = bases_of.entry(key.image).or_insert_with(|| self.bases(key.image));
            for (generation, &base) in bases.iter().enumerate().rev() {
                let column = match generation {
                    0 => ColumnKind::Base,
                    older => ColumnKind::OlderBase(older as u8),
                };
                if generation > 0 && !self.options.unfolded {
                    folded.push(base);
                    continue;
                }
                stations.push((column, base.0, CardOf::Node(Node::Image(base))));
            }
            let depth = bases.len().saturating_sub(1) as u8;
            let image = lineage.images.get(key.image as usize);
            let recipe = image.map_or(key.recipe, |image| image.recipe.0);
            if (recipe as usize) < lineage.recipes.len() {
                stations.push((ColumnKind::Recipe, recipe, CardOf::Node(Node::Recipe(RecipeIx(recipe)))));
            }
            match key.image {
                NONE => {}
                MISSING => stations.push((ColumnKind::Image, MISSING, CardOf::NoImage)),
                image => stations.push((ColumnKind::Image, image, CardOf::Node(Node::Image(ImageIx(image))))),
            }
            match key.template {
                NONE => {}
                MISSING => stations.push((ColumnKind::Template, MISSING, CardOf::NoTemplate)),
                template => {
                    let node = Node::TemplateVersion(TemplateIx(template));
                    stations.push((ColumnKind::Template, template, CardOf::Node(node)));
                }
            }
            match key.group {
                NONE => {}
                MISSING => stations.push((ColumnKind::Group, MISSING, CardOf::NoGroup)),
                group if (group as usize) < self.fleet.groups.len() => {
                    stations.push((ColumnKind::Group, group, CardOf::Node(Node::Group(GroupIx(group)))));
                }
                stand_in => {
                    let of = self.stand_ins[(MISSING - 1 - stand_in) as usize].clone();
                    stations.push((ColumnKind::Group, stand_in, of));
                }
            }
            for (column, number, of) in stations.drain(..) {
                let next = classes.classes.len() as u32;
                let card = *index.entry((column, number)).or_insert(next);
                if card == next {
                    classes.classes.push(Class { of, column, servers: 0, overdue: 0 });
                }
                if column == ColumnKind::Base && !self.options.unfolded {
                    classes.depth.insert(card, depth);
                }
                classes.classes[card as usize].servers += carried;
                classes.stations.push(card);
            }
            classes.ends.push(classes.stations.len() as u32);
        }
        folded.sort_unstable();
        folded.dedup();
        classes.folded = folded.len() as u32;
        let mut overdue = vec![0_u32; classes.ends.len()];
        for (&strand, finding) in self.strand_of.iter().zip(&findings.servers) {
            overdue[strand as usize] += u32::from(finding.phoenix == insight::Phoenix::Overdue);
        }
        for (strand, overdue) in overdue.into_iter().enumerate() {
            for at in 0..classes.strand(strand).len() {
                let card = classes.strand(strand)[at];
                classes.classes[card as usize].overdue += overdue;
            }
        }
        classes.strand_of = self.strand_of;
        classes
    }
}
