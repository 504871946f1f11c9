//! What holds of every frame.
#![expect(clippy::unwrap_used, reason = "a test")]

#[expect(dead_code, reason = "frames are of whole fleets")]
mod fleets;

use emberline_scene::{
    Align, Camera, Colouring, Detail, Direction, Emphasis, Frame, FrameInput, HEADING_H, Level, Lighting, MAX_QUADS,
    MAX_TEXTS, MIN_TEXT_PX, Motion, Palette, Phase, Place, Scene, SceneOptions,
};
use epaint::{Rect, pos2, vec2};
use fleet::{Conventions, Fleet, FleetBuilder, Lineage, Node, Server, ServerIx, ServerState};
use fleets::{company, generated};
use insight::{Findings, Policy};
use proptest::prelude::*;

const SCREENS: [Rect; 2] =
    [Rect { min: pos2(60.0, 92.0), max: pos2(1092.0, 874.0) }, Rect { min: pos2(0.0, 0.0), max: pos2(3840.0, 2160.0) }];

fn scene_of(fleet: &Fleet) -> Scene {
    let lineage = Lineage::of(fleet, &Conventions::default());
    let findings = Findings::of(fleet, &lineage, &Policy::default());
    Scene::of(fleet, &lineage, &findings, SceneOptions::default())
}

fn look<'a>(scene: &'a Scene, camera: Camera, viewport: Rect, lighting: &Lighting, palette: &Palette) -> Frame<'a> {
    coloured(scene, camera, viewport, lighting, palette, Colouring::Age)
}

fn coloured<'a>(
    scene: &'a Scene,
    camera: Camera,
    viewport: Rect,
    lighting: &Lighting,
    palette: &Palette,
    colouring: Colouring,
) -> Frame<'a> {
    scene.frame(&FrameInput {
        camera,
        viewport,
        pixels_per_point: 1.0,
        detail: Detail::Full,
        palette,
        colouring,
        lighting,
        hovered: None,
        focused: None,
        motion: None,
    })
}

fn check_budgets(frame: &Frame<'_>, what: &str) {
    let quads = frame.mesh.indices.len().div_ceil(6);
    assert!(quads <= MAX_QUADS, "{quads} quads, {what}");
    assert!(frame.texts.len() <= MAX_TEXTS, "{} texts, {what}", frame.texts.len());
    assert!(frame.mesh.is_valid());
    for text in &frame.texts {
        assert!(text.size >= MIN_TEXT_PX && text.max_width > 0.0, "{text:?}");
    }
}

#[test]
fn a_filter_that_leaves_everything_changes_no_picture_from_afar() {
    let palette = Palette::default();
    let fleet = generated(100_000, 7);
    let scene = scene_of(&fleet);
    let all: Vec<ServerIx> = (0..fleet.servers.len() as u32).map(ServerIx).collect();
    let (plain, counted) = (Lighting::default(), scene.light(&[], Some(&all)));
    assert!(plain.is_plain() && !counted.is_plain());
    let fit = Camera::fit(scene.bounds(), SCREENS[0], 16.0);
    for colouring in Colouring::ALL {
        let one = coloured(&scene, fit, SCREENS[0], &plain, &palette, colouring);
        let other = coloured(&scene, fit, SCREENS[0], &counted, &palette, colouring);
        assert!(one.mesh == other.mesh, "{colouring:?}");
    }
}

#[test]
fn a_spare_frame_has_at_most_a_quarter_of_the_quads() {
    let (palette, lighting) = (Palette::default(), Lighting::default());
    let scene = scene_of(&generated(100_000, 7));
    for screen in SCREENS {
        let fit = Camera::fit(scene.bounds(), screen, 16.0);
        for step in 0..12 {
            let mut camera = fit;
            camera.zoom_about(screen.center(), 1.6_f32.powi(step), screen);
            let quads = |detail| {
                let input = FrameInput {
                    camera,
                    viewport: screen,
                    pixels_per_point: 1.0,
                    detail,
                    palette: &palette,
                    colouring: Colouring::Age,
                    lighting: &lighting,
                    hovered: None,
                    focused: None,
                    motion: None,
                };
                scene.frame(&input).mesh.indices.len().div_ceil(6)
            };
            let (spare, full) = (quads(Detail::Spare), quads(Detail::Full));
            assert!(spare <= MAX_QUADS / 4 && spare <= full, "{spare} quads of {full} at step {step}");
            assert!(spare > 1_000 || spare * 5 >= full, "{spare} quads of {full} at step {step}");
        }
    }
}

