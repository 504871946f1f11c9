//! The SDK as a decoder of bytes that are at hand.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::config::{BehaviorVersion, Region, retry::RetryConfig};

use super::super::tags::Tag;
use super::super::xml::Text;
use crate::wire;

/// A text of the SDK's.
pub(super) fn some(text: Option<&str>) -> Option<Text<'_>> {
    text.map(Into::into)
}

/// Tags of the SDK's.
pub(super) fn tags(tags: &[aws_sdk_ec2::types::Tag]) -> Vec<Tag<'_>> {
    tags.iter().map(|tag| Tag { key: some(tag.key()), value: some(tag.value()) }).collect()
}

/// AWS as the SDK sees it where every answer is this one.
fn config(body: &[u8]) -> aws_types::SdkConfig {
    let body = bytes::Bytes::copy_from_slice(body);
    let answer = move |_| Ok(http::Response::builder().status(200).body(body.clone()).unwrap());
    aws_types::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKIA", "secret", None, None, "test")))
        .retry_config(RetryConfig::disabled())
        .http_client(wire::in_process(Arc::new(answer)))
        .build()
}

/// EC2, which answers so.
pub(super) fn ec2(body: &[u8]) -> aws_sdk_ec2::Client {
    aws_sdk_ec2::Client::new(&config(body))
}

/// Auto Scaling, which answers so.
pub(super) fn autoscaling(body: &[u8]) -> aws_sdk_autoscaling::Client {
    aws_sdk_autoscaling::Client::new(&config(body))
}

/// Whether the SDK's tokenizer has nothing against an answer. Where it has, the SDK leaves out the rest without a word.
pub(super) fn reads_to_the_end(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| xmlparser::Tokenizer::from(text).all(|token| token.is_ok()))
}

/// Does something with the SDK.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work)
}

/// Every answer to a call that the sandbox's scenario has, page after page, of every login and region.
pub(super) fn answers(scenario: &str, operation: &'static str, service: &'static str, extra: &str) -> Vec<Vec<u8>> {
    let sandbox = sandbox::Sandbox::open_at(scenario, "2026-06-01T12:00:00Z".parse().unwrap()).unwrap();
    let mut found = Vec::new();
    for profile in sandbox.profiles() {
        for region in &profile.regions {
            let mut token = String::new();
            loop {
                let next = if token.is_empty() { String::new() } else { format!("&NextToken={token}") };
                let version = if service == "ec2" { "2016-11-15" } else { "2011-01-01" };
                let body = format!("Action={operation}&Version={version}{extra}{next}");
                let authorization = format!(
                    "AWS4-HMAC-SHA256 Credential={}/20260601/{region}/{service}/aws4_request, SignedHeaders=host, \
                     Signature=0",
                    profile.access_key_id
                );
                let request = http::Request::post(format!("https://{service}.{region}.amazonaws.com/"))
                    .header("authorization", authorization)
                    .header("x-amz-date", "20260601T120000Z")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(bytes::Bytes::from(body))
                    .unwrap();
                let response = sandbox.handle(request).into_response().unwrap();
                if response.status() != 200 {
                    break;
                }
                let text = response.into_body().to_vec();
                let said = String::from_utf8(text.clone()).unwrap();
                found.push(text);
                let begun = said.find("<nextToken>").or_else(|| said.find("<NextToken>"));
                match begun {
                    Some(begun) => {
                        let rest = &said.as_bytes()[begun + "<nextToken>".len()..];
                        let end = memchr::memchr(b'<', rest).unwrap();
                        token = form_urlencoded::byte_serialize(&rest[..end]).collect();
                    }
                    None => break,
                }
            }
        }
    }
    found
}
