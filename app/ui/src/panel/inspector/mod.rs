//! The inspector: the story of what is selected first, then its clocks, its user data with what was found in it, whether it could be made again, its lineage with the
//! evidence, and its facts.

pub(crate) mod actions;
mod baking;
mod clocks;
mod facts;
mod lineage;
mod nothing;
mod provenance;
mod readiness;
mod several;
mod user_data;
mod waived;

use egui::text::{LayoutJob, TextFormat};
use egui::{Label, ScrollArea, Ui};
use fleet::{BakeVerdict, Node, Presence};
use insight::{Phoenix, Snowflake, Story, story};
use session::{SourceKind, View};

use crate::aws_link;
use crate::command::Command;
use crate::model::Model;
use crate::naming::{self, AwsName};
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Tone, badge, icon_button_sized, label};
use crate::words::{counted, standing};

/// Width in points, and the least that it can be made.
pub(crate) const WIDTH: f32 = 348.0;
pub(crate) const LEAST_WIDTH: f32 = 288.0;

pub(crate) fn inspector_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let Some(view) = model.view.as_deref() else { return };
    actions::actions_ui(ui, model, view, commands);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GRID;
        // Nothing in here may widen the panel, or lie under the scroll bar.
        ui.set_max_width(ui.available_width() - 10.0);
        match model.selection.nodes() {
            [] => nothing::nothing_ui(ui, view, commands),
            &[node] => node_ui(ui, model, view, node, commands),
            nodes => several::several_ui(ui, view, nodes, commands),
        }
        ui.add_space(4.0 * GRID);
    });
}

fn node_ui(ui: &mut Ui, model: &Model, view: &View, node: Node, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    badges_ui(ui, view, node);
    ui.add_space(0.5 * GRID);
    label(ui, Type::Title, theme.text.strong, naming::title(&view.fleet, &view.lineage, node));
    if let Some(name) = naming::aws_name(view, node) {
        id_ui(ui, view, node, &name, commands);
    }
    ui.add_space(2.0 * GRID);
    story_ui(ui, &story(&view.fleet, &view.lineage, &view.findings, node));
    match node {
        Node::Server(server) => {
            clocks::clocks_ui(ui, view, server);
            baking::baking_ui(ui, model, view, node);
            provenance::provenance_ui(ui, view, server);
            waived::waived_ui(ui, view, server);
            lineage::lineage_ui(ui, view, server, commands);
            facts::server_ui(ui, view, server, commands);
        }
        Node::Image(image) => facts::image_ui(ui, view, image, commands),
        Node::Recipe(recipe) => {
            baking::recipe_ui(ui, view, recipe);
            readiness::recipe_ui(ui, view, recipe);
            facts::recipe_ui(ui, view, recipe, commands);
        }
        Node::TemplateVersion(template) => {
            baking::baking_ui(ui, model, view, node);
            facts::template_ui(ui, view, template, commands);
        }
        Node::Group(group) => {
            baking::baking_ui(ui, model, view, node);
            readiness::group_ui(ui, view, group);
            facts::group_ui(ui, view, group, commands);
        }
    }
}

fn badges_ui(ui: &mut Ui, view: &View, node: Node) {
    let (lineage, findings) = (&view.lineage, &view.findings);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        match node {
            Node::Server(ix) => {
                if let Some(finding) = findings.servers.get(ix.at()) {
                    let (tone, words) = standing(finding);
                    badge(ui, tone, &words);
                    bake_badge_ui(ui, finding.bake);
                    if finding.snowflake == Snowflake::Snowflake {
                        badge(ui, Tone::Due, "snowflake");
                    }
                }
                if lineage.servers.get(ix.at()).and_then(|server| server.behind_its_group) == Some(true) {
                    badge(ui, Tone::Due, "behind its group");
                }
                if let Some(row) = view.fleet.servers.get(ix.at()) {
                    badge(ui, Tone::Quiet, row.state.as_str());
                }
            }
            Node::Group(ix) => {
                badge(ui, Tone::Quiet, "group");
                if let Some(finding) = findings.groups.get(ix.at()) {
                    if finding.overdue > 0 {
                        badge(ui, Tone::Overdue, &format!("{} overdue", finding.overdue));
                    }
                    if finding.due > 0 {
                        badge(ui, Tone::Due, &format!("{} due", finding.due));
                    }
                    if finding.herd.is_some() {
                        badge(ui, Tone::Due, "herd");
                    }
                    bake_badge_ui(ui, finding.bake);
                }
            }
            Node::Image(ix) => {
                badge(ui, Tone::Quiet, "image");
                if let Some(image) = lineage.images.get(ix.at()) {
                    presence_ui(ui, image.presence);
                }
                if let Some(days) =
                    findings.images.get(ix.at()).and_then(|image| image.behind_days).filter(|&days| days > 0)
                {
                    badge(ui, Tone::Due, &format!("{days} d behind"));
                }
            }
            Node::Recipe(ix) => {
                badge(ui, Tone::Quiet, "recipe");
                if let Some(recipe) = lineage.recipes.get(ix.at()) {
                    badge(ui, Tone::Quiet, recipe.kind.as_str());
                    presence_ui(ui, recipe.presence);
                }
            }
            Node::TemplateVersion(ix) => {
                badge(ui, Tone::Quiet, naming::kind(lineage, node));
                if let Some(template) = lineage.templates.get(ix.at()) {
                    presence_ui(ui, template.presence);
                }
                if let Some(finding) = findings.templates.get(ix.at()) {
                    bake_badge_ui(ui, finding.bake);
                }
            }
        }
    });
}

