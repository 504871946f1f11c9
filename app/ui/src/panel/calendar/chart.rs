//! The days as bars.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use egui_plot::{Bar, BarChart, GridMark, Plot, PlotBounds, PlotPoint};
use fleet::Time;
use insight::Calendar;
use insight::calendar::Day;
use insight::human::short_date;

use super::Shows;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{focus_ring, label, paint_line};
use crate::words::{counted, number};

/// Height of the chart with its dates, in points, and the least that it is drawn in.
const HEIGHT: f32 = 264.0;
const LEAST_HEIGHT: f32 = 150.0;
/// Room on the left for counts, below for dates, and above for marks, in points.
const LEFT: f32 = 44.0;
const BELOW: f32 = 26.0;
const ABOVE: f32 = 16.0;
/// How much of a day its bar takes.
const BAR: f64 = 0.74;

/// The distance of round counts of which at most five lie below `peak`.
pub(super) fn count_step(peak: u32) -> u32 {
    let wanted = peak.div_ceil(5).max(1);
    let tens = 10_u32.saturating_pow(wanted.ilog10());
    [1, 2, 5, 10].into_iter().map(|times| tens.saturating_mul(times)).find(|&step| step >= wanted).unwrap_or(wanted)
}

/// Every how many days a date stands, so that there is room for each.
pub(super) fn date_step(days: usize, width: f32) -> usize {
    let room = (width / days.max(1) as f32).max(0.1);
    [1, 2, 7, 14, 28].into_iter().find(|&step| step as f32 * room >= 58.0).unwrap_or(56)
}

/// Draws the chart; returns the day that was clicked.
pub(super) fn chart_ui(ui: &mut Ui, calendar: &Calendar, shows: Shows, marked: &[bool]) -> Option<usize> {
    let theme = Theme::of(ui);
    let as_of = calendar.as_of?;
    let height = HEIGHT.min(ui.available_height() * 0.52).max(LEAST_HEIGHT);
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width() - 12.0, height), Sense::hover());
    let inner =
        Rect::from_min_max(pos2(whole.left() + LEFT, whole.top() + ABOVE), pos2(whole.right(), whole.bottom() - BELOW));
    // One scale for all three, so that they can be compared.
    let most = calendar.days.iter().flat_map(|day| Shows::ALL.map(|shows| shows.count(day))).max().unwrap_or(0);
    let step = count_step(most);
    let top = most.div_ceil(step).max(1) * step;

    let mut clicked = None;
    let width = inner.width() / calendar.days.len().max(1) as f32;
    for (number, day) in calendar.days.iter().enumerate() {
        let rect = Rect::from_min_max(
            pos2(inner.left() + width * number as f32, whole.top()),
            pos2(inner.left() + width * (number as f32 + 1.0), whole.bottom()),
        );
        let response = ui.interact(rect, ui.scope_id().with(("day", number)), Sense::click());
        let words = day_words(day, number, as_of);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect.shrink2(vec2(0.0, 2.0)), CornerRadius::same(4), theme.surface.hover);
        }
        focus_ring(ui, &response, rect.shrink(1.0), 4);
        let has_any = day.due + day.overdue > 0;
        if response.clicked() && has_any {
            clicked = Some(number);
        }
        let response = if has_any { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
        response.on_hover_text(words);
    }
    plot_ui(ui, calendar, shows, inner, (top, step));
    counts_ui(ui, inner, top, step);
    dates_ui(ui, calendar, inner, as_of, marked);
    legend_ui(ui, calendar, shows);
    clicked
}

