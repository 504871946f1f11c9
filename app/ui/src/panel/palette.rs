//! The palette: a command, a server, a group, an image, a recipe or a template by a few of its letters.

use std::sync::Arc;

use egui::{
    Align2, CornerRadius, CursorIcon, Frame, Id, Key, Margin, Modal, Rect, Role, ScrollArea, Sense, Stroke, TextEdit,
    Ui, Vec2, WidgetInfo, vec2,
};
use fleet::{GroupIx, ImageIx, Node, RecipeIx, ServerIx, TemplateIx};
use jiff::Timestamp;
use session::{Acting, View};

use super::inspector::actions;
use super::shortcuts::keys;
use crate::command::Command;
use crate::fuzzy::fit;
use crate::model::Model;
use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, keycap, paint_line};

/// Entries shown: more letters find the rest.
const LIMIT: usize = 40;

/// What was typed and which entry is chosen.
#[derive(Default)]
pub(crate) struct Palette {
    typed: String,
    chosen: usize,
    found: Vec<Entry>,
    /// For which text, view, selection and state of acting `found` was looked up.
    found_for: Option<LookedUp>,
}

type LookedUp = (String, Option<u64>, Vec<Node>, Arc<Acting>);

struct Entry {
    title: String,
    detail: String,
    icon: Icon,
    /// What it does; `None` where it can't be done now, and `detail` says why.
    command: Option<Command>,
}

