//! How long the lineage of a fleet takes to draw and to search, at 1,000 to 1,000,000 servers.

extern crate emberline_fleet as fleet;

#[expect(dead_code, reason = "memory is measured elsewhere")]
mod generated;

use std::cell::LazyCell;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fleet::{Conventions, Lineage, ServerIx};

fn lineage(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lineage");
    for servers in generated::SIZES {
        let fleet = LazyCell::new(|| generated::fleet(servers));
        let conventions = Conventions::default();
        let lineage = LazyCell::new(|| Lineage::of(&fleet, &conventions));
        group.throughput(Throughput::Elements(servers as u64)).sample_size(20);
        group.bench_function(BenchmarkId::new("of", servers), |bench| {
            let fleet = &*fleet;
            bench.iter_with_large_drop(|| Lineage::of(fleet, &conventions));
        });
        group.bench_function(BenchmarkId::new("path", servers), |bench| {
            let lineage = &*lineage;
            bench.iter(|| lineage.path(ServerIx(0)));
        });
        group.bench_function(BenchmarkId::new("find_in_any_case", servers), |bench| {
            let (fleet, lineage) = (&*fleet, &*lineage);
            let name = fleet.server_name(&fleet.servers[servers / 2]).map(str::to_uppercase).unwrap_or_default();
            bench.iter(|| lineage.find(fleet, &name));
        });
    }
    group.finish();
}

criterion_group!(benches, lineage);
criterion_main!(benches);
