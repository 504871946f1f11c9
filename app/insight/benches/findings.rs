//! Findings of a whole fleet, with an empty policy and with one of ten rules.

mod generated;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emberline_insight::{Findings, Policy};
use fleet::Lineage;

fn ten_rules() -> Policy {
    let queries = [
        "group:service-1-*",
        "tag:env=lab",
        "tag:team=quay,pilot tag:env=stage",
        "name:service-2-7",
        "group:*stage* type:c7g.*",
        "recipe:service-3",
        "image:*1.2.0",
        "account:310987654321",
        "region:us-* or zone:eu-west-1d",
        "owner:*karpenter*",
    ];
    let text: String = queries.iter().map(|query| format!("[[lifetime]]\nquery = '{query}'\nis = \"14d\"\n")).collect();
    Policy::parse(&text, "bench").expect("the queries are right")
}

fn findings(c: &mut Criterion) {
    let mut group = c.benchmark_group("findings");
    for servers in generated::SIZES {
        let fleet = generated::fleet(servers);
        group.throughput(Throughput::Elements(servers as u64));
        for (name, policy) in [("default", Policy::default()), ("ten rules", ten_rules())] {
            let lineage = Lineage::of(&fleet, &policy.conventions());
            group.bench_function(BenchmarkId::new(name, servers), |b| {
                b.iter(|| black_box(Findings::of(&fleet, &lineage, &policy)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, findings);
criterion_main!(benches);
