//! The lineage as a picture.

use std::sync::{Arc, LazyLock};

use resvg::{tiny_skia, usvg};
use scene::{Colouring, Palette, Scene};

/// The fonts of pictures, the program's own: a drawing looks alike on every machine.
const FONTS: [&[u8]; 4] = [
    include_bytes!("../../../assets/fonts/Inter-Regular.otf"),
    include_bytes!("../../../assets/fonts/Inter-Medium.otf"),
    include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
    include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf"),
];

const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

/// Pixels for each point of a small drawing: sharp on a screen of high density.
const SCALE: f32 = 2.0;
/// The longest side of a picture in pixels: what image viewers open without trouble.
const LONGEST_PX: f32 = 16_000.0;
/// The most pixels: 256 MiB while it is drawn.
const MOST_PX: f32 = 64.0 * 1024.0 * 1024.0;

/// Why a drawing could not become a picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It is no SVG.
    #[error("the drawing can't be read: {0}; write it as .svg and look at that")]
    Unreadable(#[from] usvg::Error),
    /// It has no extent, or more than there is memory for.
    #[error("no picture of {width} x {height} pixels can be made; draw fewer servers with --query")]
    Size {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// It can't be written as PNG.
    #[error("the picture can't be written as PNG: {0}; write it as .svg instead")]
    Unwritable(String),
}

/// A scene as SVG, its tiles telling this.
#[must_use]
pub fn svg(scene: &Scene, palette: &Palette, colouring: Colouring) -> String {
    scene.svg(palette, colouring, FAMILY)
}

/// A drawing as PNG: two pixels a point, fewer where it would become too large to open.
///
/// # Errors
/// Where the text is no SVG, or too large even so.
pub fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    static FONT_BASE: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = usvg::fontdb::Database::new();
        for font in FONTS {
            fonts.load_font_data(font.to_vec());
        }
        fonts.set_sans_serif_family("Inter");
        fonts.set_monospace_family("JetBrains Mono");
        Arc::new(fonts)
    });
    let options = usvg::Options {
        fontdb: FONT_BASE.clone(),
        font_family: "Inter".to_owned(),
        resources_dir: None,
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options)?;
    let size = tree.size();
    let scale =
        SCALE.min(LONGEST_PX / size.width().max(size.height())).min((MOST_PX / (size.width() * size.height())).sqrt());
    let (width, height) = ((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or(PictureError::Size { width, height })?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PictureError::Unwritable(error.to_string()))
}
