//! The inspector when nothing is selected: the fleet as a whole, and where to look first.

use egui::Ui;
use fleet::Node;
use insight::human::short_duration;
use session::View;

use super::lineage::node_row_ui;
use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{label, section};
use crate::words::{counted, number};

pub(super) fn nothing_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let totals = view.findings.totals;
    label(ui, Type::Title, theme.text.strong, format!("{} {}", view.source.title(), view.source.detail()));
    ui.add_space(GRID);
    let behind = match totals.behind_group {
        0 => String::new(),
        count => format!(
            " {} an older template version than their group wants.",
            if count == 1 { "One runs".into() } else { format!("{} run", number(count.into())) }
        ),
    };
    label(
        ui,
        Type::Body,
        theme.text.body,
        format!(
            "{} in {}. {} past their phoenix lifetime, {} due soon.{behind}",
            counted(totals.servers.into(), "server"),
            counted(view.fleet.groups.len() as u64, "group"),
            number(totals.overdue.into()),
            number(totals.due.into()),
        ),
    );
    oldest_ui(ui, view, commands);
    groups_ui(ui, view, commands);
    ui.add_space(4.0 * GRID);
    label(
        ui,
        Type::Small,
        theme.text.dim,
        "Select anything to read its story: a tile is a server, a card is what it came from. Press ? for the keys.",
    );
}

fn oldest_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    if view.foremost.oldest.is_empty() {
        return;
    }
    section(ui, "Oldest servers");
    for &(server, age_s) in &view.foremost.oldest {
        node_row_ui(ui, view, Node::Server(server), &short_duration(age_s), commands);
    }
}

fn groups_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    if view.foremost.overdue.is_empty() {
        return;
    }
    section(ui, "Groups with overdue servers");
    for &(group, overdue) in &view.foremost.overdue {
        node_row_ui(ui, view, Node::Group(group), &format!("{} overdue", number(overdue.into())), commands);
    }
}
