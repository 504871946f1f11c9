//! What happens in the course of time.

use std::time::Duration;

use crate::ask::{Client, harbor, text};

/// Launches one server from a template of harbor and returns its id.
fn launch(client: &Client) -> String {
    let answer = client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1").good();
    answer.text("instanceId").unwrap()
}

fn state(client: &Client, id: &str) -> String {
    let answer = client.ec2("DescribeInstances", &format!("InstanceId.1={id}")).good();
    text(answer.body.split("<instanceState>").nth(1).unwrap(), "name")
}

#[test]
fn a_server_is_born_runs_ends_and_is_forgotten() {
    let client = Client::prod();
    let id = launch(&client);
    assert_eq!(state(&client, &id), "pending");
    client.sandbox.advance(Duration::from_secs(60));
    assert_eq!(state(&client, &id), "running");
    client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
    assert_eq!(state(&client, &id), "shutting-down");
    client.sandbox.advance(Duration::from_secs(60));
    assert_eq!(state(&client, &id), "terminated");
    client.sandbox.advance(Duration::from_secs(3_600));
    let (code, _) = client.ec2("DescribeInstances", &format!("InstanceId.1={id}")).error();
    assert_eq!(code, "InvalidInstanceID.NotFound");
}

#[test]
fn a_stop_and_start_resets_the_start_and_keeps_the_birth() {
    let client = Client::prod();
    let id = launch(&client);
    let asked = format!("InstanceId.1={id}");
    let times = || {
        let answer = client.ec2("DescribeInstances", &asked).good();
        let nic = answer.body.split("<networkInterfaceSet>").nth(1).unwrap().to_owned();
        (answer.text("launchTime").unwrap(), text(&nic, "attachTime"))
    };
    let first = times();
    client.sandbox.advance(Duration::from_secs(600));
    client.ec2("StopInstances", &asked).good();
    client.sandbox.advance(Duration::from_secs(600));
    assert_eq!(state(&client, &id), "stopped");
    client.ec2("StartInstances", &asked).good();
    client.sandbox.advance(Duration::from_secs(600));
    assert_eq!(state(&client, &id), "running");
    let second = times();
    assert_eq!(first.1, second.1);
    assert_eq!((&*first.0, &*second.0), ("2026-11-02T08:00:00.000Z", "2026-11-02T08:20:00.000Z"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let client = Client::prod();
    let id = launch(&client);
    let (code, _) = client.ec2("TerminateInstances", &format!("InstanceId.1={id}&DryRun=true")).error();
    assert_eq!((&*code, &*state(&client, &id)), ("DryRunOperation", "pending"));
}

#[test]
fn the_same_requests_leave_the_same_trace() {
    let run = |seconds: u64| {
        let client = Client { sandbox: harbor(), ..Client::prod() };
        let id = launch(&client);
        client.sandbox.advance(Duration::from_secs(seconds));
        client.ec2("StopInstances", &format!("InstanceId.1={id}")).good();
        client.sandbox.advance(Duration::from_secs(100));
        client.sandbox.trace_hash()
    };
    assert_eq!(run(60), run(60));
    assert_ne!(run(60), run(61));
}

#[test]
fn a_step_goes_to_the_next_event() {
    let client = Client::prod();
    let id = launch(&client);
    let begun = client.sandbox.now();
    let at = client.sandbox.step().unwrap();
    assert!(at > begun && client.sandbox.now() == at);
    assert_eq!(state(&client, &id), "running");
    let last = client.sandbox.trace().pop().unwrap();
    assert_eq!(last.what, "ec2:DescribeInstances done");
}
