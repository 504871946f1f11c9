//! The top bar: what is open, how fresh it is, search, and the theme.

use std::time::Duration;

use egui::text::CCursor;
use egui::{
    Align, Align2, CornerRadius, CursorIcon, Frame, Id, Layout, Margin, Popup, Rect, Response, Role, Sense, Stroke,
    StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, vec2,
};
use jiff::Timestamp;
use session::View;

use super::act_switch::act_switch_ui;
use super::shortcuts::keys;
use crate::command::Command;
use crate::model::{Model, Pull};
use crate::theme::{GRID, RADIUS, Theme, Type};
use crate::widget::{Icon, fitted, focus_ring, icon_button, icon_button_sized, keycap, label, mark, paint_line};
use crate::words::{counted, freshness, interval, now, number};

/// Height in points.
pub(crate) const HEIGHT: f32 = 48.0;
const CHIP_HEIGHT: f32 = 28.0;

/// The search field, for the command that puts the cursor there.
pub(crate) fn search_id() -> Id {
    Id::unique("search")
}

pub(crate) fn top_bar_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let is_narrow = ui.available_width() < 1200.0;
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0 * GRID;
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        mark(ui, rect);
        ui.add_space(-GRID);
        label(ui, Type::Title, theme.text.strong, "Emberline");
        ui.add_space(GRID);
        if model.view.is_some() || model.source.is_some() {
            source_ui(ui, model, is_narrow, commands);
            freshness_ui(ui, model, commands);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = GRID;
            let (icon, name) = if ui.visuals().dark_mode {
                (Icon::Sun, "Switch to the light theme")
            } else {
                (Icon::Moon, "Switch to the dark theme")
            };
            if icon_button(ui, icon, name).clicked() {
                commands.push(Command::SwitchTheme);
            }
            if icon_button(ui, Icon::Help, "Keyboard shortcuts").clicked() {
                commands.push(Command::OpenShortcuts);
            }
            ui.add_space(GRID);
            if model.view.is_some() {
                act_switch_ui(ui, model, Timestamp::now(), commands);
                ui.add_space(2.0 * GRID);
                let width = ui.available_width().min(if is_narrow { 420.0 } else { 470.0 });
                ui.allocate_ui_with_layout(vec2(width, 32.0), Layout::left_to_right(Align::Center), |ui| {
                    search_ui(ui, model, commands);
                });
            } else if icon_button(ui, Icon::Search, "Command palette").clicked() {
                commands.push(Command::OpenPalette);
            }
        });
    });
}

/// A chip that opens a menu: a strong word, then a muted one.
fn menu_chip(ui: &mut Ui, strong: &str, muted: &str, icon: Icon, name: &str) -> Response {
    let theme = Theme::of(ui);
    let strong_width = fitted(ui, Type::Strong, theme.text.strong, strong, f32::INFINITY).size().x;
    let muted_width = fitted(ui, Type::Number, theme.text.muted, muted, f32::INFINITY).size().x;
    let gap = if strong.is_empty() || muted.is_empty() { 0.0 } else { 1.75 * GRID };
    let size = vec2(strong_width + gap + muted_width + 10.0 * GRID, CHIP_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let hot = response.hovered() || response.has_focus();
    let fill = if hot { theme.surface.hover } else { theme.surface.raised };
    ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), fill);
    let mut at = rect.left_center() + vec2(2.5 * GRID, 0.0);
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Strong, theme.text.strong, strong, f32::INFINITY);
    at.x += strong_width + gap;
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Number, theme.text.muted, muted, f32::INFINITY);
    let icon_rect = Rect::from_center_size(rect.right_center() - vec2(4.0 * GRID, 0.0), Vec2::splat(14.0));
    icon.paint(ui.painter(), icon_rect, if hot { theme.text.strong } else { theme.text.muted });
    focus_ring(ui, &response, rect, RADIUS);
    response
}

