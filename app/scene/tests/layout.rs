//! What holds of every layout.
#![expect(clippy::unwrap_used, reason = "a test")]

mod fleets;

use emberline_scene::{Camera, CardOf, ColumnKind, Place, Scene, SceneOptions};
use epaint::{Rect, pos2, vec2};
use fleet::{Conventions, Fleet, Lineage, ServerIx};
use fleets::{Sketch, company, generated};
use insight::{Findings, Policy};
use proptest::prelude::*;

fn scene_of(fleet: &Fleet, options: SceneOptions) -> Scene {
    let lineage = Lineage::of(fleet, &Conventions::default());
    let findings = Findings::of(fleet, &lineage, &Policy::default());
    Scene::of(fleet, &lineage, &findings, options)
}

fn plain(fleet: &Fleet) -> Scene {
    scene_of(fleet, SceneOptions::default())
}

fn titles(scene: &Scene, kind: ColumnKind) -> Vec<&str> {
    let column = scene.columns().iter().find(|column| column.kind == kind).unwrap();
    column.cards.iter().map(|&card| scene.card(card).unwrap().title.as_str()).collect()
}

#[test]
fn no_card_overlaps_another_and_all_stand_on_the_grid() {
    for fleet in [company(), generated(300, 1), generated(5000, 2), generated(40_000, 3)] {
        let scene = plain(&fleet);
        let mut rects: Vec<Rect> = scene.cards().iter().map(|card| card.rect).collect();
        rects.sort_by(|a, b| a.left().total_cmp(&b.left()).then(a.top().total_cmp(&b.top())));
        for pair in rects.windows(2) {
            assert!(!pair[0].shrink(0.01).intersects(pair[1].shrink(0.01)), "{pair:?}");
        }
        for rect in &rects {
            assert_eq!((rect.top() % 4.0, rect.height() % 4.0), (0.0, 0.0), "{rect:?}");
        }
        for (a, b) in scene.columns().iter().zip(&scene.columns()[1..]) {
            assert!(b.x.0 - a.x.1 >= 26.0, "{:?} and {:?}", a.kind, b.kind);
        }
    }
}

#[test]
fn equal_fleets_give_equal_scenes() {
    for (one, two) in [(company(), company()), (generated(3000, 9), generated(3000, 9))] {
        assert!(plain(&one) == plain(&two));
    }
}

#[test]
fn the_columns_hold_what_the_fleet_uses() {
    let fleet = company();
    let scene = plain(&fleet);
    let mut groups = titles(&scene, ColumnKind::Group);
    groups.sort_unstable();
    assert_eq!(groups[..5], ["Karpenter general", "api-prod", "batch", "legacy", "no group"]);
    assert!(titles(&scene, ColumnKind::Template).contains(&"no template"));
    // The vendor's image runs on a server itself, and two golden images build on it.
    assert!(titles(&scene, ColumnKind::Image).contains(&"al2023"));
    let counts: Vec<u32> = scene.columns().iter().map(|column| column.count).collect();
    assert_eq!(*counts.last().unwrap(), fleet.servers.len() as u32);
    assert_eq!(scene.columns()[0].hint.as_deref(), Some("+1 older base"));
    let unfolded = scene_of(&fleet, SceneOptions { unfolded: true, ..SceneOptions::default() });
    assert_eq!(titles(&unfolded, ColumnKind::OlderBase(1)), ["al2023"]);
    assert_eq!(unfolded.columns()[1].hint, None);
    let subtitles = |scene: &Scene| -> Vec<String> {
        let cards = scene.cards().iter().filter(|card| card.title.starts_with("al2023-golden"));
        cards.map(|card| card.subtitle.clone()).collect()
    };
    assert_eq!(subtitles(&scene), ["139 d behind · +1 older", "newest · +1 older"]);
    assert_eq!(subtitles(&unfolded), ["139 d behind", "newest"]);
}

