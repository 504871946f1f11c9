//! What draws the window.

use std::fmt;

use eframe::CreationContext;
use eframe::wgpu::DeviceType;

/// What draws the window, for the about box and for how much is drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawing {
    /// Which programming interface.
    pub through: Through,
    /// The adapter's name; `None` where OpenGL does not tell.
    pub adapter: Option<String>,
    /// Whether the processor draws, as it does in a machine without a GPU.
    pub is_software: bool,
}

/// A programming interface for drawing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Through {
    /// wgpu, over this interface of the operating system.
    Wgpu(String),
    /// OpenGL without wgpu.
    OpenGl,
}

impl fmt::Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wgpu(over) => write!(f, "wgpu over {over}"),
            Self::OpenGl => f.write_str("OpenGL"),
        }
    }
}

impl Drawing {
    /// What draws a window that is being made. OpenGL does not tell whether the processor draws, so that `software`, the
    /// adapter without a GPU that wgpu found, speaks for it.
    pub(crate) fn of(creation: &CreationContext<'_>, software: Option<String>) -> Self {
        match &creation.wgpu_render_state {
            Some(state) => {
                let adapter = state.adapter.get_info();
                Self {
                    through: Through::Wgpu(adapter.backend.to_string()),
                    adapter: Some(adapter.name),
                    is_software: adapter.device_type == DeviceType::Cpu,
                }
            }
            None => Self { through: Through::OpenGl, is_software: software.is_some(), adapter: software },
        }
    }

    /// What that means for the picture, in a sentence.
    #[must_use]
    pub fn consequence(&self) -> &'static str {
        if self.is_software {
            "No GPU was found, so the processor draws: with less detail from afar, and without animations."
        } else {
            "Everything is drawn in full detail."
        }
    }
}
