//! The panels, one a file. Each reads the model and pushes commands.

pub(crate) mod about;
pub(crate) mod act_switch;
pub(crate) mod ask;
pub(crate) mod calendar;
pub(crate) mod canvas;
pub(crate) mod failure;
pub(crate) mod gaps;
pub(crate) mod inspector;
pub(crate) mod loading;
pub(crate) mod operations;
pub(crate) mod palette;
pub(crate) mod rail;
pub(crate) mod readiness;
pub(crate) mod refusal;
pub(crate) mod servers;
pub(crate) mod sheet;
pub(crate) mod shortcuts;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod toast;
pub(crate) mod top_bar;
pub(crate) mod unfinished;
pub(crate) mod welcome;

use egui::{Frame, Margin};

use crate::theme::Theme;

/// A panel's background with margins, in points.
pub(crate) fn frame(theme: &Theme, x: i8, y: i8) -> Frame {
    Frame::new().fill(theme.surface.panel).inner_margin(Margin::symmetric(x, y))
}

/// A dialog's background.
pub(crate) fn dialog_frame(theme: &Theme, ui: &egui::Style) -> Frame {
    Frame::window(ui).fill(theme.surface.panel).inner_margin(Margin::same(0))
}
