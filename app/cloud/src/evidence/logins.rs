//! Who logged in through Session Manager, and which servers it reaches at all.

use aws_sdk_ssm::operation::describe_instance_information::DescribeInstanceInformationOutput;
use aws_sdk_ssm::operation::describe_sessions::DescribeSessionsOutput;
use aws_sdk_ssm::types::SessionState;
use fleet::{Call, Login, LoginKind, Managed};

use super::{newest, servers_of};
use crate::reader::Reader;
use crate::servers::time;

/// The most that AWS gives on one page.
const SESSIONS_A_PAGE: i32 = 200;
const MANAGED_A_PAGE: i32 = 50;
/// The most pages read: 5,000 sessions and 5,000 servers.
const SESSION_PAGES: usize = 25;
const MANAGED_PAGES: usize = 100;

/// Sessions of the last 30 days, which is as long as AWS keeps them, and those that are open.
pub(super) async fn read_sessions(reader: &Reader<'_>) {
    let servers = servers_of(&reader.rows(), reader.scope);
    for state in [SessionState::History, SessionState::Active] {
        let request = |token| {
            let call = reader.clients.ssm.describe_sessions().state(state.clone());
            call.max_results(SESSIONS_A_PAGE).set_next_token(token).send()
        };
        let outcome = newest(
            reader,
            Call::DescribeSessions,
            SESSION_PAGES,
            request,
            |rows, page: &DescribeSessionsOutput| {
                for session in page.sessions() {
                    let server = rows.some(session.target()).filter(|server| servers.contains(server));
                    let (Some(server), Some(at)) = (server, time(session.start_date())) else { continue };
                    let who = rows.some(session.owner());
                    rows.fleet.logins.push(Login { server, scope: reader.scope, kind: LoginKind::Session, who, at });
                }
                page.sessions().len()
            },
            DescribeSessionsOutput::next_token,
        )
        .await;
        if outcome.is_err_and(|failure| failure.ends_the_call()) {
            return;
        }
    }
}

/// The servers that Session Manager reaches: of any other one, nobody knows whether somebody logged in.
pub(super) async fn read_managed(reader: &Reader<'_>) {
    let servers = servers_of(&reader.rows(), reader.scope);
    let request = |token| {
        let call = reader.clients.ssm.describe_instance_information();
        call.max_results(MANAGED_A_PAGE).set_next_token(token).send()
    };
    // What failed is a gap by now.
    let _ = newest(
        reader,
        Call::DescribeInstanceInformation,
        MANAGED_PAGES,
        request,
        |rows, page: &DescribeInstanceInformationOutput| {
            for managed in page.instance_information_list() {
                if let Some(server) = rows.some(managed.instance_id()).filter(|server| servers.contains(server)) {
                    rows.fleet.managed.push(Managed { server, scope: reader.scope });
                }
            }
            page.instance_information_list().len()
        },
        DescribeInstanceInformationOutput::next_token,
    )
    .await;
}
