//! What CloudTrail tells of people: keys sent through Instance Connect, attributes changed and volumes attached.

use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use fleet::{Call, Change, ChangeKind, FleetBuilder, Login, LoginKind, ScopeIx, Sym};
use rustc_hash::FxHashSet;
use serde_json::Value;

use super::{newest, servers_of};
use crate::failure::Failure;
use crate::reader::Reader;
use crate::servers::time;

/// The most that AWS gives on one page.
const EVENTS_A_PAGE: i32 = 50;
/// The most pages read of one kind of event, of two that AWS lets through each second.
const PAGES: usize = 10;

/// The events that are looked for, one after the other since a lookup takes one name.
const NAMES: [&str; 3] = ["ModifyInstanceAttribute", "SendSSHPublicKey", "AttachVolume"];

/// Events of the last 90 days, which is as long as AWS keeps them, about servers that are there.
pub(super) async fn read(reader: &Reader<'_>) {
    let servers = servers_of(&reader.rows(), reader.scope);
    for name in NAMES {
        let attribute =
            LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(name).build();
        let attribute = match attribute {
            Ok(attribute) => attribute,
            Err(error) => {
                let failure = Failure::error(&error.to_string(), "Who did what stays unknown.");
                return reader.gap(Call::LookupEvents, None, &failure);
            }
        };
        let request = |token| {
            let call = reader.clients.cloudtrail.lookup_events().lookup_attributes(attribute.clone());
            call.max_results(EVENTS_A_PAGE).set_next_token(token).send()
        };
        let outcome = newest(
            reader,
            Call::LookupEvents,
            PAGES,
            request,
            |rows, page: &LookupEventsOutput| {
                page.events().iter().for_each(|event| add(rows, reader.scope, &servers, name, event));
                page.events().len()
            },
            LookupEventsOutput::next_token,
        )
        .await;
        if outcome.is_err_and(|failure| failure.ends_the_call()) {
            return;
        }
    }
}

/// Adds what the event tells of one of `servers`. An event that AWS refused changed nothing.
fn add(rows: &mut FleetBuilder, scope: ScopeIx, servers: &FxHashSet<Sym>, name: &str, event: &Event) {
    let record = event.cloud_trail_event().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let record = record.unwrap_or(Value::Null);
    if record["errorCode"].is_string() {
        return;
    }
    let parameters = &record["requestParameters"];
    let listed = event.resources().iter().find(|resource| resource.resource_type() == Some("AWS::EC2::Instance"));
    let server = parameters["instanceId"].as_str().or_else(|| listed.and_then(|resource| resource.resource_name()));
    let server = rows.some(server).filter(|server| servers.contains(server));
    let (Some(server), Some(at)) = (server, time(event.event_time())) else { return };
    let who = rows.some(record["userIdentity"]["arn"].as_str().or(event.username()));
    let kind = match name {
        "SendSSHPublicKey" => {
            rows.fleet.logins.push(Login { server, scope, kind: LoginKind::InstanceConnect, who, at });
            return;
        }
        "AttachVolume" => ChangeKind::Volume(rows.some(parameters["volumeId"].as_str())),
        _ => ChangeKind::Attribute(rows.some(attribute(parameters))),
    };
    rows.fleet.changes.push(Change { server, scope, kind, who, at });
}

/// The attribute that a request to modify one names: in `attribute`, else as a parameter of its own.
fn attribute(parameters: &Value) -> Option<&str> {
    let own = || {
        let mut names = parameters.as_object()?.keys().map(String::as_str);
        names.find(|name| !["instanceId", "value", "dryRun"].contains(name))
    };
    parameters["attribute"].as_str().or_else(own)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudtrail::types::Resource;
    use aws_smithy_types::DateTime;
    use serde_json::json;

    use super::*;

    fn told(name: &str, record: Option<Value>) -> (Vec<Login>, Vec<Change>, FleetBuilder) {
        let mut rows = FleetBuilder::new();
        let servers = FxHashSet::from_iter([rows.sym("i-1")]);
        let resource = Resource::builder().resource_type("AWS::EC2::Instance").resource_name("i-1").build();
        let event = Event::builder()
            .event_time(DateTime::from_secs(1_800_000_000))
            .username("mkowalski")
            .resources(resource)
            .set_cloud_trail_event(record.map(|record| record.to_string()));
        add(&mut rows, ScopeIx(0), &servers, name, &event.build());
        (rows.fleet.logins.clone(), rows.fleet.changes.clone(), rows)
    }

    #[test]
    fn a_change_names_its_attribute_however_it_was_asked_for() {
        for parameters in [
            json!({"instanceId": "i-1", "attribute": "disableApiTermination", "value": "true"}),
            json!({"disableApiTermination": {"value": true}, "instanceId": "i-1"}),
        ] {
            let record = json!({"userIdentity": {"arn": "arn:aws:sts::1:x/m"}, "requestParameters": parameters});
            let (_, changes, rows) = told("ModifyInstanceAttribute", Some(record));
            let ChangeKind::Attribute(Some(name)) = changes[0].kind else { panic!("{changes:?}") };
            assert_eq!(rows.fleet.str(name), "disableApiTermination");
            assert_eq!(rows.fleet.text(changes[0].who), Some("arn:aws:sts::1:x/m"));
        }
    }

    #[test]
    fn an_event_without_its_record_tells_of_its_server_and_its_user() {
        let (logins, _, rows) = told("SendSSHPublicKey", None);
        assert_eq!((logins.len(), logins[0].kind), (1, LoginKind::InstanceConnect));
        assert_eq!(rows.fleet.text(logins[0].who), Some("mkowalski"));
        let (_, changes, _) = told("AttachVolume", None);
        assert_eq!(changes[0].kind, ChangeKind::Volume(None));
    }

    #[test]
    fn what_aws_refused_or_what_is_about_another_server_is_left_out() {
        let refused = json!({"errorCode": "Client.UnauthorizedOperation", "requestParameters": {"instanceId": "i-1"}});
        let other = json!({"requestParameters": {"instanceId": "i-2"}});
        for record in [refused, other] {
            let (logins, changes, _) = told("ModifyInstanceAttribute", Some(record));
            assert_eq!((logins.len(), changes.len()), (0, 0));
        }
    }
}
