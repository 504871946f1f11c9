//! One group: its name and verdict, its bar, and the numbers.

use egui::{
    Align, Align2, Color32, CornerRadius, CursorIcon, Layout, Painter, Rangef, Rect, Role, Sense, Stroke, StrokeKind,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use egui_plot::{Bar, BarChart, GridMark, Plot, PlotBounds, PlotPoint, PlotTransform};
use fleet::{BakeVerdict, GroupIx, Node};
use insight::Rto;
use insight::human::timing;
use insight::readiness::{GroupReadiness, Part};
use session::View;

use super::head::counted_launches;
use super::{Columns, ROW, Scale, known};
use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Tone, badge, focus_ring, label, paint_line};

/// How thick a bar is, of its row.
const BAR: f64 = 0.32;
/// How far the tick of an objective goes up and down from its row's middle, in points.
const TICK: f32 = 15.0;

/// The colour of a part.
pub(super) fn colour(theme: &Theme, part: Part) -> Color32 {
    match part {
        Part::Bake => theme.parts.bake,
        Part::Boot => theme.parts.boot,
        Part::WarmUp => theme.parts.warm_up,
    }
}

/// A rim with slanted lines in it: what is estimated.
pub(super) fn hatch(painter: &Painter, rect: Rect, colour: Color32) {
    const APART: f32 = 5.0;
    let inside = painter.with_clip_rect(painter.clip_rect().intersect(rect));
    let stroke = Stroke::new(1.0, colour);
    painter.rect_filled(rect, CornerRadius::ZERO, colour.gamma_multiply(0.2));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        inside.line_segment([pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())], stroke);
        x += APART;
    }
    painter.rect_stroke(rect, CornerRadius::ZERO, stroke, StrokeKind::Inside);
}

/// The mark of an objective.
pub(super) fn objective_tick(painter: &Painter, x: f32, y: Rangef, colour: Color32) {
    painter.vline(x, y, Stroke::new(2.0, colour));
    painter.hline((x - 3.0)..=(x + 3.0), y.min, Stroke::new(2.0, colour));
    painter.hline((x - 3.0)..=(x + 3.0), y.max, Stroke::new(2.0, colour));
}

/// What is known of a group, in words: the same that the bar shows.
pub(super) fn words(view: &View, ix: GroupIx, group: &GroupReadiness) -> String {
    let name = view.fleet.groups.get(ix.at()).map_or("", |row| view.fleet.str(row.name));
    let again = match group.again() {
        Some(again) => format!("{} to make it again", timing(again.p50_s.into())),
        None => "how long it takes is unknown".to_owned(),
    };
    let objective = match (group.objective, group.verdict) {
        (Some(objective), Rto::Unknown) => {
            format!("objective {}, unknown whether met", timing(objective.seconds.into()))
        }
        (Some(objective), verdict) => {
            format!("objective {} {}", timing(objective.seconds.into()), verdict_word(verdict))
        }
        (None, _) => "no objective".to_owned(),
    };
    format!("{name}: {again}, {objective}")
}

pub(super) fn verdict_word(verdict: Rto) -> &'static str {
    match verdict {
        Rto::AtRisk => "at risk",
        other => other.as_str(),
    }
}

fn tone(verdict: Rto) -> Tone {
    match verdict {
        Rto::Missed => Tone::Overdue,
        Rto::AtRisk => Tone::Due,
        Rto::Met => Tone::Young,
        Rto::Unknown | Rto::None => Tone::Quiet,
    }
}

/// Draws the rows that are in sight.
pub(super) fn rows_ui(
    ui: &mut Ui,
    model: &Model,
    view: &View,
    rows: &[GroupIx],
    columns: Columns,
    scale: Scale,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(ui);
    let width = columns.end + 2.0 * GRID;
    let (whole, _) = ui.allocate_exact_size(vec2(width, ROW * rows.len() as f32), Sense::hover());
    let selected = selected_group(model, view);
    let mut shown: Vec<(Rect, &GroupReadiness)> = Vec::with_capacity(rows.len());
    for (position, &ix) in rows.iter().enumerate() {
        let Some(group) = view.findings.readiness.groups.get(ix.at()) else { continue };
        let rect = Rect::from_min_size(pos2(whole.left(), whole.top() + ROW * position as f32), vec2(width, ROW));
        let is_on = selected == Some(ix);
        let response = ui.interact(rect, ui.scope_id().with(("group", ix.0)), Sense::click());
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_on, words(view, ix, group)));
        if is_on || response.hovered() {
            let fill = if is_on { theme.accent.soft } else { theme.surface.hover };
            ui.painter().rect_filled(rect.shrink2(vec2(0.0, 1.0)), CornerRadius::same(6), fill);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.line));
        focus_ring(ui, &response, rect.shrink(2.0), 6);
        if response.clicked() {
            commands.push(Command::Select(vec![Node::Group(ix)]));
        }
        response.on_hover_ui(|ui| detail_ui(ui, group));
        name_ui(ui, view, ix, group, rect, columns);
        numbers_ui(ui, group, rect, columns);
        shown.push((rect, group));
    }
    let bars = Rect::from_min_max(
        pos2(whole.left() + columns.bars, whole.top()),
        pos2(whole.left() + columns.bars_end, whole.bottom()),
    );
    let transform = plot_ui(ui, bars, &shown, scale);
    let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(bars.expand2(vec2(4.0, 0.0))));
    for (position, (_, group)) in shown.iter().enumerate() {
        overlay(&painter, theme, &transform, position, group, scale);
    }
}