#[test]
fn a_frame_keeps_its_budgets_at_every_zoom() {
    let palette = Palette::default();
    for fleet in [company(), generated(100_000, 7)] {
        let scene = scene_of(&fleet);
        let (some_card, server) = (scene.columns()[1].cards[0], ServerIx(0));
        let every_third: Vec<ServerIx> = (0..fleet.servers.len() as u32).step_by(3).map(ServerIx).collect();
        let lightings = [
            Lighting::default(),
            scene.light(&[Place::Card(some_card)], None),
            scene.light(&[Place::Server(server)], Some(&every_third)),
        ];
        for screen in SCREENS {
            let fit = Camera::fit(scene.bounds(), screen, 16.0);
            for step in 0..12 {
                let mut camera = fit;
                camera.zoom = (fit.zoom * 1.8_f32.powi(step)).min(Camera::MAX_ZOOM);
                for (lighting, colouring) in lightings.iter().cycle().zip(Colouring::ALL) {
                    let frame = coloured(&scene, camera, screen, lighting, &palette, colouring);
                    check_budgets(&frame, &format!("{} servers at {camera:?} on {screen:?}", fleet.servers.len()));
                }
            }
        }
    }
}

#[test]
fn another_colouring_changes_the_colours_of_tiles_and_no_place() {
    let palette = Palette::default();
    let scene = scene_of(&company());
    let camera = Camera::fit(scene.bounds(), SCREENS[0], 16.0);
    let lighting = Lighting::default();
    let frames = Colouring::ALL.map(|colouring| coloured(&scene, camera, SCREENS[0], &lighting, &palette, colouring));
    let has = |frame: &Frame<'_>, colour| frame.mesh.vertices.iter().any(|vertex| vertex.color == colour);
    let [by_age, by_bake, ..] = &frames;
    assert!(has(by_age, palette.at_ratio(0.0)) || has(by_age, palette.ramp[4]), "ages");
    // Nobody has read any user data here.
    assert!(has(by_bake, palette.unknown) && !has(by_bake, palette.ramp[4]));
    assert!(frames.iter().all(|frame| frame.texts == by_age.texts), "what is written stays");
}

#[test]
fn nearer_shows_more() {
    let palette = Palette::default();
    let scene = scene_of(&company());
    let mut levels = Vec::new();
    for zoom in [0.05, 0.3, 0.6, 1.0, 3.0] {
        let camera = Camera { centre: scene.bounds().center(), zoom };
        let frame = look(&scene, camera, SCREENS[1], &Lighting::default(), &palette);
        levels.push((frame.level, frame.texts.iter().filter(|text| text.place.is_some()).count()));
    }
    assert_eq!(
        levels.iter().map(|level| level.0).collect::<Vec<_>>(),
        [Level::Density, Level::Tiles, Level::Tiles, Level::Cards, Level::Cards]
    );
    let titles = scene.cards().len();
    let lines = titles
        + scene.cards().iter().filter(|card| !card.subtitle.is_empty()).count()
        + scene.cards().iter().filter(|card| !card.badge.is_empty()).count();
    let badges = scene.cards().iter().filter(|card| !card.badge.is_empty()).count();
    assert_eq!(levels.iter().take(4).map(|level| level.1).collect::<Vec<_>>(), [0, 0, titles + badges, lines]);
}

#[test]
fn text_stays_within_its_card_and_below_the_headings() {
    let palette = Palette::default();
    let scene = scene_of(&company());
    for (zoom, offset) in [(0.5, 0.0), (0.8, 100.0), (1.0, 300.0), (2.5, 250.0)] {
        let camera = Camera { centre: scene.bounds().center() + vec2(0.0, offset), zoom };
        let frame = look(&scene, camera, SCREENS[0], &Lighting::default(), &palette);
        for text in &frame.texts {
            let Some(place) = text.place else { continue };
            assert!(text.pos.y - text.size / 2.0 >= SCREENS[0].top() + HEADING_H, "{text:?}");
            let card = camera.screen_rect(scene.rect_of(place).unwrap(), SCREENS[0]);
            let line = match text.align {
                Align::Left => Rect::from_min_size(text.pos, vec2(text.max_width, 0.0)),
                Align::Right => Rect::from_min_size(text.pos - vec2(text.max_width, 0.0), vec2(text.max_width, 0.0)),
            };
            assert!(card.contains_rect(line.expand2(vec2(-0.1, text.size / 2.0 - 0.1))), "{text:?} in {card:?}");
        }
    }
}

#[test]
fn what_is_out_of_sight_costs_nothing() {
    let scene = scene_of(&generated(20_000, 1));
    let away = Camera { centre: pos2(-90_000.0, -90_000.0), zoom: 1.0 };
    let frame = look(&scene, away, SCREENS[0], &Lighting::default(), &Palette::default());
    assert_eq!((frame.mesh.indices.len(), frame.texts.len()), (6, 0), "the headings' band alone");
}

