//! Whether a server could be made again as it is, what speaks against it, and where it differs from its template version.

use egui::Ui;
use fleet::ServerIx;
use insight::{Snowflake, Snowflakes, Weight};
use session::View;

use crate::theme::{GRID, Theme, Type};
use crate::widget::{label, section};

pub(super) fn provenance_ui(ui: &mut Ui, view: &View, server: ServerIx) {
    let Some(finding) = view.findings.servers.get(server.at()) else { return };
    let theme = Theme::of(ui);
    let waivers = view.findings.waivers(finding);
    let look = Snowflakes::of_one(&view.fleet, &view.lineage, server);
    let read = view.fleet.servers.get(server.at()).and_then(|row| view.fleet.scope(row.scope)?.evidence_at).is_some();
    section(ui, "Could it be made again as it is?");
    let (ink, words) = match finding.snowflake {
        Snowflake::Reproducible => (theme.text.body, "Yes: nothing speaks against it, and all that could was read."),
        Snowflake::Suspect => (theme.text.body, "Perhaps: this makes one doubt."),
        Snowflake::Snowflake => (theme.tone.warning, "No: it is a snowflake."),
        Snowflake::Unknown if !read => {
            (theme.text.muted, "Unknown so far: who logged in and what was changed has not been read.")
        }
        Snowflake::Unknown => {
            (theme.text.muted, "Unknown: nothing speaks against it, but not all that could was read.")
        }
    };
    label(ui, Type::Body, ink, words);
    for evidence in look.evidence(server, finding, waivers) {
        let ink = match evidence.weight() {
            Weight::Breaks => theme.tone.warning,
            Weight::Doubt => theme.text.body,
            Weight::Note => theme.text.muted,
        };
        label(ui, Type::Small, ink, format!("· {}", evidence.detail)).on_hover_text(evidence.source);
        if let Some(exempt) = evidence.exempt {
            indented_ui(ui, &exempt);
        }
    }
    let differences = look.drifts().of(server, waivers).unwrap_or_default();
    if !differences.is_empty() {
        ui.add_space(GRID);
        label(ui, Type::CaptionStrong, theme.text.dim, "Its template version says, and it has");
        for difference in differences {
            let side = |side: Option<String>| side.unwrap_or_else(|| "none".to_owned());
            let words = format!(
                "{}: {}, and it has {}",
                difference.field.as_str(),
                side(difference.expected),
                side(difference.actual)
            );
            let ink = if difference.exempt.is_some() { theme.text.muted } else { theme.text.body };
            label(ui, Type::Small, ink, words);
            if let Some(exempt) = difference.exempt {
                indented_ui(ui, &exempt);
            }
        }
    }
}

fn indented_ui(ui: &mut Ui, words: &str) {
    let ink = Theme::of(ui).text.dim;
    ui.horizontal_top(|ui| {
        ui.add_space(2.0 * GRID);
        ui.vertical(|ui| label(ui, Type::Small, ink, words));
    });
}
