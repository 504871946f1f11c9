//! The views of times: the calendar, and how fast groups would be made again.

use egui::accesskit::Role;
use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use emberline_ui::{App, Mode};
use fleet::Node;

use super::{opened, opened_with, small_fleet, type_text, until};

fn past(key: Key) -> Harness<'static, App> {
    let mut harness = opened_with(&small_fleet::with_past(), None);
    harness.key_press(key);
    harness.run();
    harness
}

#[test]
fn readiness_lists_groups_the_worst_first_with_what_their_times_stand_on() {
    let mut harness = past(Key::Num5);
    assert_eq!(harness.state().model().mode, Mode::Readiness);
    for size in [vec2(1440.0, 900.0), vec2(1024.0, 700.0)] {
        harness.set_size(size);
        harness.run();
        // Boot 6 min 30 s and a warm-up of a minute by setting, on a vendor's image, against five minutes.
        let api =
            harness.get_by_role_and_label(Role::Row, "api-prod: 7 min 30 s to make it again, objective 5 min missed");
        // Nobody knows what its image was baked from, and so not how long that takes.
        let web = harness.get_by_role_and_label(
            Role::Row,
            "web-prod: how long it takes is unknown, objective 1 h, unknown whether met",
        );
        assert!(api.rect().top() < web.rect().top(), "what is missed comes first");
    }
    harness.get_by_role_and_label(Role::Row, "api-prod: 7 min 30 s to make it again, objective 5 min missed").click();
    harness.run();
    let selected = harness.state().model().selection.only();
    assert!(matches!(selected, Some(Node::Group(_))), "{selected:?}");
    harness.get_by_label_contains("Its recovery objective of 5 min, by its tag, is missed");
    harness.get_by_label("measured on 5 launches");
    harness.get_by_label("estimated: its default instance warm-up");
    harness.get_by_label("none: its image is a vendor's");
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.get_by_label_contains("Its recovery objective of 1 h, by its tag, may be met or not");
}

#[test]
fn readiness_says_why_it_has_nothing_to_show() {
    let mut harness = opened(None);
    harness.key_press(Key::Num5);
    harness.run();
    harness.get_by_label_contains("has not been read: what stands here comes from settings alone");
    harness.get_by_role_and_label(Role::Row, "web-prod: how long it takes is unknown, no objective");
    harness.key_press(Key::Slash);
    harness.run();
    type_text(&mut harness, "group:none");
    until(&mut harness, |app| app.model().filtered_servers().is_some_and(|servers| servers.len() == 1));
    harness.run();
    harness.get_by_label("No group matches");
    harness.get_by_label("Show every group").click();
    harness.run();
    assert_eq!(harness.state().model().filter, "");
}

#[test]
fn the_calendar_counts_days_marks_the_herd_and_selects_what_falls_due() {
    let mut harness = past(Key::Num4);
    assert_eq!(harness.state().model().mode, Mode::Calendar);
    for size in [vec2(1440.0, 900.0), vec2(1024.0, 700.0)] {
        harness.set_size(size);
        harness.run();
        harness.get_by_label_contains("1 overdue, piled up today; 8 servers in the next seven days; 8 in herds");
        harness.get_by_label_contains("8 servers fall due, 8 of them in herds");
        harness.get_by_role_and_label(Role::Row, "api-prod: herd of 8 of 10 on 22 Nov, 8 at once, 1 allowed");
    }
    harness.get_by_label_contains("8 servers fall due, 8 of them in herds").click();
    harness.run();
    assert_eq!(harness.state().model().selection.nodes().len(), 8);
    harness.get_by_label("At most 10 % at once").click();
    harness.run();
    harness.get_by_label_contains("1 group would have to wait for a turn");
    harness.get_by_label("Spread evenly").click();
    harness.run();
    // Five days with today for eight: two a day.
    harness.get_by_label_contains("With shorter lifetimes for 6 servers of the groups below");
    harness.get_by_label("Copy the lifetimes for api-prod").click();
    harness.run();
    harness.get_by_label_contains("Copied the commands that set the lifetimes");
}

#[test]
fn a_calendar_without_a_date_says_why() {
    let mut harness = past(Key::Num4);
    harness.key_press(Key::Slash);
    harness.run();
    type_text(&mut harness, "group:nowhere");
    until(&mut harness, |app| app.model().filtered_servers().is_some_and(<[_]>::is_empty));
    harness.run();
    harness.get_by_label("Nothing falls due");
    harness.get_by_label("No server matches the filter.");
    harness.get_by_label("Show every server").click();
    harness.run();
    until(&mut harness, |app| app.model().calendar().is_some_and(|calendar| calendar.dated() > 0));
}
