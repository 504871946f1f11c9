//! How an operation ended, said once where the eye is: it goes by itself, and stays reachable from the status bar until
//! it was looked at.

use egui::{Align2, Area, Frame, Id, Margin, Order, Stroke, Ui, vec2};
use operate::{Ending, Operation};

use super::operations::short_title;
use crate::command::Command;
use crate::model::{Mode, Model};
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, icon_button, label, link};

/// Widest that it is, in points.
const WIDTH: f32 = 380.0;

/// How the operation ended, in a word and the colour of it.
pub(crate) fn ending_words(operation: &Operation) -> &'static str {
    match &operation.ending {
        Some(Ending::Done) => "Done",
        Some(Ending::Failed(_)) => "Failed",
        Some(Ending::Cancelled(_)) => "Cancelled",
        Some(Ending::RolledBack(_)) => "Rolled back",
        Some(Ending::Abandoned) => "Handed over",
        None => "Under way",
    }
}

pub(crate) fn toast_ui(ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some((ended, operation)) = model.ended() else { return };
    if model.mode == Mode::Operations || ended.until <= std::time::Instant::now() {
        return;
    }
    let theme = Theme::of(ui);
    let is_well = operation.ending == Some(Ending::Done);
    let shadow = egui::Shadow { offset: [0, 6], blur: 18, spread: 0, color: theme.surface.shadow };
    Area::new(Id::unique("toast")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -44.0)).show(
        ui.ctx(),
        |ui| {
            let line = Stroke::new(1.0, theme.surface.line_strong);
            let frame = Frame::new().fill(theme.surface.raised).stroke(line).corner_radius(8).shadow(shadow);
            frame.inner_margin(Margin::symmetric(14, 10)).show(ui, |ui| {
                ui.set_width(WIDTH);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 2.0 * GRID;
                    let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), egui::Sense::hover());
                    let (icon, ink) = if is_well {
                        (Icon::Check, theme.tone.young_text)
                    } else {
                        (Icon::Warning, theme.tone.warning)
                    };
                    icon.paint(ui.painter(), rect, ink);
                    ui.vertical(|ui| {
                        ui.set_width(WIDTH - 80.0);
                        ui.spacing_mut().item_spacing.y = 2.0;
                        let words = format!("{}: {}", ending_words(operation), short_title(operation));
                        label(ui, Type::Strong, theme.text.strong, words);
                        if let Some(Ending::Failed(why) | Ending::Cancelled(why) | Ending::RolledBack(why)) =
                            &operation.ending
                        {
                            label(ui, Type::Small, theme.text.body, why.clone());
                        }
                        if link(ui, Type::Small, "Show what was done").clicked() {
                            commands.push(Command::ShowOperation(operation.id.clone()));
                        }
                    });
                    if icon_button(ui, Icon::Close, "Dismiss the message").clicked() {
                        commands.push(Command::DismissEnded);
                    }
                });
            });
        },
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use std::time::{Duration, Instant};

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use operate::{Entry, OperationId};
    use session::{Acting, Event};

    use super::super::operations::samples::operation;
    use super::*;

    struct Desk {
        has_fonts: bool,
        model: Model,
        commands: Vec<Command>,
    }

    fn acting(entries: Vec<Entry>) -> Event {
        Event::Acting(Acting { operations: vec![operation(entries)], ..Acting::default() }.into())
    }

    fn failed() -> Vec<Entry> {
        vec![Entry::Ended { ending: Ending::Failed("AWS said no. Nothing was changed.".into()) }]
    }

    /// A window whose only operation has just failed.
    fn window() -> Harness<'static, Desk> {
        let mut model = Model::default();
        for entries in [vec![], failed()] {
            model.take(acting(entries));
        }
        let mut window = Harness::builder().with_size(vec2(800.0, 400.0)).build_ui_state(
            |ui, desk: &mut Desk| {
                if std::mem::replace(&mut desk.has_fonts, true) {
                    toast_ui(ui, &desk.model, &mut desk.commands);
                } else {
                    Theme::install(ui.ctx());
                }
            },
            Desk { has_fonts: false, model, commands: Vec::new() },
        );
        for _ in 0..3 {
            window.step();
        }
        window
    }

    #[test]
    fn how_an_operation_ended_is_said_with_its_reason_and_the_way_there() {
        let mut window = window();
        window.get_by_label("Failed: Set the lifetime of web");
        window.get_by_label("AWS said no. Nothing was changed.");
        window.get_by_label("Show what was done").click();
        window.step();
        window.step();
        assert_eq!(window.state().commands, [Command::ShowOperation(OperationId("op-1".into()))]);
    }

    #[test]
    fn it_goes_by_itself_and_stays_known_until_somebody_looks() {
        let mut window = window();
        window.state_mut().model.ended.as_mut().unwrap().until = Instant::now() - Duration::from_millis(1);
        window.step();
        window.step();
        assert!(window.query_by_label("Failed: Set the lifetime of web").is_none());
        let model = &mut window.state_mut().model;
        assert!(model.ended().is_some(), "the status bar still leads there");
        model.look_at_ended(Some(&OperationId("another".into())));
        assert!(model.ended().is_some());
        model.look_at_ended(None);
        assert!(model.ended().is_none(), "the newest was looked at");
    }

    #[test]
    fn what_had_ended_before_the_window_came_is_not_said_again() {
        let mut model = Model::default();
        model.take(acting(failed()));
        assert!(model.ended().is_none());
    }
}
