//! What CloudTrail tells of a request: its parameters, without secrets, and the resources that it is about.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{call::Input, wire::Protocol};

/// What stands for a value that is not told.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The parameters of a request as CloudTrail writes them: names begin small, and EC2's lists are sets of items.
pub(crate) fn parameters(protocol: Protocol, action: &str, input: &Input<'_>) -> Value {
    let mut told = match protocol {
        Protocol::Ec2 => Branch::of(input).value(true),
        Protocol::Query(_) => Branch::of(input).value(false),
        Protocol::Json | Protocol::RestJson => {
            small(serde_json::from_slice(input.body).unwrap_or(Value::Object(Map::new())))
        }
    };
    if let Value::Object(fields) = &mut told {
        for (name, hidden) in [("userData", true), ("value", action == "PutParameter")] {
            if hidden && let Some(value) = fields.get_mut(name) {
                *value = HIDDEN.into();
            }
        }
    }
    told
}

/// A name that begins with a small letter.
fn small_name(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

/// JSON whose fields' names begin small.
fn small(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (small_name(&name), small(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(small).collect(),
        plain => plain,
    }
}

/// A form's fields as a tree: `Filter.1.Name` is three branches deep.
#[derive(Default)]
struct Branch {
    value: Option<String>,
    /// By name, numbers in their order.
    branches: BTreeMap<(u32, String), Branch>,
}

/// Deeper than any parameter of AWS.
const MAX_DEPTH: usize = 12;

impl Branch {
    fn of(input: &Input<'_>) -> Branch {
        let mut root = Branch::default();
        for (key, value) in input.form.fields() {
            if matches!(key, "Action" | "Version" | "AWSAccessKeyId" | "DryRun") {
                continue;
            }
            let mut at = &mut root;
            for part in key.splitn(MAX_DEPTH, '.').filter(|part| *part != "member") {
                at = at.branches.entry((part.parse().unwrap_or(0), part.to_owned())).or_default();
            }
            at.value = Some(value.to_owned());
        }
        root
    }

    fn is_list(&self) -> bool {
        !self.branches.is_empty() && self.branches.keys().all(|(number, _)| *number > 0)
    }

    fn value(&self, ec2: bool) -> Value {
        if self.branches.is_empty() {
            return self.value.as_deref().map_or(Value::Null, Value::from);
        }
        if self.is_list() {
            return self.branches.values().map(|item| item.value(ec2)).collect();
        }
        let field = |name: &str, branch: &Branch| {
            let plain = (small_name(name), branch.value(ec2));
            if !(ec2 && branch.is_list()) {
                return plain;
            }
            let items: Vec<Value> = branch
                .branches
                .values()
                .map(|item| match item.value(ec2) {
                    Value::String(text) => Value::Object(Map::from_iter([(small_name(name), text.into())])),
                    other => other,
                })
                .collect();
            // The one list that has a name of its own.
            let set = if name == "InstanceId" { "instancesSet".to_owned() } else { format!("{}Set", small_name(name)) };
            (set, Value::Object(Map::from_iter([("items".to_owned(), items.into())])))
        };
        self.branches.iter().map(|((_, name), branch)| field(name, branch)).collect::<Map<_, _>>().into()
    }
}

/// A resource's type and name as CloudTrail has them, from its ARN or id; none for a wildcard or what CloudTrail does
/// not list.
pub(super) fn resource(text: &str) -> Option<(&'static str, String)> {
    if text.contains('*') {
        return None;
    }
    let Some(arn) = text.strip_prefix("arn:") else { return by_id(text) };
    // arn:PARTITION:SERVICE:REGION:ACCOUNT:REST
    let mut parts = arn.splitn(5, ':');
    let service = parts.nth(1)?;
    let rest = parts.nth(2)?;
    match service {
        "ec2" => by_id(rest.rsplit('/').next()?),
        "autoscaling" => {
            let name = rest.split_once("autoScalingGroupName/")?.1;
            Some(("AWS::AutoScaling::AutoScalingGroup", name.to_owned()))
        }
        "imagebuilder" => {
            let kind = match rest.split('/').next()? {
                "image" => "AWS::ImageBuilder::Image",
                "image-pipeline" => "AWS::ImageBuilder::ImagePipeline",
                "image-recipe" => "AWS::ImageBuilder::ImageRecipe",
                _ => return None,
            };
            Some((kind, text.to_owned()))
        }
        "ssm" => rest.strip_prefix("parameter").map(|name| ("AWS::SSM::Parameter", name.to_owned())),
        "iam" => rest.strip_prefix("role/").map(|name| ("AWS::IAM::Role", name.to_owned())),
        _ => None,
    }
}

fn by_id(id: &str) -> Option<(&'static str, String)> {
    let kind = match id.split_once('-')?.0 {
        "i" => "AWS::EC2::Instance",
        "ami" => "AWS::EC2::Ami",
        "lt" => "AWS::EC2::LaunchTemplate",
        "vol" => "AWS::EC2::Volume",
        "snap" => "AWS::EC2::Snapshot",
        "eni" => "AWS::EC2::NetworkInterface",
        "sg" => "AWS::EC2::SecurityGroup",
        "subnet" => "AWS::EC2::Subnet",
        _ => return None,
    };
    Some((kind, id.to_owned()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use serde_json::json;

    use super::*;
    use crate::wire::form::Form;

    #[test]
    fn parameters_are_told_as_cloudtrail_writes_them() {
        let form = |text: &str| Input { form: Form::parse(text.as_bytes()).unwrap(), query: "", body: b"" };
        let ec2 =
            form("Action=RunInstances&InstanceId.2=i-2&InstanceId.1=i-1&UserData=c2VjcmV0&Tag.1.Key=a&DryRun=true");
        assert_eq!(
            parameters(Protocol::Ec2, "RunInstances", &ec2),
            json!({
                "instancesSet": { "items": [{ "instanceId": "i-1" }, { "instanceId": "i-2" }] },
                "tagSet": { "items": [{ "key": "a" }] },
                "userData": HIDDEN,
            })
        );
        let scaling = form("AutoScalingGroupName=web&ScalingProcesses.member.1=Launch");
        assert_eq!(
            parameters(Protocol::Query("x"), "SuspendProcesses", &scaling),
            json!({ "autoScalingGroupName": "web", "scalingProcesses": ["Launch"] })
        );
        let ssm = Input { form: Form::default(), query: "", body: br#"{"Name":"/a","Value":"s"}"# };
        assert_eq!(parameters(Protocol::Json, "PutParameter", &ssm), json!({ "name": "/a", "value": HIDDEN }));
        let broken = Input { form: Form::default(), query: "", body: b"{" };
        assert_eq!(parameters(Protocol::Json, "PutParameter", &broken), json!({}));
    }

    #[test]
    fn resources_have_their_types_and_names() {
        let cases = [
            ("i-0123", Some(("AWS::EC2::Instance", "i-0123"))),
            ("arn:aws:ec2:eu-west-1:1:instance/i-0123", Some(("AWS::EC2::Instance", "i-0123"))),
            ("arn:aws:ec2:eu-west-1:1:instance/*", None),
            (
                "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:uuid:autoScalingGroupName/web",
                Some(("AWS::AutoScaling::AutoScalingGroup", "web")),
            ),
            ("arn:aws:ssm:eu-west-1:1:parameter/a/b", Some(("AWS::SSM::Parameter", "/a/b"))),
            ("*", None),
            ("arn:aws", None),
            ("web", None),
        ];
        for (text, want) in cases {
            assert_eq!(resource(text), want.map(|(kind, name)| (kind, name.to_owned())), "{text}");
        }
    }
}