#[test]
fn a_selection_lights_its_lineage_both_ways_and_dims_the_rest() {
    let fleet = company();
    let scene = scene_of(&fleet);
    let card_named = |title: &str| {
        let cards = scene.columns().iter().flat_map(|column| &column.cards);
        cards.copied().find(|&card| scene.card(card).unwrap().title == title).unwrap()
    };
    let lighting = scene.light(&[Place::Card(card_named("web-1.4.2"))], None);
    for (title, emphasis) in [
        ("al2023-golden-6", Emphasis::Lit),
        ("web", Emphasis::Lit),
        ("web-1.4.2", Emphasis::Lit),
        ("web : 1", Emphasis::Lit),
        ("web-prod", Emphasis::Lit),
        ("al2023-golden-7", Emphasis::Dim),
        ("web-1.4.3", Emphasis::Dim),
        ("web : 2", Emphasis::Dim),
        ("api-prod", Emphasis::Dim),
    ] {
        assert_eq!(lighting.card(card_named(title)), emphasis, "{title}");
    }
    let lit = scene.tiles().iter().filter(|tile| lighting.tile(tile) == Emphasis::Lit).count();
    assert_eq!(lit, 9, "the servers that run it");
    assert_eq!((0..scene.edges().len()).filter(|&edge| lighting.edge(edge) == Emphasis::Lit).count(), 4);

    let server = scene.servers_of(card_named("web : 1"))[0];
    let lighting = scene.light(&[Place::Server(server)], None);
    assert_eq!(scene.tiles().iter().filter(|tile| lighting.tile(tile) == Emphasis::Lit).count(), 1);
    assert_eq!(lighting.card(card_named("web-1.4.2")), Emphasis::Lit);
}

#[test]
fn a_filter_dims_what_it_leaves_out_and_lights_nothing() {
    let scene = scene_of(&company());
    let api = scene.cards().iter().find(|card| card.title == "api-prod").unwrap();
    let Some(Node::Group(_)) = api.node() else { panic!("a group") };
    let card = scene.cards_of(api.node().unwrap()).next().unwrap();
    let lighting = scene.light(&[], Some(&scene.servers_of(card)));
    assert_eq!(lighting.card(card), Emphasis::Plain);
    let plain = scene.tiles().iter().filter(|tile| lighting.tile(tile) == Emphasis::Plain).count();
    assert_eq!(plain as u32, api.servers);
    assert!(scene.tiles().iter().all(|tile| lighting.tile(tile) != Emphasis::Lit));
    assert!(scene.light(&[], None).is_plain());
}

#[test]
fn arrows_walk_the_lineage_and_the_tiles() {
    let scene = scene_of(&company());
    let title = |place: Place| match place {
        Place::Card(card) => scene.card(card).unwrap().title.clone(),
        Place::Server(server) => format!("server {}", server.0),
    };
    let card = scene.cards().iter().position(|card| card.title == "al2023-golden-6").unwrap() as u32;
    let mut at = Place::Card(emberline_scene::CardIx(card));
    let mut walk = Vec::new();
    for _ in 0..4 {
        at = scene.neighbour(at, Direction::Right).unwrap();
        walk.push(title(at));
    }
    assert_eq!(walk, ["web", "web-1.4.3", "web : 2", "web-prod"]);
    let first = scene.neighbour(at, Direction::Right).unwrap();
    let Place::Server(oldest) = first else { panic!("right of a group are its servers") };
    let second = scene.neighbour(first, Direction::Right).unwrap();
    assert_ne!(first, second);
    assert_eq!(scene.neighbour(second, Direction::Left), Some(Place::Server(oldest)));
    assert_eq!(scene.neighbour(first, Direction::Left), Some(at));
    assert_eq!(scene.neighbour(first, Direction::Up), Some(at));
    assert_eq!(scene.neighbour(at, Direction::Left).map(title).unwrap(), "web : 2");
    let below = scene.neighbour(at, Direction::Down).unwrap();
    assert_eq!(scene.neighbour(below, Direction::Up), Some(at));
}

#[test]
fn every_walk_comes_to_an_end() {
    let scene = scene_of(&company());
    for direction in [Direction::Left, Direction::Right, Direction::Up, Direction::Down] {
        let mut at = Some(Place::Card(scene.columns()[2].cards[0]));
        let mut steps = 0;
        while let Some(place) = at {
            assert!(scene.rect_of(place).is_some());
            at = scene.neighbour(place, direction);
            steps += 1;
            assert!(steps < 200, "{direction:?} never ends");
        }
    }
}

