#![expect(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::mutation::{ExactMutation, Override, ScaleInProtected, StandbyServers};
use crate::testing::{Account, RECIPE, Slip, Still, rules, scope};
use crate::{Action, RefreshChoices, World, plan};

fn preferences() -> RefreshPreferences {
    RefreshPreferences {
        min_healthy_percent: 90,
        max_healthy_percent: 110,
        warmup_s: 60,
        skip_matching: false,
        auto_rollback: true,
        bake_time_s: 0,
        checkpoint_percents: Vec::new(),
        checkpoint_delay_s: 3600,
        scale_in_protected: ScaleInProtected::Ignore,
        standby: StandbyServers::Wait,
        alarms: Vec::new(),
    }
}

/// The arguments that a real shell hands to the AWS CLI, call by call.
fn run_by_shell(script: &str, variables: &str) -> Vec<Vec<String>> {
    // Each argument ends with a byte that no argument holds, and each call with two.
    let aws = r#"aws() { for word in "$@"; do printf '%s\036' "$word"; done; printf '\035'; }"#;
    let out = Command::new("sh").args(["-c", &format!("{aws}\n{variables}\n{script}")]).output().unwrap();
    assert!(out.status.success(), "{script}\n{}", String::from_utf8_lossy(&out.stderr));
    let out = String::from_utf8(out.stdout).unwrap();
    let calls = out.split_terminator('\u{1d}');
    calls.map(|call| call.split_terminator('\u{1e}').map(str::to_owned).collect()).collect()
}

#[test]
fn each_change_has_its_command() {
    let exact: [(ExactMutation, &str); 14] = [
        (
            Mutation::TerminateInstanceInAutoScalingGroup {
                group: "web".into(),
                server: "i-1".into(),
                decrement: true,
            },
            "aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-1 \
             --should-decrement-desired-capacity",
        ),
        (
            Mutation::TerminateInstanceInAutoScalingGroup {
                group: "web".into(),
                server: "i-1".into(),
                decrement: false,
            },
            "aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-1 \
             --no-should-decrement-desired-capacity",
        ),
        (
            Mutation::SetDesiredCapacity { group: "web & api".into(), desired: 4 },
            "aws autoscaling set-desired-capacity --auto-scaling-group-name 'web & api' --desired-capacity 4 \
             --no-honor-cooldown",
        ),
        (
            Mutation::SetMaxInstanceLifetime { group: "-web".into(), lifetime_s: 86_400 },
            "aws autoscaling update-auto-scaling-group '--auto-scaling-group-name=-web' --max-instance-lifetime 86400",
        ),
        (
            Mutation::CancelInstanceRefresh { group: "it's".into() },
            r"aws autoscaling cancel-instance-refresh --auto-scaling-group-name 'it'\''s'",
        ),
        (
            Mutation::RollbackInstanceRefresh { group: "web".into() },
            "aws autoscaling rollback-instance-refresh --auto-scaling-group-name web",
        ),
        (
            Mutation::RunInstances {
                from: LaunchFrom::Template { id: "lt-1".into(), version: 3 },
                subnet: Some("subnet-1".into()),
            },
            "aws ec2 run-instances --count 1 --subnet-id subnet-1 --launch-template \
             '{\"LaunchTemplateId\":\"lt-1\",\"Version\":\"3\"}'",
        ),
        (
            Mutation::RegisterTargets {
                target_group: "arn:t/web/1".into(),
                server: "i-1".into(),
                ports: vec![80, 8_080],
            },
            "aws elbv2 register-targets --target-group-arn arn:t/web/1 --targets \
             '[{\"Id\":\"i-1\",\"Port\":80},{\"Id\":\"i-1\",\"Port\":8080}]'",
        ),
        (
            Mutation::DeregisterTargets { target_group: "arn:t/web/1".into(), server: "i-1".into(), ports: vec![80] },
            "aws elbv2 deregister-targets --target-group-arn arn:t/web/1 --targets '[{\"Id\":\"i-1\",\"Port\":80}]'",
        ),
        (Mutation::TerminateInstances { server: "i-1".into() }, "aws ec2 terminate-instances --instance-ids i-1"),
        (
            Mutation::CreateReplaceRootVolumeTask {
                server: "i-1".into(),
                image: Some("ami-1".into()),
                delete_replaced: false,
            },
            "aws ec2 create-replace-root-volume-task --instance-id i-1 --image-id ami-1 \
             --no-delete-replaced-root-volume",
        ),
        (
            Mutation::StartImagePipelineExecution { pipeline: "arn:aws:imagebuilder:p/web".into() },
            "aws imagebuilder start-image-pipeline-execution --image-pipeline-arn arn:aws:imagebuilder:p/web",
        ),
        (
            Mutation::CreateImage { server: "i-1".into(), name: "web (1)".into(), no_reboot: true },
            "aws ec2 create-image --instance-id i-1 --name 'web (1)' --no-reboot",
        ),
        (
            Mutation::CreateLaunchTemplateVersion {
                template: "lt-1".into(),
                source_version: 3,
                image: "ami-1".into(),
                description: "Emberline, now".into(),
            },
            "aws ec2 create-launch-template-version --launch-template-id lt-1 --source-version 3 --version-description \
             'Emberline, now' --launch-template-data '{\"ImageId\":\"ami-1\"}'",
        ),
    ];
    for (mutation, expected) in exact {
        let found = command(&mutation, &scope());
        assert_eq!(found, format!("{expected} --profile shop --region eu-west-1"));
    }
    let nobodys = Scope { profile: None, ..scope() };
    let found = command(&ExactMutation::TerminateInstances { server: "i-1".into() }, &nobodys);
    assert_eq!(found, "aws ec2 terminate-instances --instance-ids i-1 --region eu-west-1");
}

