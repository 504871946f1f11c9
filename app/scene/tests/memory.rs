//! What is counted and not timed, since a count does not depend on how busy the machine is: the bytes that a fleet takes
//! with all that is derived from it, the allocations of a frame, and how large its mesh is.

#[path = "../../fleet/benches/generated/mod.rs"]
#[expect(dead_code, reason = "some of its fleets are measured elsewhere")]
mod generated;

use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use emberline_scene::{
    Camera, Colouring, Detail, Edition, FrameInput, KeptMesh, Lighting, MAX_QUADS, Palette, Place, Scene, SceneOptions,
};
use epaint::{Rect, pos2, vec2};
use fleet::{Conventions, Fleet, Lineage, ServerIx};
use insight::{Findings, Policy};

fn kept<T>(make: impl FnOnce() -> T) -> (T, AllocationInfo) {
    let mut made = None;
    let info = measure(|| made = Some(make()));
    (made.expect("it was made"), info)
}

/// A fleet as a file opens it, and all that is derived from it, with what each takes for good.
fn opened(servers: usize) -> (Fleet, Lineage, Findings, Scene, [AllocationInfo; 4]) {
    let built = generated::untagged(servers);
    let mut file = Vec::new();
    built.save(&mut file).expect("memory takes it");
    drop(built);
    let (fleet, of_rows) = kept(|| Fleet::load(file.as_slice()).expect("it was saved"));
    let (lineage, of_lineage) = kept(|| Lineage::of(&fleet, &Conventions::default()));
    let (findings, of_findings) = kept(|| Findings::of(&fleet, &lineage, &Policy::default()));
    let (scene, of_scene) = kept(|| Scene::of(&fleet, &lineage, &findings, SceneOptions::default()));
    (fleet, lineage, findings, scene, [of_rows, of_lineage, of_findings, of_scene])
}

/// What each server more takes, between two fleets: of the tables, groups and images that grow with it too.
fn slope(of: impl Fn(&AllocationInfo) -> i64) -> [f64; 4] {
    const SIZES: [usize; 2] = [15_000, 30_000];
    let [small, large] = SIZES.map(|servers| opened(servers).4);
    std::array::from_fn(|part| (of(&large[part]) - of(&small[part])) as f64 / (SIZES[1] - SIZES[0]) as f64)
}

/// The most bytes that a server takes beyond its tags, of rows with their strings, lineage, findings and scene: what was
/// measured and a twentieth, so that growth shows. All four together are to come down to 256.
const MOST: [(&str, f64); 4] = [("rows", 270.0), ("lineage", 57.0), ("findings", 81.0), ("scene", 47.0)];

#[test]
fn a_server_beyond_its_tags_takes_no_more_than_it_did() {
    for ((part, most), each) in MOST.into_iter().zip(slope(|info| info.bytes_current)) {
        assert!(each <= most, "{part}: {each:.0} bytes a server");
    }
}

#[test]
fn nothing_allocates_for_each_server() {
    let parts = slope(|info| info.count_total as i64);
    assert!(parts.iter().all(|&each| each < 0.5), "rows, lineage, findings, scene: {parts:?} allocations a server");
}

const SCREEN: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1920.0, 1080.0) };

fn look<'a>(camera: Camera, palette: &'a Palette, lighting: &'a Lighting) -> FrameInput<'a> {
    FrameInput {
        camera,
        viewport: SCREEN,
        pixels_per_point: 1.0,
        detail: Detail::Full,
        palette,
        colouring: Colouring::Age,
        lighting,
        hovered: None,
        focused: None,
        motion: None,
    }
}

#[test]
fn a_pan_allocates_the_same_whatever_the_fleet_and_a_picture_at_rest_nothing() {
    let palette = Palette::default();
    let lighting = Lighting::default();
    for servers in [1_000, 30_000] {
        let (.., scene, _) = opened(servers);
        let fit = Camera::fit(scene.bounds(), SCREEN, 16.0);
        for zoom in [fit.zoom, 0.3, 0.5, 1.0] {
            let mut camera = Camera { zoom, ..fit };
            let mut kept_mesh = KeptMesh::default();
            let edition = Edition::default();
            let mut frame = |camera: Camera| {
                let input = look(camera, &palette, &lighting);
                kept(|| kept_mesh.mesh(edition, &input, || scene.mesh(&input)))
            };
            let (first, _) = frame(camera);
            let (second, at_rest) = frame(camera);
            assert!(Arc::ptr_eq(&first, &second));
            assert_eq!(at_rest.count_total, 0, "at rest, {servers} servers at {zoom}");
            camera.pan(vec2(-24.0, -9.0));
            let (panned, of_pan) = frame(camera);
            assert!(!Arc::ptr_eq(&first, &panned));
            assert!(of_pan.count_total <= 64, "{} allocations, {servers} servers at {zoom}", of_pan.count_total);
            // A quad has four vertices; what is smoothed shares them.
            assert!(panned.vertices.len() <= 4 * MAX_QUADS, "{} vertices", panned.vertices.len());
        }
    }
}

#[test]
fn a_picture_is_drawn_again_when_anything_that_it_shows_changes() {
    let (.., scene, _) = opened(1_000);
    let (palette, plain) = (Palette::default(), Lighting::default());
    let light = Palette { card: palette.text_dim, ..palette.clone() };
    let lit = scene.light(&[Place::Server(ServerIx(0))], None);
    let camera = Camera::fit(scene.bounds(), SCREEN, 16.0);
    let base = look(camera, &palette, &plain);
    let edition = Edition { scene: 1, lighting: 1 };
    let moved = Camera { zoom: camera.zoom * 1.5, ..camera };
    let hovered = Some(Place::Server(ServerIx(3)));
    let changes = [
        (edition, FrameInput { camera: moved, ..base }),
        (edition, FrameInput { viewport: SCREEN.shrink(9.0), ..base }),
        (edition, FrameInput { pixels_per_point: 2.0, ..base }),
        (edition, FrameInput { detail: Detail::Spare, ..base }),
        (edition, FrameInput { palette: &light, ..base }),
        (edition, FrameInput { colouring: Colouring::ALL[1], ..base }),
        (Edition { lighting: 2, ..edition }, FrameInput { lighting: &lit, ..base }),
        (Edition { scene: 2, ..edition }, base),
        (edition, FrameInput { hovered, ..base }),
        (edition, FrameInput { focused: hovered, ..base }),
    ];
    for (number, (edition, input)) in changes.into_iter().enumerate() {
        let mut kept = KeptMesh::default();
        let before = kept.mesh(Edition { scene: 1, lighting: 1 }, &base, || scene.mesh(&base));
        let after = kept.mesh(edition, &input, || scene.mesh(&input));
        assert!(!Arc::ptr_eq(&before, &after), "change {number}");
        assert_eq!(*after, scene.mesh(&input), "change {number}");
    }
}
