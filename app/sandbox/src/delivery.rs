//! How an answer reaches its client, or does not.

use std::io;

use bytes::Bytes;
use http::Response;

/// What becomes of an answer on its way.
#[derive(Debug)]
pub enum Delivery {
    /// It arrives.
    Whole(Response<Bytes>),
    /// The connection closes after the first half of the body.
    Cut(Response<Bytes>),
    /// The connection closes before the answer begins.
    Closed,
    /// The connection is reset before the answer begins.
    Reset,
    /// Nothing comes, and the connection stays open.
    Silence,
}

impl Delivery {
    /// The answer, for a client in this process.
    ///
    /// # Errors
    /// What a socket would say where the answer does not arrive whole: `UnexpectedEof`, `ConnectionReset`, or
    /// `TimedOut`, at once, where a client would wait in vain.
    pub fn into_response(self) -> io::Result<Response<Bytes>> {
        let (kind, words) = match self {
            Delivery::Whole(response) => return Ok(response),
            Delivery::Cut(_) => (io::ErrorKind::UnexpectedEof, "the connection closed in the middle of the answer"),
            Delivery::Closed => (io::ErrorKind::UnexpectedEof, "the connection closed without an answer"),
            Delivery::Reset => (io::ErrorKind::ConnectionReset, "the connection was reset"),
            Delivery::Silence => (io::ErrorKind::TimedOut, "no answer came"),
        };
        Err(io::Error::new(kind, words))
    }

    /// So many bytes of a body of this length arrive where it breaks off.
    pub(crate) fn half(length: usize) -> usize {
        length / 2
    }
}