impl Palette {
    /// Makes it ready to be opened anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn ui(&mut self, ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
        let theme = Theme::of(ui);
        let id = Id::unique("palette");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 88.0));
        let modal = Modal::new(id)
            .area(area)
            .backdrop_color(theme.surface.shade)
            .frame(super::dialog_frame(theme, ui.style()))
            .show(ui.ctx(), |ui| {
                let screen = ui.ctx().content_rect().size();
                ui.set_width(620.0_f32.min(screen.x - 80.0));
                ui.spacing_mut().item_spacing = Vec2::ZERO;
                self.field_ui(ui);
                self.look_up(model);
                let rect = ui.available_rect_before_wrap();
                ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme.surface.line));
                Frame::new().inner_margin(Margin::same(6)).show(ui, |ui| {
                    let height = (screen.y - 240.0).min(440.0);
                    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                        self.entries_ui(ui, commands);
                    });
                });
            });
        if modal.should_close() {
            commands.push(Command::CloseOverlay);
        }
    }

    fn field_ui(&mut self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let last = self.found.len().saturating_sub(1);
        let (up, down) = ui.input_mut(|input| {
            (
                input.consume_key(egui::Modifiers::NONE, Key::ArrowUp),
                input.consume_key(egui::Modifiers::NONE, Key::ArrowDown),
            )
        });
        if down {
            self.chosen = (self.chosen + 1).min(last);
        }
        if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
        Frame::new().inner_margin(Margin::symmetric(16, 14)).show(ui, |ui| {
            let hint = egui::RichText::new("A command, a server, a group, an image…").color(theme.text.dim);
            let response = ui.add(
                TextEdit::singleline(&mut self.typed)
                    .id(Id::unique("palette field"))
                    .frame(Frame::NONE)
                    .margin(Margin::ZERO)
                    .font(Type::Title.font())
                    .text_color(theme.text.strong)
                    .desired_width(f32::INFINITY)
                    .hint_text(hint),
            );
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Command palette"));
            if !response.has_focus() && !response.lost_focus() {
                response.request_focus();
            }
            if response.changed() {
                self.chosen = 0;
                // The field draws its hint before it reads the first letter.
                ui.ctx().request_repaint_after(std::time::Duration::ZERO);
            }
        });
    }

    fn look_up(&mut self, model: &Model) {
        let view = model.view.as_ref().map(|view| view.generation);
        let is_same = self.found_for.as_ref().is_some_and(|(typed, of, nodes, acting)| {
            (typed, *of) == (&self.typed, view)
                && nodes == model.selection.nodes()
                && Arc::ptr_eq(acting, &model.acting)
        });
        if is_same {
            return;
        }
        let mut scored = self.actions(model);
        for command in Command::ALL {
            if command.is_allowed(model)
                && let Some(score) = fit(&self.typed, command.title())
            {
                let entry = Entry {
                    title: command.title().to_owned(),
                    detail: command.help().trim_end_matches('.').to_owned(),
                    icon: Icon::Forward,
                    command: Some(command),
                };
                // A command beats a name that fits as well.
                scored.push((score + 6, entry));
            }
        }
        if let Some(view) = model.view.as_ref().filter(|_| !self.typed.trim().is_empty()) {
            let mut nodes = Vec::new();
            for node in all_nodes(view) {
                let title = naming::title(&view.fleet, &view.lineage, node);
                let id = naming::aws_name(view, node).map(|name| name.id);
                let by_id = id.as_deref().and_then(|id| id.contains(self.typed.trim()).then_some(40));
                if let Some(score) = fit(&self.typed, &title).max(by_id) {
                    nodes.push((score, node));
                }
            }
            nodes.sort_by_key(|&(score, node)| (std::cmp::Reverse(score), node));
            nodes.truncate(LIMIT);
            scored.extend(nodes.into_iter().map(|(score, node)| (score, entry(view, node))));
        }
        if !self.typed.is_empty() {
            scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        scored.truncate(LIMIT);
        self.found = scored.into_iter().map(|(_, entry)| entry).collect();
        let nodes = model.selection.nodes().to_vec();
        self.found_for = Some((self.typed.clone(), view, nodes, Arc::clone(&model.acting)));
    }

    /// What can be done with what is selected, and what can't with the reason: the first of all that fits as well.
    fn actions(&self, model: &Model) -> Vec<(i32, Entry)> {
        let listed = actions::listed(model, Timestamp::now()).into_iter().filter_map(|listed| {
            let score = fit(&self.typed, &format!("{} {}", listed.words, listed.name))?;
            let command = match (&listed.why_not, listed.scope) {
                (None, Some(scope)) => Some(Command::Ask(scope, Box::new(listed.action))),
                _ => None,
            };
            let detail = match listed.why_not {
                Some(why_not) if listed.name.is_empty() => why_not,
                Some(why_not) => format!("{}: {why_not}", listed.name),
                None => listed.name,
            };
            Some((score + 8, Entry { title: listed.words, detail, icon: Icon::Operations, command }))
        });
        listed.collect()
    }

    fn entries_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let theme = Theme::of(ui);
        if self.found.is_empty() {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0 * GRID), Sense::hover());
            paint_line(
                ui,
                rect.center(),
                Align2::CENTER_CENTER,
                Type::Body,
                theme.text.muted,
                "Nothing fits",
                rect.width(),
            );
            return;
        }
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        let moved = ui.input(|input| input.key_pressed(Key::ArrowDown) || input.key_pressed(Key::ArrowUp));
        for (position, entry) in self.found.iter().enumerate() {
            let on = position == self.chosen;
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0 * GRID), Sense::click());
            let response = response.on_hover_cursor(CursorIcon::PointingHand);
            let allowed = entry.command.is_some();
            response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, allowed, on, &entry.title));
            if on || response.hovered() {
                let fill = if on { theme.surface.pressed } else { theme.surface.hover };
                ui.painter().rect_filled(rect, CornerRadius::same(6), fill);
            }
            if on && moved {
                ui.scroll_to_rect(rect, None);
            }
            let icon_at = rect.left_center() + vec2(4.5 * GRID, 0.0);
            entry.icon.paint(ui.painter(), Rect::from_center_size(icon_at, Vec2::splat(14.0)), theme.text.dim);
            let at = rect.left_center() + vec2(8.5 * GRID, 0.0);
            let ink = if allowed { theme.text.strong } else { theme.text.dim };
            let title = paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, ink, &entry.title, rect.width() * 0.5);
            let shortcut = entry.command.as_ref().and_then(Command::shortcut);
            let room = rect.right() - title.right() - if shortcut.is_some() { 26.0 * GRID } else { 6.0 * GRID };
            let at = title.right_center() + vec2(3.0 * GRID, 0.0);
            paint_line(ui, at, Align2::LEFT_CENTER, Type::Small, theme.text.muted, &entry.detail, room);
            if let Some(shortcut) = shortcut {
                let keys = keys(ui, &shortcut);
                let place = rect.shrink2(vec2(2.0 * GRID, 0.0));
                ui.scope_builder(
                    egui::UiBuilder::new().max_rect(place).layout(egui::Layout::right_to_left(egui::Align::Center)),
                    |ui| keycap(ui, &keys),
                );
            }
            if let Some(command) = entry.command.as_ref().filter(|_| response.clicked() || (on && entered)) {
                commands.extend([Command::CloseOverlay, command.clone()]);
            }
        }
    }
}

fn all_nodes(view: &View) -> impl Iterator<Item = Node> {
    let up_to = |len: usize| 0..u32::try_from(len).unwrap_or(u32::MAX);
    up_to(view.fleet.groups.len())
        .map(|n| Node::Group(GroupIx(n)))
        .chain(up_to(view.lineage.recipes.len()).map(|n| Node::Recipe(RecipeIx(n))))
        .chain(up_to(view.lineage.images.len()).map(|n| Node::Image(ImageIx(n))))
        .chain(up_to(view.lineage.templates.len()).map(|n| Node::TemplateVersion(TemplateIx(n))))
        .chain(up_to(view.fleet.servers.len()).map(|n| Node::Server(ServerIx(n))))
}

fn entry(view: &View, node: Node) -> Entry {
    let id = naming::aws_name(view, node).map(|name| format!(" · {}", name.id)).unwrap_or_default();
    Entry {
        title: naming::title(&view.fleet, &view.lineage, node),
        detail: format!("{}{id}", naming::kind(&view.lineage, node)),
        icon: if matches!(node, Node::Server(_)) { Icon::Servers } else { Icon::Lineage },
        command: Some(Command::Select(vec![node])),
    }
}