#[test]
fn a_group_card_tells_its_servers_and_what_is_wrong() {
    let scene = plain(&company());
    let card = scene.cards().iter().find(|card| card.title == "web-prod").unwrap();
    assert_eq!((card.badge.as_str(), card.servers, card.overdue), ("24 · 9 overdue · 9 behind", 24, 9));
    assert!(card.flags.stuck && card.flags.behind);
    let gone = scene.cards().iter().find(|card| card.of == CardOf::NoGroup).unwrap();
    assert_eq!((gone.badge.as_str(), gone.flags.unknown), ("3 · 3 overdue", true));
}

#[test]
fn spot_requests_share_a_card() {
    let mut sketch = Sketch::new();
    sketch.image("web", 3.0, fleets::Recipe::Packer("web"), None);
    for id in ["1", "2", "3"] {
        sketch.server(id, "web", None, None, 2.0);
        sketch.spot(id);
    }
    let fleet = sketch.fleet();
    let scene = plain(&fleet);
    assert_eq!(titles(&scene, ColumnKind::Group), ["spot requests"]);
    assert_eq!(scene.cards().iter().find(|card| card.title == "spot requests").unwrap().servers, 3);
}

#[test]
fn what_nothing_uses_is_shown_on_request_alone() {
    let mut sketch = Sketch::new();
    sketch.image("used", 3.0, fleets::Recipe::Packer("web"), None);
    sketch.image("unused", 3.0, fleets::Recipe::Packer("old"), None);
    sketch.template("web", "used");
    sketch.template("idle", "used");
    sketch.group("web", "web", 1);
    let fleet = sketch.fleet();
    let scene = plain(&fleet);
    assert_eq!(titles(&scene, ColumnKind::Image), ["used"]);
    assert_eq!(titles(&scene, ColumnKind::Group), ["web"]);
    let all = scene_of(&fleet, SceneOptions { show_unused: true, ..SceneOptions::default() });
    assert_eq!(titles(&all, ColumnKind::Template).len(), 2);
    assert_eq!(titles(&all, ColumnKind::Recipe), ["web", "old"]);
}

#[test]
fn one_more_server_of_a_known_kind_moves_no_card() {
    let before = plain(&company());
    let mut builder = fleet::FleetBuilder { fleet: company() };
    let mut another = *builder.fleet.servers.iter().find(|server| server.group.is_some()).unwrap();
    another.id = builder.sym("i-another");
    builder.fleet.servers.push(another);
    let after = plain(&builder.build());
    let rects = |scene: &Scene| -> Vec<(String, Rect)> {
        let mut rects: Vec<_> = scene.cards().iter().map(|card| (card.title.clone(), card.rect)).collect();
        rects.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.left().total_cmp(&b.1.left())));
        rects
    };
    assert_eq!(rects(&before), rects(&after));
}

#[test]
fn edges_carry_every_server_from_column_to_column() {
    let fleet = generated(2000, 4);
    let scene = plain(&fleet);
    let groups = scene.columns().len() - 1;
    let into_groups: u32 = (scene.edges().iter())
        .filter(|edge| scene.card(edge.to).unwrap().column == groups)
        .map(|edge| edge.servers)
        .sum();
    assert_eq!(into_groups, 2000);
    for edge in scene.edges() {
        let (from, to) = (scene.card(edge.from).unwrap(), scene.card(edge.to).unwrap());
        assert_eq!(from.column + 1, to.column);
        assert_eq!((edge.start.x, edge.end.x), (from.rect.right(), to.rect.left()));
        for (card, port) in [(from, edge.start), (to, edge.end)] {
            assert!((port.y - card.port_y()).abs() <= 20.0, "{port:?} of {:?}", card.rect);
        }
        assert!((1.0..=12.0).contains(&edge.width));
    }
}

