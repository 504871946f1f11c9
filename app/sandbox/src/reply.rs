//! What goes out on a socket, be it whole, broken off or nothing at all.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use hyper::body::{Body, Frame, SizeHint};

use crate::Delivery;

/// Why a connection ends without an answer, or in the middle of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It closes.
    Closed,
    /// It is reset.
    Reset,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Broken::Closed => "a fault closed the connection",
            Broken::Reset => "a fault reset the connection",
        })
    }
}

impl std::error::Error for Broken {}

impl Broken {
    /// What broke a connection, if a fault did.
    pub(crate) fn why(error: &hyper::Error) -> Option<Broken> {
        std::error::Error::source(error).and_then(|cause| cause.downcast_ref()).copied()
    }
}

/// A body that says its whole length, and may break off before it.
#[derive(Debug)]
pub(crate) struct Reply {
    /// What has not been sent yet.
    left: Bytes,
    /// How much of it will not be.
    withheld: usize,
    /// Whether what was sent has had time to leave.
    flushed: bool,
}

impl Reply {
    /// A body that arrives.
    pub(crate) fn whole(body: Bytes) -> Reply {
        Reply { left: body, withheld: 0, flushed: false }
    }

    /// What a delivery sends. Of one that is silent nothing is ever known.
    ///
    /// # Errors
    /// How the connection breaks where nothing is sent.
    pub(crate) async fn of(delivery: Delivery) -> Result<Response<Reply>, Broken> {
        match delivery {
            Delivery::Whole(response) => Ok(response.map(Reply::whole)),
            Delivery::Cut(response) => Ok(response.map(|body| {
                let withheld = body.len() - Delivery::half(body.len());
                Reply { left: body, withheld, flushed: false }
            })),
            Delivery::Closed => Err(Broken::Closed),
            Delivery::Reset => Err(Broken::Reset),
            // Ends when the client leaves, since the connection is then dropped.
            Delivery::Silence => std::future::pending().await,
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.left.len() > self.withheld {
            let sent = self.left.len() - self.withheld;
            return Poll::Ready(Some(Ok(Frame::data(self.left.split_to(sent)))));
        }
        if self.withheld == 0 {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // What waits in a buffer would be lost with the connection; a pause sends it on.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Broken::Closed)))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
