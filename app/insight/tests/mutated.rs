//! Texts of the corpus, mutilated: whatever comes out is read without a panic and in bounded time. The seed makes a
//! failure come back.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::time::{Duration, Instant};

use emberline_insight::fry::Scan;

/// What even a slow, busy machine needs for none of them.
const LONGEST: Duration = Duration::from_secs(20);

/// Splitmix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}

const PIECES: &[&[u8]] = &[
    b"<<EOF\n",
    b"EOF\n",
    b"$(",
    b")",
    b"`",
    b"\"",
    b"'",
    b"{",
    b"}",
    b"${",
    b"%{",
    b"{{",
    b"|",
    b"bash -c ",
    b"eval ",
    b"f() {",
    b"f;",
    b"*a",
    b"&a ",
    b"<<: ",
    b"- ",
    b": |\n",
    b"\t",
    b"\0",
    b"\x1f\x8b",
    b"\xff\xfe",
    b"--x\n",
    b"\n",
    "\u{31860}".as_bytes(),
    "\u{202e}".as_bytes(),
    b"\r\n",
    b"#!/bin/bash\n",
    b"#cloud-config\n",
    b"<powershell>",
    b"@\"\n",
    b"data:;base64,",
    b"Content-Transfer-Encoding: base64\n",
    b"0000000000000000",
    b"\\",
    b"$x$x$x",
];

fn mutilated(chance: &mut Chance, texts: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = texts[chance.below(texts.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        let to = (at + chance.below(60)).min(bytes.len());
        match chance.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
            3 => {
                let other = &texts[chance.below(texts.len())];
                let from = chance.below(other.len() + 1);
                bytes.splice(at.., other[from..].iter().copied());
            }
            4 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = chance.next() as u8;
                }
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

fn read_many(count: usize, seed: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fry/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let workers = 2;
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let texts = &texts;
            scope.spawn(move || {
                let mut chance = Chance(seed + worker);
                for round in 0..count / workers as usize {
                    let bytes = mutilated(&mut chance, texts);
                    let began = Instant::now();
                    let scan = Scan::of(&bytes);
                    let took = began.elapsed();
                    assert!(took < LONGEST, "seed {seed}, worker {worker}, round {round}: {took:?}");
                    for finding in &scan.findings {
                        let is_one_line = !finding.excerpt.chars().any(char::is_control);
                        assert!(
                            finding.line > 0 && is_one_line,
                            "seed {seed}, worker {worker}, round {round}: {finding:?}"
                        );
                    }
                }
            });
        }
    });
}

#[test]
fn a_hundred_thousand_mutilated_texts_are_read() {
    read_many(100_000, 7);
}

#[test]
#[ignore = "minutes long"]
fn a_million_mutilated_texts_are_read() {
    read_many(1_000_000, 1_000_003);
}
