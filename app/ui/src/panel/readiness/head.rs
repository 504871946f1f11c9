//! What stands above the groups: baked against fried, and what the colours mean.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use insight::human::{counted, timing};
use insight::readiness::{Comparison, Part, Side};
use session::View;

use super::row;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{label, paint_line};

pub(super) fn head_ui(ui: &mut Ui, view: &View, compared: &Comparison) {
    let theme = Theme::of(ui);
    ui.add_space(2.0 * GRID);
    label(ui, Type::Title, theme.text.strong, "How long each group takes to be made again");
    ui.add_space(GRID);
    let is_read = view.fleet.scopes.iter().any(|scope| scope.evidence_at.is_some());
    let words = if is_read {
        "Bake, boot and warm-up at their medians, as AWS recorded them; the thin line goes on to where nineteen of \
         twenty are done. The worst come first."
    } else {
        "How long launches and builds took has not been read: what stands here comes from settings alone."
    };
    label(ui, Type::Small, theme.text.muted, words);
    ui.add_space(3.0 * GRID);
    compared_ui(ui, compared);
    legend_ui(ui);
    ui.add_space(2.0 * GRID);
}

/// Boots of baked and of fried groups, one under the other.
fn compared_ui(ui: &mut Ui, compared: &Comparison) {
    const LINE: f32 = 20.0;
    let theme = Theme::of(ui);
    let sides = [("Baked", compared.baked), ("Mixed", compared.mixed), ("Fried", compared.fried)];
    let sides: Vec<(&str, Side)> = sides.into_iter().filter(|(_, side)| side.boot.is_some()).collect();
    let Some(longest) = sides.iter().filter_map(|(_, side)| side.boot).map(|boot| boot.p50_s).max() else { return };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width() - 12.0, LINE * sides.len() as f32 + 8.0), Sense::hover());
    let room = (rect.width() * 0.36).min(320.0);
    let mut said = Vec::new();
    for (position, (name, side)) in sides.iter().enumerate() {
        let Some(boot) = side.boot else { continue };
        let y = rect.top() + LINE * (position as f32 + 0.5);
        paint_line(
            ui,
            pos2(rect.left() + 2.0 * GRID, y),
            Align2::LEFT_CENTER,
            Type::Small,
            theme.text.body,
            name,
            48.0,
        );
        let bar = Rect::from_min_size(
            pos2(rect.left() + 56.0, y - 4.0),
            vec2((room * boot.p50_s as f32 / longest.max(1) as f32).max(2.0), 8.0),
        );
        ui.painter().rect_filled(bar, CornerRadius::same(2), theme.parts.boot);
        let at = pos2(bar.right() + 2.0 * GRID, y);
        let time = timing(boot.p50_s.into());
        let painted = paint_line(ui, at, Align2::LEFT_CENTER, Type::NumberStrong, theme.text.strong, &time, 90.0);
        let from = format!(
            "to boot, over {} of {}",
            counted_launches(boot.samples),
            counted(side.measured_groups.into(), "group")
        );
        let at = pos2(painted.right() + 1.5 * GRID, y);
        paint_line(ui, at, Align2::LEFT_CENTER, Type::Caption, theme.text.dim, &from, rect.right() - at.x);
        said.push(format!("{name}: {time} {from}"));
    }
    if let Some(ratio) = compared.ratio() {
        let words = if ratio >= 1.05 {
            format!("Fried servers take {ratio:.1} times as long to boot.")
        } else {
            "Fried servers boot no slower here.".to_owned()
        };
        if rect.width() > 760.0 {
            let at = pos2(rect.right(), rect.top() + LINE * 0.5);
            paint_line(ui, at, Align2::RIGHT_CENTER, Type::Strong, theme.text.strong, &words, rect.width() * 0.4);
        }
        said.push(words);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.join(". ")));
    ui.add_space(2.0 * GRID);
}

pub(super) fn counted_launches(count: u32) -> String {
    if count == 1 { "1 launch".to_owned() } else { format!("{count} launches") }
}

fn legend_ui(ui: &mut Ui) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(5.0 * GRID);
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        ui.add_space(0.5 * GRID);
        for part in Part::ALL {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 10.0), Sense::hover());
            ui.painter().rect_filled(rect, CornerRadius::same(2), row::colour(theme, part));
            label(ui, Type::Caption, theme.text.muted, part.as_str());
            ui.add_space(1.5 * GRID);
        }
        let (rect, _) = ui.allocate_exact_size(vec2(18.0, 10.0), Sense::hover());
        row::hatch(ui.painter(), rect, theme.text.muted);
        label(ui, Type::Caption, theme.text.muted, "estimated");
        ui.add_space(1.5 * GRID);
        let (rect, _) = ui.allocate_exact_size(vec2(6.0, 14.0), Sense::hover());
        row::objective_tick(ui.painter(), rect.center().x, rect.y_range(), theme.text.strong);
        label(ui, Type::Caption, theme.text.muted, "recovery objective");
    });
}
