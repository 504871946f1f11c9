//! The loopback port.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc,
};

use emberline_sandbox::serve;

use crate::ask::Client;

#[tokio::test]
async fn a_port_answers_as_the_handler_does() {
    let client = Client::prod();
    let (ready, address) = mpsc::channel();
    let server = tokio::spawn(serve(client.sandbox.clone(), "127.0.0.1:0".parse().unwrap(), move |address| {
        ready.send(address).unwrap();
    }));
    let address = tokio::task::spawn_blocking(move || address.recv().unwrap()).await.unwrap();
    let ask = |host: &'static str| {
        let body = "Action=GetCallerIdentity";
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            client.authorization("sts"),
            body.len()
        );
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        })
    };
    let answer = ask("127.0.0.1").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("<Account>210987654321</Account>"), "{answer}");
    assert!(ask("evil.example").await.unwrap().starts_with("HTTP/1.1 403 "), "another host's page gets nothing");
    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
}
