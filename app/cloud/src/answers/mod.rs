//! The answers that are megabytes: read once, from their bytes, into what rows are made of.
//!
//! The SDK signs, sends, retries and finds out what an error is. Of an answer that it would decode into owned strings
//! (some 13 KB a server) it gets an empty one in its place: the connector keeps the bytes for whoever asked.

mod groups;
mod images;
mod instances;
mod tags;
mod template_versions;
mod xml;

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;

pub use groups::{Group, Groups, Member, Mixed, Override, TemplateSpecification};
pub use images::{Image, Images};
pub use instances::{Attachment, Device, Ebs, Instance, Instances, Interface, MetadataOptions};
pub use tags::Tag;
pub(crate) use tags::tag_set;
pub use template_versions::{TagSpecification, TemplateData, TemplateInterface, TemplateVersion, TemplateVersions};
pub use xml::{Malformed, Text, Xml};

/// A call whose answer is read from its bytes.
pub trait Listing {
    /// The answer's root element.
    const ROOT: &'static str;
    /// The shortest answer that the SDK takes for one.
    const EMPTY: &'static str;
    /// What it lists, borrowed from the answer.
    type Item<'a>;

    /// Reads what is in the root element.
    ///
    /// # Errors
    /// [`Malformed`].
    fn read<'a>(xml: &mut Xml<'a>) -> Result<Page<Self::Item<'a>>, Malformed>;
}

/// One page of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// What it lists, in its order.
    pub items: Vec<T>,
    /// The token of the page after.
    pub next_token: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), next_token: None }
    }
}

impl<T> Page<T> {
    fn token(&mut self, xml: &mut Xml<'_>) -> Result<(), Malformed> {
        self.next_token = Some(xml.text()?.into_owned());
        Ok(())
    }
}

/// Where the connector leaves the bytes of an answer for whoever asked.
pub(crate) struct Tap<L> {
    tapped: Tapped,
    listing: PhantomData<fn() -> L>,
}

/// What a request carries to the connector; nothing of it is sent.
#[derive(Clone)]
struct Tapped {
    root: &'static str,
    empty: &'static str,
    body: Arc<Mutex<Option<Bytes>>>,
}

impl<L: Listing> Tap<L> {
    pub(crate) fn new() -> Self {
        Self { tapped: Tapped { root: L::ROOT, empty: L::EMPTY, body: Arc::default() }, listing: PhantomData }
    }

    /// What makes a request carry it: for `mutate_request`.
    pub(crate) fn on_request(&self) -> impl Fn(&mut HttpRequest) + Send + Sync + use<L> {
        let tapped = self.tapped.clone();
        move |request| request.add_extension(tapped.clone())
    }

    /// The bytes of the last answer that was no error.
    pub(crate) fn bytes(&self) -> Bytes {
        self.tapped.body.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Reads an answer.
///
/// # Errors
/// [`Malformed`].
pub fn read<L: Listing>(bytes: &[u8]) -> Result<Page<L::Item<'_>>, Malformed> {
    L::read(&mut Xml::root(bytes, L::ROOT)?)
}

/// `client`, which keeps the bytes of answers that are asked for by a [`Tap`].
pub(crate) fn tapped(client: SharedHttpClient) -> SharedHttpClient {
    http_client_fn(move |settings, parts| {
        SharedHttpConnector::new(Tapping { inner: client.http_connector(settings, parts) })
    })
}

struct Tapping {
    inner: SharedHttpConnector,
}

impl fmt::Debug for Tapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tapping")
    }
}

impl HttpConnector for Tapping {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let tapped = request.extension::<Tapped>().cloned();
        let answer = self.inner.call(request);
        let Some(tapped) = tapped else { return answer };
        HttpConnectorFuture::new(async move { tapped.keep(answer.await?).await })
    }
}

impl Tapped {
    /// Keeps the bytes of an answer that is a list, and puts an empty list in its place. Anything else is left to the
    /// SDK, which knows errors. One that ends within its list is a connection that broke: the SDK asks again.
    async fn keep(self, mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
        if !response.status().is_success() {
            return Ok(response);
        }
        let bytes = response.take_body().collect().await.map_err(ConnectorError::io)?.to_bytes();
        if !begins_with(&bytes, self.root) {
            *response.body_mut() = SdkBody::from(bytes);
            return Ok(response);
        }
        if !ends_with(&bytes, self.root) {
            let early = format!("the answer ended early, after {} bytes", bytes.len());
            return Err(ConnectorError::io(io::Error::new(io::ErrorKind::UnexpectedEof, early).into()));
        }
        *self.body.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes);
        *response.body_mut() = SdkBody::from(self.empty);
        Ok(response)
    }
}

/// Whether the first element of an answer has this name: what stands before it is short.
fn begins_with(bytes: &[u8], root: &str) -> bool {
    let mut rest = bytes;
    while let Some(start) = memchr::memchr(b'<', rest) {
        rest = &rest[start + 1..];
        if !rest.starts_with(b"?") && !rest.starts_with(b"!") {
            return rest.starts_with(root.as_bytes());
        }
    }
    false
}

fn ends_with(bytes: &[u8], root: &str) -> bool {
    let name = bytes.trim_ascii_end().strip_suffix(b">").map(<[u8]>::trim_ascii_end);
    let element = name.and_then(|rest| rest.strip_suffix(root.as_bytes()));
    element.is_some_and(|rest| rest.ends_with(b"</")) || bytes.trim_ascii_end().ends_with(b"/>")
}

#[cfg(test)]
mod tests;
