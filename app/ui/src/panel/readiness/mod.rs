//! Readiness: each group as a bar of bake, boot and warm-up against its recovery objective, the worst first, with what
//! the times were made from; above them baked groups against fried ones.

mod head;
mod row;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use egui::{Align2, Frame, Key, Margin, Modifiers, ScrollArea, Ui, Vec2, pos2, vec2};
use fleet::{GroupIx, Node};
use insight::Rto;
use insight::human::timing;
use insight::readiness::{Comparison, GroupReadiness, Part};
use session::View;

use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Weight, button, label, paint_line};

/// Height of a group's row in points.
const ROW: f32 = 52.0;
/// Height of the scale above the rows in points.
const SCALE: f32 = 22.0;

/// The groups in their order.
#[derive(Default)]
pub(crate) struct ReadinessView {
    rows: Vec<GroupIx>,
    compared: Comparison,
    /// For which view and filter they were made.
    made_for: Option<(u64, String)>,
}

/// Where the columns of a row stand, from its left, in points.
#[derive(Clone, Copy)]
struct Columns {
    name: f32,
    bars: f32,
    bars_end: f32,
    end: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        let (name, words) = if width < 760.0 { (164.0, 206.0) } else { (224.0, 224.0) };
        Self { name: 2.0 * GRID, bars: name, bars_end: (width - words).max(name + 80.0), end: width - 2.0 * GRID }
    }
}

/// Seconds at which the scale ends, and how far its marks are apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Scale {
    end_s: u32,
    step_s: u32,
}

impl Scale {
    /// A scale with at most six marks on which `longest_s` fits.
    fn of(longest_s: u32) -> Self {
        const STEPS_S: [u32; 17] = [
            10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800, 2_592_000,
            31_536_000,
        ];
        let wanted = (longest_s / 6).max(1);
        let step_s = STEPS_S.into_iter().find(|&step_s| step_s >= wanted).unwrap_or(u32::MAX / 6);
        Self { end_s: (longest_s.saturating_add(longest_s / 20)).max(step_s), step_s }
    }

    fn marks(self) -> impl Iterator<Item = u32> {
        (0..=self.end_s / self.step_s).map(move |number| number * self.step_s)
    }
}

impl ReadinessView {
    pub(crate) fn ui(&mut self, ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
        let Some(view) = model.view.clone() else { return };
        self.make(&view, model);
        Frame::new().inner_margin(Margin { left: 20, right: 10, top: 4, bottom: 0 }).show(ui, |ui| {
            if self.rows.is_empty() {
                empty_ui(ui, model, commands);
                return;
            }
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            head::head_ui(ui, &view, &self.compared);
            self.keys(ui, model, commands);
            let columns = Columns::of(ui.available_width() - 12.0);
            let times = self.rows.iter().filter_map(|ix| view.findings.readiness.groups.get(ix.at()));
            let scale = Scale::of(times.map(longest_s).max().unwrap_or(0));
            scale_ui(ui, columns, scale);
            ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, self.rows.len(), |ui, range| {
                row::rows_ui(ui, model, &view, &self.rows[range], columns, scale, commands);
            });
        });
    }

    fn make(&mut self, view: &View, model: &Model) {
        let filter = model.filtered_servers().map_or("", |_| model.filter.as_str()).to_owned();
        let wanted = (view.generation, filter);
        if self.made_for.as_ref() == Some(&wanted) {
            return;
        }
        let all = view.findings.readiness.groups.len();
        let mut is_shown = vec![model.filtered_servers().is_none(); all];
        for server in model.filtered_servers().unwrap_or_default() {
            let group = view.lineage.servers.get(server.at()).and_then(|node| node.group);
            if let Some(shown) = group.and_then(|group| is_shown.get_mut(group.at())) {
                *shown = true;
            }
        }
        let groups = (0..).map(GroupIx).zip(is_shown).filter(|&(_, shown)| shown).map(|(ix, _)| ix);
        self.rows = groups.collect();
        self.rows.sort_by_key(|ix| order(&view.findings.readiness.groups[ix.at()]));
        let verdict = |ix: GroupIx| view.findings.groups.get(ix.at()).map(|group| group.bake).unwrap_or_default();
        self.compared = Comparison::of(&view.findings.readiness, verdict);
        self.made_for = Some(wanted);
    }

    /// Up and down walk the groups while no text is typed.
    fn keys(&self, ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
        if ui.ctx().text_edit_focused() || model.overlay.is_some() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let by = match (pressed(Key::ArrowDown), pressed(Key::ArrowUp)) {
            (true, _) => 1,
            (_, true) => -1,
            _ => return,
        };
        let at = model.selection.only().and_then(|node| match node {
            Node::Group(group) => self.rows.iter().position(|&row| row == group),
            _ => None,
        });
        let next = at.map_or(0, |at| at.saturating_add_signed(by).min(self.rows.len() - 1));
        commands.extend(self.rows.get(next).map(|&group| Command::Select(vec![Node::Group(group)])));
    }
}

