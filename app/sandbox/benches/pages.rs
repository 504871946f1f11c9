//! Opening a fleet of 100,000 servers, and one page of 1,000 of them.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emberline_sandbox::Sandbox;
use http::Request;

const FLEET: &str = "generated:100000:7";

fn request(sandbox: &Sandbox, body: &str) -> Request<Bytes> {
    let key = &sandbox.profiles()[0].access_key_id;
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261102/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0"
    );
    Request::post("/")
        .header("authorization", scope)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("the request is well formed")
}

fn pages(criterion: &mut Criterion) {
    let instant = "2026-11-02T08:00:00Z".parse().expect("a time");
    let open = || Sandbox::open_at(FLEET, instant).expect("the scenario is well formed");
    let mut opening = criterion.benchmark_group("opening");
    opening.sample_size(10);
    opening.bench_function("100000 servers", |bencher| bencher.iter(|| black_box(open())));
    opening.finish();

    let sandbox = open();
    let mut page = criterion.benchmark_group("page of 100000 servers");
    page.throughput(Throughput::Elements(1_000));
    let cases = [
        ("first 1000", "Action=DescribeInstances&MaxResults=1000"),
        (
            "1000 of one zone",
            "Action=DescribeInstances&MaxResults=1000&Filter.1.Name=availability-zone&Filter.1.Value.1=eu-west-1b",
        ),
    ];
    for (name, body) in cases {
        page.bench_function(name, |bencher| bencher.iter(|| black_box(sandbox.handle(request(&sandbox, body)))));
    }
    page.finish();
}

criterion_group!(benches, pages);
criterion_main!(benches);
