//! A pull of a generated fleet, from the first request to the rows: the sandbox's answers in process, the SDK's
//! signing, retrying and decoding, and the rows built of it. Quotas are lifted, since waiting for them costs nothing.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emberline_cloud::{Access, Cancel, Login, pull};
use sandbox::Sandbox;

fn access(sandbox: &Sandbox) -> Access {
    let logins = sandbox
        .profiles()
        .iter()
        .map(|profile| Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: profile.regions.clone(),
            access_key_id: profile.access_key_id.clone(),
            secret_access_key: profile.secret_access_key.clone(),
        })
        .collect();
    let sandbox = sandbox.clone();
    Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins)
        .with_quota_share(1000.0)
}

fn pulls(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("pull");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for servers in [1_000_u64, 10_000, 100_000] {
        let access = access(&Sandbox::open(&format!("generated:{servers}:7")).unwrap());
        group.throughput(Throughput::Elements(servers));
        group.bench_with_input(BenchmarkId::from_parameter(servers), &access, |bencher, access| {
            bencher.iter(|| {
                let fleet = runtime.block_on(pull(access, &|_| {}, &Cancel::new())).unwrap();
                assert_eq!(fleet.servers.len() as u64, servers);
                fleet
            });
        });
    }
    group.finish();
}

criterion_group!(benches, pulls);
criterion_main!(benches);
