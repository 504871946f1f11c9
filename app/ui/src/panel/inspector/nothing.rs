//! The inspector when nothing is selected: the fleet as a whole, and where to look first.

use egui::Ui;
use fleet::{GroupIx, Node, ServerIx};
use insight::human::short_duration;
use session::View;

use super::lineage::node_row_ui;
use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{label, section};
use crate::words::{counted, number};

const SHOWN: usize = 6;

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
    let ages = (0..).map(ServerIx).zip(&view.findings.servers);
    let mut oldest: Vec<(i64, ServerIx)> =
        ages.filter_map(|(server, finding)| Some((finding.age_s()?, server))).collect();
    let shown = SHOWN.min(oldest.len());
    if shown == 0 {
        return;
    }
    let order = |&(age_s, server): &(i64, ServerIx)| (std::cmp::Reverse(age_s), server);
    oldest.select_nth_unstable_by_key(shown - 1, order);
    oldest.truncate(shown);
    oldest.sort_unstable_by_key(order);
    section(ui, "Oldest servers");
    for (age_s, server) in oldest {
        node_row_ui(ui, view, Node::Server(server), &short_duration(age_s), commands);
    }
}

fn groups_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    let mut groups: Vec<(u32, GroupIx)> = (0..)
        .map(GroupIx)
        .zip(&view.findings.groups)
        .filter(|(_, finding)| finding.overdue > 0)
        .map(|(group, finding)| (finding.overdue, group))
        .collect();
    if groups.is_empty() {
        return;
    }
    groups.sort_unstable_by_key(|&(overdue, group)| (std::cmp::Reverse(overdue), group));
    section(ui, "Groups with overdue servers");
    for (overdue, group) in groups.into_iter().take(SHOWN) {
        node_row_ui(ui, view, Node::Group(group), &format!("{} overdue", number(overdue.into())), commands);
    }
}
