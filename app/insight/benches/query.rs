//! A query over a whole fleet, from text to servers, as it runs with each key typed.

#[path = "../../fleet/benches/generated/mod.rs"]
#[expect(dead_code, reason = "memory is measured elsewhere")]
mod generated;

use std::cell::LazyCell;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emberline_insight::{Findings, Policy, select};
use fleet::Lineage;
use fleet::query::Query;

fn query(c: &mut Criterion) {
    let policy = Policy::default();
    let mut group = c.benchmark_group("query");
    for servers in generated::SIZES {
        let derived = LazyCell::new(|| {
            let fleet = generated::fleet(servers);
            let lineage = Lineage::of(&fleet, &policy.conventions());
            let findings = Findings::of(&fleet, &lineage, &policy);
            (fleet, lineage, findings)
        });
        group.throughput(Throughput::Elements(servers as u64));
        for (name, text) in [
            ("rare substring", "3f9a2"),
            ("common substring", "service"),
            ("address", "10.0.200"),
            ("two words", "service-7 prod"),
            ("wildcards", "ser*7?prod"),
            ("fields", "phoenix:overdue group:service-1* -tag:env=lab age>20d"),
            ("network", "ip:10.0.128.0/17"),
        ] {
            group.bench_function(BenchmarkId::new(name, servers), |b| {
                let (fleet, lineage, findings) = &*derived;
                b.iter(|| {
                    let query = Query::parse(text).expect("it is right");
                    black_box(select(fleet, lineage, findings, &policy, &query))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, query);
criterion_main!(benches);
