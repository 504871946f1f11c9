//! A volume that somebody attached to a server long after its birth.

use serde_json::json;

use crate::{
    ask::{Client, opening, texts},
    running::{server, state, wait},
};

#[test]
fn a_volume_that_came_later_is_on_its_server_until_that_ends() {
    let client = Client::prod().at("harbor-data", "eu-west-1");
    let named = "Filter.1.Name=tag:Name&Filter.1.Value.1=notebook-lena";
    let id = client.ec2("DescribeInstances", named).good().text("instanceId").unwrap();
    let devices = texts(&server(&client, &id), "deviceName");
    assert_eq!(devices, ["/dev/sda1", "/dev/sdf"]);

    let on_it = format!("Filter.1.Name=attachment.instance-id&Filter.1.Value.1={id}");
    let volumes = client.ec2("DescribeVolumes", &on_it).good();
    assert_eq!(volumes.all("device"), ["/dev/sda1", "/dev/sdf"]);
    assert_eq!(volumes.all("deleteOnTermination"), ["true", "false"]);
    let attached: Vec<jiff::Timestamp> = volumes.all("attachTime").iter().map(|at| at.parse().unwrap()).collect();
    assert_eq!((opening() - attached[1]).total(jiff::Unit::Hour).unwrap(), 16.0 * 24.0);
    let late = volumes.all("volumeId")[2].clone();

    let asked = json!({ "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "AttachVolume" }] });
    let events = client.json("CloudTrail_20131101", "LookupEvents", &asked).good().json();
    let event = events["Events"][0]["CloudTrailEvent"].as_str().unwrap();
    assert!(event.contains(&late) && event.contains(&id) && event.contains("lena"), "{event}");

    let of_it = || client.ec2("DescribeVolumes", &format!("VolumeId.1={late}")).good().all("status");
    assert_eq!(of_it(), ["in-use", "attached"]);
    client.ec2("TerminateInstances", &format!("InstanceId.1={id}")).good();
    wait(&client, 60);
    assert_eq!(state(&client, &id), "terminated");
    assert_eq!(of_it(), ["available"], "it stays when its server ends");
}
