//! How long a layout and a frame take.
//!
//! Budgets at 100,000 servers: 75 ms for the layout, 4 ms for a frame (of which drawing the interface needs a part).

#[path = "../tests/fleets/mod.rs"]
#[expect(dead_code, reason = "only generated fleets are large enough")]
mod fleets;

use std::cell::LazyCell;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use emberline_scene::{Camera, Colouring, Detail, FrameInput, Lighting, Palette, Place, Scene, SceneOptions};
use epaint::{Rect, pos2, vec2};
use fleet::{Conventions, Lineage, ServerIx};
use insight::{Findings, Policy};

fn scene(criterion: &mut Criterion) {
    let viewport = Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0));
    let palette = Palette::default();
    for servers in [1_000, 10_000, 100_000, 1_000_000] {
        let derived = LazyCell::new(|| {
            let fleet = fleets::generated(servers, 7);
            let lineage = Lineage::of(&fleet, &Conventions::default());
            let findings = Findings::of(&fleet, &lineage, &Policy::default());
            (fleet, lineage, findings)
        });
        let lay_out = || Scene::of(&derived.0, &derived.1, &derived.2, SceneOptions::default());
        let scene = LazyCell::new(lay_out);
        criterion.bench_with_input(BenchmarkId::new("layout", servers), &(), |bencher, ()| {
            bencher.iter(|| black_box(lay_out()));
        });
        let plain = Lighting::default();
        for (name, zoom) in [("frame/all", None), ("frame/tiles", Some(0.5))] {
            criterion.bench_with_input(BenchmarkId::new(name, servers), &(), |bencher, ()| {
                let fit = Camera::fit(scene.bounds(), viewport, 16.0);
                let camera = Camera { zoom: zoom.unwrap_or(fit.zoom), ..fit };
                let input = FrameInput {
                    camera,
                    viewport,
                    pixels_per_point: 1.0,
                    detail: Detail::Full,
                    palette: &palette,
                    colouring: Colouring::Age,
                    lighting: &plain,
                    hovered: None,
                    focused: None,
                    motion: None,
                };
                bencher.iter(|| black_box(scene.frame(&input)));
            });
        }
        criterion.bench_with_input(BenchmarkId::new("light", servers), &(), |bencher, ()| {
            bencher.iter(|| black_box(scene.light(&[Place::Server(ServerIx(0))], None)));
        });
    }
}

criterion_group!(benches, scene);
criterion_main!(benches);
