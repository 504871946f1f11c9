//! The theme as egui's style, for the widgets that egui draws itself: text fields, scroll bars, menus, the table.

use egui::style::{NumericColorSpace, ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{CornerRadius, Margin, Shadow, Stroke, Style, TextStyle, Vec2, Visuals};

use super::{GRID, RADIUS, Theme, Type};

pub(super) fn style(theme: &Theme, base: egui::Theme) -> Style {
    let mut style = base.default_style();
    style.text_styles = [
        (TextStyle::Heading, Type::Title),
        (TextStyle::Body, Type::Body),
        (TextStyle::Button, Type::Body),
        (TextStyle::Small, Type::Caption),
        (TextStyle::Monospace, Type::Mono),
    ]
    .map(|(style, role)| (style, role.font()))
    .into();
    style.visuals = visuals(theme, base.default_visuals());

    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(2.0 * GRID, GRID);
    spacing.button_padding = Vec2::new(2.5 * GRID, GRID);
    spacing.interact_size = Vec2::new(7.0 * GRID, 7.0 * GRID);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.tooltip_width = 360.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        foreground_color: true,
        dormant_handle_opacity: 0.25,
        active_handle_opacity: 0.4,
        interact_handle_opacity: 0.7,
        ..ScrollStyle::floating()
    };

    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style.animation_time = 0.12;
    style.url_in_tooltip = true;
    style
}

fn visuals(theme: &Theme, base: Visuals) -> Visuals {
    let (surface, text, accent) = (theme.surface, theme.text, theme.accent);
    let widget = |fill, line, ink| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, ink),
        expansion: 0.0,
    };
    let mut visuals = base;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(text.muted);
    visuals.widgets = Widgets {
        noninteractive: widget(surface.panel, surface.line, text.body),
        inactive: widget(surface.raised, surface.line, text.body),
        hovered: widget(surface.hover, surface.line_strong, text.strong),
        active: widget(surface.pressed, accent.focus, text.strong),
        open: widget(surface.pressed, surface.line_strong, text.strong),
    };
    visuals.selection = Selection { bg_fill: accent.soft, stroke: Stroke::new(1.0, accent.soft_text) };
    visuals.hyperlink_color = text.link;
    visuals.faint_bg_color = surface.raised;
    visuals.extreme_bg_color = surface.field;
    visuals.text_edit_bg_color = Some(surface.field);
    visuals.code_bg_color = surface.field;
    visuals.warn_fg_color = theme.tone.warning;
    visuals.error_fg_color = theme.tone.error;
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.window_fill = surface.panel;
    visuals.window_stroke = Stroke::new(1.0, surface.line);
    visuals.panel_fill = surface.panel;
    visuals.window_shadow = Shadow { offset: [0, 12], blur: 32, spread: 0, color: surface.shadow };
    visuals.popup_shadow = Shadow { offset: [0, 6], blur: 16, spread: 0, color: surface.shadow };
    visuals.text_cursor.stroke = Stroke::new(1.5, accent.ember);
    // A blinking cursor would keep a window that waits for a word from ever being at rest.
    visuals.text_cursor.blink = false;
    visuals.striped = false;
    visuals.numeric_color_space = NumericColorSpace::GammaByte;
    visuals
}
