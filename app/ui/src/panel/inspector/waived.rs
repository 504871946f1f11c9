//! What the policy file takes out of the findings on a server, and until when.

use egui::Ui;
use fleet::ServerIx;
use session::View;

use crate::theme::{Theme, Type};
use crate::widget::{label, section};

pub(super) fn waived_ui(ui: &mut Ui, view: &View, server: ServerIx) {
    let Some(finding) = view.findings.servers.get(server.at()) else { return };
    let waivers = view.findings.waivers(finding);
    if waivers.in_force().chain(waivers.over()).next().is_none() {
        return;
    }
    let theme = Theme::of(ui);
    section(ui, "By the policy file");
    for waiver in waivers.in_force() {
        label(ui, Type::Small, theme.text.body, waiver.names());
        label(ui, Type::Small, theme.text.muted, waiver.sentence()).on_hover_text(place(waiver));
    }
    for waiver in waivers.over() {
        label(ui, Type::Small, theme.text.body, waiver.names());
        let words = format!("Counts again since {}.", waiver.last_day().unwrap_or_default());
        label(ui, Type::Small, theme.tone.warning, words).on_hover_text(place(waiver));
    }
}

fn place(waiver: &insight::Waiver) -> String {
    let what = if waiver.is_off { "off" } else { "exempt" };
    let query = match waiver.query.is_empty() {
        true => "every server".to_owned(),
        false => waiver.query.to_string(),
    };
    format!("[[{what}]] in line {} of the policy file: {query}", waiver.line)
}
