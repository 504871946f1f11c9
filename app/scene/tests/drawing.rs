//! What the drawing looks like.

#[expect(dead_code, reason = "drawings are small")]
mod fleets;

use emberline_scene::{Palette, Scene, SceneOptions};
use fleet::{Conventions, Fleet, Lineage};
use fleets::{Recipe, Sketch, company};
use insight::{Findings, Policy};

fn svg(fleet: &Fleet) -> String {
    let lineage = Lineage::of(fleet, &Conventions::default());
    let findings = Findings::of(fleet, &lineage, &Policy::default());
    Scene::of(fleet, &lineage, &findings, SceneOptions::default()).svg(&Palette::default(), "Inter, sans-serif")
}

/// A group of four servers on two versions, and a server of nowhere.
fn small() -> Sketch {
    let mut sketch = Sketch::new();
    sketch.image("golden", 60.0, Recipe::Builder("golden"), None);
    sketch.image("web-1", 40.0, Recipe::Builder("web"), Some("golden"));
    sketch.image("web-2", 10.0, Recipe::Builder("web"), Some("golden"));
    sketch.template("web", "web-1");
    sketch.template("web", "web-2");
    sketch.group("web", "web", 2);
    sketch.server("1", "web-1", Some(("web", 1)), Some("web"), 33.0);
    for (id, days) in [("2", 28.0), ("3", 9.0), ("4", 1.0)] {
        sketch.server(id, "web-2", Some(("web", 2)), Some("web"), days);
    }
    sketch.server("5", "vanished", None, None, 75.0);
    sketch
}

#[test]
fn a_small_fleet_is_drawn_as_before() {
    insta::assert_snapshot!(svg(&small().fleet()));
}

#[test]
fn every_server_is_drawn() {
    let fleet = company();
    let text = svg(&fleet);
    let tiles: usize =
        text.lines().filter(|line| line.starts_with("<path fill=")).map(|line| line.matches('M').count()).sum();
    // Three more stand in the legend.
    assert_eq!(tiles, fleet.servers.len() + 3);
}

#[test]
fn hostile_names_stay_text() {
    let mut sketch = small();
    let hostile = "</text><script>alert(1)</script>\"'&";
    sketch.template(hostile, "web-1");
    sketch.group(hostile, hostile, 1);
    let text = svg(&sketch.fleet());
    assert!(!text.contains("<script") && text.contains("&lt;/text&gt;"), "{text}");
}
