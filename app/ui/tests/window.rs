//! The window, driven by label and role as a user or a screen reader would.
#![expect(clippy::unwrap_used, reason = "a test")]

mod small_fleet;
mod times;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, ThemePreference, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use emberline_ui::{App, Drawing, Mode, Overlay, Through, WindowOptions};
use scene::Colouring;
use session::{Setup, Source};

fn window(source: Option<Source>, select: Option<&str>) -> Harness<'static, App> {
    let setup = Setup {
        policy: Arc::new(insight::Policy::default()),
        sandbox: Arc::new(|_| Err("this test has no sandbox".to_owned())),
        kept: None,
    };
    let select = select.map(str::to_owned);
    let options = WindowOptions { setup, source, select };
    Harness::builder().with_size(vec2(1440.0, 900.0)).build_eframe(|creation| App::new(creation, options).unwrap())
}

/// The window with the small fleet in it. The file may go once it is read.
fn opened(select: Option<&str>) -> Harness<'static, App> {
    opened_with(&small_fleet::fleet(), select)
}

fn opened_with(fleet: &fleet::Fleet, select: Option<&str>) -> Harness<'static, App> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.fleet");
    fleet.save_to(&path).unwrap();
    let mut harness = window(Some(Source::File(path)), select);
    until(&mut harness, |app| app.model().view.is_some() && app.model().filtered.is_some());
    harness.run();
    harness
}

/// Draws frames until what the session's threads do has come about.
fn until(harness: &mut Harness<'_, App>, is_so: impl Fn(&App) -> bool) {
    let began = Instant::now();
    while !is_so(harness.state()) {
        assert!(began.elapsed() < Duration::from_secs(20), "it did not come about within 20 s");
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
    harness.step();
}

fn type_text(harness: &mut Harness<'_, App>, text: &str) {
    harness.event(egui::Event::Text(text.to_owned()));
    harness.run();
}

#[test]
fn a_window_without_a_source_offers_some_and_rests() {
    let mut harness = window(None, None);
    harness.run();
    for name in ["Open the sandbox", "Open a file…"] {
        harness.get_by_label(name);
    }
    assert!(harness.state().model().view.is_none());
}

#[test]
fn a_window_that_the_processor_draws_moves_nothing_for_show_and_says_so_in_its_about_box() {
    let mut harness = opened(None);
    assert_eq!(harness.state().model().detail(), scene::Detail::Full);
    let adapter = Some("llvmpipe (LLVM 15.0.6, 256 bits)".to_owned());
    let drawing = Drawing { through: Through::OpenGl, adapter, is_software: true };
    let ctx = harness.ctx.clone();
    harness.state_mut().drawn_by(&ctx, drawing);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    type_text(&mut harness, "about");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().model().overlay, Some(Overlay::About));
    harness.get_by_label("OpenGL, on llvmpipe (LLVM 15.0.6, 256 bits)");
    harness.get_by_label_contains("without animations");
    assert_eq!(harness.ctx.global_style().animation_time, 0.0);
    assert_eq!(harness.state().model().detail(), scene::Detail::Spare);
}

#[test]
fn a_file_that_is_no_fleet_is_said_to_be_none() {
    let mut harness = window(Some(Source::File(Path::new("no/such.fleet").into())), None);
    until(&mut harness, |app| app.model().failure.is_some());
    harness.get_by_label_contains("no/such.fleet");
    harness.get_by_label("Dismiss").click();
    harness.run();
    assert_eq!(harness.state().model().failure, None);
}

#[test]
fn an_opened_fleet_is_counted_and_the_window_rests() {
    let harness = opened(None);
    for words in ["4 servers", "1 overdue", "3 fried", "1 gap"] {
        harness.get_by_label(words);
    }
    harness.get_by_label("Lineage of 4 servers");
}

#[test]
fn what_the_command_line_names_is_selected_and_tells_its_story() {
    let harness = opened(Some("10.1.0.1"));
    assert!(harness.query_all_by_label("web-prod-1").count() > 0);
    harness.get_by_label_contains("Born 40 days ago");
    harness.get_by_label("age: 40 d");
}

