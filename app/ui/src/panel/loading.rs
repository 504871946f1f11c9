//! A pull under way: what is read, how much of it, and how to stop.

use egui::{Align, Layout, ProgressBar, ScrollArea, Ui};
use fleet::Call;
use session::Progress;

use crate::command::Command;
use crate::model::Pull;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, label, line};
use crate::words::number;

/// What a call reads, in the words of the window.
fn rows(call: Call) -> &'static str {
    match call {
        Call::GetCallerIdentity => "caller",
        Call::DescribeRegions => "regions",
        Call::DescribeInstances => "servers",
        Call::DescribeInstanceImageMetadata => "images of servers",
        Call::DescribeImages => "images",
        Call::DescribeLaunchTemplates => "launch templates",
        Call::DescribeLaunchTemplateVersions => "template versions",
        Call::DescribeReplaceRootVolumeTasks => "root replacements",
        Call::DescribeVolumes => "replaced root volumes",
        Call::DescribeAutoScalingGroups => "groups",
        Call::DescribeLaunchConfigurations => "launch configurations",
        Call::DescribeWarmPool => "warm pools",
        Call::ListImagePipelines => "pipelines",
        Call::ListImageRecipes => "recipes",
        Call::ListImageBuildVersions => "builds",
        Call::GetImage => "details of builds",
        Call::GetParameters => "parameters",
        Call::DescribeScalingActivities => "activities of groups",
        Call::DescribeInstanceRefreshes => "instance refreshes",
        Call::ListWorkflowExecutions => "times of builds",
        Call::DescribeSessions => "logins",
        Call::DescribeInstanceInformation => "servers of Session Manager",
        Call::LookupEvents => "changes by hand",
        Call::GetConsoleOutput => "boots",
        Call::DescribeInstanceAttribute => "attributes of servers",
        Call::DescribeAvailabilityZones => "availability zones",
    }
}

/// The whole window while the first pull of a source runs.
pub(crate) fn loading_ui(ui: &mut Ui, pull: &Pull, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let width = 560.0_f32.min(ui.available_width() - 48.0);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.16).max(24.0));
        ui.allocate_ui_with_layout(egui::vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(width);
            label(ui, Type::Display, theme.text.strong, format!("Pulling {}", pull.source.detail()));
            ui.add_space(GRID);
            let far = format!("{} of {} calls", number(pull.calls_done.into()), number(pull.calls_known.into()));
            label(ui, Type::Number, theme.text.muted, far);
            ui.add_space(3.0 * GRID);
            ui.add(ProgressBar::new(pull.share()).desired_height(4.0).fill(theme.accent.ember).animate(false));
            ui.add_space(4.0 * GRID);
            let height = ui.ctx().content_rect().height() * 0.5;
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                for (place, steps) in &pull.steps {
                    place_ui(ui, place, steps.values());
                }
            });
            ui.add_space(4.0 * GRID);
            if button(ui, Weight::Secondary, Some(Icon::Close), "Stop").clicked() {
                commands.push(Command::StopPull);
            }
        });
    });
}

fn place_ui<'a>(ui: &mut Ui, place: &str, steps: impl Iterator<Item = &'a Progress>) {
    let theme = Theme::of(ui);
    let mut read = Vec::new();
    let mut gaps = 0;
    for step in steps {
        if step.items > 0 {
            read.push(format!("{} {}", number(step.items), rows(step.call)));
        }
        gaps += usize::from(step.state == session::CallState::Gap);
    }
    ui.horizontal(|ui| {
        label(ui, Type::Strong, theme.text.strong, place);
        if gaps > 0 {
            label(ui, Type::Small, theme.tone.warning, crate::words::counted(gaps as u64, "gap"));
        }
    });
    line(
        ui,
        Type::NumberSmall,
        theme.text.muted,
        if read.is_empty() { "asking…".to_owned() } else { read.join(" · ") },
    );
    ui.add_space(2.0 * GRID);
}
