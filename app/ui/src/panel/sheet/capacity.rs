//! What becomes of a group's healthy capacity, as a small chart: a bar each for now, the lowest point and the end, with
//! the floor across them. It is read by length, place and number; colour only repeats it.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use operate::Capacity;

use crate::theme::{GRID, Theme, Type};
use crate::widget::{paint_line, section};

/// Height of a bar with its room, in points.
const ROW: f32 = 5.0 * GRID;
/// Room for the words before the bars.
const WORDS: f32 = 22.0 * GRID;
/// Room for the numbers after them.
const NUMBERS: f32 = 12.0 * GRID;

pub(super) fn capacities_ui(ui: &mut Ui, capacities: &[Capacity]) {
    if capacities.is_empty() {
        return;
    }
    section(ui, "Healthy capacity");
    for capacity in capacities {
        capacity_ui(ui, capacity);
    }
}

/// The chart's numbers in a sentence.
pub(super) fn sentence(capacity: &Capacity) -> String {
    let Capacity { group, before, lowest, after, floor, .. } = capacity;
    format!("{group}: {before} healthy now, {lowest} at the lowest, {after} in the end; its floor is {floor}")
}

fn capacity_ui(ui: &mut Ui, capacity: &Capacity) {
    let theme = Theme::of(ui);
    let head = 5.0 * GRID;
    let size = vec2(ui.available_width(), head + 3.0 * ROW + GRID);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence(capacity)));
    let most = capacity.before.max(capacity.after).max(capacity.floor).max(capacity.lowest).max(1);
    let (left, right) = (rect.left() + WORDS, rect.right() - NUMBERS);
    let x_of = |units: u32| left + (right - left) * (units as f32 / most as f32);
    let at = pos2(rect.left(), rect.top() + head / 2.0);
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, theme.text.strong, &capacity.group, WORDS * 2.0);
    for (row, (words, units)) in
        (0_u8..).zip([("now", capacity.before), ("lowest", capacity.lowest), ("in the end", capacity.after)])
    {
        let y = rect.top() + head + (f32::from(row) + 0.5) * ROW;
        let ink = theme.text.muted;
        paint_line(ui, pos2(rect.left(), y), Align2::LEFT_CENTER, Type::Small, ink, words, WORDS);
        let bar = Rect::from_min_max(pos2(left, y - 4.0), pos2(x_of(units).max(left + 2.0), y + 4.0));
        let colour = if words == "lowest" { theme.age(Some(0.8)) } else { theme.age(Some(0.0)) };
        ui.painter().rect_filled(bar, CornerRadius::same(2), colour);
        let at = pos2(bar.right() + 1.5 * GRID, y);
        let number = units.to_string();
        paint_line(ui, at, Align2::LEFT_CENTER, Type::NumberStrong, theme.text.strong, &number, NUMBERS);
    }
    let x = x_of(capacity.floor);
    let line = [pos2(x, rect.top() + head - 2.0), pos2(x, rect.bottom() - GRID)];
    ui.painter().extend(Shape::dashed_line(&line, Stroke::new(1.5, theme.text.strong), 3.0, 3.0));
    let words = format!("floor {}", capacity.floor);
    let anchor = if x > right - 40.0 { Align2::RIGHT_CENTER } else { Align2::CENTER_CENTER };
    let at = pos2(x, rect.top() + head / 2.0);
    paint_line(ui, at, anchor, Type::Caption, theme.text.body, &words, NUMBERS * 2.0);
}