#[test]
fn of_a_saved_pull_the_lines_that_were_found_are_shown_and_why_the_text_is_not() {
    for (select, heading) in
        [("web-prod-1", "Fried at boot · 2 findings"), ("web-prod", "Next servers fried at boot · 2 findings")]
    {
        let harness = opened(Some(select));
        harness.get_by_label(heading);
        harness.get_by_label("2: export DB_PASSWORD=******** (secret-in-user-data)");
        harness.get_by_label("3: yum -y update (package-upgrade)");
        harness.get_by_label("package-upgrade · high · line 3");
        harness.get_by_label_contains("Upgrade in the image recipe");
        harness.get_by_label_contains("a saved pull keeps the lines that were found, masked, and no user data.");
        assert!(harness.query_by_label_contains("systemctl start web").is_none(), "{select}");
        assert!(harness.query_by_label_contains("hunter2").is_none(), "{select}");
    }
    let bastion = opened(Some("bastion"));
    bastion.get_by_label("Baked or fried: unknown");
    bastion.get_by_label_contains("has not been read so far");
}

#[test]
fn the_colours_of_the_canvas_are_switched_there_and_from_the_palette() {
    let mut harness = opened(None);
    assert_eq!(harness.state().model().colouring, Colouring::Age);
    let radio = egui::accesskit::Role::RadioButton;
    harness.get_by_role_and_label(radio, "Colour by bake or fry").click();
    harness.run();
    assert_eq!(harness.state().model().colouring, Colouring::Bake);
    harness.key_press(Key::Num2);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    type_text(&mut harness, "colour by snow");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().model().colouring, Colouring::Snowflake);
    assert_eq!(harness.state().model().mode, Mode::Lineage, "there it is seen");
    harness.set_size(vec2(1024.0, 700.0));
    harness.run();
    for colouring in ["Colour by age", "Colour by bake or fry", "Colour by snowflake"] {
        harness.get_by_role_and_label(radio, colouring);
    }
    harness.get_by_label("Zoom in");
}

#[test]
fn a_row_of_the_table_selects_the_same_server_as_its_tile() {
    let mut harness = opened(None);
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(harness.state().model().mode, Mode::Servers);
    harness.get_by_role_and_label(egui::accesskit::Role::Row, "web-prod-2").click();
    harness.run();
    harness.get_by_label_contains("Born 3 days ago");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().model().selection.is_empty());
}

#[test]
fn a_wrong_query_is_shown_where_it_goes_wrong_and_a_right_one_filters() {
    let mut harness = opened(None);
    harness.key_press(Key::Slash);
    harness.run();
    type_text(&mut harness, "grop:web");
    until(&mut harness, |app| app.model().filtered.as_ref().is_some_and(|filtered| filtered.servers.is_err()));
    harness.run();
    harness.get_by_label_contains("Column 1: ");
    harness.get_by_label("Clear the filter").click();
    harness.run();
    harness.get_by_label("1 overdue").click();
    harness.run();
    until(&mut harness, |app| app.model().filtered_servers().is_some_and(|servers| servers.len() == 1));
    harness.run();
    harness.get_by_label("1 of 4 match");
}

#[test]
fn the_palette_finds_a_group_by_a_few_letters_and_selects_it() {
    let mut harness = opened(None);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    assert_eq!(harness.state().model().overlay, Some(Overlay::Palette));
    type_text(&mut harness, "webprod");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().model().overlay, None);
    harness.get_by_label_contains("wants");
    assert!(matches!(harness.state().model().selection.only(), Some(fleet::Node::Group(_))));
}

#[test]
fn back_and_forward_go_through_what_was_selected() {
    let mut harness = opened(Some("web-prod-1"));
    let first = harness.state().model().selection.only();
    harness.key_press(Key::Num2);
    harness.run();
    harness.get_by_role_and_label(egui::accesskit::Role::Row, "web-prod-2").click();
    harness.run();
    let second = harness.state().model().selection.only();
    assert_ne!(first, second);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    harness.run();
    assert_eq!(harness.state().model().selection.only(), first);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    harness.run();
    assert_eq!(harness.state().model().selection.only(), second);
}

