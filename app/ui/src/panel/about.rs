//! The about box: which Emberline this is, and what draws it.

use egui::{Grid, Id, Modal, Sense, Ui, Vec2};

use crate::command::Command;
use crate::drawing::Drawing;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, icon_button, label, mark};

/// Width of the names, in points.
const NAME_W: f32 = 72.0;
/// Width of what is told, in points.
const TEXT_W: f32 = 360.0;

pub(crate) fn about_ui(ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let facts = facts(model.drawing.as_ref());
    let modal = Modal::new(Id::unique("about"))
        .backdrop_color(theme.surface.shade)
        .frame(super::dialog_frame(theme, ui.style()))
        .show(ui.ctx(), |ui| {
            ui.set_width(500.0);
            super::frame(theme, 20, 16).show(ui, |ui| {
                ui.horizontal(|ui| {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::hover());
                    mark(ui, rect);
                    label(ui, Type::Title, theme.text.strong, "Emberline");
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if icon_button(ui, Icon::Close, "Close").clicked() {
                            commands.push(Command::CloseOverlay);
                        }
                    });
                });
                label(
                    ui,
                    Type::Body,
                    theme.text.muted,
                    "Where each server came from, how old it is, and how to make it again.",
                );
                ui.add_space(3.0 * GRID);
                Grid::new("about").num_columns(2).min_col_width(NAME_W).spacing([16.0, 8.0]).show(ui, |ui| {
                    for (name, text) in &facts {
                        label(ui, Type::Body, theme.text.dim, *name);
                        ui.scope(|ui| {
                            ui.set_max_width(TEXT_W);
                            label(ui, Type::Body, theme.text.body, text);
                        });
                        ui.end_row();
                    }
                });
                ui.add_space(3.0 * GRID);
                if button(ui, Weight::Secondary, Some(Icon::Copy), "Copy for a report").clicked() {
                    let lines: Vec<String> = facts.iter().map(|(name, text)| format!("{name}: {text}")).collect();
                    commands.push(Command::Copy(lines.join("\n"), "About Emberline"));
                }
            });
        });
    if modal.should_close() {
        commands.push(Command::CloseOverlay);
    }
}

/// What is told, by its name.
fn facts(drawing: Option<&Drawing>) -> Vec<(&'static str, String)> {
    let system = format!("{}, {}", std::env::consts::OS, std::env::consts::ARCH);
    let mut facts = vec![("Version", env!("CARGO_PKG_VERSION").to_owned()), ("System", system)];
    match drawing {
        Some(drawing) => {
            let adapter = drawing.adapter.as_deref().unwrap_or("an adapter that it does not name");
            facts.push(("Drawn by", format!("{}, on {adapter}", drawing.through)));
            facts.push(("Picture", drawing.consequence().to_owned()));
        }
        None => facts.push(("Drawn by", "unknown".to_owned())),
    }
    facts.push(("Licence", env!("CARGO_PKG_LICENSE").replace(" OR ", " or ")));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Through;

    #[test]
    fn it_tells_what_draws_and_what_that_means() {
        let drawing =
            Drawing { through: Through::OpenGl, adapter: Some("llvmpipe (256 bits)".to_owned()), is_software: true };
        let told: Vec<String> = facts(Some(&drawing)).into_iter().map(|(_, text)| text).collect();
        assert_eq!(told[2], "OpenGL, on llvmpipe (256 bits)");
        assert_eq!(
            told[3],
            "No GPU was found, so the processor draws: with less detail from afar, and without animations."
        );
        let drawing = Drawing {
            through: Through::Wgpu("metal".to_owned()),
            adapter: Some("Apple M2".to_owned()),
            is_software: false,
        };
        let told: Vec<String> = facts(Some(&drawing)).into_iter().map(|(_, text)| text).collect();
        assert_eq!(told[2..4], ["wgpu over metal, on Apple M2", "Everything is drawn in full detail."]);
        assert_eq!(facts(None)[2], ("Drawn by", "unknown".to_owned()));
    }
}
