//! An event as CloudTrail keeps it: the JSON text inside of an answer.

use serde_json::{Value, json};

use super::told;
use crate::{
    call::Ask,
    wire::time,
    world::trail::{Outcome, TrailEvent},
};

/// The record of an event, as the CloudTrail user guide has it ("CloudTrail record contents").
pub(super) fn of(ask: &Ask<'_>, event: &TrailEvent) -> Value {
    let principal = &*event.principal;
    let account = &*principal.account;
    let seconds = |at| time::iso(at).replace(".000Z", "Z");
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": principal.user_id(),
            "arn": principal.arn(),
            "accountId": account,
            "accessKeyId": principal.access_key_id,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": principal.role_id,
                    "arn": format!("arn:aws:iam::{account}:role/{}", principal.role),
                    "accountId": account,
                    "userName": principal.role,
                },
                "attributes": { "mfaAuthenticated": "false" },
            },
        },
        "eventTime": seconds(event.at),
        "eventSource": event.source(),
        "eventName": event.name,
        "awsRegion": ask.scope.region.name,
        "sourceIPAddress": event.address().to_string(),
        "requestParameters": event.parameters,
        "responseElements": Value::Null,
        "requestID": event.request_id,
        "eventID": event.event_id(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    });
    let arns: Vec<Value> = event
        .resources
        .iter()
        .filter(|text| text.starts_with("arn:") && !text.ends_with('*'))
        .filter_map(|arn| {
            let (kind, _) = told::resource(arn)?;
            Some(json!({ "accountId": account, "type": kind, "ARN": arn }))
        })
        .collect();
    if !arns.is_empty() {
        record["resources"] = arns.into();
    }
    if let Outcome::Refused { code, message } = &event.outcome {
        // EC2's own codes come with the side that is at fault.
        let prefix = if event.service == "ec2" { "Client." } else { "" };
        record["errorCode"] = format!("{prefix}{code}").into();
        record["errorMessage"] = message.as_str().into();
    }
    record
}
