//! Opening the window: by wgpu on a GPU, else by OpenGL, else by wgpu on whatever there is.

use std::cell::RefCell;
use std::rc::Rc;

use eframe::{NativeOptions, Renderer};
use egui::{ViewportBuilder, vec2};
use session::{Setup, Source};

use crate::app::App;
use crate::drawing::Drawing;
use crate::widget;

/// What a window is opened with.
pub struct WindowOptions {
    /// What the session needs of the program.
    pub setup: Setup,
    /// The source to open; `None` for the one of the last time, or else the welcome screen.
    pub source: Option<Source>,
    /// What to select once it is there: an id, an address or a name.
    pub select: Option<String>,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// Neither X11 nor Wayland is there.
    #[error("there is no display to open a window on")]
    NoDisplay,
    /// The session's threads could not be started.
    #[error("the operating system gives no thread: {0}")]
    Session(#[from] std::io::Error),
    /// Neither wgpu nor OpenGL can draw.
    #[error("no window can be drawn: {0}; update the graphics driver, or install Mesa's software renderer")]
    Draw(String),
}

/// The name that the desktop knows the window by.
const APP_ID: &str = "emberline";

/// Side of the window's icon in pixels: desktops scale it down.
const ICON_SIDE: u16 = 128;

/// Opens the window and returns when it is closed.
///
/// # Errors
/// There is no display, or nothing that can draw on it.
pub fn run(options: WindowOptions) -> Result<(), WindowError> {
    if !has_display() {
        return Err(WindowError::NoDisplay);
    }
    let attempts = Rc::new(Attempts { options: RefCell::new(Some(options)), software: RefCell::default() });
    let mut failed = None;
    for way in [Way::Gpu, Way::OpenGl, Way::AnyAdapter] {
        match open(way, &attempts) {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::info!(%error, ?way, "no window this way");
                failed = Some(error);
            }
        }
        if attempts.options.borrow().is_none() {
            break;
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// How to draw, in the order in which it is tried. A processor draws some five times faster through OpenGL: wgpu's shader
/// has branches for what nobody asked for, and a software rasteriser works on both sides of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Gpu,
    OpenGl,
    AnyAdapter,
}

/// What one attempt leaves for the next.
struct Attempts {
    /// Taken by the one that has a window.
    options: RefCell<Option<WindowOptions>>,
    /// The adapter without a GPU that wgpu found.
    software: RefCell<Option<String>>,
}

impl From<eframe::Error> for WindowError {
    fn from(error: eframe::Error) -> Self {
        match error {
            eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => Self::NoDisplay,
            error => Self::Draw(error.to_string()),
        }
    }
}

fn open(way: Way, attempts: &Rc<Attempts>) -> eframe::Result {
    let native = NativeOptions {
        renderer: if way == Way::OpenGl { Renderer::Glow } else { Renderer::Wgpu },
        viewport: ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Emberline")
            .with_icon(widget::mark_icon(ICON_SIDE))
            .with_inner_size(vec2(1440.0, 900.0))
            .with_min_inner_size(vec2(880.0, 560.0)),
        centered: true,
        // Nothing here has a gradient wide enough to show bands.
        dithering: false,
        ..NativeOptions::default()
    };
    let attempts = Rc::clone(attempts);
    eframe::run_native(
        APP_ID,
        native,
        Box::new(move |creation| {
            let drawing = Drawing::of(creation, attempts.software.borrow().clone());
            if way == Way::Gpu && drawing.is_software {
                *attempts.software.borrow_mut() = drawing.adapter;
                return Err("no GPU was found".into());
            }
            let options = attempts.options.borrow_mut().take().ok_or("the window was already opened")?;
            let mut app = App::new(creation, options)?;
            app.drawn_by(&creation.egui_ctx, drawing);
            Ok(Box::new(app))
        }),
    )
}

/// On Linux and the BSDs a window needs a display server, which the environment names.
fn has_display() -> bool {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || named("DISPLAY")
        || named("WAYLAND_DISPLAY")
        || named("WAYLAND_SOCKET")
}
