//! The groups of which too many would burn together, with what the budget and an even spread make of them.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};
use fleet::Node;
use insight::Calendar;
use insight::calendar::{GroupDue, proposals};
use insight::human::{short_date, timing};
use session::View;

use crate::aws_link;
use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, focus_ring, icon_button_sized, label, paint_line};
use crate::words::{counted, number};

const ROW: f32 = 44.0;
const HEADING: f32 = 24.0;

/// A column: what it is called, what it takes of the width, and what its heading means.
const COLUMNS: [(&str, f32); 4] =
    [("Group", 0.34), ("Down at once", 0.20), ("Longest wait", 0.19), ("Most on one day", 0.27)];

pub(super) fn list_ui(ui: &mut Ui, model: &Model, view: &View, calendar: &Calendar, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.add_space(2.0 * GRID);
    if calendar.groups.is_empty() {
        let words = "No group has more fall due together than a tenth of it: nothing has to wait, nothing has to be \
                     spread.";
        ui.add_space(GRID);
        label(ui, Type::Small, theme.text.muted, words);
        return;
    }
    let width = ui.available_width() - 12.0;
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEADING), Sense::hover());
    for (position, (title, _)) in COLUMNS.iter().enumerate() {
        let cell = cell(rect, position);
        paint_line(
            ui,
            cell.left_center(),
            Align2::LEFT_CENTER,
            Type::CaptionStrong,
            theme.text.dim,
            title,
            cell.width(),
        );
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.line));
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, calendar.groups.len(), |ui, range| {
        for group in &calendar.groups[range] {
            row_ui(ui, model, view, calendar, group, width, commands);
        }
    });
}

fn cell(row: Rect, position: usize) -> Rect {
    let before: f32 = COLUMNS[..position].iter().map(|(_, share)| share).sum();
    let inner = row.shrink2(vec2(2.0 * GRID, 0.0));
    let left = inner.left() + inner.width() * before;
    let width = inner.width() * COLUMNS[position].1 - 2.0 * GRID;
    Rect::from_min_size(pos2(left, inner.top()), vec2(width, inner.height()))
}

/// What falls due together: `18 of 76 within a day, 27 Nov`, `24 of 24 overdue`.
pub(super) fn together(group: &GroupDue, calendar: &Calendar) -> String {
    let mut words = Vec::new();
    if group.overdue > 0 {
        words.push(format!("{} of {} overdue", number(group.overdue.into()), number(group.servers.into())));
    }
    if let (Some((first, count)), Some(as_of)) = (group.herd, calendar.as_of) {
        let of = number(group.servers.into());
        words.push(format!("herd of {} of {of} on {}", number(count.into()), short_date(first, as_of)));
    }
    if words.is_empty() {
        words.push(format!("of {} servers", number(group.servers.into())));
    }
    words.join(" · ")
}

fn row_ui(
    ui: &mut Ui,
    model: &Model,
    view: &View,
    calendar: &Calendar,
    group: &GroupDue,
    width: f32,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(ui);
    let node = Node::Group(group.group);
    let name = view.fleet.groups.get(group.group.at()).map_or("", |row| view.fleet.str(row.name));
    let is_on = model.selection.contains(node);
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let what = together(group, calendar);
    response.widget_info(|| {
        let words = format!("{name}: {what}, {} at once, {} allowed", group.at_once, group.allowed);
        WidgetInfo::selected(Role::Row, true, is_on, words)
    });
    let is_hot = response.hovered() || response.contains_pointer();
    if is_on || is_hot {
        let fill = if is_on { theme.accent.soft } else { theme.surface.hover };
        ui.painter().rect_filled(rect.shrink2(vec2(0.0, 1.0)), CornerRadius::same(6), fill);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.line));
    focus_ring(ui, &response, rect.shrink(2.0), 6);
    if response.clicked() {
        commands.push(Command::Select(vec![node]));
    }
    let is_over = group.at_once > group.allowed;
    let warn = if is_over { theme.tone.warning } else { theme.text.body };
    two(ui, cell(rect, 0), (Type::Strong, theme.text.strong, name), &what);
    let at_once = format!("{} of {}", number(group.at_once.into()), number(group.servers.into()));
    let allowed = format!("the budget allows {}", number(group.allowed.into()));
    two(ui, cell(rect, 1), (Type::NumberStrong, warn, &at_once), &allowed);
    let wait = match group.longest_wait_s {
        0 => "none".to_owned(),
        seconds => timing(seconds.into()),
    };
    let each = match (group.is_assumed, timing(group.replace_s.into())) {
        (true, each) => format!("{each} each, assumed"),
        (false, each) => format!("{each} each"),
    };
    two(ui, cell(rect, 2), (Type::NumberStrong, theme.text.body, &wait), &each);
    let (spread, shorter) = if group.day_peak == 0 {
        ("none".to_owned(), "all that has a date is overdue".to_owned())
    } else if group.shortened == 0 {
        (number(group.day_peak.into()), "an even spread has no less".to_owned())
    } else {
        (
            format!("{} → {}", number(group.day_peak.into()), number(group.spread_peak.into())),
            format!("{} shorter", counted(group.shortened.into(), "lifetime")),
        )
    };
    let last = cell(rect, 3);
    let words = Rect::from_min_max(last.min, pos2(last.right() - 24.0, last.bottom()));
    two(ui, words, (Type::NumberStrong, theme.text.body, &spread), &shorter);
    if group.shortened > 0 {
        let place = Rect::from_center_size(pos2(last.right() - 4.0, rect.center().y), vec2(24.0, 24.0));
        let mut place = ui.new_child(UiBuilder::new().max_rect(place));
        if icon_button_sized(&mut place, Icon::Copy, &format!("Copy the lifetimes for {name}"), 24.0).clicked() {
            let proposed = proposals(&view.fleet, &view.lineage, &view.findings, group.group);
            commands
                .push(Command::Copy(aws_link::lifetimes(&view.fleet, &proposed), "commands that set the lifetimes"));
        }
    }
}

/// Two lines, the second one quiet.
fn two(ui: &Ui, cell: Rect, (role, ink, first): (Type, Color32, &str), second: &str) {
    let theme = Theme::of(ui);
    let at = |y: f32| pos2(cell.left(), cell.center().y + y);
    paint_line(ui, at(-8.0), Align2::LEFT_CENTER, role, ink, first, cell.width());
    paint_line(ui, at(9.0), Align2::LEFT_CENTER, Type::Caption, theme.text.muted, second, cell.width());
}