fn selected_group(model: &Model, view: &View) -> Option<GroupIx> {
    match model.selection.only()? {
        Node::Group(ix) => Some(ix),
        Node::Server(ix) => view.lineage.servers.get(ix.at())?.group,
        _ => None,
    }
}

fn name_ui(ui: &mut Ui, view: &View, ix: GroupIx, group: &GroupReadiness, rect: Rect, columns: Columns) {
    let theme = Theme::of(ui);
    let Some(row) = view.fleet.groups.get(ix.at()) else { return };
    let at = pos2(rect.left() + columns.name, rect.top() + 16.0);
    let room = columns.bars - columns.name - 3.0 * GRID;
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, theme.text.strong, view.fleet.str(row.name), room);
    let below = Rect::from_min_size(pos2(at.x, rect.top() + 26.0), vec2(room, 20.0));
    let bake = view.findings.groups.get(ix.at()).map(|group| group.bake).unwrap_or_default();
    let region = view.fleet.scope(row.scope).map_or("", |scope| view.fleet.str(scope.region));
    let what = match bake {
        BakeVerdict::Unknown => region.to_owned(),
        bake => format!("{} · {region}", bake.as_str()),
    };
    // A child of its own: the rows are laid out already.
    let mut line = ui.new_child(UiBuilder::new().max_rect(below).layout(Layout::left_to_right(Align::Center)));
    line.spacing_mut().item_spacing.x = 1.5 * GRID;
    if group.objective.is_some() {
        badge(&mut line, tone(group.verdict), verdict_word(group.verdict));
    }
    let at = line.available_rect_before_wrap().left_center();
    paint_line(&line, at, Align2::LEFT_CENTER, Type::Caption, theme.text.muted, &what, below.right() - at.x);
}

fn numbers_ui(ui: &Ui, group: &GroupReadiness, rect: Rect, columns: Columns) {
    let theme = Theme::of(ui);
    let right = rect.left() + columns.end;
    let room = columns.end - columns.bars_end - 3.0 * GRID;
    let (ink, time) = match group.again() {
        Some(again) => (theme.text.strong, timing(again.p50_s.into())),
        None => (theme.text.muted, "unknown".to_owned()),
    };
    let at = pos2(right, rect.top() + 16.0);
    match group.objective {
        Some(objective) => {
            let of = format!("of {}", timing(objective.seconds.into()));
            let painted = paint_line(ui, at, Align2::RIGHT_CENTER, Type::NumberSmall, theme.text.muted, &of, room);
            let at = pos2(painted.left() - 1.5 * GRID, at.y);
            paint_line(ui, at, Align2::RIGHT_CENTER, Type::NumberStrong, ink, &time, room - painted.width());
        }
        None => {
            paint_line(ui, at, Align2::RIGHT_CENTER, Type::NumberStrong, ink, &time, room);
        }
    }
    let at = pos2(right, rect.top() + 35.0);
    paint_line(ui, at, Align2::RIGHT_CENTER, Type::Caption, theme.text.dim, &samples(group), room);
}

/// On how much the times stand.
fn samples(group: &GroupReadiness) -> String {
    let mut parts = Vec::new();
    if group.is_baked_here {
        parts.push(match group.bake {
            Some(bake) if bake.samples == 1 => "1 build".to_owned(),
            Some(bake) => format!("{} builds", bake.samples),
            None => "bake unknown".to_owned(),
        });
    }
    parts.push(group.boot.map_or_else(|| "boot unknown".to_owned(), |boot| counted_launches(boot.samples)));
    if group.warm_up.is_none() {
        parts.push("warm-up unknown".to_owned());
    }
    if group.again().is_some_and(|again| again.is_estimated) {
        parts.insert(0, "estimated".to_owned());
    }
    parts.join(" · ")
}

