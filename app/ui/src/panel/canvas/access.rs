//! The canvas for a screen reader: what has the focus and its neighbours, never a hundred thousand nodes.

use egui::{Rect, Role, Sense, Ui, WidgetInfo};
use scene::{Camera, Direction, Place};
use session::View;

use super::{chosen, overlay};
use crate::command::Command;

pub(super) fn nodes_ui(
    ui: &mut Ui,
    view: &View,
    camera: Camera,
    viewport: Rect,
    focused: Option<Place>,
    commands: &mut Vec<Command>,
) {
    let Some(focused) = focused else { return };
    let scene = &view.scene;
    let around = [Direction::Left, Direction::Up, Direction::Down, Direction::Right];
    let neighbours = around.into_iter().filter_map(|direction| scene.neighbour(focused, direction));
    for (position, place) in std::iter::once(focused).chain(neighbours).enumerate() {
        let Some(rect) = scene.rect_of(place) else { continue };
        let rect = camera.screen_rect(rect, viewport).intersect(viewport);
        // Sensed only by name: the pointer belongs to the canvas.
        let response = ui.interact(rect, ui.scope_id().with(("place", position)), Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, overlay::words(view, place)));
        if response.clicked() {
            commands.push(chosen(view, place, false));
        }
    }
}
