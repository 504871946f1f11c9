//! What the window shows when no source is open.

use egui::{
    Align, Align2, CornerRadius, CursorIcon, Layout, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, vec2,
};
use session::{AwsSource, ProfileInfo, Source, SourceKind};

use crate::command::Command;
use crate::model::Model;
use crate::profiles::Profiles;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, focus_ring, label, mark, paint_line, section};

pub(crate) fn welcome_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let width = 560.0_f32.min(ui.available_width() - 48.0);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space((ui.ctx().content_rect().height() * 0.12).max(24.0));
            ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(40.0), Sense::hover());
                mark(ui, rect);
                ui.add_space(3.0 * GRID);
                label(ui, Type::Display, theme.text.strong, "Where did your servers come from?");
                ui.add_space(GRID);
                label(
                    ui,
                    Type::Body,
                    theme.text.muted,
                    "Emberline reads a fleet and draws every server's lineage, from base image to group, with its age \
                     against its phoenix lifetime. It only reads.",
                );
                ui.add_space(6.0 * GRID);
                ui.horizontal(|ui| {
                    if button(ui, Weight::Primary, Some(Icon::Sandbox), "Open the sandbox").clicked() {
                        commands.push(Command::OpenSandbox);
                    }
                    if button(ui, Weight::Secondary, Some(Icon::File), "Open a file…").clicked() {
                        commands.push(Command::OpenFile);
                    }
                });
                ui.add_space(GRID);
                label(
                    ui,
                    Type::Small,
                    theme.text.muted,
                    "The sandbox is a simulated AWS in this program: about 400 servers, no account, no network.",
                );
                recent_ui(ui, model, commands);
                profiles_ui(ui, model, commands);
                ui.add_space(8.0 * GRID);
            });
        });
    });
}

fn recent_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    if model.recent.is_empty() {
        return;
    }
    ui.add_space(3.0 * GRID);
    section(ui, "Open again");
    for source in &model.recent {
        let icon = match source.kind() {
            SourceKind::Aws => Icon::Cloud,
            SourceKind::Sandbox => Icon::Sandbox,
            SourceKind::File => Icon::File,
        };
        let place = match source {
            Source::Aws(aws) if !aws.regions.is_empty() => aws.regions.join(", "),
            Source::File(path) => path.parent().map(|folder| folder.display().to_string()).unwrap_or_default(),
            _ => String::new(),
        };
        if row_ui(ui, icon, &source.to_string(), &place) {
            commands.push(Command::Open(source.clone()));
        }
    }
}

fn profiles_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.add_space(3.0 * GRID);
    section(ui, "AWS profiles on this machine");
    match &model.profiles {
        Profiles::Unasked | Profiles::Reading(_) => {
            label(ui, Type::Small, theme.text.muted, "Reading the AWS configuration…");
        }
        Profiles::Read(Err(error)) => {
            label(ui, Type::Small, theme.tone.error, error.clone());
        }
        Profiles::Read(Ok(profiles)) if profiles.is_empty() => {
            label(
                ui,
                Type::Small,
                theme.text.muted,
                "None in ~/.aws/config. Run `aws configure sso` to make one, then come back.",
            );
        }
        Profiles::Read(Ok(profiles)) => {
            for profile in profiles {
                if row_ui(ui, Icon::Cloud, &profile.name, &profile_words(profile)) {
                    let source = AwsSource { profiles: vec![profile.name.clone()], ..AwsSource::default() };
                    commands.push(Command::Open(Source::Aws(source)));
                }
            }
        }
    }
}

fn profile_words(profile: &ProfileInfo) -> String {
    let words = [profile.account.as_deref(), profile.region.as_deref(), Some(profile.kind.as_str())];
    words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A row that opens something.
fn row_ui(ui: &mut Ui, icon: Icon, title: &str, place: &str) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0 * GRID), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open {title}")));
    let hot = response.hovered() || response.has_focus();
    let (fill, line) =
        if hot { (theme.surface.hover, theme.surface.line_strong) } else { (theme.surface.raised, theme.surface.line) };
    ui.painter().rect(rect, CornerRadius::same(8), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    let icon_at = rect.left_center() + vec2(5.0 * GRID, 0.0);
    icon.paint(ui.painter(), Rect::from_center_size(icon_at, Vec2::splat(16.0)), theme.text.muted);
    let at = rect.left_center() + vec2(9.0 * GRID, 0.0);
    let title = paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, theme.text.strong, title, rect.width() * 0.5);
    let room = rect.right() - title.right() - 8.0 * GRID;
    let at = rect.right_center() - vec2(3.0 * GRID, 0.0);
    paint_line(ui, at, Align2::RIGHT_CENTER, Type::NumberSmall, theme.text.muted, place, room);
    focus_ring(ui, &response, rect, 8);
    response.clicked()
}
