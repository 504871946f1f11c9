//! The facts of one thing: what AWS said, each value to be copied.

use egui::{Align, Layout, Ui, vec2};
use fleet::{GroupIx, ImageIx, Node, RecipeIx, ServerIx, Sym, TagSet, TemplateIx, Time};
use insight::human::{short_date, short_duration};
use session::View;

use super::lineage::node_row_ui;
use super::standings;
use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, icon_button_sized, label, line, section};
use crate::words::counted;

const NAME_WIDTH: f32 = 96.0;

/// A fact. Unknown is left out, since what could not be read is in the list of gaps.
fn fact_ui(ui: &mut Ui, name: &str, value: Option<String>, commands: &mut Vec<Command>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return };
    let theme = Theme::of(ui);
    let row = ui.horizontal(|ui| {
        ui.set_height(20.0);
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        ui.allocate_ui_with_layout(vec2(NAME_WIDTH, 20.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(NAME_WIDTH);
            line(ui, Type::Small, theme.text.muted, name);
        });
        let room = ui.available_width() - 20.0 - 2.0 * GRID;
        ui.allocate_ui_with_layout(vec2(room, 20.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(room);
            line(ui, Type::NumberSmall, theme.text.body, value.clone()).on_hover_text(&value);
        });
        icon_button_sized(ui, Icon::Copy, &format!("Copy {name}"), 20.0).clicked()
    });
    if row.inner {
        commands.push(Command::Copy(value, "value"));
    }
}

fn date(time: Option<Time>, view: &View) -> Option<String> {
    let as_of = view.fleet.scopes.iter().map(|scope| scope.pulled_at).max()?;
    time.map(|time| format!("{} ({} ago)", short_date(time, as_of), short_duration(as_of.since_s(time))))
}

fn tags_ui(ui: &mut Ui, view: &View, tags: TagSet, commands: &mut Vec<Command>) {
    let tags: Vec<(&str, &str)> = view.fleet.symbols.tags(tags).collect();
    if tags.is_empty() {
        return;
    }
    section(ui, counted(tags.len() as u64, "tag"));
    for (key, value) in tags {
        fact_ui(ui, key, Some(value.to_owned()), commands);
    }
}

fn image_fact_ui(ui: &mut Ui, view: &View, title: &str, image: Option<ImageIx>, commands: &mut Vec<Command>) {
    if let Some(image) = image {
        section(ui, title);
        let id = view.lineage.images.get(image.at()).map_or("", |image| view.fleet.str(image.id));
        node_row_ui(ui, view, Node::Image(image), id, commands);
    }
}

pub(super) fn server_ui(ui: &mut Ui, view: &View, server: ServerIx, commands: &mut Vec<Command>) {
    let fleet = &*view.fleet;
    let Some(row) = fleet.servers.get(server.at()) else { return };
    let text = |sym: Option<Sym>| fleet.text(sym).map(str::to_owned);
    section(ui, "Facts");
    for &address in fleet.symbols.list(row.addresses) {
        fact_ui(ui, "address", Some(fleet.str(address).to_owned()), commands);
    }
    for &name in fleet.symbols.list(row.dns_names) {
        fact_ui(ui, "DNS name", Some(fleet.str(name).to_owned()), commands);
    }
    fact_ui(ui, "type", text(row.instance_type), commands);
    fact_ui(ui, "zone", text(row.zone), commands);
    fact_ui(ui, "owner", fleet.owner(row).map(|owner| owner.to_string()), commands);
    fact_ui(ui, "operator", text(row.operator), commands);
    fact_ui(ui, "spot request", text(row.spot_request), commands);
    fact_ui(ui, "launch image", text(row.image), commands);
    let finding = view.findings.servers.get(server.at());
    let behind = finding.and_then(|finding| finding.behind_days).filter(|&days| days > 0);
    fact_ui(ui, "behind", behind.map(|days| counted(days.into(), "day")), commands);
    image_fact_ui(ui, view, "Newest image of its family", finding.and_then(|finding| finding.newest), commands);
    tags_ui(ui, view, row.tags, commands);
}

pub(super) fn image_ui(ui: &mut Ui, view: &View, image: ImageIx, commands: &mut Vec<Command>) {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let Some(node) = lineage.images.get(image.at()) else { return };
    let row = node.rows.first().and_then(|&row| fleet.images.get(row as usize));
    let text = |sym: Option<Sym>| fleet.text(sym).map(str::to_owned);
    section(ui, "Servers");
    servers_ui(ui, view, |server| server.image == Some(image));
    section(ui, "Lineage");
    if let Some(base) = node.base {
        node_row_ui(ui, view, Node::Image(base), "base", commands);
    }
    let grade = node.recipe_grade.map_or("", fleet::Grade::as_str);
    node_row_ui(ui, view, Node::Recipe(node.recipe), &format!("recipe · {grade}"), commands);
    if node.origin != image {
        node_row_ui(ui, view, Node::Image(node.origin), "copied from", commands);
    }
    let finding = view.findings.images.get(image.at());
    if let Some(newest) = finding.and_then(|finding| finding.newest).filter(|&newest| newest != image) {
        node_row_ui(ui, view, Node::Image(newest), "newest of its family", commands);
    }
    section(ui, "Facts");
    fact_ui(ui, "made", date(finding.and_then(|finding| finding.made), view), commands);
    fact_ui(ui, "version", text(node.recipe_version), commands);
    if let Some(row) = row {
        fact_ui(ui, "state", text(row.state), commands);
        fact_ui(ui, "owner", text(row.owner_alias.or(row.owner)), commands);
        fact_ui(ui, "deprecated", date(row.deprecated, view), commands);
        fact_ui(ui, "architecture", text(row.architecture), commands);
        fact_ui(ui, "platform", text(row.platform), commands);
        fact_ui(ui, "made from server", text(row.source_server), commands);
        fact_ui(ui, "description", text(row.description), commands);
        tags_ui(ui, view, row.tags, commands);
    }
}

