//! One page of a thousand servers (some 5 MB of XML), from its bytes to what rows are made of: by `answers::read`, and
//! by the SDK, behind a request whose answer is at hand. What the SDK takes for the request is measured beside it.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emberline_cloud::answers::{Instances, read};
use sandbox::Sandbox;

/// Servers on the page.
const SERVERS: usize = 1_000;

/// AWS, whose every answer is this one.
#[derive(Debug)]
struct Always(Bytes);

impl HttpConnector for Always {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let response = http::Response::builder().status(200).body(SdkBody::from(self.0.clone())).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

fn sdk(answer: Bytes) -> aws_sdk_ec2::Client {
    let connector = SharedHttpConnector::new(Always(answer));
    let config = aws_types::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKIA", "secret", None, None, "bench")))
        .http_client(http_client_fn(move |_, _| connector.clone()));
    aws_sdk_ec2::Client::new(&config.build())
}

/// The first page of the generated fleet.
fn page() -> Bytes {
    let sandbox = Sandbox::open(&format!("generated:{SERVERS}:7")).unwrap();
    let profiles = sandbox.profiles();
    let profile = &profiles[0];
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260601/{}/ec2/aws4_request, SignedHeaders=host, Signature=0",
        profile.access_key_id, profile.regions[0]
    );
    let request = http::Request::post(format!("https://ec2.{}.amazonaws.com/", profile.regions[0]))
        .header("authorization", authorization)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from("Action=DescribeInstances&Version=2016-11-15&MaxResults=1000"))
        .unwrap();
    sandbox.handle(request).into_response().unwrap().into_body()
}

fn parses(criterion: &mut Criterion) {
    let bytes = page();
    assert_eq!(read::<Instances>(&bytes).unwrap().items.len(), SERVERS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (whole, empty) = (sdk(bytes.clone()), sdk(Bytes::from("<DescribeInstancesResponse/>")));
    let mut group = criterion.benchmark_group("parse");
    group.measurement_time(Duration::from_secs(5)).throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("streamed", |bencher| bencher.iter(|| read::<Instances>(&bytes).unwrap().items.len()));
    for (name, client) in [("the SDK", &whole), ("the SDK, an empty page", &empty)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(client.describe_instances().send()).unwrap().reservations().len());
        });
    }
    group.finish();
}

criterion_group!(benches, parses);
criterion_main!(benches);