#[test]
fn a_refresh_says_everything_in_json_that_reads_back() {
    let overrides = Some(vec![Override { instance_type: "m7g.large".into(), weight: Some(2) }]);
    let mut mutation = Mutation::StartInstanceRefresh {
        group: "web".into(),
        preferences: RefreshPreferences {
            checkpoint_percents: vec![20, 100],
            alarms: vec!["it's on".into()],
            ..preferences()
        },
        desired: Some(DesiredConfiguration { template: "lt-1".into(), version: Arg::Known("3".into()), overrides }),
    };
    let words = run_by_shell(&command(&mutation, &scope()), "").remove(0);
    let after = |words: &[String], flag: &str| -> Value {
        let place = words.iter().position(|word| word == flag).unwrap();
        serde_json::from_str(&words[place + 1]).unwrap()
    };
    assert_eq!(
        after(&words, "--preferences"),
        json!({
            "MinHealthyPercentage": 90, "MaxHealthyPercentage": 110, "InstanceWarmup": 60, "SkipMatching": false,
            "AutoRollback": true, "BakeTime": 0, "CheckpointPercentages": [20, 100], "CheckpointDelay": 3600,
            "ScaleInProtectedInstances": "Ignore", "StandbyInstances": "Wait",
            "AlarmSpecification": {"Alarms": ["it's on"]},
        })
    );
    assert_eq!(
        after(&words, "--desired-configuration"),
        json!({"MixedInstancesPolicy": {"LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "3"},
            "Overrides": [{"InstanceType": "m7g.large", "WeightedCapacity": "2"}],
        }}})
    );
    let Mutation::StartInstanceRefresh { preferences: asked, desired: Some(desired), .. } = &mut mutation else {
        panic!()
    };
    *asked = preferences();
    (desired.version, desired.overrides) = (Output::TemplateVersion.into(), None);
    let words = run_by_shell(&command(&mutation, &scope()), "TEMPLATE_VERSION=7").remove(0);
    assert_eq!(
        after(&words, "--desired-configuration"),
        json!({"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "7"}})
    );
    assert_eq!(after(&words, "--preferences").get("CheckpointDelay"), None, "which needs checkpoints");
}

#[test]
fn a_server_without_a_template_is_launched_by_way_of_one() {
    let from = LaunchFrom::Server { id: "i-9".into(), data_sha256: String::new() };
    let lines = command(&ExactMutation::RunInstances { from, subnet: None }, &scope());
    let starts: Vec<&str> = lines.lines().map(|line| line.split(" --").next().unwrap()).collect();
    assert_eq!(starts, ["aws ec2 create-launch-template", "aws ec2 run-instances", "aws ec2 delete-launch-template"]);
    assert!(lines.contains(
        "--launch-template-data \"$(aws ec2 get-launch-template-data --instance-id i-9 --query LaunchTemplateData \
         --output json --profile shop --region eu-west-1)\""
    ));
}

#[test]
fn what_the_aws_cli_would_read_from_a_file_is_no_command() {
    for name in ["file:///etc/passwd", "fileb://x", "https://example.com/x"] {
        let found = command(&ExactMutation::CancelInstanceRefresh { group: name.into() }, &scope());
        assert_eq!(found, format!("# By hand: the AWS CLI would read a file or an address instead of {name}"));
    }
    let from = LaunchFrom::Server { id: "file://x\nreboot".into(), data_sha256: String::new() };
    let found = command(&ExactMutation::RunInstances { from, subnet: None }, &scope());
    assert_eq!(found, "# By hand: the AWS CLI would read a file or an address instead of file://x reboot");
}

#[test]
fn a_script_stops_where_a_command_can_not_be_written() {
    let mut account = Account::new();
    account.web().name = "file://web".into();
    let web = account.groups.remove("web").unwrap();
    account.groups.insert(web.name.clone(), web);
    account.server("i-1").group = Some("file://web".into());
    let world = World { calls: &account, journal: &Slip::default(), time: &Still };
    let action = Action::Replace { servers: vec!["i-1".into()] };
    let script = script(&plan(world, &rules(), &scope(), action).unwrap());
    assert_eq!(run_by_shell(&format!("{script}:"), ""), Vec::<Vec<String>>::new(), "nothing is called");
    assert!(script.contains("\n# By hand: "), "{script}");
}

#[test]
fn every_plan_is_a_script_that_a_shell_reads() {
    let choices = RefreshChoices::default();
    let group = "web".to_owned();
    let actions = [
        Action::Replace { servers: vec!["i-1".into(), "i-9".into()] },
        Action::Roll { group: group.clone(), choices: choices.clone() },
        Action::Reimage { server: "i-9".into(), image: None },
        Action::Rebake { recipe: RECIPE.into(), pipeline: None },
        Action::Rebake { recipe: "web".into(), pipeline: None },
        Action::Bake { server: "i-9".into(), name: None, reboot: false },
        Action::RebakeRoll { group: group.clone(), recipe: RECIPE.into(), pipeline: None, choices, pauses: true },
        Action::SetLifetime { group, lifetime_s: 86_400 * 30 },
    ];
    for action in actions {
        let mut account = Account::new();
        account.server("i-9").name = Some("it's $(reboot) `reboot` !reboot".into());
        let world = World { calls: &account, journal: &Slip::default(), time: &Still };
        let plan = plan(world, &rules(), &scope(), action).unwrap();
        let script = script(&plan);
        let out = Command::new("sh").args(["-n", "-c", &script]).output().unwrap();
        assert!(out.status.success(), "{script}\n{}", String::from_utf8_lossy(&out.stderr));
        for (number, step) in plan.steps.iter().enumerate() {
            assert!(script.contains(&format!("\n# {}. {}", number + 1, comment(&step.sentence))), "{script}");
        }
    }
}

#[test]
fn a_script_hands_on_what_its_steps_make() {
    let account = Account::new();
    let world = World { calls: &account, journal: &Slip::default(), time: &Still };
    let action = Action::Bake { server: "i-9".into(), name: Some("golden".into()), reboot: true };
    let plan = plan(world, &rules(), &scope(), action).unwrap();
    let lines = script(&plan);
    let lines: Vec<&str> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        lines,
        [
            "(",
            "set -eu",
            "export AWS_PAGER=''",
            "IMAGE=$(aws ec2 create-image --instance-id i-9 --name golden --reboot --query ImageId --output text \
             --profile shop --region eu-west-1)",
            "aws ec2 wait image-available --image-ids \"$IMAGE\" --profile shop --region eu-west-1",
            "aws ec2 wait instance-status-ok --instance-ids i-9 --profile shop --region eu-west-1",
            ")",
        ]
    );
}