/// A day in words: `27 Nov: 18 servers fall due, 18 of them in a herd`.
pub(super) fn day_words(day: &Day, number: usize, as_of: Time) -> String {
    let date = match (number, as_of.plus_s(number as i64 * 86_400)) {
        (0, _) => "today".to_owned(),
        (_, Some(time)) => short_date(time, as_of),
        (_, None) => format!("in {number} days"),
    };
    let verb = |count: u32, one: &str, more: &str| if count == 1 { one.to_owned() } else { more.to_owned() };
    let mut words = vec![match day.due {
        0 => "none falls due".to_owned(),
        due => format!("{} {} due", counted(due.into(), "server"), verb(due, "falls", "fall")),
    }];
    if day.in_herds > 0 {
        words.push(format!("{} of them in herds", crate::words::number(day.in_herds.into())));
    }
    if day.overdue > 0 {
        words.push(format!("{} overdue", crate::words::number(day.overdue.into())));
    }
    if day.budgeted != day.due + day.overdue {
        words.push(format!("{} would burn under the budget", crate::words::number(day.budgeted.into())));
    }
    if day.spread != day.due + day.overdue {
        words.push(format!("{} with an even spread", crate::words::number(day.spread.into())));
    }
    format!("{date}: {}", words.join(", "))
}

/// What lies in a bar, from the bottom up, with its colour.
fn layers(day: &Day, shows: Shows, theme: &Theme) -> [(u32, Color32); 3] {
    let (overdue, due, young) = (theme.age(Some(1.4)), theme.age(Some(0.8)), theme.age(Some(0.0)));
    match shows {
        Shows::Due => {
            [(day.overdue, overdue), (day.in_herds, theme.age(Some(1.0))), (day.due - day.in_herds.min(day.due), due)]
        }
        Shows::Budget => [(day.budgeted, due), (0, due), (0, due)],
        Shows::Spread => [(day.spread, young), (0, young), (0, young)],
    }
}

fn plot_ui(ui: &mut Ui, calendar: &Calendar, shows: Shows, rect: Rect, (top, step): (u32, u32)) {
    let theme = Theme::of(ui);
    let charts = [0, 1, 2].map(|layer| {
        let bars = calendar.days.iter().enumerate().filter_map(|(number, day)| {
            let layers = layers(day, shows, theme);
            let (count, colour) = layers[layer];
            let below: u32 = layers[..layer].iter().map(|(count, _)| count).sum();
            let bar = Bar::new(number as f64 + 0.5, f64::from(count)).base_offset(f64::from(below));
            (count > 0).then(|| bar.width(BAR).fill(colour).stroke(Stroke::NONE))
        });
        BarChart::new(format!("layer {layer}"), bars.collect()).color(theme.age(Some(0.8))).allow_hover(false)
    });
    let marks = move |_| {
        let step_size = f64::from(step);
        (0..=top / step).map(|number| GridMark { value: f64::from(number * step), step_size }).collect()
    };
    let plot = Plot::new("days")
        .width(rect.width())
        .height(rect.height())
        .show_axes(false)
        .show_grid([false, true])
        .grid_color(theme.surface.line)
        .grid_fade(0.0)
        .y_grid_spacer(marks)
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
    let days = calendar.days.len() as f64;
    let show = |ui: &mut Ui| {
        plot.show(ui, |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max([0.0, 0.0], [days, f64::from(top)]));
            for chart in charts {
                plot.bar_chart(chart);
            }
        })
        .transform
    };
    let transform = show(&mut ui.new_child(UiBuilder::new().max_rect(rect)));
    for (number, day) in calendar.days.iter().enumerate() {
        let own = day.due + day.overdue;
        if shows != Shows::Due && own > 0 {
            // What it was, as a rim.
            let (left, right) = (number as f64 + 0.5 - BAR / 2.0, number as f64 + 0.5 + BAR / 2.0);
            let rim = transform.rect_from_values(&PlotPoint::new(left, 0.0), &PlotPoint::new(right, f64::from(own)));
            let stroke = Stroke::new(1.0, theme.text.dim);
            let corners = [rim.left_bottom(), rim.left_top(), rim.right_top(), rim.right_bottom()];
            ui.painter().extend(Shape::dashed_line(&corners, stroke, 3.0, 3.0));
        }
        if shows == Shows::Due && day.in_herds > 0 {
            let at = transform.position_from_point(&PlotPoint::new(number as f64 + 0.5, f64::from(own)));
            herd_mark(ui.painter(), at - vec2(0.0, 8.0), theme.age(Some(1.0)));
        }
    }
}

