//! The sheet of shortcuts and of the query language.

use egui::{Grid, Id, Label, Modal, RichText, ScrollArea, Ui};

use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, icon_button, keycap, label, section};

/// Keys that are no command's shortcut.
const CANVAS: [(&str, &str); 6] = [
    ("Arrows", "Walk along the lineage and the tiles"),
    ("Enter", "Select what has the focus"),
    ("Drag", "Move the lineage"),
    ("Wheel", "Zoom about the pointer"),
    ("Shift+Wheel", "Move sideways"),
    ("Ctrl+Click", "Add to the selection"),
];

pub(crate) fn shortcuts_ui(ui: &Ui, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let modal = Modal::new(Id::unique("shortcuts"))
        .backdrop_color(theme.surface.shade)
        .frame(super::dialog_frame(theme, ui.style()))
        .show(ui.ctx(), |ui| {
            let screen = ui.ctx().content_rect().size();
            ui.set_width(720.0_f32.min(screen.x - 80.0));
            super::frame(theme, 20, 16).show(ui, |ui| {
                ui.horizontal(|ui| {
                    label(ui, Type::Title, theme.text.strong, "Keyboard shortcuts");
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if icon_button(ui, Icon::Close, "Close").clicked() {
                            commands.push(Command::CloseOverlay);
                        }
                    });
                });
                ScrollArea::vertical().max_height(screen.y - 240.0).auto_shrink([false, true]).show(ui, |ui| {
                    ui.columns_const(|[left, right]| {
                        keys_ui(left);
                        section(right, "On the canvas");
                        Grid::new("canvas keys").num_columns(2).spacing([12.0, 6.0]).show(right, |ui| {
                            for (keys, what) in CANVAS {
                                keycap(ui, keys);
                                label(ui, Type::Body, theme.text.body, what);
                                ui.end_row();
                            }
                        });
                    });
                    section(ui, "Queries");
                    let help = RichText::new(fleet::query::HELP).font(Type::Mono.font()).color(theme.text.body);
                    ui.add(Label::new(help).selectable(true));
                });
                ui.add_space(GRID);
                if button(ui, Weight::Quiet, None, Command::OpenAbout.title()).clicked() {
                    commands.push(Command::OpenAbout);
                }
            });
        });
    if modal.should_close() {
        commands.push(Command::CloseOverlay);
    }
}

fn keys_ui(ui: &mut Ui) {
    let theme = Theme::of(ui);
    section(ui, "Everywhere");
    Grid::new("keys").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        for command in Command::ALL {
            if let Some(shortcut) = command.shortcut() {
                keycap(ui, &keys(ui, &shortcut));
                label(ui, Type::Body, theme.text.body, command.title()).on_hover_text(command.help());
                ui.end_row();
            }
        }
    });
}

/// A shortcut as it stands on the keys.
pub(crate) fn keys(ui: &Ui, shortcut: &egui::KeyboardShortcut) -> String {
    let mut text = ui.ctx().format_modifiers(shortcut.modifiers);
    if !text.is_empty() && !text.ends_with(|sign: char| "⌘⌥⇧⌃".contains(sign)) {
        text.push('+');
    }
    let key = match shortcut.logical_key {
        egui::Key::Escape => "Esc",
        egui::Key::ArrowLeft => "←",
        egui::Key::ArrowRight => "→",
        egui::Key::Minus => "-",
        key => key.symbol_or_name(),
    };
    text + key
}
