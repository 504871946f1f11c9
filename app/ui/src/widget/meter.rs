//! A clock as a bar, with a tick where the lifetime ends.

use egui::{Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::theme::Theme;

/// What a meter shows.
#[derive(Clone, Copy, Debug)]
pub struct Meter<'a> {
    /// How far the bar goes, of the whole width; `None` where that is unknown.
    pub filled: Option<f32>,
    /// Where the tick stands, of the whole width.
    pub tick: Option<f32>,
    /// The bar's colour.
    pub colour: Color32,
    /// The same in words.
    pub name: &'a str,
}

/// Draws a meter `width` points wide in a line `height` points high.
pub fn meter(ui: &mut Ui, width: f32, height: f32, meter: &Meter<'_>) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, meter.name));
    let bar = Rect::from_center_size(rect.center(), vec2(width, 5.0));
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(bar, round, theme.surface.pressed);
    if let Some(filled) = meter.filled {
        // At least a dot, so that a clock that has just begun can be seen.
        let end = bar.left() + (bar.width() * filled.clamp(0.0, 1.0)).max(5.0);
        ui.painter().rect_filled(Rect::from_min_max(bar.min, pos2(end, bar.bottom())), round, meter.colour);
    }
    if let Some(tick) = meter.tick {
        let x = bar.left() + bar.width() * tick.clamp(0.0, 1.0);
        ui.painter().vline(x, (bar.top() - 4.0)..=(bar.bottom() + 4.0), Stroke::new(1.5, theme.text.muted));
    }
    response
}
