//! User data of 2,000 template versions, each text scanned once, as the texts of the corpus with a line of their own.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emberline_insight::fry::Scan;

const TEMPLATE_VERSIONS: usize = 2_000;

fn texts() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fry/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is in the repository")
        .filter_map(Result::ok)
        .map(|e| e.path())
        .collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("a file of the corpus")).collect();
    (0..TEMPLATE_VERSIONS)
        .map(|at| {
            let mut text = corpus[at % corpus.len()].clone();
            text.extend(format!("\n# version {at}\n").bytes());
            text
        })
        .collect()
}

fn scan(c: &mut Criterion) {
    let texts = texts();
    let mut group = c.benchmark_group("fry");
    group.sample_size(10);
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.bench_function("2,000 template versions", |b| {
        b.iter(|| texts.iter().map(|text| black_box(Scan::of(text)).findings.len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
