//! The sandbox on a loopback port, for boto3, the AWS CLI and anything else that speaks HTTP.

use std::{future::poll_fn, io, net::SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    Sandbox,
    dispatch::MAX_BODY_BYTES,
    reply::{Broken, Reply},
};

/// Answers on `listen` until the future is dropped. `ready` is called once with the address that it
/// really listens on, which tells the port when 0 was asked for.
///
/// # Errors
/// When the address is not a loopback one, or can't be listened on.
pub async fn serve(sandbox: Sandbox, listen: SocketAddr, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    if !listen.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "the sandbox does not listen on {listen}: anyone who reaches it could use it; use 127.0.0.1:{}",
                listen.port()
            ),
        ));
    }
    let listener = TcpListener::bind(listen).await?;
    ready(listener.local_addr()?);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files and the like pass; the port stays.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        connections.spawn(attend(sandbox.clone(), stream));
    }
}

/// Answers what comes on one connection.
async fn attend(sandbox: Sandbox, stream: TcpStream) {
    let service = service_fn(move |request| {
        let sandbox = sandbox.clone();
        Box::pin(async move { answer(&sandbox, request).await })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // The stream is wanted back, since only it can be reset.
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    let Err(error) = ended else {
        return;
    };
    tracing::debug!(%error, "a connection broke");
    if Broken::why(&error) == Some(Broken::Reset)
        && let Err(error) = stream.set_zero_linger()
    {
        tracing::debug!(%error, "a connection could not be reset, and closes");
    }
}

async fn answer(sandbox: &Sandbox, request: Request<Incoming>) -> Result<Response<Reply>, Broken> {
    if !is_host_ours(request.headers()) {
        return Ok(plain(StatusCode::FORBIDDEN, "This host is not served here.\n"));
    }
    let (parts, body) = request.into_parts();
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => Reply::of(sandbox.handle(Request::from_parts(parts, body.to_bytes()))).await,
        Err(error) if error.is::<LengthLimitError>() => {
            Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "The request is larger than 1 MiB.\n"))
        }
        Err(_) => Ok(plain(StatusCode::BAD_REQUEST, "The request broke off.\n")),
    }
}

/// Whether the request was meant for this machine or for AWS: a web page that points its own name at
/// 127.0.0.1 gets nothing.
fn is_host_ours(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split(':').next().unwrap_or_default(),
    };
    is_this_machine(name) || name.ends_with(".amazonaws.com") || name.ends_with(".api.aws")
}

/// Whether a host's name or address, in brackets or not, is always this machine's.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn plain(status: StatusCode, text: &'static str) -> Response<Reply> {
    let mut response = Response::new(Reply::whole(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn only_this_machine_and_aws_are_hosts() {
        let cases = [
            ("127.0.0.1:4566", true),
            ("[::1]:80", true),
            ("localhost", true),
            ("ec2.eu-west-1.amazonaws.com", true),
            ("evil.example", false),
            ("10.0.0.1", false),
            ("amazonaws.com.evil.example", false),
        ];
        for (host, want) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            assert_eq!(is_host_ours(&headers), want, "{host}");
        }
        assert!(!is_host_ours(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn an_address_that_others_reach_is_refused() {
        let sandbox = Sandbox::open("generated:1:1").unwrap();
        let error = serve(sandbox, "0.0.0.0:0".parse().unwrap(), |_| ()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