#[test]
fn a_minimap_shows_all_in_few_quads() {
    let palette = Palette::default();
    let into = Rect::from_min_size(pos2(900.0, 700.0), vec2(180.0, 120.0));
    for fleet in [company(), generated(100_000, 3)] {
        let scene = scene_of(&fleet);
        let mesh = scene.minimap(&FrameInput {
            camera: scene.minimap_camera(into),
            viewport: into,
            pixels_per_point: 2.0,
            detail: Detail::Full,
            palette: &palette,
            colouring: Colouring::Age,
            lighting: &Lighting::default(),
            hovered: None,
            focused: None,
            motion: None,
        });
        let quads = mesh.indices.len() / 6;
        assert!(quads > 20 && quads <= 2_000, "{quads}");
        assert!(into.contains_rect(mesh.calc_bounds()));
        let corner = scene.minimap_camera(into).world_from_screen(into.center(), into);
        assert!((corner - scene.bounds().center()).length() < 1.0);
    }
}

/// The company's fleet after a server of it has gone, another one goes down and a new one comes up.
fn gone_on(before: &Fleet) -> Fleet {
    let mut builder = FleetBuilder::resume(before.clone());
    let (going, gone) = (before.servers[0], before.servers[1]);
    builder.fleet.servers.retain(|row| row.id != gone.id);
    builder.fleet.servers[0].state = ServerState::ShuttingDown;
    let newborn = builder.sym("i-newborn");
    builder.fleet.servers.push(Server { id: newborn, state: ServerState::Pending, ..going });
    builder.build()
}

#[test]
fn what_came_and_went_moves_and_the_rest_stays() {
    let before = company();
    let after = gone_on(&before);
    let (old, new) = (scene_of(&before), scene_of(&after));
    assert!(Motion::between((&before, &old), (&before, &old)).is_still());
    let motion = Motion::between((&before, &old), (&after, &new));
    let newborn = after.servers.iter().position(|row| after.str(row.id) == "i-newborn").unwrap();
    assert_eq!(motion.born(), [ServerIx(newborn as u32)]);
    assert_eq!(motion.gone(), [old.rect_of(Place::Server(ServerIx(1))).unwrap()]);
    let phase = |server: ServerIx| new.tile(server).unwrap().1.phase;
    assert_eq!((phase(ServerIx(0)), phase(ServerIx(newborn as u32))), (Phase::GoingDown, Phase::Starting));
    let moved: Vec<_> = (old.cards().iter().zip(new.cards()))
        .filter(|(old, new)| (old.rect, &old.title) != (new.rect, &new.title))
        .collect();
    assert!(moved.is_empty(), "{moved:?}");
}

#[test]
fn a_movement_is_drawn_while_it_lasts_and_keeps_the_budget() {
    let before = company();
    let after = gone_on(&before);
    let (old, new) = (scene_of(&before), scene_of(&after));
    let motion = Motion::between((&before, &old), (&after, &new));
    let (palette, lighting) = (Palette::default(), Lighting::default());
    let quads = |motion| {
        let input = FrameInput {
            camera: Camera::fit(new.bounds(), SCREENS[0], 16.0),
            viewport: SCREENS[0],
            pixels_per_point: 1.0,
            detail: Detail::Full,
            palette: &palette,
            colouring: Colouring::Age,
            lighting: &lighting,
            hovered: None,
            focused: None,
            motion,
        };
        let frame = new.frame(&input);
        check_budgets(&frame, "with a movement");
        frame.mesh.indices.len()
    };
    let still = quads(None);
    assert!(quads(Some((&motion, 0.3))) > still);
    assert_eq!(quads(Some((&Motion::default(), 0.3))), still);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_camera_breaks_a_frame(
        x in -1e6_f32..1e6, y in -1e6_f32..1e6, zoom in 1e-3_f32..5.0, pixels in 0.0_f32..4.0, servers in 0_usize..400,
    ) {
        let scene = scene_of(&generated(servers, 5));
        let lighting = Lighting::default();
        let palette = Palette::default();
        let frame = scene.frame(&FrameInput {
            camera: Camera { centre: pos2(x, y), zoom },
            viewport: SCREENS[0],
            pixels_per_point: pixels,
            detail: Detail::Full,
            palette: &palette,
            colouring: Colouring::Age,
            lighting: &lighting,
            hovered: Some(Place::Server(ServerIx(3))),
            focused: Some(Place::Card(emberline_scene::CardIx(2))),
            motion: None,
        });
        check_budgets(&frame, "any camera");
    }
}
