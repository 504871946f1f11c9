//! Writes a generated fleet of any size to a `.fleet` file, to open in the window or to time by hand:
//! `cargo run --release -p emberline-fleet --example generated_fleet -- 1000000 FILE.fleet`.

extern crate emberline_fleet as fleet;

#[path = "../benches/generated/mod.rs"]
#[expect(dead_code, reason = "one fleet of several")]
mod generated;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [servers, path] = arguments.as_slice() else {
        eprintln!("usage: generated_fleet SERVERS FILE.fleet");
        return ExitCode::from(2);
    };
    let Ok(servers) = servers.parse() else {
        eprintln!("`{servers}` is no number of servers");
        return ExitCode::from(2);
    };
    match generated::fleet(servers).save_to(Path::new(path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
