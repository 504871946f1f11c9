//! The AWS console's page of a thing, and the AWS CLI command that shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fleet::{Fleet, Lineage, Node, ScopeIx, TemplateKind, WrittenDuration};
use insight::LIFETIME_TAG;
use insight::calendar::Proposal;

use crate::naming::AwsName;

/// The console's page; `None` for a partition whose console we do not know.
#[must_use]
pub(crate) fn console(lineage: &Lineage, node: Node, name: &AwsName) -> Option<String> {
    let domain = match name.partition.as_str() {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    let id = escaped(&name.id);
    let (service, page) = match node {
        Node::Server(_) => ("ec2", format!("InstanceDetails:instanceId={id}")),
        Node::Image(_) => ("ec2", format!("ImageDetails:imageId={id}")),
        Node::Group(_) => ("ec2", format!("AutoScalingGroupDetails:id={id};view=details")),
        Node::TemplateVersion(_) if is_launch_configuration(lineage, node) => {
            ("ec2", format!("LaunchConfigurations:id={id}"))
        }
        Node::TemplateVersion(_) => ("ec2", format!("LaunchTemplateDetails:launchTemplateId={id}")),
        Node::Recipe(_) => ("imagebuilder", "/imageRecipes".to_owned()),
    };
    let region = escaped(&name.region);
    Some(format!("https://{region}.{domain}/{service}/home?region={region}#{page}"))
}

/// The command that shows the same in a terminal.
#[must_use]
pub(crate) fn cli(lineage: &Lineage, node: Node, name: &AwsName) -> String {
    let id = quoted(&name.id);
    let mut command = match node {
        Node::Server(_) => format!("aws ec2 describe-instances --instance-ids {id}"),
        Node::Image(_) => format!("aws ec2 describe-images --include-deprecated --image-ids {id}"),
        Node::Group(_) => format!("aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {id}"),
        Node::TemplateVersion(_) if is_launch_configuration(lineage, node) => {
            format!("aws autoscaling describe-launch-configurations --launch-configuration-names {id}")
        }
        Node::TemplateVersion(ix) => {
            let version = lineage.templates.get(ix.at()).and_then(|template| template.version);
            let mut command = format!("aws ec2 describe-launch-template-versions --launch-template-id {id}");
            if let Some(version) = version {
                let _ = write!(command, " --versions {version}");
            }
            command
        }
        Node::Recipe(_) => {
            format!("aws imagebuilder list-image-recipes --filters name=name,values={}", recipe_name(&name.id))
        }
    };
    let _ = write!(command, " --region {}", quoted(&name.region));
    if let Some(profile) = &name.profile {
        let _ = write!(command, " --profile {}", quoted(profile));
    }
    command
}

/// The most resources that one CreateTags call takes.
const TAGGED_AT_ONCE: usize = 1_000;

/// The commands that give servers the lifetimes that are proposed for them, one for each lifetime.
#[must_use]
pub(crate) fn lifetimes(fleet: &Fleet, proposals: &[Proposal]) -> String {
    let mut of: BTreeMap<(ScopeIx, u32), Vec<String>> = BTreeMap::new();
    for proposal in proposals {
        let Some(server) = fleet.servers.get(proposal.server.at()) else { continue };
        of.entry((server.scope, proposal.lifetime_s)).or_default().push(quoted(fleet.str(server.id)));
    }
    let mut commands = String::new();
    for ((scope, lifetime_s), ids) in &of {
        let Some(scope) = fleet.scope(*scope) else { continue };
        for ids in ids.chunks(TAGGED_AT_ONCE) {
            let tag = format!("Key={LIFETIME_TAG},Value={}", WrittenDuration(*lifetime_s));
            let region = quoted(fleet.str(scope.region));
            let _ = write!(commands, "aws ec2 create-tags --tags {tag} --region {region}");
            if let Some(profile) = fleet.text(scope.profile) {
                let _ = write!(commands, " --profile {}", quoted(profile));
            }
            let _ = writeln!(commands, " --resources {}", ids.join(" "));
        }
    }
    commands
}

fn is_launch_configuration(lineage: &Lineage, node: Node) -> bool {
    matches!(node, Node::TemplateVersion(ix)
        if lineage.templates.get(ix.at()).is_some_and(|template| template.kind == TemplateKind::LaunchConfiguration))
}

/// The name in a recipe's ARN: `...:image-recipe/NAME`.
fn recipe_name(arn: &str) -> String {
    quoted(arn.split("image-recipe/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(arn))
}

/// Percent-encoded, but for what RFC 3986 leaves alone.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// As one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/:@%+=,".contains(&byte));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use fleet::{GroupIx, ImageIx, RecipeIx, ServerIx};

    use super::*;

    fn name(id: &str, partition: &str) -> AwsName {
        AwsName {
            id: id.to_owned(),
            partition: partition.to_owned(),
            account: Some("210987654321".to_owned()),
            region: "eu-west-1".to_owned(),
            profile: Some("prod".to_owned()),
        }
    }

    #[test]
    fn each_partition_has_its_own_console() {
        let lineage = Lineage::default();
        let server = Node::Server(ServerIx(0));
        for (partition, url) in [
            (
                "aws",
                "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1",
            ),
            (
                "aws-cn",
                "https://eu-west-1.console.amazonaws.cn/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1",
            ),
            (
                "aws-us-gov",
                "https://eu-west-1.console.amazonaws-us-gov.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1",
            ),
        ] {
            assert_eq!(console(&lineage, server, &name("i-1", partition)).as_deref(), Some(url));
        }
        assert_eq!(console(&lineage, server, &name("i-1", "aws-iso")), None);
    }

    #[test]
    fn lifetimes_are_set_by_one_command_each() {
        let mut rows = fleet::FleetBuilder::new();
        let scope = fleet::Scope {
            partition: rows.sym("aws"),
            account: rows.sym("210987654321"),
            region: rows.sym("eu-west-1"),
            profile: rows.some(Some("prod eu")),
            caller: None,
            pulled_at: fleet::Time::from_epoch_s(1_795_000_000).expect("a time"),
            clock_skew_s: None,
            evidence_at: None,
        };
        let scope = rows.scope(scope);
        for id in ["i-1", "i-2", "i-3"] {
            let row = fleet::Server {
                id: rows.sym(id),
                scope,
                state: fleet::ServerState::Running,
                zone: None,
                instance_type: None,
                image: None,
                launched: None,
                interface_attached: None,
                root_attached: None,
                template: None,
                group: None,
                operator: None,
                spot_request: None,
                addresses: fleet::SymList::default(),
                dns_names: fleet::SymList::default(),
                settings: None,
                tags: fleet::TagSet::default(),
            };
            rows.fleet.servers.push(row);
        }
        let fleet = rows.build();
        let burns_at = fleet::Time::from_epoch_s(1_796_000_000).expect("a time");
        let proposal = |server, lifetime_s| Proposal { server: ServerIx(server), lifetime_s, burns_at };
        let proposals = [proposal(0, 93_600), proposal(2, 172_800), proposal(1, 172_800), proposal(9, 3_600)];
        assert_eq!(
            lifetimes(&fleet, &proposals),
            "aws ec2 create-tags --tags Key=emberline:lifetime,Value=26h --region eu-west-1 --profile 'prod eu' \
             --resources i-1\n\
             aws ec2 create-tags --tags Key=emberline:lifetime,Value=2d --region eu-west-1 --profile 'prod eu' \
             --resources i-3 i-2\n"
        );
        assert_eq!(lifetimes(&fleet, &[]), "");
    }

    #[test]
    fn a_hostile_name_can_break_out_of_neither_a_shell_nor_a_url() {
        let lineage = Lineage::default();
        let group = Node::Group(GroupIx(0));
        let hostile = name("web'; rm -rf / #&", "aws");
        assert_eq!(
            cli(&lineage, group, &hostile),
            r"aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names 'web'\''; rm -rf / #&' --region eu-west-1 --profile prod"
        );
        let url = console(&lineage, group, &hostile);
        assert!(url.is_some_and(|url| {
            url.ends_with("#AutoScalingGroupDetails:id=web%27%3B%20rm%20-rf%20%2F%20%23%26;view=details")
        }));
    }

    #[test]
    fn commands_name_what_they_show() {
        let lineage = Lineage::default();
        let arn = "arn:aws:imagebuilder:eu-west-1:210987654321:image-recipe/web";
        for (node, id, command) in [
            (Node::Server(ServerIx(0)), "i-1", "aws ec2 describe-instances --instance-ids i-1"),
            (Node::Image(ImageIx(0)), "ami-1", "aws ec2 describe-images --include-deprecated --image-ids ami-1"),
            (Node::Recipe(RecipeIx(0)), arn, "aws imagebuilder list-image-recipes --filters name=name,values=web"),
        ] {
            assert_eq!(cli(&lineage, node, &name(id, "aws")), format!("{command} --region eu-west-1 --profile prod"));
        }
    }
}
