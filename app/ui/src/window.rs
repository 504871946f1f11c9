//! Opening the window: wgpu first, glow where that fails.

use eframe::{NativeOptions, Renderer};
use egui::{ViewportBuilder, vec2};
use session::{Setup, Source};

use crate::app::App;
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
    let slot = std::rc::Rc::new(std::cell::RefCell::new(Some(options)));
    match open(Renderer::Wgpu, &slot) {
        Err(error) if slot.borrow().is_some() => {
            tracing::warn!(%error, "wgpu can't draw here; trying OpenGL");
            open(Renderer::Glow, &slot)
        }
        done => done,
    }
    .map_err(|error| match error {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => WindowError::NoDisplay,
        error => WindowError::Draw(error.to_string()),
    })
}

/// The options lie in a slot, since only a renderer that works takes them.
fn open(renderer: Renderer, slot: &std::rc::Rc<std::cell::RefCell<Option<WindowOptions>>>) -> eframe::Result {
    let native = NativeOptions {
        renderer,
        viewport: ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Emberline")
            .with_icon(widget::mark_icon(ICON_SIDE))
            .with_inner_size(vec2(1440.0, 900.0))
            .with_min_inner_size(vec2(880.0, 560.0)),
        centered: true,
        ..NativeOptions::default()
    };
    let slot = std::rc::Rc::clone(slot);
    eframe::run_native(
        APP_ID,
        native,
        Box::new(move |creation| {
            let options = slot.borrow_mut().take().ok_or("the window was already opened")?;
            Ok(Box::new(App::new(creation, options)?))
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
