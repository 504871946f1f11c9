//! The facts of one thing: what AWS said, each value to be copied.

use egui::{Align, Layout, Ui, vec2};
use fleet::{GroupIx, ImageIx, Node, RecipeIx, ServerIx, Sym, TagSet, TemplateIx, Time};
use insight::CodeOwners;
use insight::human::{short_date, short_duration};
use session::View;

use super::lineage::node_row_ui;
use super::standings;
use crate::command::Command;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, icon_button_sized, label, line, section};
use crate::words::counted;

const NAME_WIDTH: f32 = 96.0;

/// Facts under a heading. What is unknown is left out, since what could not be read is in the list of gaps.
fn facts_ui(ui: &mut Ui, title: &str, facts: &[(&str, Option<String>)], commands: &mut Vec<Command>) {
    let known =
        facts.iter().filter_map(|(name, value)| Some((*name, value.as_deref().filter(|value| !value.is_empty())?)));
    for (position, (name, value)) in known.enumerate() {
        if position == 0 {
            section(ui, title);
        }
        fact_ui(ui, name, value, commands);
    }
}

fn fact_ui(ui: &mut Ui, name: &str, value: &str, commands: &mut Vec<Command>) {
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
            line(ui, Type::NumberSmall, theme.text.body, value).on_hover_text(value);
        });
        icon_button_sized(ui, Icon::Copy, &format!("Copy {name}"), 20.0).clicked()
    });
    if row.inner {
        commands.push(Command::Copy(value.to_owned(), "value"));
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
        fact_ui(ui, key, value, commands);
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
    let each = |name, list| fleet.symbols.list(list).iter().map(move |&sym| (name, Some(fleet.str(sym).to_owned())));
    let finding = view.findings.servers.get(server.at());
    let behind = finding.and_then(|finding| finding.behind_days).filter(|&days| days > 0);
    let mut facts: Vec<(&str, Option<String>)> = each("address", row.addresses).collect();
    facts.extend(each("DNS name", row.dns_names));
    facts.extend([
        ("type", text(row.instance_type)),
        ("zone", text(row.zone)),
        ("owner", fleet.owner(row).map(|owner| owner.to_string())),
        ("described by", CodeOwners::new(fleet, &view.lineage).server(server)),
        ("operator", text(row.operator)),
        ("spot request", text(row.spot_request)),
        ("launch image", text(row.image)),
        ("behind", behind.map(|days| counted(days.into(), "day"))),
    ]);
    facts_ui(ui, "Facts", &facts, commands);
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
    let mut facts =
        vec![("made", date(finding.and_then(|finding| finding.made), view)), ("version", text(node.recipe_version))];
    if let Some(row) = row {
        facts.extend([
            ("state", text(row.state)),
            ("owner", text(row.owner_alias.or(row.owner))),
            ("deprecated", date(row.deprecated, view)),
            ("architecture", text(row.architecture)),
            ("platform", text(row.platform)),
            ("made from server", text(row.source_server)),
            ("description", text(row.description)),
        ]);
    }
    facts_ui(ui, "Facts", &facts, commands);
    if let Some(row) = row {
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
    let images = lineage.images.iter().filter(|image| image.recipe == recipe).count();
    let facts = [
        ("kind", Some(node.kind.as_str().to_owned())),
        ("id", node.name.is_some().then(|| node.id.clone())),
        ("images", Some(images.to_string())),
    ];
    facts_ui(ui, "Facts", &facts, commands);
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
    let mut facts = vec![
        ("described by", CodeOwners::new(fleet, lineage).template(template)),
        ("name", fleet.text(node.name).map(str::to_owned)),
        ("version", node.version.map(|version| version.to_string())),
    ];
    if let (Some(row), Some(_)) = (node.row.and_then(|row| fleet.template_versions.get(row as usize)), node.version) {
        facts.extend([
            ("made", date(row.created, view)),
            ("made by", fleet.text(row.created_by).map(str::to_owned)),
            ("type", fleet.text(row.instance_type).map(str::to_owned)),
            ("description", fleet.text(row.description).map(str::to_owned)),
        ]);
    }
    facts_ui(ui, "Facts", &facts, commands);
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
    let size = |size: Option<u32>| size.map(|size| size.to_string());
    let suspended: Vec<&str> = fleet.symbols.list(row.suspended).iter().map(|&sym| fleet.str(sym)).collect();
    let facts = [
        ("described by", CodeOwners::new(fleet, lineage).group(group)),
        ("desired", size(row.desired)),
        ("least", size(row.min)),
        ("most", size(row.max)),
        ("AWS burns at", row.max_instance_lifetime_s.map(|seconds| short_duration(seconds.into()))),
        ("suspended", Some(suspended.join(", "))),
        ("operator", fleet.text(row.operator).map(str::to_owned)),
        ("made", date(row.created, view)),
    ];
    facts_ui(ui, "Facts", &facts, commands);
    tags_ui(ui, view, row.tags, commands);
}

fn servers_ui(ui: &mut Ui, view: &View, is_of: impl Fn(&fleet::ServerNode) -> bool) {
    let theme = Theme::of(ui);
    let servers = (0..).map(ServerIx).zip(&view.lineage.servers).filter(|(_, server)| is_of(server)).map(|(ix, _)| ix);
    label(ui, Type::Number, theme.text.body, standings(view, servers));
}