#[test]
fn arrows_walk_the_canvas_from_what_is_selected() {
    let mut harness = opened(Some("web-prod"));
    harness.get_by_role(egui::accesskit::Role::Canvas).focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    let walked = harness.state().model().selection.only();
    assert!(matches!(walked, Some(fleet::Node::TemplateVersion(_))), "{walked:?}");
}

#[test]
fn the_list_of_gaps_names_the_missing_permission() {
    let mut harness = opened(None);
    harness.get_by_label("1 gap").click();
    harness.run();
    harness.get_by_label("imagebuilder:ListImagePipelines");
    harness.get_by_label("Copy the IAM action").click();
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().model().overlay, None);
}

#[test]
fn the_theme_switches_and_the_window_rests_in_both() {
    let mut harness = opened(Some("web-prod-1"));
    harness.get_by_label("Switch to the light theme").click();
    harness.run();
    assert_eq!(harness.state().model().theme, ThemePreference::Light);
    harness.key_press(Key::T);
    harness.run();
    assert_eq!(harness.state().model().theme, ThemePreference::Dark);
}

#[test]
fn a_small_window_draws_too() {
    let mut harness = opened(Some("web-prod-1"));
    harness.set_size(vec2(1024.0, 700.0));
    harness.run();
    harness.get_by_label("Lineage");
    harness.get_by_label_contains("Born 40 days ago");
}

#[test]
fn colours_are_named_in_the_theme_alone() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.ends_with("theme") {
                continue;
            }
            if path.is_dir() {
                look(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for sign in ["Color32::from", "Color32::WHITE", "Color32::BLACK", "Color32::RED", "Rgba::", "hex_color!"] {
                if text.contains(sign) {
                    found.push(format!("{}: {sign}", path.display()));
                }
            }
        }
    }
    let mut found = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_palette_lists_the_actions_on_what_is_selected_and_says_why_not() {
    let mut harness = opened(Some("web-prod-1"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    type_text(&mut harness, "replace");
    let option = egui::accesskit::Role::ListBoxOption;
    let entry = harness.get_by_role_and_label(option, "Replace…");
    assert!(egui_kittest::kittest::NodeT::accesskit_node(&entry).is_disabled(), "a saved pull is only looked at");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().model().overlay, Some(Overlay::Palette), "what can't be done does nothing");
    for of_its_group in ["Roll…", "Set its lifetime…", "Burn one of its servers…"] {
        harness.key_press(Key::Escape);
        harness.run();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
        harness.run();
        type_text(&mut harness, of_its_group.trim_end_matches('…'));
        harness.get_by_role_and_label(option, of_its_group);
    }
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    type_text(&mut harness, "replace");
    assert!(harness.query_by_role_and_label(option, "Replace…").is_none(), "nothing is selected");
}

#[test]
fn a_shift_click_in_the_table_selects_a_range_for_one_plan() {
    let mut harness = opened(None);
    harness.key_press(Key::Num2);
    harness.run();
    let row = egui::accesskit::Role::Row;
    // By age, the oldest first: web-prod-1, bastion, web-prod-3, web-prod-2.
    harness.get_by_role_and_label(row, "web-prod-1").click();
    harness.run();
    harness.get_by_role_and_label(row, "web-prod-3").click_modifiers(Modifiers::SHIFT);
    harness.run();
    assert_eq!(harness.state().model().selection.nodes().len(), 3);
    harness.get_by_label("Replace these 3 servers…");
    harness.get_by_label("One plan replaces at most 10 servers, one after the other.");
    harness.get_by_role_and_label(row, "bastion").click_modifiers(Modifiers::COMMAND);
    harness.run();
    harness.get_by_label("Replace these 2 servers…");
}
