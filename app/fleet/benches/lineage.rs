//! How long the lineage of a fleet takes to draw and to search, at 1,000 to 1,000,000 servers.

extern crate emberline_fleet as fleet;

#[expect(dead_code, reason = "memory is measured elsewhere")]
mod generated;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fleet::{Conventions, Lineage, ServerIx};

fn lineage(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lineage");
    for servers in generated::SIZES {
        let fleet = generated::fleet(servers);
        let conventions = Conventions::default();
        group.throughput(Throughput::Elements(servers as u64)).sample_size(20);
        group.bench_function(BenchmarkId::new("of", servers), |bench| {
            bench.iter_with_large_drop(|| Lineage::of(&fleet, &conventions));
        });
        let lineage = Lineage::of(&fleet, &conventions);
        group.bench_function(BenchmarkId::new("path", servers), |bench| {
            bench.iter(|| lineage.path(ServerIx(0)));
        });
        let name = fleet.server_name(&fleet.servers[servers / 2]).map(str::to_uppercase).unwrap_or_default();
        group.bench_function(BenchmarkId::new("find_in_any_case", servers), |bench| {
            bench.iter(|| lineage.find(&fleet, &name));
        });
    }
    group.finish();
}

criterion_group!(benches, lineage);
criterion_main!(benches);