/// A herd: told by its form, not by colour alone.
fn herd_mark(painter: &Painter, at: Pos2, colour: Color32) {
    let points = vec![at + vec2(-4.5, -3.5), at + vec2(4.5, -3.5), at + vec2(0.0, 3.5)];
    painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
}

fn counts_ui(ui: &Ui, inner: Rect, top: u32, step: u32) {
    let theme = Theme::of(ui);
    for count in (0..=top / step).map(|position| position * step) {
        let y = inner.bottom() - inner.height() * count as f32 / top as f32;
        let at = pos2(inner.left() - 2.0 * GRID, y);
        let words = number(count.into());
        paint_line(ui, at, Align2::RIGHT_CENTER, Type::Caption, theme.text.dim, &words, LEFT - 2.0 * GRID);
    }
}

fn dates_ui(ui: &Ui, calendar: &Calendar, inner: Rect, as_of: Time, marked: &[bool]) {
    let theme = Theme::of(ui);
    let width = inner.width() / calendar.days.len().max(1) as f32;
    ui.painter().hline(inner.x_range(), inner.bottom(), Stroke::new(1.0, theme.surface.line_strong));
    let step = date_step(calendar.days.len(), inner.width());
    for number in (0..calendar.days.len()).step_by(step) {
        let x = inner.left() + width * (number as f32 + 0.5);
        let Some(time) = as_of.plus_s(number as i64 * 86_400) else { continue };
        let words = if number == 0 { "today".to_owned() } else { short_date(time, as_of) };
        let at = pos2(x.max(inner.left() + 14.0), inner.bottom() + 15.0);
        paint_line(ui, at, Align2::CENTER_CENTER, Type::Caption, theme.text.muted, &words, 80.0);
    }
    for (number, _) in marked.iter().enumerate().filter(|(_, marked)| **marked) {
        let left = inner.left() + width * number as f32;
        let bar =
            Rect::from_min_max(pos2(left + 1.0, inner.bottom() + 1.0), pos2(left + width - 1.0, inner.bottom() + 4.0));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, theme.accent.ember);
    }
}

fn legend_ui(ui: &mut Ui, calendar: &Calendar, shows: Shows) {
    let theme = Theme::of(ui);
    let (overdue, herd, due, young) =
        (theme.age(Some(1.4)), theme.age(Some(1.0)), theme.age(Some(0.8)), theme.age(Some(0.0)));
    let has = |of: fn(&Day) -> u32| calendar.days.iter().any(|day| of(day) > 0);
    ui.horizontal(|ui| {
        ui.set_height(6.0 * GRID);
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        ui.add_space(LEFT);
        let mut entry = |colour: Color32, words: &str, is_herd: bool| {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 10.0), Sense::hover());
            if is_herd {
                herd_mark(ui.painter(), rect.center(), colour);
            } else {
                ui.painter().rect_filled(rect, CornerRadius::same(2), colour);
            }
            label(ui, Type::Caption, theme.text.muted, words);
            ui.add_space(1.5 * GRID);
        };
        match shows {
            Shows::Due => {
                if has(|day| day.overdue) {
                    entry(overdue, "overdue", false);
                }
                if has(|day| day.in_herds) {
                    entry(herd, "a herd: due within the same 24 hours", true);
                }
                entry(due, "due", false);
            }
            Shows::Budget => entry(due, "burns under the budget", false),
            Shows::Spread => entry(young, "burns with lifetimes spread evenly", false),
        }
        if shows != Shows::Due {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 10.0), Sense::hover());
            let corners = [rect.left_bottom(), rect.left_top(), rect.right_top(), rect.right_bottom()];
            ui.painter().extend(Shape::dashed_line(&corners, Stroke::new(1.0, theme.text.dim), 3.0, 3.0));
            label(ui, Type::Caption, theme.text.muted, "as they fall due");
        }
    });
}
