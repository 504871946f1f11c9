//! Text in a role and a colour.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, Galley, Label, Pos2, Rect, Response, RichText, Ui};
use std::sync::Arc;

use crate::theme::{GRID, Theme, Type};

/// Text that wraps.
pub fn label(ui: &mut Ui, role: Type, colour: Color32, text: impl Into<String>) -> Response {
    ui.add(Label::new(RichText::new(text).font(role.font()).color(colour)).wrap())
}

/// Text on one line, cut with an ellipsis where there is no room; the whole of it then shows under the pointer.
pub fn line(ui: &mut Ui, role: Type, colour: Color32, text: impl Into<String>) -> Response {
    ui.add(Label::new(RichText::new(text).font(role.font()).color(colour)).truncate())
}

/// The heading of a part of a panel.
pub fn section(ui: &mut Ui, title: impl Into<String>) {
    let theme = Theme::of(ui);
    ui.add_space(4.0 * GRID);
    label(ui, Type::CaptionStrong, theme.text.dim, title);
    ui.add_space(0.5 * GRID);
}

/// One line of text laid out for at most `max_width` points, ending in an ellipsis where it is cut.
pub fn fitted(ui: &Ui, role: Type, colour: Color32, text: &str, max_width: f32) -> Arc<Galley> {
    fitted_scaled(ui, role, 1.0, colour, text, max_width)
}

/// The same in `scale` times the role's size.
pub fn fitted_scaled(ui: &Ui, role: Type, scale: f32, colour: Color32, text: &str, max_width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(role.scaled(scale), colour));
    job.wrap = TextWrapping::truncate_at_width(max_width.max(0.0));
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Paints one line of text at an anchor and returns where.
pub fn paint_line(ui: &Ui, at: Pos2, anchor: Align2, role: Type, colour: Color32, text: &str, max_width: f32) -> Rect {
    let galley = fitted(ui, role, colour, text, max_width);
    let rect = anchor.anchor_size(at, galley.size());
    ui.painter().galley(rect.min, galley, colour);
    rect
}
