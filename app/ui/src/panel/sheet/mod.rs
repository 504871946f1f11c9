//! The confirm sheet: a plan before a person's eyes, whole, before anything is done. Cancel has the focus and is the
//! default. Confirming takes a moment's look, the account's name where it is production, and a click or a key on the
//! button itself; one plan is confirmed at most once, whatever is pressed.

mod calls;
mod capacity;
mod gate;
mod single_click;
#[cfg(test)]
mod tests;
mod what;

use std::collections::BTreeSet;
use std::time::Duration;

use egui::{Align, Frame, Id, Layout, Margin, Modal, Response, ScrollArea, Stroke, TextEdit, Ui};
use jiff::Timestamp;
use operate::Action;
use session::{Acting, PlanSheet};

use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, label, link};
use crate::words::counted;

use gate::{Entered, Gate, gate};
use single_click::SingleClick;

/// Widest that the sheet is, in points.
const WIDTH: f32 = 760.0;

/// What a person has done with the sheet so far.
#[derive(Default)]
pub(crate) struct ConfirmSheet {
    /// Of which plan.
    plan_hash: String,
    typed: String,
    /// Whether the exact calls are unfolded.
    is_unfolded: bool,
    /// Whether Cancel was given the focus.
    is_shown: bool,
    /// When it was first drawn: a window that stood still for a while showed nothing meanwhile.
    shown_at: Timestamp,
    /// Whether a click on the button was the first of two.
    click: SingleClick,
    /// Plans that were confirmed: none of them is again.
    spent: BTreeSet<String>,
}

impl ConfirmSheet {
    /// Shows the plan that waits, if one does.
    pub(crate) fn ui(&mut self, ui: &Ui, acting: &Acting, now: Timestamp, commands: &mut Vec<Command>) {
        let Some(sheet) = &acting.sheet else {
            (self.is_shown, self.plan_hash) = (false, String::new());
            return;
        };
        if self.plan_hash != sheet.file.hash {
            self.plan_hash.clone_from(&sheet.file.hash);
            self.typed.clear();
            (self.is_unfolded, self.is_shown, self.shown_at) = (false, false, now);
            self.click.forget();
        }
        let theme = Theme::of(ui);
        Modal::new(Id::unique("confirm sheet"))
            .backdrop_color(theme.surface.shade)
            .frame(super::dialog_frame(theme, ui.style()))
            .show(ui.ctx(), |ui| {
                let screen = ui.ctx().content_rect().size();
                ui.set_width(WIDTH.min(screen.x - 80.0));
                ui.spacing_mut().item_spacing.y = GRID;
                head_ui(ui, sheet);
                Frame::new().inner_margin(Margin::symmetric(20, 4)).show(ui, |ui| {
                    ScrollArea::vertical().max_height(screen.y - 330.0).auto_shrink([false, true]).show(ui, |ui| {
                        ui.set_max_width(ui.available_width() - 10.0);
                        what::refusals_ui(ui, sheet);
                        what::steps_ui(ui, &sheet.file.plan);
                        capacity::capacities_ui(ui, &sheet.file.plan.capacity);
                        what::losses_ui(ui, &sheet.file.plan);
                        what::touched_ui(ui, &sheet.file.plan);
                        calls::calls_ui(ui, &sheet.commands, &mut self.is_unfolded, commands);
                        ui.add_space(2.0 * GRID);
                    });
                });
                self.foot_ui(ui, sheet, acting, now, commands);
            });
    }

