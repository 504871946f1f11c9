//! The last picture, kept: what shows the same is not drawn again.

use std::sync::Arc;

use epaint::{Mesh, Rect};

use crate::camera::Camera;
use crate::card::Place;
use crate::colouring::Colouring;
use crate::frame::{Detail, FrameInput};
use crate::palette::Palette;

/// Which scene and which lighting a picture is of. Whoever makes them counts them, since to compare them would take
/// longer than to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Edition {
    /// Number of the view that the scene is of.
    pub scene: u64,
    /// Number of the lighting.
    pub lighting: u64,
}

/// A mesh, and what it was drawn from. A window draws a frame for every move of the pointer and every blink of a
/// caret; of most of them the picture is the same.
#[derive(Debug, Default)]
pub struct KeptMesh {
    of: Option<Of>,
    mesh: Arc<Mesh>,
}

/// All that a picture without movement depends on.
#[derive(Clone, PartialEq, Debug)]
struct Of {
    edition: Edition,
    camera: Camera,
    viewport: Rect,
    pixels_per_point: f32,
    detail: Detail,
    palette: Palette,
    colouring: Colouring,
    hovered: Option<Place>,
    focused: Option<Place>,
}

impl Of {
    fn shows(&self, edition: Edition, input: &FrameInput<'_>) -> bool {
        self.edition == edition
            && self.camera == input.camera
            && self.viewport == input.viewport
            && self.pixels_per_point == input.pixels_per_point
            && self.detail == input.detail
            && self.colouring == input.colouring
            && self.hovered == input.hovered
            && self.focused == input.focused
            && self.palette == *input.palette
    }
}

impl KeptMesh {
    /// The mesh of this edition and input: the kept one where it shows the same, else what `draw` makes, which is kept.
    /// While something moves, each frame is drawn anew.
    pub fn mesh(&mut self, edition: Edition, input: &FrameInput<'_>, draw: impl FnOnce() -> Mesh) -> Arc<Mesh> {
        if input.motion.is_some() {
            self.of = None;
            return Arc::new(draw());
        }
        if !self.of.as_ref().is_some_and(|of| of.shows(edition, input)) {
            self.mesh = Arc::new(draw());
            self.of = Some(Of {
                edition,
                camera: input.camera,
                viewport: input.viewport,
                pixels_per_point: input.pixels_per_point,
                detail: input.detail,
                palette: input.palette.clone(),
                colouring: input.colouring,
                hovered: input.hovered,
                focused: input.focused,
            });
        }
        Arc::clone(&self.mesh)
    }
}
