//! Lines of user data with what was found in their margin. Of a long text the lines around findings are shown first; the
//! rest unfolds.

use std::collections::BTreeMap;

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Frame, Id, Rect, Response, Role, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};
use fleet::{BakeSeverity, Fleet};
use insight::BakeTold;

use crate::theme::{GRID, RADIUS, Theme, Type};
use crate::widget::{focus_ring, label, paint_line};
use crate::words::counted;

/// Height of a line in points.
const ROW: f32 = 17.0;
/// The most height that lines take before they scroll, in points.
const MOST: f32 = 19.0 * ROW;
/// A text of up to so many lines is shown whole.
const SHORT: usize = 18;
/// Lines shown around one with a finding.
const AROUND: usize = 1;
/// Lines shown at the start of a long text without findings.
const START: usize = 8;

/// Lines to show.
pub(super) struct Lines<'a> {
    pub(super) fleet: &'a Fleet,
    /// SHA-256 of the text: what is unfolded stays so for the same text.
    pub(super) hash: [u8; 32],
    /// With their numbers.
    pub(super) lines: Vec<(u32, &'a str)>,
    /// Whether these are all lines of the text.
    pub(super) is_whole: bool,
    pub(super) told: &'a [BakeTold<'a>],
}

/// A row of the block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Row {
    /// A line, by its place in [`Lines::lines`].
    Line(usize),
    /// So many lines are folded here.
    Fold(usize),
}

/// The colour of a severity.
fn colour(theme: &Theme, one: &BakeTold<'_>) -> Color32 {
    match one.finding.severity {
        _ if one.exempt.is_some() => theme.text.dim,
        BakeSeverity::High => theme.standing(scene::Standing::Bad),
        BakeSeverity::Medium => theme.standing(scene::Standing::Middling),
        BakeSeverity::Low => theme.text.dim,
    }
}

/// How much a finding weighs, in words.
fn weight(one: &BakeTold<'_>) -> String {
    match one.exempt {
        Some(_) => format!("{}, exempt", one.finding.severity.as_str()),
        None => one.finding.severity.as_str().to_owned(),
    }
}

/// A rule's name with its weight and its lines.
pub(super) fn rule_ui(ui: &mut Ui, rule: &str, one: &BakeTold<'_>, lines: &[u32]) {
    let theme = Theme::of(ui);
    let numbers: Vec<String> = lines.iter().take(4).map(u32::to_string).collect();
    let more = if lines.len() > numbers.len() { " …" } else { "" };
    let place = match lines {
        [] => String::new(),
        [line] => format!(" · line {line}"),
        _ => format!(" · lines {}{more}", numbers.join(", ")),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 4.5 * GRID), Sense::hover());
    let words = format!("{rule} · {}{place}", weight(one));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 3.0), vec2(3.0, rect.height() - 6.0));
    ui.painter().rect_filled(bar, CornerRadius::same(1), colour(theme, one));
    let at = rect.left_center() + vec2(2.5 * GRID, 0.0);
    let name = paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, theme.text.strong, rule, rect.width());
    let detail = format!("{}{place}", weight(one));
    let at = name.right_center() + vec2(2.0 * GRID, 0.0);
    let room = rect.right() - at.x;
    paint_line(ui, at, Align2::LEFT_CENTER, Type::NumberSmall, theme.text.muted, &detail, room);
}

pub(super) fn lines_ui(ui: &mut Ui, shown: &Lines<'_>) {
    let theme = Theme::of(ui);
    let mut found: BTreeMap<u32, Vec<&BakeTold<'_>>> = BTreeMap::new();
    for one in shown.told {
        found.entry(one.finding.line.unwrap_or(1)).or_default().push(one);
    }
    // What weighs most gives a line its colour.
    for all in found.values_mut() {
        all.sort_by_key(|one| (one.exempt.is_some(), std::cmp::Reverse(one.finding.severity)));
    }
    let unfolded_id = Id::unique(("user data", shown.hash));
    let is_unfolded = ui.data(|data| data.get_temp(unfolded_id)).unwrap_or(false);
    let is_found = |at: usize| found.contains_key(&shown.lines[at].0);
    let rows = rows(shown.lines.len(), is_unfolded || !shown.is_whole, is_found);

    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&Type::Mono.font(), '0'));
    let digits = shown.lines.last().map_or(1, |(line, _)| line.to_string().len());
    let gutter = 3.0 * GRID + digits as f32 * letter + 2.5 * GRID;
    let longest = shown.lines.iter().map(|(_, line)| line.chars().count()).max().unwrap_or(0);
    let mut unfolds = false;
    let frame = Frame::new().fill(theme.surface.field).stroke(Stroke::new(1.0, theme.surface.line));
    frame.corner_radius(CornerRadius::same(RADIUS)).inner_margin(1.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        // Beside the last line and below it, and not over them.
        ui.spacing_mut().scroll.floating_allocated_width = 2.0 * GRID;
        let width = (gutter + longest as f32 * letter + 2.0 * GRID).max(ui.available_width());
        let area = ScrollArea::both().id_salt(shown.hash).max_height(MOST).auto_shrink([false, true]);
        // What lies below the inspector's end is scrolled to with the inspector, not within the block.
        let area = area.min_scrolled_height((rows.len() as f32 * ROW + 2.0 * GRID).min(MOST));
        area.show_rows(ui, ROW, rows.len(), |ui, range| {
            for row in rows.get(range).unwrap_or_default() {
                let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
                match *row {
                    Row::Line(at) => {
                        let (number, line) = shown.lines[at];
                        let found = found.get(&number).map_or(&[][..], Vec::as_slice);
                        line_ui(ui, shown.fleet, rect, &response, gutter, number, line, found);
                    }
                    Row::Fold(count) => unfolds |= fold_ui(ui, rect, response, gutter, count),
                }
            }
        });
    });
    if unfolds {
        ui.data_mut(|data| data.insert_temp(unfolded_id, true));
    }
}

