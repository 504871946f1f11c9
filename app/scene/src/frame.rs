//! What one frame is drawn from, and what it is.

use epaint::{Color32, Mesh, Pos2, Rect};

use crate::camera::Camera;
use crate::card::Place;
use crate::colouring::Colouring;
use crate::light::Lighting;
use crate::motion::Motion;
use crate::palette::Palette;

/// The most quads (pairs of triangles) of a frame.
pub const MAX_QUADS: usize = 60_000;
/// The most text runs of a frame.
pub const MAX_TEXTS: usize = 2_000;
/// Text is never smaller than this on the screen; where it would be, it is left out.
pub const MIN_TEXT_PX: f32 = 11.0;

/// How much detail a zoom carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Cards as blocks, the servers of a group as bars of their shades.
    Density,
    /// One tile a server, titles where they fit.
    Tiles,
    /// Everything, with both lines of text.
    Cards,
}

/// How many quads a picture may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// What a GPU draws without effort: [`MAX_QUADS`].
    #[default]
    Full,
    /// What a processor draws in a frame's time: a quarter of that. Tiles become bars and cards blocks sooner.
    Spare,
}

impl Detail {
    /// What is left of a budget of quads.
    pub(crate) fn of(self, quads: usize) -> usize {
        match self {
            Self::Full => quads,
            Self::Spare => quads / 4,
        }
    }
}

/// Whether something stands out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Emphasis {
    /// Neither.
    #[default]
    Plain,
    /// It lies on the selection's lineage.
    Lit,
    /// It does not, or a filter leaves it out.
    Dim,
}

/// Which of the fonts a run is set in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Font {
    /// The regular weight.
    Regular,
    /// The medium weight.
    Medium,
}

/// Which end of a run is at its position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Align {
    /// Its left end.
    Left,
    /// Its right end.
    Right,
}

/// Text to draw after the mesh: one line, cut with an ellipsis where it is wider than it may be.
#[derive(Clone, PartialEq, Debug)]
pub struct TextRun<'a> {
    /// What.
    pub text: &'a str,
    /// What follows on the same line after a space, in a colour of its own.
    pub tail: Option<(&'a str, Color32)>,
    /// Left (or right) end at half the line's height, in screen points.
    pub pos: Pos2,
    /// Which end `pos` is.
    pub align: Align,
    /// Size in screen points, at least [`MIN_TEXT_PX`].
    pub size: f32,
    /// Font.
    pub font: Font,
    /// Colour, dimmed where the thing is.
    pub colour: Color32,
    /// The most it may take, in screen points.
    pub max_width: f32,
    /// Whose it is; `None` for a column's heading.
    pub place: Option<Place>,
}

/// How to look at a scene.
#[derive(Clone, Copy, Debug)]
pub struct FrameInput<'a> {
    /// From where.
    pub camera: Camera,
    /// The part of the screen to draw into, in points.
    pub viewport: Rect,
    /// Physical pixels a point; edges are smoothed over one pixel.
    pub pixels_per_point: f32,
    /// How many quads it may have.
    pub detail: Detail,
    /// Colours.
    pub palette: &'a Palette,
    /// What the tiles tell.
    pub colouring: Colouring,
    /// What is lit and what is dimmed.
    pub lighting: &'a Lighting,
    /// What lies under the pointer.
    pub hovered: Option<Place>,
    /// What has the keyboard's focus.
    pub focused: Option<Place>,
    /// What just came and went, and how much of its movement is over, 0 to 1.
    pub motion: Option<(&'a Motion, f32)>,
}

/// A picture of a scene, in screen points.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame<'a> {
    /// Everything but text, to be drawn in one go with egui's font texture (all of it is plain white there), clipped
    /// to the viewport.
    pub mesh: Mesh,
    /// Text, to be drawn over the mesh.
    pub texts: Vec<TextRun<'a>>,
    /// How much detail it has.
    pub level: Level,
}
