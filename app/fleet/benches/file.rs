//! How long a `.fleet` file takes to write and to open, in memory: what the disk adds is the disk's.

extern crate emberline_fleet as fleet;

#[expect(dead_code, reason = "memory is measured elsewhere")]
mod generated;

use std::cell::LazyCell;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fleet::Fleet;

fn saved(fleet: &Fleet) -> Vec<u8> {
    let mut saved = Vec::new();
    fleet.save(&mut saved).expect("memory takes it");
    saved
}

fn file(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("file");
    for servers in generated::SIZES {
        let fleet = LazyCell::new(|| generated::fleet(servers));
        group.throughput(Throughput::Elements(servers as u64)).sample_size(10);
        group.bench_function(BenchmarkId::new("save", servers), |bench| {
            let fleet = &*fleet;
            bench.iter(|| black_box(saved(fleet)));
        });
        group.bench_function(BenchmarkId::new("open", servers), |bench| {
            let saved = saved(&fleet);
            bench.iter_with_large_drop(|| Fleet::load(saved.as_slice()).expect("it was saved"));
        });
    }
    group.finish();
}

criterion_group!(benches, file);
criterion_main!(benches);