/// The worst first: what misses its objective, by how much; then by time.
fn order(group: &GroupReadiness) -> (usize, Reverse<u64>, Reverse<u32>) {
    let rank = Rto::ALL.iter().position(|&verdict| verdict == group.verdict).unwrap_or(Rto::ALL.len());
    let slow = group.again().map_or_else(|| known(group).0, |again| again.p95_s);
    let share = group.objective.map_or(0, |objective| u64::from(slow) * 1_000 / u64::from(objective.seconds.max(1)));
    (rank, Reverse(share), Reverse(slow))
}

/// The medians and 95th percentiles of the parts that are known, added up.
fn known(group: &GroupReadiness) -> (u32, u32) {
    let parts = Part::ALL.into_iter().filter_map(|part| group.part(part));
    parts.fold((0, 0), |(p50_s, p95_s): (u32, u32), part| {
        (p50_s.saturating_add(part.p50_s), p95_s.saturating_add(part.p95_s))
    })
}

/// What has to fit on the scale.
fn longest_s(group: &GroupReadiness) -> u32 {
    let (_, slow) = known(group);
    // A generous objective must not press every bar to the left.
    let objective = group.objective.map_or(0, |objective| objective.seconds);
    slow.max(objective.min(slow.saturating_mul(2)))
}

fn scale_ui(ui: &mut Ui, columns: Columns, scale: Scale) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(columns.end, SCALE), egui::Sense::hover());
    let width = columns.bars_end - columns.bars;
    for seconds in scale.marks() {
        let x = rect.left() + columns.bars + width * seconds as f32 / scale.end_s as f32;
        let anchor = if seconds == 0 { Align2::LEFT_CENTER } else { Align2::CENTER_CENTER };
        let words = if seconds == 0 { "0".to_owned() } else { timing(seconds.into()) };
        let room = 60.0;
        if x + room / 2.0 < rect.left() + columns.bars_end + room {
            paint_line(ui, pos2(x, rect.center().y), anchor, Type::Caption, theme.text.dim, &words, room);
        }
    }
}

fn empty_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let is_filtered = !model.filter.trim().is_empty();
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.34).max(24.0));
        label(ui, Type::Title, theme.text.strong, if is_filtered { "No group matches" } else { "No groups" });
        ui.add_space(GRID);
        let why = if is_filtered {
            "None of the servers that the filter leaves is in a group. How long a launch takes is recorded for groups \
             alone."
        } else {
            "How long a launch takes is recorded for Auto Scaling groups, and this fleet has none that could be read."
        };
        label(ui, Type::Body, theme.text.muted, why);
        ui.add_space(3.0 * GRID);
        if is_filtered && button(ui, Weight::Secondary, None, "Show every group").clicked() {
            commands.push(Command::Filter(String::new()));
        }
    });
}
