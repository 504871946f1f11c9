//! The HTTP connector that every call passes: over the network, or to an AWS in this process.
//!
//! This is the one place where the bytes of an answer go by before the SDK sees them.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::timeout::TimeoutConfig;
use http_body_util::BodyExt as _;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::access::{AccessError, Answer};

/// How long to wait. A page of 1,000 servers is some 5 MB and takes AWS seconds to make.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_secs(60))
        .operation_timeout(Duration::from_secs(180))
        .build()
}

/// How long to wait for the answer to a change, which is asked for once: a launch takes EC2 seconds, and who gives up
/// early has to find out by reading.
pub(crate) fn timeouts_of_changes() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(50))
        .operation_timeout(Duration::from_secs(60))
        .build()
}

/// A client for the network: rustls, the proxy variables, and the bundle's certificates or else the system's.
///
/// `needs_tls` is false where a plain endpoint is called: a machine without certificates may do that.
pub(crate) fn network(bundle: Option<&Path>, needs_tls: bool) -> Result<SharedHttpClient, AccessError> {
    let trust = match bundle {
        // As in the AWS CLI, the bundle stands in place of the system's certificates.
        Some(path) => TrustStore::empty().with_pem_certificate(checked_bundle(path)?),
        None if !rustls_native_certs::load_native_certs().certs.is_empty() => TrustStore::default(),
        None if needs_tls => return Err(AccessError::NoRootCertificates),
        None => TrustStore::empty(),
    };
    let context = TlsContext::builder().with_trust_store(trust).build().map_err(|error| AccessError::CaBundle {
        path: bundle.unwrap_or(Path::new("")).to_owned(),
        reason: error.to_string(),
    })?;
    Ok(SharedHttpClient::new(Network { context, proxy: ProxyConfig::from_env(), connectors: Mutex::default() }))
}