fn source_ui(ui: &mut Ui, model: &Model, is_narrow: bool, commands: &mut Vec<Command>) {
    let Some(source) = model.view.as_ref().map(|view| &view.source).or(model.source.as_ref()) else { return };
    let mut words = vec![source.detail()];
    if let Some(view) = model.view.as_ref().filter(|_| !is_narrow) {
        words.push(counted(view.account_count() as u64, "account"));
        words.push(counted(view.region_count() as u64, "region"));
    }
    let response = menu_chip(ui, source.title(), &words.join(" · "), Icon::Down, &format!("Source: {source}"));
    Popup::menu(&response).accessible_name("Source").show(|ui| {
        ui.set_min_width(260.0);
        if let Some(view) = &model.view {
            scopes_ui(ui, view);
            ui.separator();
        }
        for command in [Command::OpenSandbox, Command::OpenFile, Command::SavePull, Command::CloseSource] {
            menu_item(ui, model, command, commands);
        }
    });
}

fn scopes_ui(ui: &mut Ui, view: &View) {
    let theme = Theme::of(ui);
    let fleet = &view.fleet;
    for scope in &fleet.scopes {
        let account = fleet.str(scope.account);
        let name = view.policy.account_name(account).map_or_else(String::new, |name| format!("{name} · "));
        label(ui, Type::Number, theme.text.body, format!("{name}{account} · {}", fleet.str(scope.region)));
        if let Some(caller) = fleet.text(scope.caller) {
            label(ui, Type::Caption, theme.text.dim, format!("as {caller}"));
        }
    }
}

fn menu_item(ui: &mut Ui, model: &Model, command: Command, commands: &mut Vec<Command>) {
    let mut button = egui::Button::new(command.title());
    if let Some(shortcut) = command.shortcut() {
        button = button.shortcut_text(keys(ui, &shortcut));
    }
    if ui.add_enabled(command.is_allowed(model), button).clicked() {
        commands.push(command);
        ui.close();
    }
}

/// The intervals that the menu offers.
const INTERVALS: [Option<Duration>; 5] = [
    None,
    Some(Duration::from_secs(60)),
    Some(Duration::from_secs(300)),
    Some(Duration::from_secs(900)),
    Some(Duration::from_secs(3600)),
];

fn freshness_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    if let Some(pull) = &model.pull {
        let kept = model.view.as_ref().filter(|view| view.is_kept);
        pull_ui(ui, pull, kept.map(|view| view.pulled_at), commands);
        return;
    }
    let Some(view) = &model.view else { return };
    let words = if view.source.refreshes() {
        let (words, changes_in) = freshness(now().map_or(0, |now| now.since_s(view.pulled_at)));
        ui.ctx().request_repaint_after(changes_in);
        words
    } else {
        format!("saved {}", view.pulled_at.timestamp().strftime("%-d %b %Y, %H:%M UTC"))
    };
    if !view.source.refreshes() {
        let theme = Theme::of(ui);
        label(ui, Type::Number, theme.text.muted, words);
        return;
    }
    ui.spacing_mut().item_spacing.x = 0.5 * GRID;
    let response = menu_chip(ui, "", &words, Icon::Down, &format!("Freshness: {words}"));
    Popup::menu(&response).accessible_name("Freshness").show(|ui| {
        ui.set_min_width(220.0);
        menu_item(ui, model, Command::Refresh, commands);
        ui.separator();
        for every in INTERVALS {
            if ui
                .add(egui::Button::selectable(model.refresh_every == every, format!("Pull {}", interval(every))))
                .clicked()
            {
                commands.push(Command::RefreshEvery(every));
                ui.close();
            }
        }
    });
    if icon_button(ui, Icon::Refresh, "Pull again").clicked() {
        commands.push(Command::Refresh);
    }
    ui.spacing_mut().item_spacing.x = 3.0 * GRID;
}

