//! The table of servers: the same fleet, the same selection and the same filter as the canvas, as rows.

mod columns;

use egui::{Align, Align2, CursorIcon, Key, Layout, Modifiers, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};
use egui_extras::{Column as Track, TableBuilder, TableRow};
use fleet::{Node, ServerIx};
use session::View;

use self::columns::Column;
use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, focus_ring, label, paint_line};

const ROW_HEIGHT: f32 = 32.0;

/// How the table is sorted, and the rows in that order.
pub(crate) struct Servers {
    by: Column,
    is_descending: bool,
    rows: Vec<ServerIx>,
    /// For which view, filter and order `rows` was made.
    made_for: Option<(u64, String, Column, bool)>,
    /// What to bring into sight with the next frame.
    wanted: Option<ServerIx>,
}

impl Default for Servers {
    fn default() -> Self {
        Self { by: Column::Age, is_descending: true, rows: Vec::new(), made_for: None, wanted: None }
    }
}

impl Servers {
    /// Brings a row into sight.
    pub(crate) fn reveal(&mut self, server: ServerIx) {
        self.wanted = Some(server);
    }

    pub(crate) fn ui(&mut self, ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
        let Some(view) = model.view.clone() else { return };
        self.sort(&view, model);
        if self.rows.is_empty() {
            empty_ui(ui, model, commands);
            return;
        }
        self.keys(ui, model, commands);
        let theme = Theme::of(ui);
        ui.style_mut().visuals.selection.bg_fill = theme.accent.soft;
        ui.spacing_mut().item_spacing.x = 0.0;
        let columns = Column::that_fit(ui.available_width() - 8.0);
        let mut table = TableBuilder::new(ui)
            .id_salt("servers")
            .sense(Sense::click())
            .striped(false)
            .auto_shrink(false)
            .cell_layout(Layout::left_to_right(Align::Center));
        for &(_, width) in &columns {
            table = table.column(Track::exact(width).clip(true));
        }
        let wanted = self.wanted.take();
        if let Some(row) = wanted.and_then(|wanted| self.rows.iter().position(|&row| row == wanted)) {
            table = table.scroll_to_row(row, Some(Align::Center));
        }
        let rows = std::mem::take(&mut self.rows);
        table
            .header(ROW_HEIGHT, |mut header| {
                for &(column, width) in &columns {
                    header.col(|ui| self.heading_ui(ui, column, width));
                }
            })
            .body(|body| {
                body.rows(ROW_HEIGHT, rows.len(), |row| {
                    let Some(&server) = rows.get(row.index()) else { return };
                    row_ui(row, &view, model, &rows, server, &columns, commands);
                });
            });
        self.rows = rows;
    }

    fn sort(&mut self, view: &View, model: &Model) {
        let text = model.filtered_servers().map_or("", |_| model.filter.as_str()).to_owned();
        let wanted = (view.generation, text, self.by, self.is_descending);
        if self.made_for.as_ref() == Some(&wanted) {
            return;
        }
        self.rows = match model.filtered_servers() {
            Some(servers) => servers.to_vec(),
            None => (0..u32::try_from(view.fleet.servers.len()).unwrap_or(u32::MAX)).map(ServerIx).collect(),
        };
        self.by.sort(view, &mut self.rows, self.is_descending);
        self.made_for = Some(wanted);
    }

    fn heading_ui(&mut self, ui: &mut Ui, column: Column, width: f32) {
        let theme = Theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::click());
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        let on = self.by == column;
        response
            .widget_info(|| WidgetInfo::selected(Role::ColumnHeader, true, on, format!("Sort by {}", column.title())));
        let ink = if on || response.hovered() || response.has_focus() { theme.text.strong } else { theme.text.muted };
        let padded = rect.shrink2(vec2(2.0 * GRID, 0.0));
        let (at, anchor) = if column.is_number() {
            (padded.right_center(), Align2::RIGHT_CENTER)
        } else {
            (padded.left_center(), Align2::LEFT_CENTER)
        };
        let text = paint_line(ui, at, anchor, Type::CaptionStrong, ink, column.title(), padded.width() - 12.0);
        if on {
            let icon = if self.is_descending { Icon::Down } else { Icon::Up };
            let side = if column.is_number() {
                text.left_center() - vec2(8.0, 0.0)
            } else {
                text.right_center() + vec2(8.0, 0.0)
            };
            icon.paint(ui.painter(), Rect::from_center_size(side, Vec2::splat(11.0)), ink);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.line));
        focus_ring(ui, &response, rect.shrink(2.0), 4);
        if response.clicked() {
            // Numbers are asked for from the largest, names from the first.
            self.is_descending = if on { !self.is_descending } else { column.is_number() };
            self.by = column;
        }
    }

    /// Up and down walk the rows while no text is typed.
    fn keys(&mut self, ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
        if ui.ctx().text_edit_focused() || model.overlay.is_some() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let by = match (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::PageDown), pressed(Key::PageUp)) {
            (true, ..) => 1,
            (_, true, ..) => -1,
            (_, _, true, _) => 20,
            (_, _, _, true) => -20,
            _ => return,
        };
        let at = model.selection.nodes().last().and_then(|&node| match node {
            Node::Server(server) => self.rows.iter().position(|&row| row == server),
            _ => None,
        });
        let next = at.map_or(0, |at| at.saturating_add_signed(by).min(self.rows.len() - 1));
        if let Some(&server) = self.rows.get(next) {
            self.wanted = Some(server);
            commands.push(Command::Select(vec![Node::Server(server)]));
        }
    }
}

