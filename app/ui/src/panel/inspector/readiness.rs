//! How long a group takes to be made again, what that was made from, and whether its recovery objective is kept.

use egui::{Align, Layout, Ui, vec2};
use fleet::{GroupIx, RecipeIx};
use insight::Rto;
use insight::human::timing;
use insight::readiness::{GroupReadiness, Measure, ObjectiveFrom, PaceFrom, Part, RTO_TAG, Span};
use session::View;

use crate::theme::{GRID, Theme, Type};
use crate::widget::{label, line, section};
use crate::words::counted;

const NAME_WIDTH: f32 = 104.0;

pub(super) fn group_ui(ui: &mut Ui, view: &View, ix: GroupIx) {
    let Some(group) = view.findings.readiness.groups.get(ix.at()) else { return };
    section(ui, "How fast it rises again");
    verdict_ui(ui, view, group);
    for part in Part::ALL {
        part_ui(ui, part, group.part(part), part != Part::Bake || group.is_baked_here);
    }
    ui.add_space(GRID);
    let pace = &group.pace;
    let at_once = match pace.rounds() {
        1 => "in one round".to_owned(),
        rounds => format!("{} at once, {rounds} rounds", pace.batch),
    };
    total_ui(ui, "make it again", group.again(), "bake, boot and warm-up");
    total_ui(ui, "replace one", group.replace(), "boot and warm-up");
    if pace.servers > 0 {
        total_ui(ui, &format!("roll all {}", pace.servers), group.roll(), &at_once);
        total_ui(ui, "rebake and roll", group.rebake_and_roll(), "both, one after the other");
        let theme = Theme::of(ui);
        let from = match pace.from {
            PaceFrom::Maintenance => "by its maintenance policy",
            PaceFrom::Refresh => "as its latest refresh did",
            PaceFrom::Default => "AWS's default for a refresh",
        };
        let max = pace.max_healthy_percent;
        let most = if max > 100 { format!(" and at most {max} %") } else { String::new() };
        let words = format!("At least {} %{most} healthy, {from}.", pace.min_healthy_percent);
        label(ui, Type::Caption, theme.text.muted, words);
    }
}

pub(super) fn recipe_ui(ui: &mut Ui, view: &View, ix: RecipeIx) {
    let Some(recipe) = view.findings.readiness.recipes.get(ix.at()) else { return };
    if Part::ALL.into_iter().all(|part| recipe.part(part).is_none()) {
        return;
    }
    section(ui, "How fast it is there again");
    for part in Part::ALL {
        part_ui(ui, part, recipe.part(part), true);
    }
    let theme = Theme::of(ui);
    let words = format!("Over the {} that launch from it.", counted(recipe.groups.len() as u64, "group"));
    label(ui, Type::Caption, theme.text.muted, words);
}

fn verdict_ui(ui: &mut Ui, view: &View, group: &GroupReadiness) {
    let theme = Theme::of(ui);
    if let Some(tag) = view.fleet.text(group.bad_tag) {
        let words = format!("Its tag {RTO_TAG} says “{tag}”, which is no duration such as 45m; it is not followed.");
        label(ui, Type::Small, theme.tone.warning, words);
    }
    let Some(objective) = group.objective else {
        let words = format!("It has no recovery objective. Its tag {RTO_TAG} or the policy file would set one.");
        label(ui, Type::Small, theme.text.muted, words);
        return;
    };
    let from = match objective.from {
        ObjectiveFrom::Tag => "its tag",
        ObjectiveFrom::Policy(_) => "the policy file",
    };
    let time = timing(objective.seconds.into());
    let (ink, what) = match group.verdict {
        Rto::Met => (theme.text.body, "is met: nineteen of twenty times it is back within that."),
        Rto::AtRisk => {
            (theme.tone.warning, "is at risk: it is back in time every other time, and not nineteen of twenty.")
        }
        Rto::Missed => (theme.tone.error, "is missed: it takes longer than that every other time."),
        Rto::Unknown | Rto::None => (theme.text.muted, "may be met or not: how long it takes is unknown."),
    };
    label(ui, Type::Body, ink, format!("Its recovery objective of {time}, by {from}, {what}"));
}

fn part_ui(ui: &mut Ui, part: Part, time: Option<Measure>, is_there: bool) {
    let theme = Theme::of(ui);
    let basis = match time {
        Some(time) => time.basis_words(part),
        None if is_there => "unknown".to_owned(),
        None => "none: its image is a vendor's".to_owned(),
    };
    row_ui(ui, part.as_str(), time.map(|time| (time.p50_s, time.p95_s)));
    label(ui, Type::Caption, theme.text.muted, basis);
}

fn total_ui(ui: &mut Ui, name: &str, span: Option<Span>, what: &str) {
    let theme = Theme::of(ui);
    row_ui(ui, name, span.map(|span| (span.p50_s, span.p95_s)));
    let guessed = span.is_some_and(|span| span.is_estimated);
    label(ui, Type::Caption, theme.text.muted, if guessed { format!("{what}; estimated") } else { what.to_owned() });
}

fn row_ui(ui: &mut Ui, name: &str, times: Option<(u32, u32)>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        ui.allocate_ui_with_layout(vec2(NAME_WIDTH, 18.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(NAME_WIDTH);
            line(ui, Type::Small, theme.text.body, name);
        });
        match times {
            Some((p50_s, p95_s)) => {
                line(ui, Type::NumberStrong, theme.text.strong, timing(p50_s.into()));
                if p95_s > p50_s {
                    let slow = format!("95 %: {}", timing(p95_s.into()));
                    line(ui, Type::NumberSmall, theme.text.muted, slow);
                }
            }
            None => {
                line(ui, Type::Small, theme.text.muted, "unknown");
            }
        }
    });
}
