//! How long cloud-init took, by the line that it ends with on the console of a server.

use std::collections::BTreeMap;

use fleet::{BootTime, Call, FleetBuilder, ScopeIx, Server, ServerState, TemplateUse};
use futures::FutureExt as _;

use super::each;
use crate::failure::Failure;
use crate::narrowing::UNKNOWN_SERVER;
use crate::reader::Reader;
use crate::settings::decoded;

/// The most consoles read in a scope. It is a sample: a version beyond it has no measured boot, which is no gap.
const CONSOLES_AT_MOST: usize = 50;

/// The console of the newest server of each template version in use.
pub(super) async fn read(reader: &Reader<'_>) {
    let mut newest = newest(&reader.rows(), reader.scope);
    newest.truncate(CONSOLES_AT_MOST);
    let mut versions: BTreeMap<String, TemplateUse> = newest.iter().cloned().collect();
    if let Some(earlier) = reader.pulling.earlier(reader.scope) {
        let mut rows = reader.rows();
        earlier.add_boot_times(&mut rows, reader.scope, |server| versions.contains_key(server));
        let here = rows.fleet.boot_times.iter().filter(|boot| boot.scope == reader.scope);
        for boot in here {
            versions.remove(rows.fleet.str(boot.server));
        }
    }
    let servers = newest.into_iter().map(|(server, _)| server).filter(|server| versions.contains_key(server)).collect();
    each(reader, Call::GetConsoleOutput, servers, CONSOLES_AT_MOST, |server| {
        let template = versions[&server];
        boot_of(reader, server, template).boxed()
    })
    .await;
}

/// A running server of each version, of versions with the most servers first.
fn newest(rows: &FleetBuilder, scope: ScopeIx) -> Vec<(String, TemplateUse)> {
    let mut versions: BTreeMap<TemplateUse, (usize, &Server)> = BTreeMap::new();
    for server in rows.fleet.servers.iter().filter(|server| server.scope == scope) {
        let (Some(template), ServerState::Running) = (server.template, server.state) else { continue };
        let (count, newest) = versions.entry(template).or_insert((0, server));
        *count += 1;
        if server.launched > newest.launched {
            *newest = server;
        }
    }
    let mut versions: Vec<_> = versions.into_iter().collect();
    versions.sort_by_key(|&(template, (count, _))| (std::cmp::Reverse(count), template));
    versions.into_iter().map(|(template, (_, server))| (rows.fleet.str(server.id).to_owned(), template)).collect()
}

async fn boot_of(reader: &Reader<'_>, id: String, template: TemplateUse) -> Result<usize, Failure> {
    let request = reader.clients.ec2.get_console_output().instance_id(&id).send();
    let answer = match reader.ask(Call::GetConsoleOutput, request).await {
        Ok(answer) => answer,
        // Gone since it was listed.
        Err(failure) if failure.has_code(UNKNOWN_SERVER) => return Ok(0),
        Err(failure) => return Err(failure),
    };
    let bytes = answer.output().and_then(decoded).unwrap_or_default();
    let Some(seconds) = up_seconds(&String::from_utf8_lossy(&bytes)) else { return Ok(0) };
    let mut rows = reader.rows();
    let server = rows.sym(&id);
    rows.fleet.boot_times.push(BootTime { server, scope: reader.scope, template, seconds });
    Ok(1)
}

/// Seconds from the kernel's start to cloud-init's end, rounded, by its closing line: `Cloud-init v. 22.2.2 finished at
/// Mon, 23 Nov 2026 04:00:00 +0000. Datasource DataSourceEc2Local.  Up 23.45 seconds`. Of several boots the first one
/// counts: the others had nothing to do.
fn up_seconds(console: &str) -> Option<u32> {
    let line = console.lines().find(|line| line.contains("Cloud-init v.") && line.contains(" finished at "))?;
    let (_, up) = line.rsplit_once(" Up ")?;
    let seconds: f64 = up.split_whitespace().next()?.parse().ok()?;
    // Longer than a week is no boot.
    (seconds.is_finite() && (0.0..604_800.0).contains(&seconds)).then(|| seconds.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_tells_the_seconds_and_nothing_else_does() {
        let console = "[    5.1] cloud-init[1203]: Cloud-init v. 22.2.2 running 'modules:final' at Mon. Up 6.02 seconds.\r\n\
                       [   23.4] cloud-init[1203]: Cloud-init v. 22.2.2 finished at Mon, 23 Nov 2026 04:00:00 +0000. \
                       Datasource DataSourceEc2Local.  Up 23.55 seconds\r\n\
                       [    4.0] cloud-init[1203]: Cloud-init v. 22.2.2 finished at Tue. Datasource X.  Up 4.01 seconds\r\n";
        assert_eq!(up_seconds(console), Some(24));
        assert_eq!(up_seconds("Cloud-init v. 22.2.2 finished at Mon. Datasource X.  Up NaN seconds"), None);
        assert_eq!(up_seconds("Cloud-init v. 22.2.2 finished at Mon. Datasource X.  Up -3 seconds"), None);
        assert_eq!(up_seconds("login: "), None);
    }
}
