//! Opening scenarios: what is the same each time, and what is refused how.

use std::time::Duration;

use emberline_sandbox::{Sandbox, ScenarioError};
use jiff::{SignedDuration, Timestamp};

use crate::ask::{Client, opening, text};

const SMALL: &str = r#"
seed = 1
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
age = "40d"
[[server]]
scope = "one/eu-west-1"
name = "lonely"
image = "base"
zones = "a"
made = { born = "3d" }
"#;

/// Opens a scenario from a file, and gives the file's name for errors to be compared with.
fn open_text(name: &str, text: &str) -> (String, Result<Sandbox, ScenarioError>) {
    let path = std::env::temp_dir().join(format!("emberline-{}-{name}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let spec = path.to_str().unwrap().to_owned();
    let opened = Sandbox::open_at(&spec, opening());
    std::fs::remove_file(&path).unwrap();
    (spec, opened)
}

#[test]
fn the_same_opening_answers_the_same_bytes() {
    for spec in ["harbor", "generated:300:7"] {
        let run = || {
            let sandbox = Sandbox::open_at(spec, opening()).unwrap();
            let profile = sandbox.profiles()[0].name.clone();
            let client = Client::new(&sandbox, &profile, "eu-west-1");
            let mut bodies = vec![client.ec2("DescribeInstances", "MaxResults=100").good().body];
            bodies.push(client.ec2("DescribeImages", "Owner.1=self").good().body);
            bodies.push(client.auto_scaling("DescribeScalingActivities", "").good().body);
            bodies.push(client.image_builder("/ListImageBuildVersions", "").good().body);
            bodies
        };
        assert_eq!(run(), run(), "{spec}");
    }
    let ids = |spec: &str| {
        let sandbox = Sandbox::open_at(spec, opening()).unwrap();
        Client::new(&sandbox, "generated", "eu-west-1").ec2("DescribeInstances", "").good().all("instanceId")
    };
    assert_ne!(ids("generated:9:7"), ids("generated:9:8"));
}

#[test]
fn ages_count_from_the_opening() {
    let later = opening() + SignedDuration::from_hours(24 * 10);
    let launched = |at: Timestamp| {
        let sandbox = Sandbox::open_at("", at).unwrap();
        let client = Client::new(&sandbox, "harbor-prod", "eu-west-1");
        let answer = client.ec2("DescribeInstances", "Filter.1.Name=tag:Name&Filter.1.Value.1=jenkins").good();
        answer.text("attachTime").unwrap().parse::<Timestamp>().unwrap()
    };
    assert_eq!(launched(later).duration_since(launched(opening())), SignedDuration::from_hours(240));
}

#[test]
fn the_clock_goes_with_the_wall_or_stands() {
    assert_eq!(Sandbox::open_at("harbor", opening()).unwrap().now(), opening());
    let lag = Timestamp::now().duration_since(Sandbox::open("harbor").unwrap().now());
    assert!(lag.abs() < SignedDuration::from_secs(60));
}

#[test]
fn any_instant_can_be_opened_at() {
    for instant in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let sandbox = Sandbox::open_at("harbor", instant).unwrap();
        let client = Client::new(&sandbox, "harbor-prod", "eu-west-1");
        assert_eq!(client.ec2("DescribeInstances", "MaxResults=5").good().all("reservationId").len(), 5);
    }
}

#[test]
fn profiles_tell_whom_one_can_be() {
    let sandbox = Sandbox::open("").unwrap();
    let told: Vec<(&str, &str, usize)> =
        sandbox.profiles().iter().map(|profile| (&*profile.name, &*profile.account, profile.regions.len())).collect();
    assert_eq!(told, [("harbor-data", "310987654321", 2), ("harbor-prod", "210987654321", 2)]);
    assert!(sandbox.profiles().iter().all(|profile| profile.access_key_id.len() == 20));
}

#[test]
fn a_scenario_file_is_a_scenario() {
    let (_, sandbox) = open_text("small", SMALL);
    let client = Client::new(&sandbox.unwrap(), "small", "eu-west-1");
    let answer = client.ec2("DescribeInstances", "").good();
    assert_eq!((answer.all("instanceState").len(), answer.text("instanceType").unwrap()), (1, "t3.medium".into()));
    let image = client.ec2("DescribeImages", &format!("ImageId.1={}", answer.text("imageId").unwrap())).good();
    assert_eq!(image.text("name").unwrap(), "base-20260923");
}

#[test]
fn a_profile_may_do_what_its_policies_allow() {
    let policy = r#"policies = ['{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:DescribeI*", "Resource": "*"}}']"#;
    let role = "role = \"";
    let (_, sandbox) = open_text("policies", &SMALL.replacen(role, &format!("{policy}\n{role}"), 1));
    let client = Client::new(&sandbox.unwrap(), "small", "eu-west-1");
    client.ec2("DescribeInstances", "").good();
    assert_eq!(client.ec2("DescribeVolumes", "").error().0, "UnauthorizedOperation");
    let (_, wrong) = open_text("wrong", &SMALL.replacen(role, &format!("policies = ['{{}}']\n{role}"), 1));
    let error = wrong.unwrap_err().to_string();
    assert!(error.contains("no identity policy: the policy: there is no Version; add"), "{error}");
}

#[test]
fn a_file_says_what_goes_wrong() {
    let (_, sandbox) =
        open_text("faults", &SMALL.replacen("seed = 1", "seed = 1\nfaults = [\"503:from=1h,count=1\"]", 1));
    let client = Client::new(&sandbox.unwrap(), "small", "eu-west-1");
    client.ec2("DescribeInstances", "").good();
    client.sandbox.advance(Duration::from_secs(3_600));
    assert_eq!(client.ec2("DescribeInstances", "").status, 503);
    client.ec2("DescribeInstances", "").good();
    let counts = client.sandbox.faults();
    assert_eq!((counts[0].matched, counts[0].fired), (2, 1));
}

#[test]
fn a_story_is_lived_through_in_its_time() {
    let story = r#"
[[story]]
scope = "one/eu-west-1"
after = "10m"
every = "1h"
who = "ann"
call = "ec2:StopInstances"
with = { "InstanceId.1" = "{server lonely}" }

[[story]]
scope = "one/eu-west-1"
after = "30m"
every = "1h"
who = "bob"
call = "ec2:StartInstances"
with = { "InstanceId.1" = "{server lonely}" }
"#;
    let (_, sandbox) = open_text("story", &format!("{SMALL}{story}"));
    let client = Client::new(&sandbox.unwrap(), "small", "eu-west-1");
    let states: Vec<String> = (0..4)
        .map(|_| {
            client.sandbox.advance(Duration::from_secs(20 * 60));
            let answer = client.ec2("DescribeInstances", "").good();
            text(answer.body.split("<instanceState>").nth(1).unwrap(), "name")
        })
        .collect();
    assert_eq!(states, ["stopped", "running", "running", "stopped"]);
    let told: Vec<String> = client.sandbox.trace().into_iter().map(|entry| entry.what).collect();
    assert_eq!(told.iter().filter(|what| *what == "ann does ec2:StopInstances").count(), 2);
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line() {
    let cases = [
        ("id = \"123456789012\"", "id = \"12\"", 4, "an account has 12 digits, not '12'"),
        ("regions = [\"eu-west-1\"]\n[vendor", "regions = [\"mars-1\"]\n[vendor", 7, "'mars-1' is no region"),
        (
            "seed = 1",
            "seed = 1\nfaults = [\"503:count=1\",\n\"throtle\"]",
            4,
            "'throtle' is no fault: there is no kind",
        ),
        ("age = \"40d\"", "age = \"40 days\"", 15, "'40 days' is not a length of time such as 43d6h or 2y"),
        ("age = \"40d\"", "age = \"40d\"\ncolour = \"red\"", 16, "unknown field `colour`"),
        ("scope = \"one/eu-west-1\"", "scope = \"two/eu-west-1\"", 17, "'two/eu-west-1' is not a scope"),
        ("image = \"base\"", "image = \"bass\"", 19, "there is no image 'bass' in eu-west-1"),
        ("zones = \"a\"", "zones = \"x\"", 20, "'x' are no zones of eu-west-1: it has abc"),
        ("born = \"3d\"", "born = \"3d..1d\"", 21, "ends before it begins"),
        (
            "made = { born = \"3d\" }",
            "made = { born = \"3d\", count = 4000000000 }",
            20,
            "more servers in one zone than it has addresses",
        ),
        ("image = \"base\"", "template = \"base\"", 19, "there is no template 'base'"),
        ("owner = \"amazon\"", "owner = \"nobody\"", 12, "'nobody' is no account or vendor"),
        (
            "made = { born = \"3d\" }",
            "made = { born = \"3d\", public = true, count = 751 }",
            20,
            "more than 750 public servers",
        ),
        (
            "[[server]]",
            "[[server]]\nscope = \"one/eu-west-1\"\nname = \"lonely\"\nimage = \"base\"\nzones = \"a\"\nmade = { born = \"1d\" }\n[[server]]",
            23,
            "another group or server 'lonely'",
        ),
        (
            "[[server]]",
            "[[story]]\nscope = \"one/eu-west-1\"\nafter = \"1h\"\nwho = \"ann\"\ncall = \"ec2:DescribeInstances\"\n[[server]]",
            20,
            "'ec2:DescribeInstances' is no call of the sandbox that changes something",
        ),
        (
            "[[server]]",
            "[[story]]\nscope = \"one/eu-west-1\"\nafter = \"1h\"\nwho = \"ann\"\ncall = \"ec2:StopInstances\"\nwith = { \"InstanceId.1\" = \"{host old}\" }\n[[server]]",
            20,
            "'{host old}' is none of {server NAME}",
        ),
        (
            "[[server]]",
            "[[story]]\nafter = \"1h\"\nwho = \"ann\"\n[[server]]",
            17,
            "a story tells either scope, who and call, or a fault",
        ),
        ("[[server]]", "[[story]]\nafter = \"1h\"\nfault = \"flood\"\n[[server]]", 18, "flood"),
        ("seed = 1", "seed = ", 2, ""),
    ];
    for (nth, (from, to, line, what)) in cases.into_iter().enumerate() {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        let (file, opened) = open_text(&format!("wrong-{nth}"), &text);
        let error = opened.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{file}:{line}: ")), "{to}: {error}");
        assert!(error.contains(what) && error.contains("correct this line"), "{to}: {error}");
    }
}

#[test]
fn what_is_no_scenario_is_told_with_what_there_is() {
    let error = Sandbox::open("habor").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no scenario 'habor': use harbor, generated:SERVERS[:SEED], or the path of a scenario file"
    );
    let error = Sandbox::open("/nowhere/fleet.toml").unwrap_err();
    assert!(matches!(error, ScenarioError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("/nowhere/fleet.toml"));
    let error = Sandbox::open("generated:many").unwrap_err();
    assert!(error.to_string().contains("SERVERS is not a number"), "{error}");
}