/// The bytes of a bundle in which every certificate can be used; the connector would panic on any other.
fn checked_bundle(path: &Path) -> Result<Vec<u8>, AccessError> {
    let bad = |reason: String| AccessError::CaBundle { path: path.to_owned(), reason };
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| bad(format!("it is not PEM text ({error})")))?;
    if certificates.is_empty() {
        return Err(bad("it holds no certificate".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for (number, certificate) in (1..).zip(certificates) {
        store.add(certificate).map_err(|error| bad(format!("certificate {number} can't be used ({error})")))?;
    }
    Ok(bytes)
}

type Settings = (Option<Duration>, Option<Duration>);

/// Hands out one connector, with its connections, for each pair of timeouts.
struct Network {
    context: TlsContext,
    proxy: ProxyConfig,
    connectors: Mutex<Vec<(Settings, SharedHttpConnector)>>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl HttpClient for Network {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let key = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = connectors.iter().find(|(of, _)| *of == key) {
            return connector.clone();
        }
        let mut builder = Connector::builder().connector_settings(settings.clone()).proxy_config(self.proxy.clone());
        builder.set_sleep_impl(parts.sleep_impl());
        let provider: tls::Provider = Provider::Rustls(CryptoMode::Ring);
        let built = builder.tls_provider(provider).tls_context(self.context.clone()).build();
        let connector = SharedHttpConnector::new(built);
        connectors.push((key, connector.clone()));
        connector
    }
}

/// A client that asks `answer`.
pub(crate) fn in_process(answer: Arc<Answer>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(InProcess { answer });
    http_client_fn(move |_, _| connector.clone())
}

struct InProcess {
    answer: Arc<Answer>,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.answer.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
            let answered = tokio::task::spawn_blocking(move || answer(http::Request::from_parts(head, body))).await;
            let response =
                answered.map_err(|error| ConnectorError::other(error.into(), None))?.map_err(broken_connection)?;
            HttpResponse::try_from(response.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What a connector says of a connection that broke.
fn broken_connection(error: std::io::Error) -> ConnectorError {
    if error.kind() == std::io::ErrorKind::TimedOut {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

/// `client`, but requests to one of the `authorities` (host and port) fail before they are sent.
pub(crate) fn barred(client: SharedHttpClient, authorities: Vec<String>) -> SharedHttpClient {
    if authorities.is_empty() {
        return client;
    }
    let authorities: Arc<[String]> = authorities.into();
    http_client_fn(move |settings, parts| {
        SharedHttpConnector::new(Barred {
            inner: client.http_connector(settings, parts),
            authorities: authorities.clone(),
        })
    })
}

#[derive(Debug)]
struct Barred {
    inner: SharedHttpConnector,
    authorities: Arc<[String]>,
}

impl HttpConnector for Barred {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: Option<http::Uri> = request.uri().parse().ok();
        let authority = uri.as_ref().and_then(|uri| uri.authority()).map(ToString::to_string);
        match authority.filter(|authority| self.authorities.contains(authority)) {
            Some(authority) => HttpConnectorFuture::ready(Err(ConnectorError::user(
                format!(
                    "the sign-in would go to the configured endpoint {authority}, which was to be ignored: take it out \
                     of the environment or the profile"
                )
                .into(),
            ))),
            None => self.inner.call(request),
        }
    }
}

/// What the `Date` header of the first answer told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Heard {
    /// The server's clock, in seconds since the epoch.
    pub(crate) server_s: i64,
    /// Server's clock minus the local one, in seconds.
    pub(crate) skew_s: i32,
}

/// Listens for the first `Date` header.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    first: OnceLock<Heard>,
    /// The server's clock at the latest answer, in seconds since the epoch; 0 where none came.
    latest_s: AtomicI64,
}

impl Ear {
    /// What was heard, if any answer came.
    pub(crate) fn heard(&self) -> Option<Heard> {
        self.first.get().copied()
    }

    /// The server's clock at the latest answer, in seconds since the epoch.
    pub(crate) fn latest_s(&self) -> Option<i64> {
        Some(self.latest_s.load(Ordering::Relaxed)).filter(|&second| second > 0)
    }

    fn hear(&self, response: &HttpResponse) {
        let date = response.headers().get("date").and_then(|text| DateTime::from_str(text, Format::HttpDate).ok());
        if let Some(date) = date {
            let server_s = date.secs();
            self.latest_s.store(server_s, Ordering::Relaxed);
            self.first.get_or_init(|| {
                let skew = server_s.saturating_sub(local_epoch_s());
                let skew_s = i32::try_from(skew).unwrap_or(if skew < 0 { i32::MIN } else { i32::MAX });
                Heard { server_s, skew_s }
            });
        }
    }
}

/// The local clock, in seconds since the epoch.
pub(crate) fn local_epoch_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed())
}

/// `client`, with `ear` at its answers.
pub(crate) fn listening(client: SharedHttpClient, ear: Arc<Ear>) -> SharedHttpClient {
    http_client_fn(move |settings, parts| {
        SharedHttpConnector::new(Listening { inner: client.http_connector(settings, parts), ear: ear.clone() })
    })
}

#[derive(Debug)]
struct Listening {
    inner: SharedHttpConnector,
    ear: Arc<Ear>,
}

impl HttpConnector for Listening {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let ear = self.ear.clone();
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let response = answer.await?;
            ear.hear(&response);
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use std::io::Write as _;

    use super::*;

    fn bundle(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_bundle_that_would_break_the_connector_is_refused_with_its_fault() {
        let not_a_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let cases = [
            ("", "it holds no certificate"),
            ("hello", "it holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", "it is not PEM text"),
            (not_a_certificate, "certificate 1 can't be used"),
        ];
        for (text, said) in cases {
            let error = network(Some(bundle(text).path()), true).unwrap_err().to_string();
            assert!(error.contains(said), "{text:?}: {error}");
        }
        let missing = network(Some(Path::new("/nowhere/ca.pem")), true).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/ca.pem"), "{missing}");
    }

    #[test]
    fn the_first_date_tells_the_clock() {
        let response = |date: &str| {
            HttpResponse::try_from(http::Response::builder().header("date", date).body(SdkBody::empty()).unwrap())
                .unwrap()
        };
        let ear = Ear::default();
        ear.hear(&response("yesterday"));
        assert_eq!(ear.heard(), None);
        ear.hear(&response("Tue, 15 Nov 1994 08:12:31 GMT"));
        ear.hear(&response("Mon, 23 Nov 2026 05:00:00 GMT"));
        let heard = ear.heard().unwrap();
        assert_eq!(heard.server_s, 784_887_151);
        assert!((heard.server_s - local_epoch_s() - i64::from(heard.skew_s)).abs() <= 1);
    }
}
