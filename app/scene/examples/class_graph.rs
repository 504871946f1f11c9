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

use std::hint::black_box;
use std::io::BufRead as _;
use std::time::Instant;

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
    let began = Instant::now();
    for line in std::io::stdin().lock().lines() {
        line?;
        let before = processor_s(began);
        let layout = black_box(graph.lay_out());
        println!("{}", processor_s(began) - before);
        drop(layout);
    }
    let layout = graph.lay_out();
    println!(r#"{{"order":{:?},"crossings":{}}}"#, layout.order, layout.crossings);
    Ok(())
}

/// Seconds of the processor that this program has had so far; of the clock where the system does not tell.
fn processor_s(began: Instant) -> f64 {
    // The kernel brings its count up to date when a thread gives way.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.map_or_else(|| began.elapsed().as_secs_f64(), |count| count / 1e9)
}
