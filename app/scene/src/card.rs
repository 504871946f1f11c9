//! What a scene is made of: columns of cards, bundles of edges between them, tiles in the cards of groups.

use epaint::{Pos2, Rect};
use fleet::{Node, ServerIx};

use crate::colouring::{Colouring, Shades, Standing};
use crate::palette::Shade;
use crate::phase::Phase;

/// Index into [`crate::Scene::cards`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CardIx(pub u32);

impl CardIx {
    /// The same as an index into a slice.
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// What a scene shows beyond what its servers and groups use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SceneOptions {
    /// Also images, recipes and template versions that no server or group uses.
    pub show_unused: bool,
    /// The bases of base images too, a column for each generation; else a hint counts them.
    pub unfolded: bool,
}

/// What a card stands for. Nothing hangs from nothing: what is not there has a card that says so.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CardOf {
    /// A node of the lineage, never a server.
    Node(Node),
    /// Servers of which no call told what image they run.
    NoImage,
    /// Servers that were launched without a template.
    NoTemplate,
    /// Servers in no group that nobody else's machinery owns.
    NoGroup,
    /// Servers in no group that somebody else's machinery owns: whose.
    Owner(String),
    /// Servers that AWS's tag says are in a group which could not be read: its name.
    UnreadGroup(String),
}

/// Which column it is, from left to right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ColumnKind {
    /// Bases of base images; the number is the generation, from 1 for the bases' own bases.
    OlderBase(u8),
    /// Base images.
    Base,
    /// Recipes.
    Recipe,
    /// Images.
    Image,
    /// Template versions.
    Template,
    /// Groups with their servers.
    Group,
}

/// A column of cards.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    /// Which.
    pub kind: ColumnKind,
    /// Its heading: `Base image`.
    pub title: &'static str,
    /// How many: images, recipes and so on; of the groups' column how many servers.
    pub count: u32,
    /// What [`SceneOptions::unfolded`] would show more of: `+2 older bases`.
    pub hint: Option<String>,
    /// What follows the title: count and hint.
    pub tail: String,
    /// Left and right end in the world.
    pub x: (f32, f32),
    /// Its cards from top to bottom; in a column of several lanes row by row, each row from left to right.
    pub cards: Vec<CardIx>,
    /// How many cards stand beside each other.
    pub lanes: u32,
    /// Top of each row; a row lasts to the next one's top.
    pub(crate) row_tops: Vec<f32>,
}

/// What a card says by its looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// It is gone, and known from its id alone: dashed and faint.
    pub ghost: bool,
    /// Nothing says what it is, or it could not be read: dashed.
    pub unknown: bool,
    /// Some of its servers run another template version than their group wants.
    pub behind: bool,
    /// Its servers are split between template versions.
    pub stuck: bool,
}

impl Flags {
    /// Whether its border is dashed.
    #[must_use]
    pub fn is_dashed(self) -> bool {
        self.ghost || self.unknown
    }
}

/// A card.
#[derive(Clone, PartialEq, Debug)]
pub struct Card {
    /// What it stands for.
    pub of: CardOf,
    /// Index of its column.
    pub column: usize,
    /// Where it is in the world.
    pub rect: Rect,
    /// First line.
    pub title: String,
    /// Second line; empty where there is nothing to say, and for groups.
    pub subtitle: String,
    /// Right of the title: `24 · 9 overdue`; empty but for groups.
    pub badge: String,
    /// Its looks.
    pub flags: Flags,
    /// How many servers it leads to.
    pub servers: u32,
    /// How many of them are past their lifetime.
    pub overdue: u32,
    /// Its servers' tiles; groups and their like only.
    pub tiles: Option<TileField>,
}

impl Card {
    /// The height at which edges meet the card, in the world.
    #[must_use]
    pub fn port_y(&self) -> f32 {
        self.rect.top() + (self.rect.height() / 2.0).min(crate::layout::CARD_H / 2.0)
    }

    /// The node of the lineage, where the card stands for one.
    #[must_use]
    pub fn node(&self) -> Option<Node> {
        match self.of {
            CardOf::Node(node) => Some(node),
            _ => None,
        }
    }
}

/// The tiles of one card: a field of squares filled in reading order, the oldest server first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TileField {
    /// Index of its first tile in [`crate::Scene::tiles`].
    pub first: u32,
    /// How many.
    pub len: u32,
    /// Tiles in a row.
    pub per_row: u32,
    /// From one tile to the next, in world points. The tile itself takes 9/11 of it.
    pub pitch: f32,
    /// Left top corner of the first tile.
    pub origin: Pos2,
    /// Its place among the fields, card by card.
    pub(crate) nth: u32,
}

impl TileField {
    /// Side of a tile in world points.
    #[must_use]
    pub fn tile_side(&self) -> f32 {
        self.pitch * (9.0 / 11.0)
    }

    /// Where its `n`-th tile is.
    #[must_use]
    pub fn rect(&self, n: u32) -> Rect {
        let (row, column) = (n / self.per_row, n % self.per_row);
        let min = self.origin + epaint::vec2(column as f32, row as f32) * self.pitch;
        Rect::from_min_size(min, epaint::Vec2::splat(self.tile_side()))
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.len.div_ceil(self.per_row)
    }
}

/// One server's tile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tile {
    /// Whose.
    pub server: ServerIx,
    /// Its shade in each colouring.
    pub(crate) shades: Shades,
    /// Its shape: whether it comes up or goes down.
    pub phase: Phase,
    /// Which strand of the lineage it hangs from.
    pub(crate) strand: u32,
}

impl Tile {
    /// Its shade, where the tiles tell this.
    #[must_use]
    pub fn shade(&self, colouring: Colouring) -> Shade {
        self.shades[colouring as usize]
    }

    /// Whether it carries a snowflake's mark: where the tiles tell of ages, and not of snowflakes themselves.
    #[must_use]
    pub fn is_marked(&self, colouring: Colouring) -> bool {
        colouring == Colouring::Age && Standing::of(self.shade(Colouring::Snowflake)) == Standing::Bad
    }
}

/// The servers' ways from one card to another, as one bundle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Edge {
    /// The left end.
    pub from: CardIx,
    /// The right end.
    pub to: CardIx,
    /// How many servers it carries; 0 where a group wants a version that none of its servers runs yet.
    pub servers: u32,
    /// Where it leaves the left card.
    pub start: Pos2,
    /// Where it meets the right card.
    pub end: Pos2,
    /// Its width in world points.
    pub width: f32,
}

/// What can be pointed at, selected and walked to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// A card.
    Card(CardIx),
    /// A server's tile.
    Server(ServerIx),
}
