//! Tags that are given, taken and told.

use crate::ask::{Answer, Client, tag, text};

fn refused(answer: &Answer, code: &str, part: &str) {
    let (told, message) = answer.error();
    assert_eq!(told, code, "{message}");
    assert!(message.contains(part), "{message}");
}

/// A server in no group, its image and its root volume.
fn server(client: &Client) -> (String, String, String) {
    let fields = "LaunchTemplate.LaunchTemplateName=kafka&MinCount=1&MaxCount=1";
    let answer = client.ec2("RunInstances", fields).good();
    let of = |element: &str| answer.text(element).unwrap();
    (of("instanceId"), of("imageId"), of("volumeId"))
}

fn describe(client: &Client, fields: &str) -> Vec<(String, String)> {
    let pages = client.pages("ec2", "DescribeTags", fields);
    let items = pages.iter().flat_map(|page| page.each("item"));
    items.map(|item| (text(&item, "key"), text(&item, "value"))).collect()
}

fn tags_of(client: &Client, id: &str) -> Vec<(String, String)> {
    describe(client, &format!("Filter.1.Name=resource-id&Filter.1.Value.1={id}"))
}

#[test]
fn every_kind_of_resource_takes_and_loses_tags() {
    let client = Client::prod();
    let (server, image, volume) = server(&client);
    let template = client.ec2("DescribeLaunchTemplates", "LaunchTemplateName.1=kafka").good();
    let template = template.text("launchTemplateId").unwrap();
    let snapshot = client.ec2("DescribeImages", &format!("ImageId.1={image}")).good().text("snapshotId").unwrap();
    let all = [
        ("instance", server),
        ("image", image),
        ("volume", volume),
        ("launch-template", template),
        ("snapshot", snapshot),
    ];
    for (kind, id) in &all {
        let before = tags_of(&client, id);
        let fields = format!("ResourceId.1={id}&Tag.1.Key=owner&Tag.1.Value=lena&Tag.2.Key=empty&Tag.2.Value=");
        assert_eq!(client.ec2("CreateTags", &fields).good().text("return").unwrap(), "true");
        let given = [("owner".to_owned(), "lena".to_owned()), ("empty".to_owned(), String::new())];
        assert_eq!(tags_of(&client, id), [before.clone(), given.to_vec()].concat(), "{kind}");
        let of_kind = format!(
            "Filter.1.Name=resource-type&Filter.1.Value.1={kind}&Filter.2.Name=tag:owner&Filter.2.Value.1=lena"
        );
        assert_eq!(describe(&client, &of_kind), given[..1], "{kind}");
        client.ec2("CreateTags", &format!("ResourceId.1={id}&Tag.1.Key=owner&Tag.1.Value=max")).good();
        let wrong = format!("ResourceId.1={id}&Tag.1.Key=owner&Tag.1.Value=lena&Tag.2.Key=empty");
        client.ec2("DeleteTags", &wrong).good();
        let left = [("owner".to_owned(), "max".to_owned())];
        assert_eq!(tags_of(&client, id), [before.clone(), left.to_vec()].concat(), "{kind}: another value stays");
        client.ec2("DeleteTags", &format!("ResourceId.1={id}&Tag.1.Key=owner&Tag.1.Value=max")).good();
        assert_eq!(tags_of(&client, id), before, "{kind}");
    }
    let server = &all[0].1;
    client.ec2("DeleteTags", &format!("ResourceId.1={server}")).good();
    let keys: Vec<String> = tags_of(&client, server).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"], "AWS's own stay");
    let told = client.ec2("DescribeInstances", &format!("InstanceId.1={server}")).good();
    assert_eq!(tag(&told.body, "Name"), None);
}

#[test]
fn one_bad_resource_or_tag_changes_nothing() {
    let client = Client::prod();
    let (id, ..) = server(&client);
    let before = tags_of(&client, &id);
    let public = client.ec2("DescribeImages", "Owner.1=amazon").good().text("imageId").unwrap();
    let many: String = (0..51).map(|n| format!("&Tag.{n}.Key=k{n}")).collect();
    let cases = [
        (format!("ResourceId.1={id}"), "MissingParameter", "tagSet"),
        ("Tag.1.Key=a".to_owned(), "MissingParameter", "resourceIdSet"),
        (
            format!("ResourceId.1={id}&ResourceId.2=i-00000000000000001&Tag.1.Key=a"),
            "InvalidInstanceID.NotFound",
            "i-0",
        ),
        (format!("ResourceId.1={id}&ResourceId.2=i-1&Tag.1.Key=a"), "InvalidInstanceID.Malformed", "i-1"),
        (format!("ResourceId.1={id}&ResourceId.2=dog-1&Tag.1.Key=a"), "InvalidID", "'dog-1' is not valid"),
        (format!("ResourceId.1={public}&Tag.1.Key=a"), "InvalidAMIID.NotFound", "does not exist"),
        ("ResourceId.1=vol-00000000000000001&Tag.1.Key=a".to_owned(), "InvalidVolume.NotFound", "vol-0"),
        ("ResourceId.1=snap-00000000000000001&Tag.1.Key=a".to_owned(), "InvalidSnapshot.NotFound", "snap-0"),
        (format!("ResourceId.1={id}&Tag.1.Key=aws:a"), "InvalidParameterValue", "reserved"),
        (format!("ResourceId.1={id}{many}"), "TagLimitExceeded", "50"),
        (format!("ResourceId.1={id}&Tag.1.Key=a&DryRun=true"), "DryRunOperation", "DryRun"),
    ];
    for (fields, code, part) in cases {
        refused(&client.ec2("CreateTags", &fields), code, part);
    }
    assert_eq!(tags_of(&client, &id), before);
    refused(
        &client.ec2("DeleteTags", &format!("ResourceId.1={id}&Tag.1.Key=aws:a")),
        "InvalidParameterValue",
        "reserved",
    );
}

#[test]
fn pages_and_filters_cover_all_tags_once() {
    let client = Client::prod();
    let all = describe(&client, "");
    assert!(all.len() > 100, "{}", all.len());
    assert_eq!(describe(&client, "MaxResults=7"), all);
    let services = describe(&client, "Filter.1.Name=key&Filter.1.Value.1=service");
    let want: Vec<(String, String)> = all.iter().filter(|(key, _)| key == "service").cloned().collect();
    assert_eq!(services, want);
    assert!(
        describe(&client, "Filter.1.Name=value&Filter.1.Value.1=kaf*")
            .iter()
            .all(|(_, value)| value.starts_with("kaf"))
    );
    refused(&client.ec2("DescribeTags", "MaxResults=4"), "InvalidParameterValue", "maxResults");
    refused(
        &client.ec2("DescribeTags", "Filter.1.Name=color&Filter.1.Value.1=red"),
        "InvalidParameterValue",
        "'color'",
    );
}
