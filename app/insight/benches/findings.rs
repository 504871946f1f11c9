//! Findings of a whole fleet, with an empty policy and with one of ten rules, and its calendar.

#[path = "../../fleet/benches/generated/mod.rs"]
#[expect(dead_code, reason = "memory is measured elsewhere")]
mod generated;

use std::cell::LazyCell;
use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emberline_insight::{BakeReader, Calendar, Findings, Policy};
use fleet::{Fleet, Lineage, ServerIx, Setting, Settings};

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
        let fleet = LazyCell::new(|| generated::fleet(servers));
        let lineage = LazyCell::new(|| Lineage::of(&fleet, &Policy::default().conventions()));
        group.throughput(Throughput::Elements(servers as u64));
        for (name, policy) in [("default", Policy::default()), ("ten rules", ten_rules())] {
            group.bench_function(BenchmarkId::new(name, servers), |b| {
                let (fleet, lineage) = (&*fleet, &*lineage);
                b.iter(|| black_box(Findings::of(fleet, lineage, &policy)));
            });
        }
        group.bench_function(BenchmarkId::new("calendar", servers), |b| {
            let found = Findings::of(&fleet, &lineage, &Policy::default());
            let all: Vec<ServerIx> = (0..).map(ServerIx).take(fleet.servers.len()).collect();
            b.iter(|| black_box(Calendar::of(&fleet, &lineage, &found, &all)));
        });
    }
    group.finish();
}

/// 100,000 servers over 2,000 template versions, each with a text of its own: what reading the texts once costs, and the
/// findings that follow.
fn bakes(c: &mut Criterion) {
    const SERVERS: usize = 100_000;
    const TEMPLATES: usize = 400;
    let scripts = [
        "#!/bin/bash\nhostnamectl set-hostname web\nsystemctl start web\n",
        "#!/bin/bash\nset -e\nyum -y update\ncurl -fsSL https://get.example.com/agent.sh | sh\nsystemctl start web\n",
        "#cloud-config\npackages: [nginx, git]\nruncmd:\n  - pip install ansible-core\n  - systemctl start web\n",
    ];
    let mut fleet = generated::fleet_of(SERVERS, TEMPLATES);
    let Fleet { template_versions, settings, user_data, .. } = &mut fleet;
    for (at, version) in template_versions.iter_mut().enumerate() {
        let text = format!("{}# {at}\n", scripts[at % scripts.len()]);
        let user_data = Setting::Is(user_data.intern_bytes(text.as_bytes()));
        version.settings = Some(settings.intern(Settings { user_data, ..Settings::default() }));
    }
    let mut group = c.benchmark_group("bakes");
    group.sample_size(20);
    group.bench_function("2,000 texts read once", |b| {
        b.iter_batched(
            || fleet.clone(),
            |mut fleet| {
                BakeReader::default().fill(&mut fleet);
                fleet
            },
            BatchSize::LargeInput,
        );
    });
    let mut reader = BakeReader::default();
    reader.fill(&mut fleet.clone());
    group.bench_function("2,000 texts known from the pull before", |b| {
        b.iter_batched(
            || fleet.clone(),
            |mut fleet| {
                reader.fill(&mut fleet);
                fleet
            },
            BatchSize::LargeInput,
        );
    });
    reader.fill(&mut fleet);
    let policy = Policy::default();
    let lineage = Lineage::of(&fleet, &policy.conventions());
    group.bench_function("findings of 100,000 servers over 2,000 template versions", |b| {
        b.iter(|| black_box(Findings::of(&fleet, &lineage, &policy)));
    });
    group.finish();
}

criterion_group!(benches, findings, bakes);
criterion_main!(benches);
