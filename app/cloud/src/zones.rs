//! The availability zones of a scope, by which a large fleet is read side by side.

use std::collections::BTreeSet;

use fleet::Call;

use crate::reader::Reader;

/// The names of the zones that the account can have servers in, local and Wavelength Zones that it opted into
/// included, and of those that servers are known to be in; sorted. None where AWS does not tell: that the zones are not
/// known leaves nothing unread, so it is no gap.
pub(crate) async fn of(reader: &Reader<'_>) -> Vec<String> {
    let call = Call::DescribeAvailabilityZones;
    let reading = reader.open(call);
    let answer = reader.ask(call, reader.clients.ec2.describe_availability_zones().send()).await;
    let told = match &answer {
        Ok(answer) => answer.availability_zones(),
        Err(_) => &[],
    };
    let mut zones: BTreeSet<String> = told.iter().filter_map(|zone| zone.zone_name().map(str::to_owned)).collect();
    reading.page(zones.len());
    reading.end(true);
    if !zones.is_empty() {
        let rows = reader.rows();
        let here = rows.fleet.servers.iter().filter(|row| row.scope == reader.scope);
        zones.extend(here.filter_map(|row| rows.fleet.text(row.zone)).map(str::to_owned));
    }
    zones.retain(|zone| !zone.is_empty());
    zones.into_iter().collect()
}