#[test]
fn ports_keep_the_order_of_their_other_ends() {
    let scene = plain(&generated(2000, 5));
    for (a, first) in scene.edges().iter().enumerate() {
        for second in &scene.edges()[..a] {
            let upper = |one: f32, other: f32| one < other;
            if first.from == second.from && first.to != second.to {
                let (one, two) = (scene.card(first.to).unwrap().rect, scene.card(second.to).unwrap().rect);
                if one.top() != two.top() {
                    assert_eq!(upper(first.start.y, second.start.y), upper(one.top(), two.top()));
                }
            }
        }
    }
}

#[test]
fn a_hit_finds_every_tile_and_every_card() {
    for fleet in [company(), generated(3000, 6), generated(20_000, 7)] {
        let scene = plain(&fleet);
        for server in (0..fleet.servers.len() as u32).map(ServerIx) {
            let rect = scene.rect_of(Place::Server(server)).unwrap();
            for corner in [rect.center(), rect.min + rect.size() * 0.05, rect.max - rect.size() * 0.05] {
                assert_eq!(scene.hit(corner), Some(Place::Server(server)));
            }
        }
        for column in scene.columns() {
            for &card in &column.cards {
                let rect = scene.card(card).unwrap().rect;
                assert_eq!(scene.hit(rect.min + vec2(2.0, 2.0)), Some(Place::Card(card)));
                assert_ne!(scene.hit(rect.min - vec2(2.0, 2.0)), Some(Place::Card(card)));
            }
        }
        assert_eq!(scene.hit(pos2(-5.0, 10.0)), None);
        assert_eq!(scene.hit(pos2(f32::NAN, 10.0)), None);
    }
}

#[test]
fn a_large_fleet_keeps_the_shape_of_a_screen() {
    for (servers, seed) in [(20_000, 1), (100_000, 2)] {
        let scene = plain(&generated(servers, seed));
        let aspect = scene.bounds().width() / scene.bounds().height();
        assert!((0.6..3.0).contains(&aspect), "{servers} servers: {:?}", scene.bounds());
        let camera = Camera::fit(scene.bounds(), Rect::from_min_size(pos2(0.0, 0.0), vec2(1032.0, 782.0)), 16.0);
        assert!(camera.zoom > 0.03, "{servers} servers fit at {}", camera.zoom);
    }
}

#[test]
fn nothing_gives_an_empty_scene() {
    let scene = plain(&Fleet::default());
    assert_eq!((scene.cards().len(), scene.edges().len(), scene.columns().len()), (0, 0, 5));
    assert_eq!(scene.hit(pos2(0.0, 0.0)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_fleet_is_laid_out_without_overlap_and_found_again(servers in 0_usize..700, seed in any::<u64>()) {
        let scene = plain(&generated(servers, seed));
        prop_assert_eq!(scene.tiles().len(), servers);
        for server in (0..servers as u32).map(ServerIx) {
            let rect = scene.rect_of(Place::Server(server)).unwrap();
            prop_assert_eq!(scene.hit(rect.center()), Some(Place::Server(server)));
        }
        for column in scene.columns() {
            for pair in column.cards.windows(2) {
                let (one, other) = (scene.card(pair[0]).unwrap().rect, scene.card(pair[1]).unwrap().rect);
                prop_assert!(!one.intersects(other), "{one:?} and {other:?}");
            }
        }
    }
}

#[test]
fn servers_of_a_group_that_could_not_be_read_are_not_said_to_have_none() {
    let mut fleet = company();
    fleet.groups.clear();
    let scene = plain(&fleet);
    let web = scene.cards().iter().find(|card| card.of == CardOf::UnreadGroup("web-prod".to_owned())).unwrap();
    assert_eq!((web.title.as_str(), web.badge.as_str()), ("web-prod", "24 · 9 overdue · could not be read"));
    let no_group = scene.cards().iter().find(|card| card.of == CardOf::NoGroup).unwrap();
    assert_eq!(no_group.badge, "3 · 3 overdue");
}