fn row_ui(
    mut row: TableRow<'_, '_>,
    view: &View,
    model: &Model,
    rows: &[ServerIx],
    server: ServerIx,
    columns: &[(Column, f32)],
    commands: &mut Vec<Command>,
) {
    let node = Node::Server(server);
    let is_selected = model.selection.contains(node);
    row.set_selected(is_selected);
    for &(column, width) in columns {
        row.col(|ui| column.cell_ui(ui, view, server, width));
    }
    let response = row.response().on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Row, true, is_selected, crate::naming::server_title(&view.fleet, server))
    });
    if response.clicked() {
        let modifiers = response.ctx.input(|input| input.modifiers);
        commands.push(match (modifiers.shift, modifiers.command) {
            (true, _) => Command::Select(up_to(rows, model.selection.nodes(), server)),
            (_, true) => Command::Toggle(node),
            _ => Command::Select(vec![node]),
        });
    }
    let id = view.fleet.servers.get(server.at()).map(|row| view.fleet.str(row.id).to_owned()).unwrap_or_default();
    response.context_menu(|ui| {
        if ui.button("Copy id").clicked() {
            commands.push(Command::Copy(id.clone(), "id"));
            ui.close();
        }
        if ui.button("Show in the lineage").clicked() {
            commands.extend([Command::Select(vec![node]), Command::ShowLineage, Command::Reveal]);
            ui.close();
        }
    });
}

/// What is selected, and the rows from the one that was chosen last up to this one, which comes last.
fn up_to(rows: &[ServerIx], selected: &[Node], server: ServerIx) -> Vec<Node> {
    let at = |wanted: ServerIx| rows.iter().position(|&row| row == wanted);
    let from = selected.iter().rev().find_map(|&node| match node {
        Node::Server(server) => at(server),
        _ => None,
    });
    let mut nodes = selected.to_vec();
    if let (Some(from), Some(to)) = (from, at(server)) {
        nodes.extend(rows[from.min(to)..=from.max(to)].iter().copied().map(Node::Server));
    }
    nodes.push(Node::Server(server));
    let mut seen = std::collections::BTreeSet::new();
    nodes.retain(|&node| node != Node::Server(server) && seen.insert(node));
    nodes.push(Node::Server(server));
    nodes
}

fn empty_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.3);
        let (title, hint) = if model.filter.trim().is_empty() {
            ("No servers", "The scopes that were read have no servers that are not terminated.")
        } else {
            ("No server matches", "Try fewer words, or press ? for the words of the query language.")
        };
        label(ui, Type::Title, theme.text.strong, title);
        label(ui, Type::Body, theme.text.muted, hint);
        ui.add_space(3.0 * GRID);
        if !model.filter.trim().is_empty() && button(ui, Weight::Secondary, None, "Clear the filter").clicked() {
            commands.push(Command::Filter(String::new()));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_click_selects_the_rows_in_between_in_either_direction() {
        let rows = [7, 3, 5, 1, 9].map(ServerIx);
        let nodes = |servers: &[u32]| -> Vec<Node> { servers.iter().map(|&n| Node::Server(ServerIx(n))).collect() };
        assert_eq!(up_to(&rows, &nodes(&[3]), ServerIx(1)), nodes(&[3, 5, 1]));
        assert_eq!(up_to(&rows, &nodes(&[1]), ServerIx(7)), nodes(&[1, 3, 5, 7]));
        assert_eq!(up_to(&rows, &nodes(&[9, 3]), ServerIx(5)), nodes(&[9, 3, 5]), "what was selected stays");
        assert_eq!(up_to(&rows, &[], ServerIx(5)), nodes(&[5]));
    }
}