#[test]
fn a_script_moves_a_server_from_behind_its_load_balancer() {
    let mut account = Account::new();
    account.put_in("arn:t/web/1", "i-9", 80, "healthy");
    account.server("i-9").template = Some(crate::testing::template_version(3));
    let world = World { calls: &account, journal: &Slip::default(), time: &Still };
    let plan = plan(world, &rules(), &scope(), Action::Replace { servers: vec!["i-9".into()] }).unwrap();
    let calls = run_by_shell(&script(&plan).replace("SUCCESSOR=$(aws", ": $(aws"), "SUCCESSOR=i-101");
    let of_targets: Vec<Vec<&str>> = calls
        .iter()
        .filter(|call| call[0] == "elbv2")
        .map(|call| call.iter().map(String::as_str).take_while(|word| *word != "--profile").collect())
        .collect();
    let (new, old) = (r#"[{"Id":"i-101","Port":80}]"#, r#"[{"Id":"i-9","Port":80}]"#);
    let at = ["--target-group-arn", "arn:t/web/1", "--targets"];
    let words = |verb: &[&'static str], targets: &'static str| [&["elbv2"], verb, &at, &[targets]].concat();
    assert_eq!(
        of_targets,
        [
            words(&["register-targets"], new),
            words(&["wait", "target-in-service"], new),
            words(&["deregister-targets"], old),
            words(&["wait", "target-deregistered"], old),
        ]
    );
}

#[test]
fn a_sentence_of_a_forged_plan_is_no_line_of_its_script() {
    let account = Account::new();
    let world = World { calls: &account, journal: &Slip::default(), time: &Still };
    let action = Action::Bake { server: "i-9".into(), name: None, reboot: false };
    let mut plan = plan(world, &rules(), &scope(), action).unwrap();
    plan.summary = "all is well\nreboot".into();
    plan.steps[0].sentence = "all is well\r\nreboot\u{0}".into();
    assert!(script(&plan).lines().all(|line| !line.starts_with("reboot")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_text_reaches_the_aws_cli_as_it_is(texts in prop::collection::vec("[^\u{0}\u{1d}\u{1e}]{0,24}", 1..8)) {
        let mut calls = Vec::new();
        let mut expected = Vec::new();
        for text in texts.iter().filter(|text| !Word::text(text).is_read_as_a_file()) {
            calls.push(command(&ExactMutation::CancelInstanceRefresh { group: text.clone() }, &scope()));
            expected.push(match text.starts_with('-') {
                true => vec![format!("--auto-scaling-group-name={text}")],
                false => vec!["--auto-scaling-group-name".to_owned(), text.clone()],
            });
        }
        let found: Vec<Vec<String>> = run_by_shell(&calls.join("\n"), "")
            .into_iter()
            .map(|words| words[2..words.len() - 4].to_vec())
            .collect();
        prop_assert_eq!(found, expected);
    }
}
