//! How long it takes from a fleet to what is drawn of it: lineage, findings and layout in all.
//!
//! Budget at 100,000 servers: 250 ms.

#[path = "../../fleet/benches/generated/mod.rs"]
#[expect(dead_code, reason = "memory is measured elsewhere")]
mod generated;

use std::cell::LazyCell;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emberline_scene::{Scene, SceneOptions};
use fleet::{Conventions, Lineage};
use insight::{Findings, Policy};

fn derive(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("derive");
    let (conventions, policy) = (Conventions::default(), Policy::default());
    for servers in generated::SIZES {
        let fleet = LazyCell::new(|| generated::fleet(servers));
        group.throughput(Throughput::Elements(servers as u64)).sample_size(20);
        group.bench_function(BenchmarkId::new("all", servers), |bench| {
            bench.iter_with_large_drop(|| {
                let lineage = Lineage::of(&fleet, &conventions);
                let findings = Findings::of(&fleet, &lineage, &policy);
                let scene = Scene::of(&fleet, &lineage, &findings, SceneOptions::default());
                (lineage, findings, scene)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, derive);
criterion_main!(benches);