/// The three parts with what each was made from.
fn detail_ui(ui: &mut Ui, group: &GroupReadiness) {
    let theme = Theme::of(ui);
    for part in Part::ALL {
        let (ink, words) = match group.part(part) {
            Some(time) => {
                let (p50, p95) = (timing(time.p50_s.into()), timing(time.p95_s.into()));
                let basis = time.basis_words(part);
                (theme.text.body, format!("{}: {p50}, nineteen of twenty within {p95}; {basis}", part.as_str()))
            }
            None if part == Part::Bake && !group.is_baked_here => {
                (theme.text.muted, "bake: none, its image is a vendor's".to_owned())
            }
            None => (theme.text.muted, format!("{}: unknown", part.as_str())),
        };
        label(ui, Type::Small, ink, words);
    }
}

/// The measured parts of each group as bars, one on the other.
fn plot_ui(ui: &mut Ui, rect: Rect, rows: &[(Rect, &GroupReadiness)], scale: Scale) -> PlotTransform {
    let theme = Theme::of(ui);
    let marks = move |_| {
        let step_size = f64::from(scale.step_s);
        scale.marks().map(|seconds| GridMark { value: f64::from(seconds), step_size }).collect()
    };
    let charts = Part::ALL.map(|part| {
        let bars = rows.iter().enumerate().filter_map(|(position, (_, group))| {
            let time = group.part(part).filter(|time| time.basis.is_measured())?;
            let bar = Bar::new(middle(position), f64::from(time.p50_s)).base_offset(f64::from(begins_s(group, part)));
            Some(bar.width(BAR).fill(colour(theme, part)).stroke(Stroke::NONE))
        });
        BarChart::new(part.as_str(), bars.collect()).color(colour(theme, part)).allow_hover(false).horizontal()
    });
    let plot = Plot::new("times of groups")
        .width(rect.width())
        .height(rect.height())
        .show_axes(false)
        .show_grid([true, false])
        .grid_color(theme.surface.line)
        .grid_fade(0.0)
        .x_grid_spacer(marks)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .cursor_color(Color32::TRANSPARENT)
        .label_formatter(|_| None)
        .set_margin_fraction(vec2(0.0, 0.0))
        .sense(Sense::hover());
    let count = rows.len() as f64;
    let show = |ui: &mut Ui| {
        plot.show(ui, |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max([0.0, -count], [f64::from(scale.end_s), 0.0]));
            for chart in charts {
                plot.bar_chart(chart);
            }
        })
        .transform
    };
    show(&mut ui.new_child(UiBuilder::new().max_rect(rect)))
}

/// Where the middle of a row lies in the plot: downwards from 0.
fn middle(position: usize) -> f64 {
    -(position as f64 + 0.5)
}

/// When a part begins, after the medians of those before it.
fn begins_s(group: &GroupReadiness, part: Part) -> u32 {
    let before = Part::ALL.into_iter().take_while(|&other| other != part);
    before.filter_map(|part| group.part(part)).fold(0, |sum: u32, time| sum.saturating_add(time.p50_s))
}

/// What a bar chart can't draw: estimates, how slow it may get, and the objective.
fn overlay(
    painter: &Painter,
    theme: &Theme,
    transform: &PlotTransform,
    position: usize,
    group: &GroupReadiness,
    scale: Scale,
) {
    let y = middle(position);
    let at = |seconds: u32| transform.position_from_point(&PlotPoint::new(f64::from(seconds), y));
    for part in Part::ALL {
        let Some(time) = group.part(part).filter(|time| !time.basis.is_measured() && time.p50_s > 0) else { continue };
        let begin = begins_s(group, part);
        let from = PlotPoint::new(f64::from(begin), y - BAR / 2.0);
        let to = PlotPoint::new(f64::from(begin.saturating_add(time.p50_s)), y + BAR / 2.0);
        hatch(painter, transform.rect_from_values(&from, &to), colour(theme, part));
    }
    let (p50_s, p95_s) = known(group);
    if p95_s > p50_s {
        let (from, to) = (at(p50_s), at(p95_s));
        let stroke = Stroke::new(1.0, theme.text.muted);
        painter.line_segment([from, to], stroke);
        painter.vline(to.x, (to.y - 4.0)..=(to.y + 4.0), stroke);
    }
    match group.objective {
        Some(objective) if objective.seconds <= scale.end_s => {
            let at = at(objective.seconds);
            objective_tick(painter, at.x, Rangef::new(at.y - TICK, at.y + TICK), theme.text.strong);
        }
        // Beyond the scale: an arrow at its end.
        Some(_) => {
            let tip = at(scale.end_s);
            let stroke = Stroke::new(2.0, theme.text.strong);
            painter.line_segment([tip - vec2(5.0, 5.0), tip], stroke);
            painter.line_segment([tip - vec2(5.0, -5.0), tip], stroke);
        }
        None => {}
    }
}
