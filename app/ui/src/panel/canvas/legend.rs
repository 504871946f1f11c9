//! The band below the picture: what the tiles tell, the switch that says which of their findings that is, and what each
//! colour and form means. Where the window is narrow, what matters least is left out.

use egui::{Color32, CornerRadius, Mesh, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use scene::{Colouring, Form, NOT_GROWN, Phase, Standing};
use session::View;

use super::dot_line;
use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Segment, fitted, segments};

/// Height of the band in points.
pub(super) const HEIGHT: f32 = 36.0;
/// Side of a tile in the legend, in points.
const TILE: f32 = 9.0;
/// The ramp's width in points, and where there is little room.
const RAMP: (f32, f32) = (144.0, 64.0);
/// A band narrower than this, in points, has little room.
const NARROW: f32 = 860.0;

/// What a colouring is called on the switch.
pub(super) fn name(colouring: Colouring) -> &'static str {
    match colouring {
        Colouring::Age => "Age",
        Colouring::Bake => "Bake",
        Colouring::Snowflake => "Snowflake",
        Colouring::Readiness => "Readiness",
    }
}

pub(super) fn legend_ui(ui: &Ui, view: &View, viewport: Rect, colouring: Colouring, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let band = Rect::from_min_max(pos2(viewport.left(), viewport.bottom() - HEIGHT), viewport.max);
    ui.painter().rect_filled(band, CornerRadius::ZERO, theme.surface.canvas);
    let is_narrow = band.width() < NARROW;
    let mut at = pos2(band.left() + 4.0 * GRID, band.center().y);
    if !is_narrow {
        at.x = dot_line(ui, at, "Colour by").right() + 2.0 * GRID;
    }
    let choices = Colouring::ALL.map(|one| {
        let command = Command::ColourBy(one);
        Segment { words: name(one), name: command.title(), on: one == colouring, hint: command.help() }
    });
    let (switch, chosen) = segments(ui, at, &choices);
    commands.extend(chosen.map(|chosen| Command::ColourBy(Colouring::ALL[chosen])));
    let mut row = Row { ui, theme, at: pos2(switch.right() + 5.0 * GRID, at.y), right: band.right() - 2.0 * GRID };
    match colouring {
        Colouring::Age => ages_ui(&mut row, view, if is_narrow { RAMP.1 } else { RAMP.0 }),
        _ => standings_ui(&mut row, colouring),
    }
    let whole = if colouring == Colouring::Age { theme.age(Some(0.0)) } else { theme.standing(Standing::Good) };
    for (phase, what) in [(Phase::Starting, "starting"), (Phase::GoingDown, "going down")] {
        if view.scene.shows(phase) {
            row.sample(what, |ui, tile| phase_tile(ui, tile, phase, whole));
        }
    }
    if colouring == Colouring::Age {
        let totals = view.findings.totals;
        for (count, colour, what) in
            [(totals.exempt, theme.phoenix.exempt, "exempt"), (totals.unknown, theme.phoenix.unknown, "unknown")]
        {
            if count > 0 {
                row.sample(what, |ui, tile| form_tile(ui, tile, Form::Whole, colour));
            }
        }
    }
}

/// Samples and words from left to right, as long as there is room.
struct Row<'a> {
    ui: &'a Ui,
    theme: &'a Theme,
    at: Pos2,
    right: f32,
}

impl Row<'_> {
    fn sample(&mut self, words: &str, draw: impl FnOnce(&Ui, Rect)) {
        let width = fitted(self.ui, Type::Caption, self.theme.text.muted, words, f32::INFINITY).size().x;
        if self.at.x + TILE + 2.0 * GRID + width > self.right {
            return;
        }
        let tile = Rect::from_center_size(self.at + vec2(TILE / 2.0, 0.0), vec2(TILE, TILE));
        draw(self.ui, tile);
        self.at.x = dot_line(self.ui, pos2(tile.right() + 2.0 * GRID, self.at.y), words).right() + 4.0 * GRID;
    }
}

