//! One frame: what can be seen, as a mesh and text runs, within the budgets.

mod cards;
mod edges;
mod fields;
mod ink;
mod moving;
mod texts;

pub(crate) use edges::control_points;
pub use fields::NOT_GROWN;
pub(crate) use fields::{halves, mark, rim};

use epaint::{Color32, Mesh, Pos2, Rect, vec2};

use crate::camera::Camera;
use crate::card::{CardIx, Place, TileField};
use crate::frame::{Emphasis, Frame, FrameInput, Level, TextRun};
use crate::palette::Shade;
use crate::scene::Scene;
use ink::Ink;

/// Both lines of a card's text fit from this zoom on: two lines of 11 points in 36.
const BOTH_LINES_ZOOM: f32 = 0.75;
/// One line fits from this zoom on.
const ONE_LINE_ZOOM: f32 = 0.42;
/// Height of the band that holds the columns' headings, in screen points.
pub const HEADING_H: f32 = 32.0;

/// A scene seen through a camera.
pub(crate) struct View<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) input: &'a FrameInput<'a>,
    shades: [Color32; 256],
    dimmed: [Color32; 256],
}

impl<'a> View<'a> {
    fn new(scene: &'a Scene, input: &'a FrameInput<'a>) -> Self {
        let shades = input.palette.shades(input.colouring);
        let dimmed = shades.map(|colour| input.palette.dim(colour));
        Self { scene, input, shades, dimmed }
    }

    pub(crate) fn screen(&self, world: Pos2) -> Pos2 {
        self.input.camera.screen_from_world(world, self.input.viewport)
    }

    pub(crate) fn rect(&self, world: Rect) -> Rect {
        self.input.camera.screen_rect(world, self.input.viewport)
    }

    pub(crate) fn shade(&self, shade: Shade, dim: bool) -> Color32 {
        let shades = if dim { &self.dimmed } else { &self.shades };
        shades[usize::from(shade.number())]
    }

    /// What lies behind the tiles of a card.
    pub(crate) fn ground(&self, emphasis: Emphasis) -> Color32 {
        match emphasis {
            Emphasis::Lit => self.input.palette.card_lit,
            emphasis => self.toned(self.input.palette.card, emphasis),
        }
    }

    /// A colour, dimmed where the thing is.
    pub(crate) fn toned(&self, colour: Color32, emphasis: Emphasis) -> Color32 {
        if emphasis == Emphasis::Dim { self.input.palette.dim(colour) } else { colour }
    }
}

impl Scene {
    /// The picture of this scene through a camera. Linear in what can be seen, and in the number of cards and edges.
    #[must_use]
    pub fn frame<'a>(&'a self, input: &FrameInput<'_>) -> Frame<'a> {
        let (mesh, level) = self.drawn(input);
        Frame { mesh, texts: self.texts(input), level }
    }

    /// The mesh of [`Scene::frame`] alone, for whoever keeps it ([`crate::KeptMesh`]).
    #[must_use]
    pub fn mesh(&self, input: &FrameInput<'_>) -> Mesh {
        self.drawn(input).0
    }

    /// The text of [`Scene::frame`] alone. Linear in the cards that can be seen near enough to be read.
    #[must_use]
    pub fn texts<'a>(&'a self, input: &FrameInput<'_>) -> Vec<TextRun<'a>> {
        texts::runs(self, input)
    }

    fn drawn(&self, input: &FrameInput<'_>) -> (Mesh, Level) {
        let view = View::new(self, input);
        let mut ink = Ink::new(input.pixels_per_point);
        let visible = self.visible(&input.camera, input.viewport);
        let fields: Vec<TileField> = visible.iter().filter_map(|card| self.cards[card.at()].tiles).collect();
        let plan = fields::Plan::of(&fields, &view);
        ink.reserve(visible.len() * 8 + 4096);

        edges::draw(self, input, &mut ink);
        cards::draw(&visible, &view, &plan, &mut ink);
        cards::outlines(&view, &mut ink);
        moving::draw(&view, &mut ink);
        let band = Rect::from_min_size(input.viewport.min, vec2(input.viewport.width(), HEADING_H));
        ink.rect(band, input.palette.background.gamma_multiply(0.94));

        let zoom = input.camera.zoom;
        let level = if zoom >= BOTH_LINES_ZOOM {
            Level::Cards
        } else if plan.shows_tiles(zoom) {
            Level::Tiles
        } else {
            Level::Density
        };
        (ink.into_mesh(), level)
    }

    /// The cards in sight, column by column from top to bottom. Logarithmic in the rows that are not.
    fn visible(&self, camera: &Camera, viewport: Rect) -> Vec<CardIx> {
        let seen = camera.visible(viewport);
        let mut visible = Vec::new();
        for column in &self.columns {
            if column.x.1 < seen.left() || column.x.0 > seen.right() {
                continue;
            }
            let first = column.row_tops.partition_point(|&top| top < seen.top()).saturating_sub(1);
            let last = column.row_tops.partition_point(|&top| top <= seen.bottom());
            let lanes = column.lanes as usize;
            let cards = column.cards.get(first * lanes..).unwrap_or_default();
            let rows = cards.iter().take(last.saturating_sub(first) * lanes);
            // Of a row some lanes may lie beside the screen, and of its cards the lower ones above it.
            visible.extend(rows.filter(|card| self.cards[card.at()].rect.intersects(seen)));
        }
        visible
    }

    /// The whole scene small, for a minimap: a block for each card (or each few, where they are many), without edges and
    /// text, drawn into the input's viewport through [`Scene::minimap_camera`].
    #[must_use]
    pub fn minimap(&self, input: &FrameInput<'_>) -> Mesh {
        let mut ink = Ink::new(input.pixels_per_point);
        let all: Vec<CardIx> = self.columns.iter().flat_map(|column| column.cards.iter().copied()).collect();
        cards::blocks(&all, &View::new(self, input), MINIMAP_QUADS, &mut ink);
        ink.into_mesh()
    }

    /// The camera that [`Scene::minimap`] looks through.
    #[must_use]
    pub fn minimap_camera(&self, into: Rect) -> Camera {
        Camera::fit(self.bounds(), into, 4.0)
    }

    /// Whether a place is selected or has the keyboard.
    pub(crate) fn is_marked(input: &FrameInput<'_>, place: Place) -> bool {
        input.focused == Some(place) || input.lighting.selected().contains(&place)
    }
}

/// The most quads of a minimap.
const MINIMAP_QUADS: usize = 2_000;
