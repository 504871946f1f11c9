//! The class graph of a generated fleet, and how long its layout takes: for comparison with others.
//!
//! ```sh
//! cargo run --release -p emberline-scene --example class_graph -- SERVERS SEED
//! ```
//!
//! Prints the graph as one line of JSON: its columns, each card by its number, and its edges. Then it lays the graph
//! out once for every line that it reads, and prints how many seconds of the processor that took. At the end of what
//! it reads it prints the order of the columns and how many pairs of edges cross, as JSON.

#[path = "../tests/fleets/mod.rs"]
#[expect(dead_code, reason = "only generated fleets are large enough")]
mod fleets;
#[path = "shared/processor.rs"]
mod processor;

use std::hint::black_box;
use std::io::BufRead as _;

use emberline_scene::{ClassGraph, SceneOptions};
use fleet::{Conventions, Lineage};
use insight::{Findings, Policy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1);
    let mut number = |name: &str| numbers.next().ok_or_else(|| format!("{name} is missing: class_graph SERVERS SEED"));
    let fleet = fleets::generated(number("SERVERS")?.parse()?, number("SEED")?.parse()?);
    let lineage = Lineage::of(&fleet, &Conventions::default());
    let findings = Findings::of(&fleet, &lineage, &Policy::default());
    let graph = ClassGraph::of(&fleet, &lineage, &findings, SceneOptions::default());
    let edges: Vec<[u32; 2]> = graph.edges().map(|(from, to)| [from, to]).collect();
    println!(r#"{{"columns":{:?},"edges":{edges:?}}}"#, graph.columns());
    let clock = processor::Clock::start();
    for line in std::io::stdin().lock().lines() {
        line?;
        let before = clock.seconds();
        let layout = black_box(graph.lay_out());
        println!("{}", clock.seconds() - before);
        drop(layout);
    }
    let layout = graph.lay_out();
    println!(r#"{{"order":{:?},"crossings":{}}}"#, layout.order, layout.crossings);
    Ok(())
}