/// Which rows are shown: all lines of a short text, else those near what was found.
fn rows(count: usize, is_unfolded: bool, is_found: impl Fn(usize) -> bool) -> Vec<Row> {
    if is_unfolded || count <= SHORT {
        return (0..count).map(Row::Line).collect();
    }
    let mut near = vec![false; count];
    for at in (0..count).filter(|&at| is_found(at)) {
        near[at.saturating_sub(AROUND)..(at + AROUND + 1).min(count)].fill(true);
    }
    if !near.contains(&true) {
        near[..START].fill(true);
    }
    let mut rows = Vec::new();
    let mut at = 0;
    while at < count {
        let run = near[at..].iter().take_while(|&&other| other == near[at]).count();
        // A fold takes a line itself.
        if near[at] || run == 1 {
            rows.extend((at..at + run).map(Row::Line));
        } else {
            rows.push(Row::Fold(run));
        }
        at += run;
    }
    rows
}

#[expect(clippy::too_many_arguments, reason = "they are what one line is drawn from")]
fn line_ui(
    ui: &Ui,
    fleet: &Fleet,
    rect: Rect,
    response: &Response,
    gutter: f32,
    number: u32,
    line: &str,
    found: &[&BakeTold<'_>],
) {
    let theme = Theme::of(ui);
    let worst = found.first().copied();
    let names = || found.iter().map(|one| fleet.str(one.finding.rule)).collect::<Vec<_>>().join(", ");
    response.widget_info(|| {
        let name =
            if found.is_empty() { format!("{number}: {line}") } else { format!("{number}: {line} ({})", names()) };
        WidgetInfo::labeled(Role::Label, true, name)
    });
    if let Some(worst) = worst {
        let fill = match worst.finding.severity {
            _ if worst.exempt.is_some() => theme.tone.quiet_fill,
            BakeSeverity::High => theme.tone.overdue_fill,
            BakeSeverity::Medium => theme.tone.due_fill,
            BakeSeverity::Low => theme.tone.quiet_fill,
        };
        ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, colour(theme, worst));
    }
    let at = pos2(rect.left() + gutter - 2.5 * GRID, rect.center().y);
    let ink = if worst.is_some() { theme.text.muted } else { theme.text.dim };
    paint_line(ui, at, Align2::RIGHT_CENTER, Type::Mono, ink, &number.to_string(), gutter);
    let ink = if worst.is_some() { theme.text.strong } else { theme.text.body };
    let at = pos2(rect.left() + gutter, rect.center().y);
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Mono, ink, line, f32::INFINITY);
    if !found.is_empty() {
        response.clone().on_hover_ui(|ui| {
            for one in found {
                label(
                    ui,
                    Type::Strong,
                    theme.text.strong,
                    format!("{} · {}", fleet.str(one.finding.rule), weight(one)),
                );
                label(ui, Type::Small, theme.text.body, fleet.str(one.finding.why));
                label(ui, Type::Small, theme.text.muted, fleet.str(one.finding.fix));
                if let Some(exempt) = one.exempt {
                    label(ui, Type::Small, theme.text.dim, exempt.sentence());
                }
            }
        });
    }
}

/// A row that stands for lines that are folded; whether it was clicked.
fn fold_ui(ui: &Ui, rect: Rect, response: Response, gutter: f32, count: usize) -> bool {
    let theme = Theme::of(ui);
    let words = counted(count as u64, "more line");
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show {words}")));
    let is_hot = response.hovered() || response.has_focus();
    if is_hot {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.surface.hover);
    }
    let ink = if is_hot { theme.text.link } else { theme.text.dim };
    let at = pos2(rect.left() + gutter - 2.5 * GRID, rect.center().y);
    paint_line(ui, at, Align2::RIGHT_CENTER, Type::Mono, ink, "⋯", gutter);
    let at = pos2(rect.left() + gutter, rect.center().y);
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Caption, ink, &words, f32::INFINITY);
    focus_ring(ui, &response, rect.shrink(1.0), 2);
    response.on_hover_text("Show the whole text").clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_shown_whole_and_of_a_long_one_what_is_near_a_finding() {
        use Row::{Fold, Line};
        assert_eq!(rows(3, false, |_| false), [Line(0), Line(1), Line(2)]);
        let long = rows(40, false, |at| at == 10 || at == 13);
        assert_eq!(long, [Fold(9), Line(9), Line(10), Line(11), Line(12), Line(13), Line(14), Fold(25)]);
        assert_eq!(rows(40, true, |_| false).len(), 40);
        assert_eq!(rows(40, false, |_| false).last(), Some(&Fold(32)));
        assert_eq!(
            rows(40, false, |at| at == 2 || at == 6)[..9],
            [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|at| { if at == 8 { Fold(32) } else { Line(at) } })
        );
        assert_eq!(rows(0, false, |_| true), []);
    }
}
