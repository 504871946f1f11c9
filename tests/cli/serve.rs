//! `emberline sandbox`: the simulated AWS on a port, and the binary itself as its client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::run::{DONE, FAILED, Home, WITH_GAPS};
use crate::served::Served;

fn report(home: &Home, served: &Served, account: &str, region: &str, status: i32) -> serde_json::Value {
    let (id, secret) = served.keys(account);
    let mut command = home.command(&["report", "--endpoint-url", &served.url, "--region", region, "--format", "json"]);
    command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
    crate::run::ended(command.output().unwrap()).expect(status).json()
}

#[test]
fn over_the_wire_the_sandbox_is_the_one_in_process() {
    let home = Home::new();
    let served = Served::start(&home, &[]);
    let whole = home.run(&["report", "--sandbox", "--format", "json"]).expect(WITH_GAPS).json();
    for (account, region, status) in [
        ("210987654321", "eu-west-1", DONE),
        ("210987654321", "us-east-1", DONE),
        ("310987654321", "eu-west-1", DONE),
        ("310987654321", "us-east-1", WITH_GAPS),
    ] {
        let report = report(&home, &served, account, region, status);
        let ids = |report: &serde_json::Value| -> Vec<String> {
            let servers = report["servers"].as_array().unwrap().iter();
            servers
                .filter(|server| server["account"] == account && server["region"] == region)
                .map(|server| server["id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(report["source"]["kind"], "aws", "the wire does not tell a sandbox from AWS");
        assert_eq!(report["servers"].as_array().unwrap().len(), ids(&report).len());
        assert_eq!(ids(&report), ids(&whole), "{account}/{region}");
    }
}

#[test]
fn the_sandbox_survives_clients_that_speak_no_http() {
    let home = Home::new();
    let served = Served::start(&home, &["--servers", "50", "--seed", "7"]);
    let address = served.url.strip_prefix("http://").unwrap();
    for nonsense in [&b"\0\0\0\0"[..], b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
        stream.write_all(nonsense).unwrap();
        let mut answer = [0; 256];
        // An error, an end or silence: what counts is that the next client is served.
        let _ = stream.read(&mut answer);
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: ec2.eu-west-1.amazonaws.com\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "an unsigned request is refused: {answer}");
}

/// Sends what a terminal's Ctrl-C sends.
#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
#[test]
fn faults_that_never_struck_are_told_at_the_end() {
    let home = Home::new();
    let faults = ["--fault", "503:action=ec2:*,count=1", "--fault", "throttle:action=ssm:*"];
    let mut arguments = vec!["sandbox", "--listen", "127.0.0.1:0", "--speed", "60"];
    arguments.extend(faults);
    let mut child =
        home.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap().strip_prefix("listening on http://").unwrap().to_owned();
    let account = lines.next().unwrap().unwrap();
    let (_, key) = account.split_once("AWS_ACCESS_KEY_ID=").unwrap();
    let key = key.split_whitespace().next().unwrap();
    let body = "Action=DescribeRegions&Version=2016-11-15";
    let mut stream = TcpStream::connect(url).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\nAuthorization: \
         AWS4-HMAC-SHA256 Credential={key}/20261102/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0\r\n\
         \r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    interrupt(&child);
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "the fault 'throttle:action=ssm:*' never struck; it was met 0 times\n");
    assert_eq!(child.wait().unwrap().code(), Some(DONE));
}

#[test]
fn keys_that_nobody_has_are_an_error_that_says_so() {
    let home = Home::new();
    let served = Served::start(&home, &["--servers", "50", "--seed", "7"]);
    let mut command = home.command(&["report", "--endpoint-url", &served.url, "--region", "eu-west-1"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIAAAAAAAAAAAAAAAAA").env("AWS_SECRET_ACCESS_KEY", "x");
    let ended = crate::run::ended(command.output().unwrap()).expect(FAILED);
    assert_eq!(ended.out, "");
    assert!(ended.err.contains("InvalidClientTokenId") && ended.err.contains("no longer valid"), "{}", ended.err);
}

/// The resident memory of a process in MiB, as Linux tells it.
#[cfg(target_os = "linux")]
fn resident_mib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("the kernel tells it");
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_thousand_servers_are_held_in_less_than_a_gibibyte() {
    let home = Home::new();
    let served = Served::start(&home, &["--servers", "100000", "--seed", "7"]);
    let mib = resident_mib(&served.child);
    assert!((20..1_024).contains(&mib), "{mib} MiB");
}
