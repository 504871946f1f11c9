//! What lies over the picture: the legend, the minimap, and the words about what is under the pointer.

use egui::{
    Color32, CornerRadius, CursorIcon, Mesh, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use fleet::ServerIx;
use insight::human::short_duration;
use scene::{Camera, ColumnKind, HEADING_H, Lighting, NOT_GROWN, Phase, Place};
use session::View;

use super::{dot_line, missing_title};
use crate::command::Command;
use crate::naming;
use crate::theme::{GRID, RADIUS, Theme, Type};
use crate::widget::{focus_ring, label};
use crate::words::{counted, standing};

/// The band at the bottom that the legend lies in, in points.
pub(super) const LEGEND_HEIGHT: f32 = 36.0;

/// The most room that the minimap takes, in points.
const MINIMAP: Vec2 = vec2(144.0, 120.0);

/// The ramp from young to overdue, and what else a tile says.
pub(super) fn legend_ui(ui: &Ui, view: &View, viewport: Rect) {
    let theme = Theme::of(ui);
    let band = Rect::from_min_max(pos2(viewport.left(), viewport.bottom() - LEGEND_HEIGHT), viewport.max);
    ui.painter().rect_filled(band, CornerRadius::ZERO, theme.surface.canvas);
    let y = band.center().y;
    let mut x = band.left() + 4.0 * GRID;
    x = dot_line(ui, pos2(x, y), "young").right() + 2.5 * GRID;
    let ramp = Rect::from_min_size(pos2(x, y - 3.0), vec2(144.0, 6.0));
    ramp_ui(ui, theme, ramp);
    x = dot_line(ui, pos2(ramp.right() + 2.5 * GRID, y), "twice its lifetime").right() + 5.0 * GRID;
    let tile = Rect::from_center_size(pos2(x + 4.5, y), vec2(9.0, 9.0));
    overdue_tile(ui, tile, theme.age(Some(1.05)));
    x = dot_line(ui, pos2(tile.right() + 2.0 * GRID, y), "overdue").right() + 4.0 * GRID;
    let totals = view.findings.totals;
    let phases = [(Phase::Starting, "starting"), (Phase::GoingDown, "going down")];
    for (phase, what) in phases {
        if view.scene.shows(phase) {
            let tile = Rect::from_center_size(pos2(x + 4.5, y), vec2(9.0, 9.0));
            phase_tile(ui, tile, phase, theme.age(Some(0.0)));
            x = dot_line(ui, pos2(tile.right() + 2.0 * GRID, y), what).right() + 4.0 * GRID;
        }
    }
    for (count, colour, what) in
        [(totals.exempt, theme.phoenix.exempt, "exempt"), (totals.unknown, theme.phoenix.unknown, "unknown")]
    {
        if count > 0 {
            let tile = Rect::from_center_size(pos2(x + 4.5, y), vec2(9.0, 9.0));
            ui.painter().rect_filled(tile, CornerRadius::same(2), colour);
            x = dot_line(ui, pos2(tile.right() + 2.0 * GRID, y), what).right() + 4.0 * GRID;
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

/// A tile with its corner cut, as overdue servers have.
fn overdue_tile(ui: &Ui, rect: Rect, colour: Color32) {
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

/// A tile of a server that comes up or goes down.
fn phase_tile(ui: &Ui, rect: Rect, phase: Phase, colour: Color32) {
    if phase == Phase::GoingDown {
        let points = vec![rect.left_top(), rect.right_bottom(), rect.left_bottom()];
        ui.painter().add(Shape::convex_polygon(points, colour, Stroke::NONE));
    } else {
        ui.painter().rect_filled(rect.shrink(rect.width() * NOT_GROWN), CornerRadius::same(1), colour);
    }
}

/// What a place is, in one line.
pub(super) fn words(view: &View, place: Place) -> String {
    match place {
        Place::Server(server) => {
            let (name, detail) = server_words(view, server);
            format!("server {name}, {detail}")
        }
        Place::Card(card) => {
            let Some(card) = view.scene.card(card) else { return String::new() };
            let kind = card.node().map_or("", |node| naming::kind(&view.lineage, node));
            format!("{kind} {}, {}", card.title, counted(card.servers.into(), "server")).trim_start().to_owned()
        }
    }
}

fn server_words(view: &View, server: ServerIx) -> (String, String) {
    let name = naming::server_title(&view.fleet, server).to_owned();
    let Some(finding) = view.findings.servers.get(server.at()) else { return (name, String::new()) };
    let phase = match view.scene.tile(server).map(|(_, tile)| tile.phase) {
        Some(Phase::Starting) => "starting, ",
        Some(Phase::GoingDown) => "going down, ",
        Some(Phase::Up) | None => "",
    };
    let age =
        finding.age_s().map_or_else(|| "age unknown".to_owned(), |age_s| format!("{} old", short_duration(age_s)));
    (name, format!("{phase}{age}, {}", standing(finding).1))
}

/// The read-out of what is under the pointer.
pub(super) fn read_out_ui(response: &Response, view: &View, place: Place) {
    response.clone().on_hover_ui_at_pointer(|ui| {
        let theme = Theme::of(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        match place {
            Place::Server(server) => {
                let (name, detail) = server_words(view, server);
                label(ui, Type::Strong, theme.text.strong, name);
                label(ui, Type::Number, theme.text.body, detail);
                if let Some(row) = view.fleet.servers.get(server.at()) {
                    label(ui, Type::Mono, theme.text.muted, view.fleet.str(row.id));
                }
            }
            Place::Card(card) => {
                let Some(card) = view.scene.card(card) else { return };
                let title = if card.title.is_empty() { missing_title(&card.of) } else { card.title.clone() };
                label(ui, Type::Strong, theme.text.strong, title);
                let mut counts = counted(card.servers.into(), "server");
                if card.overdue > 0 {
                    counts = format!("{counts} · {} overdue", card.overdue);
                }
                label(ui, Type::Number, theme.text.body, counts.clone());
                if !card.subtitle.is_empty() && card.subtitle != counts {
                    label(ui, Type::Small, theme.text.muted, card.subtitle.clone());
                }
            }
        }
    });
}

/// The whole picture small, with the part in sight; dragging in it moves the camera. Returns where it lies and where
/// the pointer holds it.
pub(super) fn minimap_ui(
    ui: &mut Ui,
    view: &View,
    viewport: Rect,
    camera: Camera,
    lighting: &Lighting,
) -> (Rect, Option<Pos2>) {
    let theme = Theme::of(ui);
    let bounds = view.scene.bounds();
    let scale = (MINIMAP.x / bounds.width().max(1.0)).min(MINIMAP.y / bounds.height().max(1.0));
    let size = bounds.size() * scale + Vec2::splat(2.0 * GRID);
    let corner = pos2(viewport.right() - 3.0 * GRID, viewport.bottom() - LEGEND_HEIGHT - 2.0 * GRID);
    let rect = Rect::from_min_max(corner - size, corner);
    let response = ui.interact(rect, ui.scope_id().with("minimap"), Sense::click_and_drag());
    let response = response.on_hover_cursor(CursorIcon::Crosshair);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Minimap: click to go there"));
    let frame = theme.surface.panel;
    let shadow = egui::Shadow { offset: [0, 4], blur: 12, spread: 0, color: theme.surface.shadow };
    ui.painter().add(shadow.as_shape(rect, CornerRadius::same(RADIUS)));
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS),
        frame,
        Stroke::new(1.0, theme.surface.line_strong),
        StrokeKind::Outside,
    );
    let painter = ui.painter().with_clip_rect(rect);
    let mesh = view.scene.minimap(rect, ui.ctx().pixels_per_point(), &theme.palette(), lighting);
    painter.add(Shape::mesh(mesh));
    let seen = view.scene.minimap_camera(rect).screen_rect(camera.visible(viewport), rect);
    let stroke = Stroke::new(1.5, theme.accent.ember);
    painter.rect_stroke(seen.intersect(rect).shrink(0.75), CornerRadius::same(2), stroke, StrokeKind::Inside);
    let held = (response.dragged() || response.clicked()).then(|| response.interact_pointer_pos()).flatten();
    (rect, held)
}

/// The heading of the base images folds and unfolds their own bases.
pub(super) fn older_bases_ui(ui: &mut Ui, view: &View, viewport: Rect, camera: Camera, commands: &mut Vec<Command>) {
    for (position, column) in view.scene.columns().iter().enumerate() {
        if column.hint.is_none() && !matches!(column.kind, ColumnKind::OlderBase(_)) {
            continue;
        }
        let x_of = |world: f32| camera.screen_from_world(pos2(world, 0.0), viewport).x;
        let (left, right) = (x_of(column.x.0), x_of(column.x.1));
        let heading = Rect::from_min_max(pos2(left, viewport.top()), pos2(right, viewport.top() + HEADING_H));
        let heading = heading.intersect(viewport);
        if !heading.is_positive() {
            continue;
        }
        let response = ui.interact(heading, ui.scope_id().with(("older bases", position)), Sense::click());
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        let words = column.hint.as_deref().map_or("Fold older bases", |_| "Unfold older bases");
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
        focus_ring(ui, &response, heading.shrink(3.0), RADIUS);
        let clicked = response.clicked();
        response.on_hover_text(words);
        if clicked {
            commands.push(Command::ToggleOlderBases);
        }
    }
}