/// The ramp from young to overdue, and what else a tile says of ages.
fn ages_ui(row: &mut Row<'_>, view: &View, width: f32) {
    let (ui, theme, y) = (row.ui, row.theme, row.at.y);
    let young = dot_line(ui, row.at, "young").right() + 2.5 * GRID;
    let ramp = Rect::from_min_size(pos2(young, y - 3.0), vec2(width, 6.0));
    ramp_ui(ui, theme, ramp);
    row.at.x = dot_line(ui, pos2(ramp.right() + 2.5 * GRID, y), "twice its lifetime").right() + 5.0 * GRID;
    row.sample("overdue", |ui, tile| form_tile(ui, tile, Form::Cut, theme.age(Some(1.05))));
    if view.findings.totals.snowflakes > 0 {
        row.sample("snowflake", |ui, tile| {
            form_tile(ui, tile, Form::Whole, theme.age(Some(0.0)));
            ui.painter().rect_filled(tile.shrink(TILE / 3.0), CornerRadius::ZERO, theme.surface.canvas);
        });
    }
}

/// The verdicts, the worst first.
fn standings_ui(row: &mut Row<'_>, colouring: Colouring) {
    for standing in Standing::ALL {
        if let Some(word) = colouring.word(standing) {
            let colour = row.theme.standing(standing);
            row.sample(word, |ui, tile| form_tile(ui, tile, colouring.form(standing.shade()), colour));
        }
    }
}

fn ramp_ui(ui: &Ui, theme: &Theme, rect: Rect) {
    const STEPS: u8 = 48;
    let mut mesh = Mesh::default();
    let at = |step: u8| rect.left() + rect.width() * f32::from(step) / f32::from(STEPS);
    for step in 0..=STEPS {
        let colour = theme.age(Some(2.0 * f32::from(step) / f32::from(STEPS)));
        mesh.colored_vertex(pos2(at(step), rect.top()), colour);
        mesh.colored_vertex(pos2(at(step), rect.bottom()), colour);
    }
    for step in 0..u32::from(STEPS) {
        let left = 2 * step;
        mesh.add_triangle(left, left + 1, left + 2);
        mesh.add_triangle(left + 1, left + 3, left + 2);
    }
    ui.painter().add(Shape::mesh(mesh));
    let tick = rect.center().x;
    ui.painter().vline(tick, (rect.top() - 3.0)..=(rect.bottom() + 3.0), Stroke::new(1.5, theme.text.muted));
}

/// A tile of a form.
fn form_tile(ui: &Ui, rect: Rect, form: Form, colour: Color32) {
    let round = CornerRadius::same(2);
    match form {
        Form::Whole => {
            ui.painter().rect_filled(rect, round, colour);
        }
        Form::Cut => {
            let cut = rect.width() / 3.0;
            let points = vec![
                rect.left_top(),
                pos2(rect.right() - cut, rect.top()),
                pos2(rect.right(), rect.top() + cut),
                rect.right_bottom(),
                rect.left_bottom(),
            ];
            ui.painter().add(Shape::convex_polygon(points, colour, Stroke::NONE));
        }
        Form::Halves => {
            let half = vec2(rect.width(), (rect.height() - 2.0) / 2.0);
            for min in [rect.min, rect.left_bottom() - vec2(0.0, half.y)] {
                ui.painter().rect_filled(Rect::from_min_size(min, half), CornerRadius::same(1), colour);
            }
        }
        Form::Hollow => {
            ui.painter().rect_stroke(rect, round, Stroke::new(1.5, colour), StrokeKind::Inside);
        }
    }
}

/// A tile of a server that comes up or goes down.
fn phase_tile(ui: &Ui, rect: Rect, phase: Phase, colour: Color32) {
    if phase == Phase::GoingDown {
        let points = vec![rect.left_top(), rect.right_bottom(), rect.left_bottom()];
        ui.painter().add(Shape::convex_polygon(points, colour, Stroke::NONE));
    } else {
        ui.painter().rect_filled(rect.shrink(rect.width() * NOT_GROWN), CornerRadius::same(1), colour);
    }
}
