//! What lies over the picture: the minimap, and the words about what is under the pointer.

use std::sync::Arc;

use egui::{
    CornerRadius, CursorIcon, Mesh, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};
use fleet::ServerIx;
use insight::human::short_duration;
use scene::{Camera, Colouring, ColumnKind, Detail, FrameInput, HEADING_H, Lighting, Phase, Place, Standing};
use session::View;

use super::{legend, missing_title};
use crate::command::Command;
use crate::naming;
use crate::theme::{GRID, RADIUS, Theme, Type};
use crate::widget::{focus_ring, label};
use crate::words::{counted, standing};

/// The most room that the minimap takes, in points.
const MINIMAP: Vec2 = vec2(144.0, 120.0);

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

/// What the tile of a server tells, where that is another thing than its age.
fn told(view: &View, server: ServerIx, colouring: Colouring) -> Option<String> {
    let (_, tile) = view.scene.tile(server)?;
    let word = colouring.word(Standing::of(tile.shade(colouring)))?;
    Some(format!("{}: {word}", legend::name(colouring).to_lowercase()))
}

/// The read-out of what is under the pointer.
pub(super) fn read_out_ui(response: &Response, view: &View, place: Place, colouring: Colouring) {
    response.clone().on_hover_ui_at_pointer(|ui| {
        let theme = Theme::of(ui);
        ui.spacing_mut().item_spacing.y = 2.0;
        match place {
            Place::Server(server) => {
                let (name, detail) = server_words(view, server);
                label(ui, Type::Strong, theme.text.strong, name);
                label(ui, Type::Number, theme.text.body, detail);
                if let Some(told) = told(view, server, colouring) {
                    label(ui, Type::Body, theme.text.body, told);
                }
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
    colouring: Colouring,
    lighting: &Lighting,
    drawn: &mut dyn FnMut(&FrameInput<'_>) -> Arc<Mesh>,
) -> (Rect, Option<Pos2>) {
    let theme = Theme::of(ui);
    let bounds = view.scene.bounds();
    let scale = (MINIMAP.x / bounds.width().max(1.0)).min(MINIMAP.y / bounds.height().max(1.0));
    let size = bounds.size() * scale + Vec2::splat(2.0 * GRID);
    let corner = pos2(viewport.right() - 3.0 * GRID, viewport.bottom() - legend::HEIGHT - 2.0 * GRID);
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
    let whole = view.scene.minimap_camera(rect);
    painter.add(Shape::mesh(drawn(&FrameInput {
        camera: whole,
        viewport: rect,
        pixels_per_point: ui.ctx().pixels_per_point(),
        detail: Detail::Full,
        palette: &theme.palette(),
        colouring,
        lighting,
        hovered: None,
        focused: None,
        motion: None,
    })));
    let seen = whole.screen_rect(camera.visible(viewport), rect);
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
