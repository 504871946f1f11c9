//! Baked or fried: the verdict, the user data with what was found in its margin, why each is a risk, and what to bake
//! instead.

use egui::Ui;
use fleet::{BakeVerdict, Node};
use insight::human::short_duration;
use insight::{BakeStanding, BakeTold, Whose};
use session::View;

use super::user_data::{Lines, lines_ui};
use crate::model::{self, Model};
use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Tone, label, section};
use crate::words::counted;

/// Rules that are explained: a text that breaks more has its first ones said.
const EXPLAINED: usize = 12;

/// The tone of a verdict; `None` for what is good or unknown and needs no badge.
pub(super) fn tone(verdict: BakeVerdict) -> Option<Tone> {
    match verdict {
        BakeVerdict::Fried => Some(Tone::Overdue),
        BakeVerdict::Mixed => Some(Tone::Due),
        BakeVerdict::Baked | BakeVerdict::Unknown => None,
    }
}

/// Of a server, a template version or a group's next servers.
pub(super) fn baking_ui(ui: &mut Ui, model: &Model, view: &View, node: Node) {
    let Some(standing) = model::bake_standing(view, node) else { return };
    let theme = Theme::of(ui);
    let told = standing.findings();
    section(ui, heading(&standing, told.len(), matches!(node, Node::Group(_))));
    if let Some(why) = standing.unknown {
        label(ui, Type::Body, theme.text.muted, why.sentence(&view.fleet));
    } else if standing.text.is_none() {
        label(ui, Type::Body, theme.text.body, "No user data: its image has all that it needs.");
    }
    if let Some(lines) = lines(model, view, &standing, &told) {
        ui.add_space(0.5 * GRID);
        lines_ui(ui, &lines);
    }
    rules_ui(ui, view, &told);
    notes_ui(ui, view, node, &standing, &told);
}

/// What the next servers of a recipe's images will be.
pub(super) fn recipe_ui(ui: &mut Ui, view: &View, recipe: fleet::RecipeIx) {
    let Some(bake) = view.findings.recipes.get(recipe.at()).and_then(|finding| finding.bake) else { return };
    let theme = Theme::of(ui);
    section(ui, "What its next servers will be");
    let words = match bake {
        BakeVerdict::Baked => "Baked: no template version that a group launches its images from adds anything at boot.",
        BakeVerdict::Mixed => {
            "Partly fried: a template version that a group launches its images from adds some at boot."
        }
        BakeVerdict::Fried => "Fried: a template version that a group launches its images from makes them at boot.",
        BakeVerdict::Unknown => "Unknown: the user data of a template version that a group wants could not be read.",
    };
    let ink = if bake == BakeVerdict::Fried { theme.tone.warning } else { theme.text.body };
    label(ui, Type::Body, ink, words);
}

/// `Fried at boot · 2 findings · measured 164 s`.
fn heading(standing: &BakeStanding<'_>, findings: usize, is_group: bool) -> String {
    let verdict = match standing.verdict {
        BakeVerdict::Fried => "fried at boot",
        BakeVerdict::Mixed => "partly fried at boot",
        BakeVerdict::Baked => "baked",
        BakeVerdict::Unknown => "baked or fried: unknown",
    };
    let mut words = vec![if is_group { format!("next servers {verdict}") } else { verdict.to_owned() }];
    if standing.bake.is_some() {
        words.push(if findings == 0 { "no findings".to_owned() } else { counted(findings as u64, "finding") });
    }
    if let Some((seconds, _)) = standing.measured {
        // Minutes would hide what baking saves.
        let exact = if seconds < 600 { format!("{seconds} s") } else { short_duration(seconds.into()) };
        words.push(format!("measured {exact}"));
    }
    let words = words.join(" · ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The text that is shown: all of it where it is in memory, else the lines that were found.
fn lines<'a>(
    model: &'a Model,
    view: &'a View,
    standing: &BakeStanding<'_>,
    told: &'a [BakeTold<'a>],
) -> Option<Lines<'a>> {
    let text = view.fleet.user_data.get(standing.text?)?;
    let whole = model.user_data.as_ref().filter(|shown| shown.hash == text.hash);
    let lines: Vec<(u32, &str)> = match whole {
        Some(shown) => (1..).zip(shown.text.lines.iter().map(String::as_str)).collect(),
        None => {
            let mut lines: Vec<(u32, &str)> =
                told.iter().filter_map(|one| Some((one.finding.line?, view.fleet.str(one.finding.excerpt)))).collect();
            lines.dedup_by_key(|(line, _)| *line);
            lines
        }
    };
    (!lines.is_empty()).then_some(Lines { fleet: &view.fleet, hash: text.hash, lines, is_whole: whole.is_some(), told })
}

/// Each rule once: where, why it is a risk, and what to bake instead.
fn rules_ui(ui: &mut Ui, view: &View, told: &[BakeTold<'_>]) {
    let theme = Theme::of(ui);
    let mut rules: Vec<(&BakeTold<'_>, Vec<u32>)> = Vec::new();
    for one in told {
        match rules
            .iter_mut()
            .find(|(first, _)| (first.finding.rule, first.finding.why) == (one.finding.rule, one.finding.why))
        {
            Some((_, lines)) => lines.extend(one.finding.line),
            None => rules.push((one, one.finding.line.into_iter().collect())),
        }
    }
    for (one, lines) in rules.iter().take(EXPLAINED) {
        ui.add_space(1.5 * GRID);
        super::user_data::rule_ui(ui, view.fleet.str(one.finding.rule), one, lines);
        label(ui, Type::Small, theme.text.body, view.fleet.str(one.finding.why));
        label(ui, Type::Small, theme.text.muted, view.fleet.str(one.finding.fix));
        if let Some(exempt) = one.exempt {
            label(ui, Type::Small, theme.text.dim, exempt.sentence());
        }
    }
    if let Some(more) = rules.len().checked_sub(EXPLAINED).filter(|&more| more > 0) {
        ui.add_space(GRID);
        label(ui, Type::Small, theme.text.muted, format!("and {}", counted(more as u64, "more rule")));
    }
}

/// Whose text it is, why it is not all there, and where the boot was measured.
fn notes_ui(ui: &mut Ui, view: &View, node: Node, standing: &BakeStanding<'_>, told: &[BakeTold<'_>]) {
    let theme = Theme::of(ui);
    let mut notes: Vec<String> = Vec::new();
    let text = standing.text.and_then(|text| view.fleet.user_data.get(text));
    match standing.whose {
        Some(Whose::Own) if text.is_some() => notes.push("This is its own user data.".to_owned()),
        Some(Whose::Template(template)) if text.is_some() && node != Node::TemplateVersion(template) => {
            let name = naming::title(&view.fleet, &view.lineage, Node::TemplateVersion(template));
            notes.push(format!("This is the user data of {name}."));
        }
        _ => {}
    }
    if text.is_some_and(|text| text.bytes().is_none()) && standing.bake.is_some() {
        let kept = if told.is_empty() { "what was found in it" } else { "the lines that were found, masked," };
        notes.push(format!("The text itself is not here: a saved pull keeps {kept} and no user data."));
    }
    if let Some((_, server)) = standing.measured {
        let own = match node {
            Node::Server(ix) => view.fleet.servers.get(ix.at()).map(|row| row.id),
            _ => None,
        };
        if own != Some(server) {
            let id = view.fleet.str(server);
            notes.push(format!("The boot was measured on {id}, the newest server of this version."));
        }
    }
    if notes.is_empty() {
        return;
    }
    ui.add_space(GRID);
    label(ui, Type::Small, theme.text.dim, notes.join(" "));
}
