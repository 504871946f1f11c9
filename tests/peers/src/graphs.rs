//! Draws a graph by egui_graphs as it is by default, all of it on the screen: one frame a line that it reads, and how
//! many seconds that took until its shapes were triangles.
//!
//! `graphs GRAPH`

use std::error::Error;
use std::hint::black_box;
use std::io::BufRead as _;

use egui::{RawInput, Rect, pos2};
use egui_graphs::{DefaultGraphView, Graph};
use petgraph::stable_graph::NodeIndex;
use serde_json::Value;

#[path = "../../../app/scene/examples/shared/processor.rs"]
mod processor;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: graphs GRAPH")?;
    let told: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let nodes: Vec<[f32; 2]> = serde_json::from_value(told["nodes"].clone())?;
    let edges: Vec<[usize; 2]> = serde_json::from_value(told["edges"].clone())?;
    let mut graph: Graph = Graph::new();
    for &[x, y] in &nodes {
        graph.add_node_with_location((), pos2(x, y));
    }
    for &[from, to] in &edges {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    let context = egui::Context::default();
    let clock = processor::Clock::start();
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line?;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_max(pos2(0.0, 0.0), pos2(1920.0, 1080.0))),
            ..RawInput::default()
        };
        let before = clock.seconds();
        let output = context.run_ui(input, |ui| {
            DefaultGraphView::new().show(ui, &mut graph);
        });
        black_box(context.tessellate(output.shapes, output.pixels_per_point));
        println!("{}", clock.seconds() - before);
    }
    Ok(())
}
