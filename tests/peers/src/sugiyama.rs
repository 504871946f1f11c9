//! Lays a class graph out by rust-sugiyama, as `layouts/rounds.py` says: once a line that it reads, then where
//! everything went. It does not tell how edges run, so that they are straight lines here.
//!
//! `sugiyama transpose|plain GRAPH PLACES`

use std::error::Error;
use std::hint::black_box;
use std::io::BufRead as _;

use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;
use serde_json::{Value, json};

#[path = "../../../app/scene/examples/shared/processor.rs"]
mod processor;

fn main() -> Result<(), Box<dyn Error>> {
    let [how, graph_file, places_file] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: sugiyama HOW GRAPH PLACES")?;
    let graph: Value = serde_json::from_str(&std::fs::read_to_string(graph_file)?)?;
    let columns: Vec<Vec<u32>> = serde_json::from_value(graph["columns"].clone())?;
    let edges: Vec<(u32, u32)> = serde_json::from_value(graph["edges"].clone())?;
    let cards = columns.iter().map(Vec::len).sum::<usize>() as u32;
    let vertices: Vec<(u32, (f64, f64))> = (0..cards).map(|card| (card, (1.0, 1.0))).collect();
    let config = Config { transpose: how == "transpose", ..Config::default() };
    let clock = processor::Clock::start();
    println!("ready");
    let mut last = Vec::new();
    for line in std::io::stdin().lock().lines() {
        line?;
        let before = clock.seconds();
        let laid = black_box(from_vertices_and_edges(&vertices, &edges, &config));
        println!("{}", clock.seconds() - before);
        last = laid;
    }
    let mut nodes = vec![[0.0; 2]; cards as usize];
    // Each component is laid out for itself, from 0: beside each other they do not cross.
    let mut left = 0.0;
    for (places, width, _) in last {
        let least = places.iter().map(|&(_, (x, _))| x).fold(f64::INFINITY, f64::min);
        for (card, (x, y)) in places {
            nodes[card] = [y, x - least + left];
        }
        left += width + 1e3;
    }
    let bends = vec![[0; 0]; edges.len()];
    std::fs::write(places_file, json!({ "nodes": nodes, "bends": bends }).to_string())?;
    Ok(())
}
