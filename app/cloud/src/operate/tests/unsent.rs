//! What never leaves this machine is refused for certain, and says so.

use std::io::{Read as _, Write as _};

use ::operate::Mutation;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::Env;

use super::*;
use crate::access::AwsOptions;
use crate::profile::tests::files;

const CONFIG: &str = "
[profile keys]
region = eu-west-1
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile corp]
region = eu-west-1
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Operator
[profile guarded]
region = eu-west-1
role_arn = arn:aws:iam::444455556666:role/Admin
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/ada
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.example/nobody-signed-in-here
";

/// An operator who goes through a profile to an endpoint.
fn operator(profile: &str, endpoint: &str) -> (Operator, Scope, Runtime) {
    let files: EnvConfigFiles = files(CONFIG);
    let options =
        AwsOptions { profiles: vec![profile.into()], endpoint_url: Some(endpoint.into()), ..AwsOptions::default() };
    let access = Access::from_surroundings(options, &Env::from_slice(&[]), &files).unwrap();
    let runtime = Runtime::new().unwrap();
    let operator = Operator::new(&access, runtime.handle().clone());
    let scope = Scope {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        profile: Some(profile.into()),
    };
    (operator, scope, runtime)
}

fn sent_by(profile: &str, endpoint: &str) -> (Sent, Option<String>) {
    let (operator, scope, runtime) = operator(profile, endpoint);
    let change = Mutation::TerminateInstances { server: "i-1".into() };
    let sent = match operator.line(&scope) {
        Ok(line) => runtime.block_on(changes::transmit(&line, &change, Some(&Token("op-1-0".into())), &|| Ok(()))),
        Err(failure) => answers::not_sent(failure),
    };
    (sent, operator.read_only_reason())
}

/// Where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

fn not_sent(profile: &str) -> String {
    match sent_by(profile, NOBODY).0 {
        Sent::Refused { code, message, request_id: None, .. } if code == Sent::NOT_SENT => message,
        other => panic!("{profile}: {other:?}"),
    }
}

#[test]
fn a_connection_that_nobody_took_carried_nothing() {
    let message = not_sent("keys");
    assert!(message.starts_with("AWS can't be reached: "), "{message}");
}

#[test]
fn without_credentials_nothing_is_signed_and_nothing_sent() {
    let message = not_sent("corp");
    assert!(message.ends_with("Run `aws sso login --profile corp` and try again."), "{message}");
    assert!(not_sent("guarded").contains("asks for an MFA code"));
}

#[test]
fn a_server_that_hangs_up_may_have_done_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = std::thread::spawn(move || {
        listener.set_nonblocking(false).unwrap();
        // Takes one connection, reads what comes first and closes it.
        let (mut connection, _) = listener.accept().unwrap();
        let mut first = [0; 512];
        let read = connection.read(&mut first).unwrap();
        drop(connection);
        listener.set_nonblocking(true).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        (read, listener.accept().is_ok())
    });
    let (sent, _) = sent_by("keys", &url);
    let (read, asked_again) = calls.join().unwrap();
    assert!(read > 0 && !asked_again, "it is sent once");
    let Sent::Unknown { why } = &sent else { panic!("{sent:?}") };
    assert!(why.starts_with("the connection broke before TerminateInstances was answered"), "{why}");
}

#[test]
fn a_server_on_this_machine_that_knows_no_refreshes_has_none() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = [0; 4_096];
        assert!(connection.read(&mut request).unwrap() > 0);
        let page = "<html>not implemented</html>";
        let head = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nConnection: close";
        write!(connection, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len()).unwrap();
    });
    let (operator, scope, _runtime) = operator("keys", &url);
    assert_eq!(operator.refreshes(&scope, "web").unwrap(), []);
    server.join().unwrap();
}

#[test]
fn no_other_program_reaches_a_sandbox_inside() {
    let reason = Harbor::open().operator.out_of_reach().unwrap();
    assert!(reason.starts_with("this sandbox is inside Emberline"), "{reason}");
    let (operator, ..) = operator("keys", NOBODY);
    assert_eq!(operator.out_of_reach(), None);
}

#[test]
fn an_endpoint_elsewhere_is_read_only_and_says_so() {
    let reason = sent_by("guarded", "https://aws.example").1;
    let expected = "the endpoint https://aws.example is neither AWS's own nor on this machine, so it is read-only";
    assert_eq!(reason.as_deref(), Some(expected));
    assert_eq!(sent_by("guarded", NOBODY).1, None);
}
