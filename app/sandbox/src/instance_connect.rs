//! EC2 Instance Connect: a key that opens a server for a minute, which is a login.

use serde::Deserialize;
use serde_json::{Value, json as value};

use crate::{
    call::{Ask, Call, Change, Handler, Input},
    wire::{fault::Fault, json},
    world::{id, server::ServerState},
};

/// EC2 Instance Connect's calls.
pub(crate) const CALLS: &[Call] =
    &[Call { name: "SendSSHPublicKey", parameters: &[], resources: server_arn, handler: Handler::WriteJson(send_key) }];

#[derive(Deserialize, Default)]
#[serde(default)]
struct SendKey {
    #[serde(rename = "InstanceId")]
    server: String,
    #[serde(rename = "InstanceOSUser")]
    user: String,
    #[serde(rename = "SSHPublicKey")]
    key: String,
    #[serde(rename = "AvailabilityZone")]
    zone: Option<String>,
}

fn server_arn(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let asked: SendKey = json::read(input.body).unwrap_or_default();
    vec![format!("arn:aws:ec2:{}:{}:instance/{}", ask.scope.region.name, ask.scope.account, asked.server)]
}

fn bad(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgsException", message)
}

/// Whether a user of Linux can be called so (the API's pattern for `InstanceOSUser`).
fn is_user(name: &str) -> bool {
    let within = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-".contains(&byte);
    let (first, last) = (name.bytes().next(), name.bytes().last());
    name.len() <= 32
        && first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.bytes().all(|byte| byte.is_ascii_digit())
        && last.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"$_-".contains(&byte))
        && name.bytes().rev().skip(1).all(|byte| within(byte) || byte == b'_')
}

fn send_key(change: &mut Change<'_>, input: &Input<'_>) -> Result<Value, Fault> {
    let asked: SendKey = json::read(input.body)?;
    let ask = change.ask();
    if !id::well_formed("i", &asked.server) {
        return Err(bad(format!("{} is not a valid instance id", asked.server)));
    }
    if !is_user(&asked.user) {
        return Err(bad(format!("{} is not a valid OS user", asked.user)));
    }
    // The API's limits: 80 to 4,096 characters.
    if !(80..=4_096).contains(&asked.key.len()) || !asked.key.starts_with("ssh-") {
        return Err(bad("The SSH public key is not valid"));
    }
    let server = id::parse("i", &asked.server)
        .and_then(|id| ask.scope.server(id))
        .ok_or_else(|| Fault::new("EC2InstanceNotFoundException", "Instance not found."))?;
    if asked.zone.is_some_and(|zone| zone != ask.scope.region.zone_name(server.zone)) {
        return Err(Fault::new("EC2InstanceNotFoundException", "Instance not found in the given zone."));
    }
    if server.state != ServerState::Running {
        return Err(Fault::new(
            "EC2InstanceStateInvalidException",
            format!("Instance is in an invalid state: {}", server.state.name()),
        ));
    }
    // The key is forgotten after 60 seconds and leaves nothing behind but the account's trail.
    change.effect()?;
    Ok(value!({ "RequestId": change.ask().request_id, "Success": true }))
}

#[cfg(test)]
mod tests {
    use super::is_user;

    #[test]
    fn users_are_called_as_the_api_lets_them_be() {
        for good in ["ec2-user", "_a", "a", "root", "svc$", "1a", "j.doe@corp"] {
            assert!(is_user(good), "{good}");
        }
        for bad in ["", "-a", "123", "a b", "a.", "$a", "é", &"a".repeat(33)] {
            assert!(!is_user(bad), "{bad}");
        }
    }
}
