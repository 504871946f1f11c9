//! The inspector of several things at once.

use egui::Ui;
use fleet::{Node, ServerIx};
use insight::human::short_duration;
use session::View;

use super::lineage::node_row_ui;
use super::standings;
use crate::command::Command;
use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, label, section};
use crate::words::{counted, number};

/// Rows shown: the rest is counted.
const SHOWN: usize = 60;

pub(super) fn several_ui(ui: &mut Ui, view: &View, nodes: &[Node], commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    label(ui, Type::Title, theme.text.strong, format!("{} selected", number(nodes.len() as u64)));
    let servers: Vec<ServerIx> = nodes
        .iter()
        .filter_map(|&node| match node {
            Node::Server(server) => Some(server),
            _ => None,
        })
        .collect();
    ui.add_space(GRID);
    if !servers.is_empty() {
        label(ui, Type::Number, theme.text.body, standings(view, servers.iter().copied()));
        let finding = |server: &ServerIx| view.findings.servers.get(server.at());
        let oldest = servers.iter().filter_map(|server| finding(server)?.age_s()).max();
        if let Some(oldest) = oldest {
            label(ui, Type::Body, theme.text.body, format!("The oldest is {} old.", short_duration(oldest)));
        }
    }
    ui.add_space(2.0 * GRID);
    ui.horizontal(|ui| {
        if button(ui, Weight::Secondary, Some(Icon::Copy), "Copy ids").clicked() {
            let ids: Vec<String> = nodes.iter().filter_map(|&node| Some(naming::aws_name(view, node)?.id)).collect();
            commands.push(Command::Copy(ids.join("\n"), "ids"));
        }
        if button(ui, Weight::Quiet, None, "Clear").clicked() {
            commands.push(Command::Select(Vec::new()));
        }
    });
    section(ui, "Selected");
    for &node in nodes.iter().take(SHOWN) {
        let detail = match node {
            Node::Server(server) => {
                let age_s = view.findings.servers.get(server.at()).and_then(insight::ServerFinding::age_s);
                age_s.map_or_else(|| "age unknown".to_owned(), short_duration)
            }
            node => naming::kind(&view.lineage, node).to_owned(),
        };
        node_row_ui(ui, view, node, &detail, commands);
    }
    if let Some(more) = nodes.len().checked_sub(SHOWN).filter(|&more| more > 0) {
        label(ui, Type::Small, theme.text.muted, format!("and {} more", counted(more as u64, "thing")));
    }
}
