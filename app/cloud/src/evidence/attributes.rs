//! User data and termination protection of servers that no group launches again: two calls a server.

use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::types::InstanceAttributeName;
use fleet::{Attributes, Call, FleetBuilder, ScopeIx};
use futures::FutureExt as _;

use super::each;
use crate::failure::Failure;
use crate::narrowing::UNKNOWN_SERVER;
use crate::reader::Reader;
use crate::settings::user_data;

/// The most servers asked for in a scope.
const SERVERS_AT_MOST: usize = 50;

/// Of each standalone server, those first that name no template version: nothing else speaks for them.
pub(super) async fn read(reader: &Reader<'_>) {
    let servers = standalone(&reader.rows(), reader.scope);
    each(reader, Call::DescribeInstanceAttribute, servers, SERVERS_AT_MOST, |id| attributes_of(reader, id).boxed())
        .await;
}

fn standalone(rows: &FleetBuilder, scope: ScopeIx) -> Vec<String> {
    let fleet = &rows.fleet;
    let here = fleet.servers.iter().filter(|server| server.scope == scope);
    let alone = here.filter(|server| server.group.is_none() && fleet.owner(server).is_none());
    let mut ids: Vec<(bool, &str)> = alone.map(|server| (server.template.is_some(), fleet.str(server.id))).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|(_, id)| id.to_owned()).collect()
}

async fn asked(
    reader: &Reader<'_>,
    id: &str,
    attribute: InstanceAttributeName,
) -> Result<DescribeInstanceAttributeOutput, Failure> {
    let request = reader.clients.ec2.describe_instance_attribute().instance_id(id).attribute(attribute).send();
    reader.ask(Call::DescribeInstanceAttribute, request).await
}

async fn attributes_of(reader: &Reader<'_>, id: String) -> Result<usize, Failure> {
    let answers = async {
        let data = asked(reader, &id, InstanceAttributeName::UserData).await?;
        let protection = asked(reader, &id, InstanceAttributeName::DisableApiTermination).await?;
        Ok((data, protection))
    };
    let (data, protection) = match answers.await {
        Ok(answers) => answers,
        // Gone since it was listed.
        Err(failure) if Failure::has_code(&failure, UNKNOWN_SERVER) => return Ok(0),
        Err(failure) => return Err(failure),
    };
    let mut rows = reader.rows();
    let row = Attributes {
        server: rows.sym(&id),
        scope: reader.scope,
        user_data: user_data(&mut rows, data.user_data().and_then(|data| data.value())),
        termination_protected: protection
            .disable_api_termination()
            .and_then(aws_sdk_ec2::types::AttributeBooleanValue::value),
    };
    rows.fleet.attributes.push(row);
    Ok(1)
}
