//! The AWS console's page of a thing, and the AWS CLI command that shows it.

use std::fmt::Write as _;

use fleet::{Lineage, Node, TemplateKind};

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
