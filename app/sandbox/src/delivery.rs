//! How an answer reaches its client, or does not.

use std::io;

use bytes::Bytes;
use http::Response;

/// What becomes of an answer on its way.
#[derive(Debug)]
pub enum Delivery {
    /// It arrives.
    Whole(Response<Bytes>),
}

impl Delivery {
    /// The answer, for a client in this process.
    ///
    /// # Errors
    /// What a socket would say where the answer does not arrive whole.
    pub fn into_response(self) -> io::Result<Response<Bytes>> {
        match self {
            Delivery::Whole(response) => Ok(response),
        }
    }
}
