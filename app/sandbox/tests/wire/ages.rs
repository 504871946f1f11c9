//! What holds of servers whatever is done to them and in whatever order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use emberline_sandbox::Sandbox;
use proptest::prelude::*;

use crate::{
    ask::{Client, opening, text},
    running::{server, state},
};

/// A fleet that is opened quickly and that little happens in by itself.
fn small() -> Client {
    Client::new(&Sandbox::open_at("generated:2:1", opening()).unwrap(), "generated", "eu-west-1")
}

/// Something that is done to servers launched by tokens.
#[derive(Debug, Clone, Copy)]
enum ByToken {
    Run { token: usize, count: u32 },
    Terminate { token: usize },
    Wait { seconds: u64 },
}

fn by_token() -> impl Strategy<Value = ByToken> {
    prop_oneof![
        4 => (0..3_usize, 1..3_u32).prop_map(|(token, count)| ByToken::Run { token, count }),
        1 => (0..3_usize).prop_map(|token| ByToken::Terminate { token }),
        1 => prop::sample::select(&[1, 30, 600, 4_000][..]).prop_map(|seconds| ByToken::Wait { seconds }),
    ]
}

/// Something that is done to one server.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Stop,
    Start,
    Reboot,
    Wait { seconds: u64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Stop),
        Just(Deed::Start),
        Just(Deed::Reboot),
        prop::sample::select(&[1, 13, 40, 3_600][..]).prop_map(|seconds| Deed::Wait { seconds }),
    ]
}

/// The ids of the servers of one security group, which only these tests' servers are in, that are not terminated.
fn alive(client: &Client) -> BTreeSet<String> {
    let fields = "Filter.1.Name=tag:test&Filter.1.Value.1=token&Filter.2.Name=instance-state-name\
                  &Filter.2.Value.1=pending&Filter.2.Value.2=running&Filter.2.Value.3=stopped";
    client.ec2("DescribeInstances", fields).good().all("instanceId").into_iter().collect()
}

/// What no stop, start or reboot changes of a server.
fn stable(told: &str) -> Vec<String> {
    let elements = ["instanceId", "reservationId", "networkInterfaceId", "attachTime", "privateIpAddress", "volumeId"];
    elements.iter().map(|element| text(told, element)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_token_never_makes_two(deeds in prop::collection::vec(by_token(), 1..25)) {
        let client = small();
        // What each token made, how many were asked for, and whether they still are.
        let mut made: BTreeMap<usize, (u32, BTreeSet<String>, bool)> = BTreeMap::new();
        for deed in deeds {
            match deed {
                ByToken::Run { token, count } => {
                    let fields = format!(
                        "LaunchTemplate.LaunchTemplateName=service-0000&MinCount={count}&MaxCount={count}&ClientToken=t{token}\
                         &TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=test\
                         &TagSpecification.1.Tag.1.Value=token"
                    );
                    let answer = client.ec2("RunInstances", &fields);
                    match made.get(&token) {
                        None => {
                            let ids: BTreeSet<String> = answer.good().all("instanceId").into_iter().collect();
                            prop_assert_eq!(ids.len(), count as usize);
                            made.insert(token, (count, ids, true));
                        }
                        Some((asked, ids, _)) if *asked != count => {
                            prop_assert_eq!(answer.error().0, "IdempotentParameterMismatch", "{:?}", ids);
                        }
                        Some((_, _, false)) => prop_assert_eq!(answer.error().0, "IdempotentInstanceTerminated"),
                        Some((_, ids, true)) => {
                            prop_assert_eq!(&answer.good().all("instanceId").into_iter().collect::<BTreeSet<_>>(), ids);
                        }
                    }
                }
                ByToken::Terminate { token } => {
                    if let Some((_, ids, lives)) = made.get_mut(&token).filter(|(_, _, lives)| *lives) {
                        let id = ids.first().unwrap();
                        client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
                        *lives = false;
                    }
                }
                ByToken::Wait { seconds } => client.sandbox.advance(Duration::from_secs(seconds)),
            }
            let want: BTreeSet<String> = made
                .values()
                .flat_map(|(_, ids, lives)| ids.iter().skip(usize::from(!lives)).cloned())
                .collect();
            prop_assert_eq!(alive(&client), want);
        }
    }

    #[test]
    fn a_server_keeps_its_birth_and_only_a_start_moves_its_start(deeds in prop::collection::vec(deed(), 1..25)) {
        let client = small();
        let launched = client.ec2("RunInstances", "LaunchTemplate.LaunchTemplateName=service-0000&MinCount=1&MaxCount=1").good();
        let id = launched.text("instanceId").unwrap();
        let asked = format!("InstanceId.1={id}");
        let born = stable(&launched.body);
        let mut started = client.sandbox.now();
        for deed in deeds {
            let before = state(&client, &id);
            let (action, takes) = match deed {
                Deed::Wait { seconds } => {
                    client.sandbox.advance(Duration::from_secs(seconds));
                    continue;
                }
                Deed::Stop => ("StopInstances", matches!(&*before, "running" | "stopping" | "stopped")),
                Deed::Start => ("StartInstances", matches!(&*before, "stopped" | "pending" | "running")),
                Deed::Reboot => ("RebootInstances", before == "running"),
            };
            let answer = client.ec2(action, &asked);
            let restarted = before == "pending" && started != launched_at(&launched.body);
            prop_assert_eq!(answer.status == 200, takes || (action == "StopInstances" && restarted), "{} {}", before, answer.body);
            if action == "StartInstances" && before == "stopped" {
                started = client.sandbox.now();
            }
            let told = server(&client, &id);
            prop_assert_eq!(&stable(&told), &born);
            prop_assert_eq!(launched_at(&told), started);
        }
    }
}

fn launched_at(told: &str) -> jiff::Timestamp {
    text(told, "launchTime").parse().unwrap()
}
