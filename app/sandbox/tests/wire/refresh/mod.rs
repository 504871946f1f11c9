//! Instance refreshes, from the call to their end.

mod company;
mod course;
mod ends;
mod laws;
mod roots;

use std::time::Duration;

use emberline_sandbox::Sandbox;

use crate::ask::{Client, opening, text};

/// A group of ten servers on the first version of a template that has three.
const TEN: &str = r#"
seed = 5
[account.one]
id = "123456789012"
profile = "small"
role = "Reader"
regions = ["eu-west-1"]
[vendor.amazon]
id = "137112412989"
[[image]]
key = "base"
owner = "amazon"
regions = ["eu-west-1"]
name = "base-{date}"
age = "400d"
[[parameter]]
scope = "one/eu-west-1"
name = "/golden"
image = "base"
age = "300d"
[[template]]
scope = "one/eu-west-1"
name = "app"
default = 1
versions = [
    { number = 1, age = "200d", image = "base", type = "m6i.large" },
    { number = 2, age = "100d", image = "base", type = "m6i.large" },
    { number = 3, age = "50d", image = "resolve:ssm:/golden", type = "m6i.large" },
]
"#;

/// A sandbox with one group `app`, of which `more` says what there is.
fn with_group(more: &str) -> Client {
    booting(more, 60)
}

/// The same with servers that work after about so many seconds.
fn booting(more: &str, boot_s: u32) -> Client {
    open(&format!(
        "{TEN}\n[[group]]\nscope = \"one/eu-west-1\"\nname = \"app\"\nage = \"90d\"\ntemplate = \"app\"\nzones = \"abc\"\n\
         boot = \"{boot_s}s\"\n{more}\n"
    ))
}

fn open(text: &str) -> Client {
    let unique = std::thread::current().name().unwrap_or("x").replace(':', "-");
    let path = std::env::temp_dir().join(format!("emberline-refresh-{}-{unique}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let sandbox = Sandbox::open_at(path.to_str().unwrap(), opening());
    std::fs::remove_file(&path).unwrap();
    Client::new(&sandbox.unwrap(), "small", "eu-west-1")
}

/// Ten servers of version 1.
fn ten() -> Client {
    with_group("version = \"1\"\nmin = 1\nmax = 20\nservers = [{ count = 10, born = \"10d..20d\" }]")
}

fn to_version(number: &str) -> String {
    format!(
        "AutoScalingGroupName=app&DesiredConfiguration.LaunchTemplate.LaunchTemplateName=app&\
         DesiredConfiguration.LaunchTemplate.Version={number}&Preferences.InstanceWarmup=60"
    )
}

/// Starts a refresh and returns its id.
fn start(client: &Client, fields: &str) -> String {
    client.auto_scaling("StartInstanceRefresh", fields).good().text("InstanceRefreshId").unwrap()
}

/// The newest refresh.
fn told(client: &Client) -> String {
    let answer = client.auto_scaling("DescribeInstanceRefreshes", "AutoScalingGroupName=app").good();
    answer.each("InstanceRefreshId").swap_remove(0)
}

fn status(client: &Client) -> (String, u32, u32) {
    let told = told(client);
    let number = |element: &str| text(&told, element).parse().unwrap();
    (text(&told, "Status"), number("PercentageComplete"), number("InstancesToUpdate"))
}

fn group(client: &Client) -> String {
    client.auto_scaling("DescribeAutoScalingGroups", "AutoScalingGroupNames.member.1=app").good().body
}

/// The ids, states and template versions of the group's servers.
fn servers(client: &Client) -> Vec<(String, String, String)> {
    let group = group(client);
    let (_, listed) = group.split_once("<Instances>").unwrap();
    listed
        .split("</Instances>")
        .next()
        .unwrap()
        .split("<member>")
        .skip(1)
        .map(|one| (text(one, "InstanceId"), text(one, "LifecycleState"), text(one, "Version")))
        .collect()
}

fn in_service(client: &Client) -> usize {
    servers(client).iter().filter(|(_, state, _)| state == "InService").count()
}

fn versions(client: &Client) -> Vec<String> {
    servers(client).into_iter().map(|(_, _, version)| version).collect()
}

fn advance(client: &Client, seconds: u64) {
    client.sandbox.advance(Duration::from_secs(seconds));
}

/// Lets time pass until the refresh is in this state, at most so long, and looks at the group every ten seconds.
fn until(client: &Client, want: &str, most_s: u64, mut look: impl FnMut()) {
    for _ in 0..most_s / 10 {
        if status(client).0 == want {
            return;
        }
        advance(client, 10);
        look();
    }
    panic!("not {want} after {most_s} s: {}", told(client));
}

/// The version that the group itself launches by.
fn groups_version(client: &Client) -> String {
    let group = group(client);
    text(group.split("<MinSize>").next().unwrap(), "Version")
}
