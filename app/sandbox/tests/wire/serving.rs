//! The loopback port.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    time::Duration,
};

use emberline_sandbox::{Sandbox, serve};

use crate::ask::Client;

/// A served sandbox; gone with this.
struct Served {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

fn served(sandbox: &Sandbox) -> Served {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (ready, address) = mpsc::channel();
    let sandbox = sandbox.clone();
    runtime.spawn(serve(sandbox, "127.0.0.1:0".parse().unwrap(), move |address| ready.send(address).unwrap()));
    Served { address: address.recv().unwrap(), _runtime: runtime }
}

impl Served {
    /// Sends a request and reads until the connection ends: what came, and how it ended.
    fn ask(&self, head: &str, body: &str) -> (String, Result<(), ErrorKind>) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).map(|_| ()).map_err(|error| error.kind());
        (String::from_utf8(answer).unwrap(), end)
    }

    fn identity(&self, client: &Client, host: &str) -> (String, Result<(), ErrorKind>) {
        let authorization = client.authorization("sts");
        self.ask(
            &format!("POST / HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n"),
            "Action=GetCallerIdentity",
        )
    }
}

#[test]
fn a_port_answers_as_the_handler_does() {
    let client = Client::prod();
    let served = served(&client.sandbox);
    let (answer, end) = served.identity(&client, "127.0.0.1");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("<Account>210987654321</Account>"), "{answer}");
    assert_eq!(end, Ok(()));
    let (answer, _) = served.identity(&client, "evil.example");
    assert!(answer.starts_with("HTTP/1.1 403 "), "another host's page gets nothing");
}

/// The body's length as it is announced, and as it came.
fn lengths(answer: &str) -> (usize, usize) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    (announced.parse().unwrap(), body.len())
}

#[test]
fn faults_of_the_connection_show_on_the_socket() {
    let client = Client::prod();
    let served = served(&client.sandbox);
    let meet = |fault: &str| {
        client.sandbox.clear_faults();
        client.sandbox.inject(fault.parse().unwrap());
        let met = served.identity(&client, "localhost");
        assert_eq!(client.sandbox.faults()[0].fired, 1, "{fault}");
        met
    };
    assert_eq!(meet("reset"), (String::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(meet("lost-before"), (String::new(), Ok(())));
    assert_eq!(meet("lost-after"), (String::new(), Ok(())));
    let (nothing, end) = meet("timeout");
    assert_eq!(nothing, "");
    assert!(matches!(end, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{end:?}");
    let (answer, end) = meet("truncate");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let (announced, came) = lengths(&answer);
    assert_eq!((came, end), (announced / 2, Ok(())));
    let (answer, _) = meet("html500");
    assert!(answer.starts_with("HTTP/1.1 500 ") && answer.contains("<h1>500 Internal Server Error</h1>"), "{answer}");
    client.sandbox.clear_faults();
    let (answer, _) = served.identity(&client, "localhost");
    let (announced, came) = lengths(&answer);
    assert_eq!(announced, came, "all is well again");
}

#[test]
fn a_large_answer_breaks_off_where_it_should() {
    let client = Client::prod();
    client.sandbox.inject("truncate:count=1".parse().unwrap());
    let served = served(&client.sandbox);
    let authorization = client.authorization("ec2");
    let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\nConnection: close\r\n");
    let (answer, end) = served.ask(&head, "Action=DescribeInstances");
    let (announced, came) = lengths(&answer);
    assert!(announced > 1_000_000, "{announced}");
    assert_eq!((came, end), (announced / 2, Ok(())));
}

#[test]
fn a_silent_connection_keeps_no_other_from_its_answer() {
    let client = Client::prod();
    client.sandbox.inject("timeout:count=1".parse().unwrap());
    let served = served(&client.sandbox);
    assert_eq!(served.identity(&client, "localhost").0, "");
    let (answer, _) = served.identity(&client, "localhost");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn the_port_is_where_the_sandbox_is_driven() {
    let client = Client::prod();
    let served = served(&client.sandbox);
    let order = |what: &str, headers: &str, body: &str| {
        served.ask(&format!("{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}"), body).0
    };
    let json = "Content-Type: application/json\r\n";
    let moved = order("POST /_sandbox/clock", json, r#"{"advance":"10m"}"#);
    assert!(moved.starts_with("HTTP/1.1 200 OK\r\n") && moved.contains("2026-11-02T08:10:00Z"), "{moved}");
    let injected = order("POST /_sandbox/faults", json, r#"{"spec":"503:count=1"}"#);
    assert!(injected.ends_with(r#"{"id":1}"#), "{injected}");
    assert!(served.identity(&client, "localhost").0.starts_with("HTTP/1.1 503 "));
    let counted = order("GET /_sandbox/faults", "", "");
    assert!(counted.contains(r#""fired":1"#), "{counted}");
    assert!(order("DELETE /_sandbox/faults/1", json, "").ends_with(r#"{"faults":[]}"#));
    let traced = order("GET /_sandbox/trace", "", "");
    assert!(traced.contains("sts:GetCallerIdentity ServiceUnavailable"), "{traced}");
    let page = order("POST /_sandbox/clock", "Content-Type: text/plain\r\n", r#"{"advance":"10m"}"#);
    assert!(page.starts_with("HTTP/1.1 403 "), "{page}");
}