/// Baked is how it should be, and of what is unknown the part about it says why.
fn bake_badge_ui(ui: &mut Ui, bake: BakeVerdict) {
    if let Some(tone) = baking::tone(bake) {
        badge(ui, tone, bake.as_str());
    }
}

fn presence_ui(ui: &mut Ui, presence: Presence) {
    match presence {
        Presence::Present => {}
        Presence::Gone => {
            badge(ui, Tone::Overdue, "gone");
        }
        Presence::Unread => {
            badge(ui, Tone::Quiet, "could not be read");
        }
    }
}

/// The id with where it is, and what can be done with it.
fn id_ui(ui: &mut Ui, view: &View, node: Node, name: &AwsName, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let room = ui.available_width() - 3.0 * 24.0 - GRID;
        ui.allocate_ui_with_layout(egui::vec2(room, 24.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_width(room);
            crate::widget::line(ui, Type::Mono, theme.text.body, name.id.clone()).on_hover_text(&name.id);
        });
        ui.add_space(GRID);
        if icon_button_sized(ui, Icon::Copy, "Copy id", 24.0).clicked() {
            commands.push(Command::Copy(name.id.clone(), "id"));
        }
        if icon_button_sized(ui, Icon::Terminal, "Copy as AWS CLI", 24.0).clicked() {
            commands.push(Command::Copy(aws_link::cli(&view.lineage, node, name), "AWS CLI command"));
        }
        let url = aws_link::console(&view.lineage, node, name);
        let has_console = view.source.kind() != SourceKind::Sandbox;
        let why = if has_console { "Open in AWS console" } else { "The sandbox has no AWS console" };
        ui.add_enabled_ui(has_console && url.is_some(), |ui| {
            let response = icon_button_sized(ui, Icon::Leave, why, 24.0).on_disabled_hover_text(why);
            if let (true, Some(url)) = (response.clicked(), url) {
                commands.push(Command::Browse(url));
            }
        });
    });
    let account = name.account.as_deref();
    let named = account.and_then(|account| view.policy.account_name(account));
    let words = [named, account, Some(name.region.as_str())];
    label(ui, Type::NumberSmall, theme.text.muted, words.into_iter().flatten().collect::<Vec<_>>().join(" · "));
}

fn story_ui(ui: &mut Ui, story: &Story) {
    let theme = Theme::of(ui);
    let mut job = LayoutJob::default();
    for span in &story.spans {
        let (role, ink) = if span.strong { (Type::Strong, theme.text.strong) } else { (Type::Body, theme.text.body) };
        let format = TextFormat { line_height: Some(19.0), ..TextFormat::simple(role.font(), ink) };
        job.append(&span.text, 0.0, format);
    }
    ui.add(Label::new(job).wrap().selectable(true));
}

/// How many servers of these stand where in their lifetime.
pub(super) fn standings(view: &View, servers: impl Iterator<Item = fleet::ServerIx>) -> String {
    let mut counts = [0_u64; Phoenix::ALL.len()];
    let mut all = 0;
    for server in servers {
        all += 1;
        if let Some(finding) = view.findings.servers.get(server.at())
            && let Some(place) = Phoenix::ALL.iter().position(|&phoenix| phoenix == finding.phoenix)
        {
            counts[place] += 1;
        }
    }
    let mut words = vec![counted(all, "server")];
    let named = Phoenix::ALL.iter().zip(counts).filter(|&(_, count)| count > 0);
    words.extend(named.map(|(phoenix, count)| format!("{count} {}", phoenix.as_str())));
    words.join(" · ")
}