pub(super) fn recipe_ui(ui: &mut Ui, view: &View, recipe: RecipeIx, commands: &mut Vec<Command>) {
    let lineage = &*view.lineage;
    let Some(node) = lineage.recipes.get(recipe.at()) else { return };
    section(ui, "Servers");
    servers_ui(ui, view, |server| {
        server.image.and_then(|image| lineage.images.get(image.at())).is_some_and(|image| image.recipe == recipe)
    });
    image_fact_ui(ui, view, "Builds on", node.base, commands);
    image_fact_ui(ui, view, "Newest image", node.latest, commands);
    section(ui, "Facts");
    fact_ui(ui, "kind", Some(node.kind.as_str().to_owned()), commands);
    fact_ui(ui, "id", node.name.is_some().then(|| node.id.clone()), commands);
    let images = lineage.images.iter().filter(|image| image.recipe == recipe).count();
    fact_ui(ui, "images", Some(images.to_string()), commands);
}

pub(super) fn template_ui(ui: &mut Ui, view: &View, template: TemplateIx, commands: &mut Vec<Command>) {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let Some(node) = lineage.templates.get(template.at()) else { return };
    section(ui, "Servers");
    servers_ui(ui, view, |server| server.template == Some(template));
    image_fact_ui(ui, view, "Image", node.image, commands);
    let wanted = (0..).map(GroupIx).zip(&lineage.groups).filter(|(_, group)| group.wants == Some(template));
    let wanted: Vec<GroupIx> = wanted.map(|(ix, _)| ix).collect();
    if !wanted.is_empty() {
        section(ui, "Groups that want it");
        for group in wanted {
            node_row_ui(ui, view, Node::Group(group), "", commands);
        }
    }
    section(ui, "Facts");
    fact_ui(ui, "name", fleet.text(node.name).map(str::to_owned), commands);
    fact_ui(ui, "version", node.version.map(|version| version.to_string()), commands);
    if let (Some(row), Some(_)) = (node.row.and_then(|row| fleet.template_versions.get(row as usize)), node.version) {
        fact_ui(ui, "made", date(row.created, view), commands);
        fact_ui(ui, "made by", fleet.text(row.created_by).map(str::to_owned), commands);
        fact_ui(ui, "type", fleet.text(row.instance_type).map(str::to_owned), commands);
        fact_ui(ui, "description", fleet.text(row.description).map(str::to_owned), commands);
    }
}

pub(super) fn group_ui(ui: &mut Ui, view: &View, group: GroupIx, commands: &mut Vec<Command>) {
    let (fleet, lineage) = (&*view.fleet, &*view.lineage);
    let Some(row) = fleet.groups.get(group.at()) else { return };
    section(ui, "Servers");
    servers_ui(ui, view, |server| server.group == Some(group));
    if let Some(wants) = lineage.groups.get(group.at()).and_then(|node| node.wants) {
        section(ui, "Wants");
        let used = lineage.templates.get(wants.at()).map_or(0, |template| template.servers);
        node_row_ui(ui, view, Node::TemplateVersion(wants), &counted(used.into(), "server"), commands);
    }
    section(ui, "Facts");
    let sizes = [("desired", row.desired), ("least", row.min), ("most", row.max)];
    for (name, size) in sizes {
        fact_ui(ui, name, size.map(|size| size.to_string()), commands);
    }
    let lifetime = row.max_instance_lifetime_s.map(|seconds| short_duration(seconds.into()));
    fact_ui(ui, "AWS burns at", lifetime, commands);
    let suspended: Vec<&str> = fleet.symbols.list(row.suspended).iter().map(|&sym| fleet.str(sym)).collect();
    fact_ui(ui, "suspended", Some(suspended.join(", ")), commands);
    fact_ui(ui, "operator", fleet.text(row.operator).map(str::to_owned), commands);
    fact_ui(ui, "made", date(row.created, view), commands);
    tags_ui(ui, view, row.tags, commands);
}

fn servers_ui(ui: &mut Ui, view: &View, is_of: impl Fn(&fleet::ServerNode) -> bool) {
    let theme = Theme::of(ui);
    let servers = (0..).map(ServerIx).zip(&view.lineage.servers).filter(|(_, server)| is_of(server)).map(|(ix, _)| ix);
    label(ui, Type::Number, theme.text.body, standings(view, servers));
}
