//! What the drawing looks like.

#[expect(dead_code, reason = "drawings are small")]
mod fleets;

use emberline_scene::{Colouring, Palette, Scene, SceneOptions, Standing};
use fleet::{Conventions, Fleet, FleetBuilder, Lineage, Setting, Settings};
use fleets::{Recipe, Sketch, company};
use insight::{BakeReader, Findings, Policy};

fn svg(fleet: &Fleet) -> String {
    coloured(fleet, Colouring::Age)
}

fn coloured(fleet: &Fleet, colouring: Colouring) -> String {
    let lineage = Lineage::of(fleet, &Conventions::default());
    let findings = Findings::of(fleet, &lineage, &Policy::default());
    let scene = Scene::of(fleet, &lineage, &findings, SceneOptions::default());
    scene.svg(&Palette::default(), colouring, "Inter, sans-serif")
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
    let is_tile = |line: &&str| line.starts_with("<path fill=") && !line.contains("#0d1015");
    let tiles: usize = text.lines().filter(is_tile).map(|line| line.matches('M').count()).sum();
    // Four more stand in the legend.
    assert_eq!(tiles, fleet.servers.len() + 4);
}

/// The small fleet, of which the first version of `web` is fried and the second one baked.
fn baked_and_fried() -> Fleet {
    let mut rows = FleetBuilder::resume(small().fleet());
    for (at, text) in [(0, "#!/bin/sh\nyum -y update\n"), (1, "#!/bin/sh\nsystemctl start web\n")] {
        let user_data = Setting::Is(rows.fleet.user_data.intern_bytes(text.as_bytes()));
        let settings = rows.fleet.settings.intern(Settings { user_data, ..Settings::default() });
        rows.fleet.template_versions[at].settings = Some(settings);
    }
    BakeReader::default().fill(&mut rows.fleet);
    rows.build()
}

#[test]
fn each_verdict_is_drawn_in_its_colour_and_in_its_form() {
    let text = coloured(&baked_and_fried(), Colouring::Bake);
    let palette = Palette::default();
    let paths = |standing: Standing| -> Vec<&str> {
        let colour = palette.standing(standing);
        let start = format!("<path fill=\"#{:02x}{:02x}{:02x}\"", colour.r(), colour.g(), colour.b());
        text.lines().filter(|line| line.starts_with(&start)).collect()
    };
    let tiles = |standing| paths(standing).iter().map(|path| path.matches('M').count()).sum::<usize>();
    // One of each stands in the legend; what is hollow and what lies in halves is drawn in two strokes.
    assert_eq!((tiles(Standing::Bad), tiles(Standing::Good)), (1 + 1, 3 + 1));
    assert_eq!((tiles(Standing::Unknown), tiles(Standing::Middling)), (2 * (1 + 1), 2));
    assert!(paths(Standing::Bad).iter().all(|path| path.contains("l3 3")), "a corner is cut: {text}");
    for word in ["fried", "mixed", "baked", "unknown"] {
        assert!(text.contains(&format!(">{word}</text>")), "{word}");
    }
    assert!(!text.contains("twice its lifetime"));
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
