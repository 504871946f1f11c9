//! The bar at the bottom: what could not be read or done, and how much there is.

use egui::{Align, Layout, Ui};

use super::operations::short_title;
use super::toast::ending_words;
use crate::acting::{is_cut_off, under_way};
use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, label, line, link};
use crate::words::{counted, gap_sentence};

/// Height in points.
pub(crate) const HEIGHT: f32 = 28.0;

pub(crate) fn status_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0 * GRID;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(view) = &model.view {
                let totals = [
                    counted(view.findings.totals.servers.into(), "server"),
                    counted(view.fleet.groups.len() as u64, "group"),
                    counted(view.lineage.images.len() as u64, "image"),
                ];
                label(ui, Type::Small, theme.text.muted, totals.join(" · "));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| left_ui(ui, model, commands));
        });
    });
}

/// What is under way stays reachable from everywhere.
fn operations_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let asking = under_way(&model.acting).find(|operation| operation.question.is_some());
    let cut_off = under_way(&model.acting).find(|operation| is_cut_off(&model.acting, operation));
    let at_work: Vec<_> = under_way(&model.acting).filter(|one| model.acting.at_work.contains(&one.id)).collect();
    let (words, operation) = match (asking, at_work.as_slice()) {
        (Some(asking), _) => ("An operation asks for a word".to_owned(), asking),
        (None, [only]) => ("An operation is under way".to_owned(), *only),
        (None, [first, ..]) => (format!("{} operations are under way", at_work.len()), *first),
        (None, []) => match cut_off {
            Some(cut_off) => ("An operation was cut off".to_owned(), cut_off),
            None => return ended_ui(ui, model, commands),
        },
    };
    if link(ui, Type::Small, &words).on_hover_text("Show it under Operations").clicked() {
        commands.push(Command::ShowOperation(operation.id.clone()));
    }
}

/// How the last operation ended, until somebody looks at it.
fn ended_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some((_, operation)) = model.ended() else { return };
    let words = format!("{}: {}", ending_words(operation), short_title(operation));
    if link(ui, Type::Small, &words).on_hover_text("Show it under Operations").clicked() {
        commands.push(Command::ShowOperation(operation.id.clone()));
    }
}

fn left_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    operations_ui(ui, model, commands);
    if let Some(action) = &model.acting.planning {
        line(ui, Type::Small, theme.text.body, format!("{}: reading what it touches…", action.title()));
        return;
    }
    if let Some(notice) = &model.notice {
        line(ui, Type::Small, theme.text.body, notice.text.clone());
        return;
    }
    if let Some(why) = model.not_reread.first() {
        let words = format!("What changes here can't be read again: {why}");
        line(ui, Type::Small, theme.tone.warning, words);
        return;
    }
    let Some(view) = &model.view else { return };
    let Some(first) = view.fleet.gaps.first() else {
        line(ui, Type::Small, theme.text.muted, "Everything was read: no gaps.");
        return;
    };
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(3.5 * GRID), egui::Sense::hover());
    Icon::Warning.paint(ui.painter(), rect, theme.tone.warning);
    ui.spacing_mut().item_spacing.x = 3.0 * GRID;
    ui.add_space(-1.5 * GRID);
    if link(ui, Type::Small, &counted(view.fleet.gaps.len() as u64, "gap"))
        .on_hover_text("List what could not be read")
        .clicked()
    {
        commands.push(Command::OpenGaps);
    }
    line(ui, Type::Small, theme.text.muted, gap_sentence(view, first));
}
