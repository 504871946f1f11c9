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
    /// Gives it a new root volume.
    Renew,
    Wait {
        seconds: u64,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Stop),
        Just(Deed::Start),
        Just(Deed::Reboot),
        Just(Deed::Renew),
        prop::sample::select(&[1, 13, 40, 3_600][..]).prop_map(|seconds| Deed::Wait { seconds }),
    ]
}

/// The ids of the servers of one security group, which only these tests' servers are in, that are not terminated.
fn alive(client: &Client) -> BTreeSet<String> {
    let fields = "Filter.1.Name=tag:test&Filter.1.Value.1=token&Filter.2.Name=instance-state-name\
                  &Filter.2.Value.1=pending&Filter.2.Value.2=running&Filter.2.Value.3=stopped";
    client.ec2("DescribeInstances", fields).good().all("instanceId").into_iter().collect()
}

/// What nothing changes of a server that lives: its ids, and its interface with its address and its attachment.
fn stable(told: &str) -> Vec<String> {
    let interface = told.split("<networkInterfaceSet>").nth(1).unwrap();
    let of_interface = ["networkInterfaceId", "attachmentId", "attachTime", "privateIpAddress"];
    let of_server = ["instanceId", "reservationId", "imageId"].map(|element| text(told, element));
    of_interface.iter().map(|element| text(interface, element)).chain(of_server).collect()
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
        let (mut started, mut restarted) = (client.sandbox.now(), false);
        let mut root = (text(&launched.body, "volumeId"), 0);
        for deed in deeds {
            let before = state(&client, &id);
            let (active, _) = replacements(&client, &id);
            let takes = match deed {
                Deed::Stop => matches!(&*before, "running" | "stopping" | "stopped") || before == "pending" && restarted,
                Deed::Start => matches!(&*before, "stopped" | "pending" | "running"),
                Deed::Reboot => before == "running",
                Deed::Renew => before == "running" && active == 0,
                Deed::Wait { .. } => true,
            };
            let answer = match deed {
                Deed::Stop => Some(client.ec2("StopInstances", &asked)),
                Deed::Start => Some(client.ec2("StartInstances", &asked)),
                Deed::Reboot => Some(client.ec2("RebootInstances", &asked)),
                Deed::Renew => Some(client.ec2("CreateReplaceRootVolumeTask", &format!("InstanceId={id}"))),
                Deed::Wait { seconds } => {
                    client.sandbox.advance(Duration::from_secs(seconds));
                    None
                }
            };
            if let Some(answer) = answer {
                prop_assert_eq!(answer.status == 200, takes, "{} {:?} {}", before, deed, answer.body);
            }
            if matches!(deed, Deed::Start) && before == "stopped" {
                (started, restarted) = (client.sandbox.now(), true);
            }
            let told = server(&client, &id);
            prop_assert_eq!(&stable(&told), &born);
            prop_assert_eq!(launched_at(&told), started);
            let (_, done) = replacements(&client, &id);
            let volume = text(&told, "volumeId");
            prop_assert_eq!(volume != root.0, done > root.1, "only a replacement changes the root volume");
            root = (volume, done);
        }
    }
}

/// How many replacements of a server's root are under way, and how many have succeeded.
fn replacements(client: &Client, id: &str) -> (usize, usize) {
    let fields = format!("Filter.1.Name=instance-id&Filter.1.Value.1={id}");
    let states = client.ec2("DescribeReplaceRootVolumeTasks", &fields).good().all("taskState");
    let count = |of: &[&str]| states.iter().filter(|state| of.contains(&&***state)).count();
    (count(&["pending", "in-progress", "failing"]), count(&["succeeded"]))
}

fn launched_at(told: &str) -> jiff::Timestamp {
    text(told, "launchTime").parse().unwrap()
}
