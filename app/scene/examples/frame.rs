//! How long a frame takes that shows a whole generated fleet, moved a little each time: for comparison with others.
//!
//! ```sh
//! cargo run --release -p emberline-scene --example frame -- SERVERS SEED
//! ```
//!
//! Prints the graph as one line of JSON, its nodes by place (cards, then servers) and its edges, a server's from its
//! card. Then it draws one frame for every line that it reads, and prints how many seconds of the processor that took.

#[path = "../tests/fleets/mod.rs"]
#[expect(dead_code, reason = "only generated fleets are large enough")]
mod fleets;
#[path = "shared/processor.rs"]
mod processor;

use std::hint::black_box;
use std::io::BufRead as _;

use emberline_scene::{Camera, CardIx, Colouring, Detail, FrameInput, Lighting, Palette, Place, Scene, SceneOptions};
use epaint::{Rect, pos2, vec2};
use fleet::{Conventions, Lineage, ServerIx};
use insight::{Findings, Policy};

const SCREEN: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1920.0, 1080.0) };

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1);
    let mut number = |name: &str| numbers.next().ok_or_else(|| format!("{name} is missing: frame SERVERS SEED"));
    let fleet = fleets::generated(number("SERVERS")?.parse()?, number("SEED")?.parse()?);
    let lineage = Lineage::of(&fleet, &Conventions::default());
    let findings = Findings::of(&fleet, &lineage, &Policy::default());
    let scene = Scene::of(&fleet, &lineage, &findings, SceneOptions::default());
    tell(&scene, fleet.servers.len());

    let (palette, plain) = (Palette::default(), Lighting::default());
    let mut camera = Camera::fit(scene.bounds(), SCREEN, 16.0);
    let clock = processor::Clock::start();
    for line in std::io::stdin().lock().lines() {
        line?;
        camera.pan(vec2(1.0, 0.0));
        let input = FrameInput {
            camera,
            viewport: SCREEN,
            pixels_per_point: 1.0,
            detail: Detail::Full,
            palette: &palette,
            colouring: Colouring::Age,
            lighting: &plain,
            hovered: None,
            focused: None,
            motion: None,
        };
        let before = clock.seconds();
        black_box(scene.frame(&input));
        println!("{}", clock.seconds() - before);
    }
    Ok(())
}

fn tell(scene: &Scene, servers: usize) {
    let cards = (0..scene.cards().len() as u32).map(|card| Place::Card(CardIx(card)));
    let tiles = (0..servers as u32).map(|server| Place::Server(ServerIx(server)));
    let centre = |place| scene.rect_of(place).map_or([0.0; 2], |rect| rect.center().into());
    let nodes: Vec<[f32; 2]> = cards.chain(tiles).map(centre).collect();
    let mut edges: Vec<[u32; 2]> = scene.edges().iter().map(|edge| [edge.from.0, edge.to.0]).collect();
    let first_tile = scene.cards().len() as u32;
    let of_server = |server: u32| Some([scene.tile(ServerIx(server))?.0.0, first_tile + server]);
    edges.extend((0..servers as u32).filter_map(of_server));
    println!(r#"{{"nodes":{nodes:?},"edges":{edges:?}}}"#);
}
