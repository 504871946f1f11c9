//! The sandbox on a port, as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::run::Home;

/// A listening sandbox; it ends with the test.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) url: String,
    lines: Vec<String>,
}

impl Served {
    /// Starts it on a free port.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut all = vec!["sandbox", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        let mut child =
            home.command(&all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("a first line").unwrap();
        let url = first.strip_prefix("listening on ").expect("the address").to_owned();
        // One line for each account follows at once.
        let mut told = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            told.push(line);
            if told.len() == if arguments.contains(&"--servers") { 1 } else { 2 } {
                break;
            }
        }
        Self { child, url, lines: told }
    }

    /// Access key and secret of an account.
    pub(crate) fn keys(&self, account: &str) -> (String, String) {
        let line = self.lines.iter().find(|line| line.contains(account)).expect("the account's line");
        let value = |name: &str| {
            let start = line.find(name).unwrap() + name.len();
            line[start..].split_whitespace().next().unwrap().to_owned()
        };
        (value("AWS_ACCESS_KEY_ID="), value("AWS_SECRET_ACCESS_KEY="))
    }

    /// Everything that it was asked and that happened in it, as JSON.
    pub(crate) fn trace(&self) -> String {
        self.exchange("GET /_sandbox/trace", "", "")
    }

    /// Asks EC2 past the binary: the answer's XML. `form` is the call with its parameters.
    pub(crate) fn ec2(&self, account: &str, region: &str, form: &str) -> String {
        self.query(account, region, "ec2", &format!("Version=2016-11-15&{form}"))
    }

    /// Asks one of the services that take forms.
    pub(crate) fn query(&self, account: &str, region: &str, service: &str, form: &str) -> String {
        let id = self.keys(account).0;
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={id}/20261102/{region}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00\r\n"
        );
        self.exchange("POST /", &headers, form)
    }

    /// The body of the answer to one request.
    fn exchange(&self, request: &str, headers: &str, body: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{request}: {answer}");
        body.to_owned()
    }

    /// A run of the binary against it, in one region of an account.
    pub(crate) fn command(&self, home: &Home, account: &str, region: &str, arguments: &[&str]) -> Command {
        let (id, secret) = self.keys(account);
        let mut all = arguments.to_vec();
        all.extend(["--endpoint-url", &self.url, "--region", region]);
        let mut command = home.command(&all);
        command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        command
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself already; either way it is gone after this.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