    fn entered(&self, sheet: &PlanSheet) -> Entered<'_> {
        Entered { typed: &self.typed, is_spent: self.spent.contains(&sheet.file.hash), shown_at: self.shown_at }
    }

    fn foot_ui(
        &mut self,
        ui: &mut Ui,
        sheet: &PlanSheet,
        acting: &Acting,
        now: Timestamp,
        commands: &mut Vec<Command>,
    ) {
        let theme = Theme::of(ui);
        let top = ui.cursor().top();
        let across = ui.max_rect().x_range();
        ui.painter().hline(across, top, Stroke::new(1.0, theme.surface.line));
        Frame::new().inner_margin(Margin::symmetric(20, 14)).show(ui, |ui| {
            let is_spent = self.spent.contains(&sheet.file.hash);
            let can_type = !is_spent && !sheet.beginning && sheet.refusals.is_empty();
            if let Some(to_type) = sheet.to_type.as_deref().filter(|_| can_type) {
                self.type_ui(ui, to_type);
            }
            let gate = gate(sheet, acting, &self.entered(sheet), now);
            if let Gate::Wait { left } = gate {
                ui.ctx().request_repaint_after(left.max(Duration::from_millis(1)));
            }
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0 * GRID;
                let is_over = sheet.beginning || is_spent;
                let cancel = button(ui, Weight::Secondary, None, if is_over { "Close" } else { "Cancel" });
                if !self.is_shown {
                    cancel.request_focus();
                    self.is_shown = true;
                }
                if cancel.clicked() {
                    commands.push(Command::DropSheet);
                }
                if gate == Gate::Stale {
                    if button(ui, Weight::Primary, Some(Icon::Refresh), "Plan again").clicked() {
                        let plan = &sheet.file.plan;
                        commands.push(Command::Plan(plan.scope.clone(), Box::new(plan.action.clone())));
                    }
                } else if self.confirm_ui(ui, sheet, &gate) {
                    self.spent.insert(sheet.file.hash.clone());
                    let (plan_hash, typed) = (sheet.file.hash.clone(), self.typed.clone());
                    commands.push(Command::Confirm { plan_hash, typed });
                }
                let waits = self.click.left(ui.input(|input| input.time));
                let waits = waits.filter(|_| gate == Gate::Open && !self.spent.contains(&sheet.file.hash));
                if let Some(left) = waits {
                    ui.ctx().request_repaint_after(left);
                }
                let waits = waits.map(|_| "It begins in a moment. Another click takes this one back.".to_owned());
                if let Some(reason) = gate.reason().or(waits) {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        label(ui, Type::Small, theme.text.muted, reason);
                    });
                }
                if gate == Gate::NotArmed && link(ui, Type::Small, "Switch to Act").clicked() {
                    commands.push(Command::Arm(sheet.file.plan.scope.clone()));
                }
            });
        });
    }

    /// The text that names the account.
    fn type_ui(&mut self, ui: &mut Ui, to_type: &str) {
        let theme = Theme::of(ui);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            label(ui, Type::Body, theme.text.body, "Type");
            label(ui, Type::Mono, theme.text.strong, to_type);
            label(ui, Type::Body, theme.text.body, "to say that you mean this account:");
            let field = TextEdit::singleline(&mut self.typed)
                .id(Id::unique("confirm sheet's account"))
                .font(Type::Mono.font())
                .text_color(theme.text.strong)
                .desired_width(ui.available_width() - 4.0 * GRID);
            let response = ui.add(field);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Account"));
        });
        ui.add_space(2.0 * GRID);
    }

    /// The button, and whether it was clicked: by itself, once, and neither as the first nor as the second click of two.
    fn confirm_ui(&mut self, ui: &mut Ui, sheet: &PlanSheet, gate: &Gate) -> bool {
        let words = confirm_words(&sheet.file.plan.action);
        let press = |ui: &mut Ui| button(ui, Weight::Primary, None, &words);
        let response: Response = ui.add_enabled_ui(*gate == Gate::Open, press).inner;
        let (now_s, presses) = ui.input(|input| (input.time, single_click::presses(input)));
        let is_single = self.click.frame(now_s, presses, response.clicked());
        if let Some(reason) = gate.reason() {
            response.on_disabled_hover_text(reason);
        }
        if *gate != Gate::Open {
            self.click.forget();
        }
        is_single && *gate == Gate::Open
    }
}

/// What the button says: what will be done.
fn confirm_words(action: &Action) -> String {
    match action {
        Action::Replace { servers } => format!("Replace {}", counted(servers.len() as u64, "server")),
        Action::Roll { .. } => "Roll the group".to_owned(),
        Action::Reimage { .. } => "Reimage the server".to_owned(),
        Action::Rebake { .. } => "Bake the recipe".to_owned(),
        Action::Bake { .. } => "Bake the server".to_owned(),
        Action::RebakeRoll { .. } => "Rebake and roll the group".to_owned(),
        Action::SetLifetime { .. } => "Set the lifetime".to_owned(),
        Action::Burn { .. } => "Burn this server".to_owned(),
    }
}

/// What it is, and where.
fn head_ui(ui: &mut Ui, sheet: &PlanSheet) {
    let theme = Theme::of(ui);
    let plan = &sheet.file.plan;
    Frame::new().inner_margin(Margin { left: 20, right: 20, top: 16, bottom: 6 }).show(ui, |ui| {
        ui.set_width(ui.available_width());
        label(ui, Type::Title, theme.text.strong, plan.summary.clone());
        let account = &plan.scope.account;
        let name = if sheet.account_name == *account { String::new() } else { format!("{} · ", sheet.account_name) };
        label(ui, Type::NumberSmall, theme.text.body, format!("{name}{account} · {}", plan.scope.region));
        label(ui, Type::Caption, theme.text.dim, format!("as {}", plan.caller.arn));
    });
}
