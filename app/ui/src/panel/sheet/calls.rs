//! The exact calls of a plan as the AWS CLI commands that would do the same, folded until they are asked for.

use egui::{Align, CornerRadius, Frame, Label, Layout, Margin, RichText, Ui};

use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, icon_button_sized, label, section};
use crate::words::counted;

pub(super) fn calls_ui(ui: &mut Ui, calls: &[String], is_unfolded: &mut bool, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    section(ui, "Exact calls");
    if calls.is_empty() {
        label(ui, Type::Body, theme.text.muted, "It makes no call of AWS that changes something.");
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        let count = counted(calls.len() as u64, "call");
        let (icon, words) =
            if *is_unfolded { (Icon::Up, format!("Hide {count}")) } else { (Icon::Down, format!("Show {count}")) };
        if button(ui, Weight::Quiet, Some(icon), &words).clicked() {
            *is_unfolded = !*is_unfolded;
        }
        if button(ui, Weight::Quiet, Some(Icon::Copy), "Copy as AWS CLI").clicked() {
            commands.push(Command::Copy(calls.join("\n"), "AWS CLI commands"));
        }
    });
    if !*is_unfolded {
        return;
    }
    for (position, call) in calls.iter().enumerate() {
        ui.push_id(position, |ui| call_ui(ui, call, commands));
    }
}

fn call_ui(ui: &mut Ui, call: &str, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.surface.field).corner_radius(CornerRadius::same(6));
    frame.inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if icon_button_sized(ui, Icon::Copy, "Copy this call", 24.0).clicked() {
                commands.push(Command::Copy(call.to_owned(), "AWS CLI command"));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let text = RichText::new(call).font(Type::Mono.font()).color(theme.text.body);
                ui.add(Label::new(text).wrap().selectable(true));
            });
        });
    });
}
