//! The four clocks against the lifetime.

use egui::{Align, Layout, Ui, vec2};
use fleet::ServerIx;
use insight::human::{short_date, short_duration};
use insight::{AgeFrom, ExemptBy, LifetimeFrom, ServerFinding};
use session::View;

use crate::theme::{GRID, Theme, Type};
use crate::widget::{Meter, label, line, meter, section};

const NAME_WIDTH: f32 = 80.0;
const NUMBER_WIDTH: f32 = 56.0;
const ROW: f32 = 21.0;

pub(super) fn clocks_ui(ui: &mut Ui, view: &View, server: ServerIx) {
    let Some(finding) = view.findings.servers.get(server.at()) else { return };
    let theme = Theme::of(ui);
    let lifetime_s = i64::from(finding.lifetime_s);
    let lifetime = format!("{} ({})", short_duration(lifetime_s), from(finding.lifetime_from));
    section(
        ui,
        match finding.cap_unknown {
            false => format!("Clocks against a lifetime of {lifetime}"),
            true => format!("Clocks against at most {lifetime}: its group, unread, may set less"),
        },
    );
    let clocks = [
        ("age", finding.born, "Since its state was last born from an image"),
        ("last start", finding.started, "Since it last started: a stop and start resets this"),
        ("image", finding.image_made, "Since its image was made, copies followed to their origin"),
        ("base", finding.base_made, "Since the base of that image was made"),
    ];
    let longest = clocks.iter().filter_map(|&(_, time, _)| finding.since_s(time)).max().unwrap_or(0);
    let whole_s = longest.max(lifetime_s).max(1) as f32 * 1.04;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.5 * GRID, 0.0);
        for (name, time, help) in clocks {
            let age_s = finding.since_s(time);
            let words = age_s.map_or_else(|| "unknown".to_owned(), short_duration);
            ui.horizontal(|ui| {
                ui.set_height(ROW);
                fixed(ui, NAME_WIDTH, Align::Min, |ui| line(ui, Type::Body, theme.text.muted, name));
                let bar = Meter {
                    filled: age_s.map(|age_s| age_s as f32 / whole_s),
                    tick: Some(lifetime_s as f32 / whole_s),
                    colour: theme.age(age_s.map(|age_s| age_s as f32 / lifetime_s.max(1) as f32)),
                    name: &format!("{name}: {words}"),
                };
                let width = ui.available_width() - NUMBER_WIDTH - 2.5 * GRID;
                let since = time.map_or_else(String::new, |time| format!("\n{time}"));
                meter(ui, width, ROW, &bar).on_hover_text(format!("{help}{since}"));
                let ink = if age_s.is_some() { theme.text.strong } else { theme.text.dim };
                fixed(ui, NUMBER_WIDTH, Align::Max, |ui| line(ui, Type::Number, ink, words));
            });
        }
    });
    notes_ui(ui, view, finding);
}

fn fixed<R>(ui: &mut Ui, width: f32, align: Align, add: impl FnOnce(&mut Ui) -> R) {
    let layout =
        if align == Align::Min { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    ui.allocate_ui_with_layout(vec2(width, ROW), layout, |ui| {
        ui.set_min_width(width);
        add(ui);
    });
}

/// What qualifies the clocks: where an age is not what it seems, and when it falls due.
fn notes_ui(ui: &mut Ui, view: &View, finding: &ServerFinding) {
    let theme = Theme::of(ui);
    let mut notes = Vec::new();
    if let Some(due_at) = finding.due_at {
        let word = if due_at <= finding.as_of { "Fell due" } else { "Falls due" };
        notes.push((theme.text.muted, format!("{word} on {}.", short_date(due_at, finding.as_of))));
    }
    match finding.born_from {
        Some(AgeFrom::LaunchTime) => {
            let words = "The age is from its last start: it may have been reset by a stop and start.";
            notes.push((theme.tone.warning, words.to_owned()));
        }
        Some(AgeFrom::RootVolume) => {
            notes.push((theme.text.muted, "The age is its root volume's: it has no network interface.".to_owned()));
        }
        Some(AgeFrom::RootReplacement) => {
            notes.push((theme.text.muted, "Its root volume was replaced: the age counts from then.".to_owned()));
        }
        Some(AgeFrom::Interface) | None => {}
    }
    if let (Some(reason), Some(ExemptBy::Tag(_))) = (view.findings.exempt_reason(&view.fleet, finding), finding.exempt)
    {
        notes.push((theme.text.body, format!("Exempt: {reason}")));
    }
    if let Some(tag) = view.fleet.text(finding.bad_lifetime_tag) {
        let words = format!(
            "Its tag {} says “{tag}”, which is no duration such as 14d; it is not followed.",
            insight::LIFETIME_TAG
        );
        notes.push((theme.tone.warning, words));
    }
    if !notes.is_empty() {
        ui.add_space(GRID);
    }
    for (ink, words) in notes {
        label(ui, Type::Small, ink, words);
    }
}

fn from(lifetime: LifetimeFrom) -> &'static str {
    match lifetime {
        LifetimeFrom::Group => "from the group",
        LifetimeFrom::Tag => "from its tag",
        LifetimeFrom::Policy(_) => "from the policy file",
        LifetimeFrom::Default => "the default",
    }
}