/// How far a pull is, and when the one of another run was that is on screen meanwhile.
fn pull_ui(ui: &mut Ui, pull: &Pull, kept: Option<fleet::Time>, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (done, known) = (number(pull.calls_done.into()), number(pull.calls_known.into()));
    let words = match kept {
        None => format!("pulling · {done} of {known} calls"),
        Some(at) => format!("as of {} · pulling {done} of {known}", at.timestamp().strftime("%-d %b, %H:%M UTC")),
    };
    Frame::new().fill(theme.surface.raised).corner_radius(RADIUS).inner_margin(Margin::symmetric(10, 0)).show(
        ui,
        |ui| {
            ui.set_height(CHIP_HEIGHT);
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let (rect, response) = ui.allocate_exact_size(vec2(48.0, 4.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
            ui.painter().rect_filled(rect, CornerRadius::same(2), theme.surface.pressed);
            let done = Rect::from_min_size(rect.min, vec2(rect.width() * pull.share(), rect.height()));
            ui.painter().rect_filled(done, CornerRadius::same(2), theme.accent.ember);
            label(ui, Type::Number, theme.text.muted, words.clone());
            if icon_button_sized(ui, Icon::Close, "Stop the pull", 20.0).clicked() {
                commands.push(Command::StopPull);
            }
        },
    );
}

fn search_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let error = model
        .filtered
        .as_ref()
        .filter(|filtered| filtered.text == model.filter)
        .and_then(|filtered| filtered.servers.as_ref().err());
    let focused = ui.memory(|memory| memory.has_focus(search_id()));
    let rect = ui.available_rect_before_wrap();
    let rect = Rect::from_center_size(rect.center(), vec2(rect.width(), 32.0));
    let line = match (error.is_some(), focused) {
        (true, _) => theme.tone.error,
        (false, true) => theme.accent.focus,
        (false, false) => theme.surface.line,
    };
    ui.painter().rect(rect, CornerRadius::same(8), theme.surface.field, Stroke::new(1.0, line), StrokeKind::Inside);
    let icon_at = rect.left_center() + vec2(4.5 * GRID, 0.0);
    Icon::Search.paint(ui.painter(), Rect::from_center_size(icon_at, Vec2::splat(16.0)), theme.text.dim);

    let hints_width = if model.filter.is_empty() { 100.0 } else { 36.0 };
    let mut text = model.filter.clone();
    let field_rect = Rect::from_min_max(rect.min + vec2(8.0 * GRID, 0.0), rect.max - vec2(hints_width, 0.0));
    let line_height = ui.fonts_mut(|fonts| fonts.row_height(&Type::Body.font()));
    let field_rect = Rect::from_center_size(field_rect.center(), vec2(field_rect.width(), line_height));
    let mut field =
        ui.new_child(egui::UiBuilder::new().max_rect(field_rect).layout(Layout::left_to_right(Align::Center)));
    let hint = egui::RichText::new("Search or filter, e.g. age>30d group:web*").color(theme.text.dim);
    let output = TextEdit::singleline(&mut text)
        .id(search_id())
        .frame(Frame::NONE)
        .margin(Margin::ZERO)
        .desired_width(field_rect.width())
        .text_color(theme.text.strong)
        .hint_text(hint)
        .show(&mut field);
    let response = output.response.response;
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Search or filter"));
    if response.changed() {
        commands.push(Command::Filter(text.clone()));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
        commands.push(Command::SelectFirst);
    }
    if let Some(error) = error {
        let column = error.column.saturating_sub(1);
        let galley = &output.galley;
        let place = |column: usize| output.galley_pos.x + galley.pos_from_cursor(CCursor::new(column)).left();
        let (from, to) = (place(column), place(column + error.width));
        let y = output.galley_pos.y + galley.size().y + 1.0;
        ui.painter().with_clip_rect(rect).hline(from..=to.max(from + 6.0), y, Stroke::new(2.0, theme.tone.error));
        error_ui(ui, rect, &format!("Column {}: {}", error.column, error.message));
    }

    let rest =
        Rect::from_min_max(egui::pos2(field_rect.right(), rect.top()), rect.right_bottom() - vec2(1.5 * GRID, 0.0));
    let mut hints = ui.new_child(egui::UiBuilder::new().max_rect(rest).layout(Layout::right_to_left(Align::Center)));
    hints.spacing_mut().item_spacing.x = GRID;
    if model.filter.is_empty() {
        for command in [Command::OpenPalette, Command::FocusSearch] {
            if let Some(shortcut) = command.shortcut() {
                let keys = keys(&hints, &shortcut);
                keycap(&mut hints, &keys);
            }
        }
    } else if icon_button_sized(&mut hints, Icon::Close, "Clear the filter", 24.0).clicked() {
        commands.push(Command::Filter(String::new()));
    }
    ui.advance_cursor_after_rect(rect);
}

/// What is wrong with a query, below the search field.
fn error_ui(ui: &Ui, below: Rect, text: &str) {
    let theme = Theme::of(ui);
    egui::Area::new(Id::unique("query error"))
        .order(egui::Order::Foreground)
        .fixed_pos(below.left_bottom() + vec2(0.0, GRID))
        .interactable(false)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
                ui.set_max_width(below.width() - 22.0);
                label(ui, Type::Small, theme.tone.error, text);
            });
        });
}
