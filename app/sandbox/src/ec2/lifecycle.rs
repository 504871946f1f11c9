//! A server's life: pending, running, stopped, ended, forgotten. What takes time is an event.

use jiff::Timestamp;

use crate::{
    events::Event,
    world::{
        World,
        server::{Ended, ServerState},
    },
};

/// What a server does next by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// From pending to running.
    Run,
    /// From stopping to stopped.
    Stop,
    /// From shutting down to terminated.
    Terminate,
    /// EC2 forgets it.
    Forget,
}

/// From a launch or a start until it runs, in seconds.
pub(crate) const PENDING_S: u32 = 12;
/// From the order to stop until it is stopped, in seconds.
const STOPPING_S: u32 = 35;
/// From the order to terminate until it is terminated, in seconds.
const SHUTTING_DOWN_S: u32 = 40;
/// EC2 tells of a terminated server for about an hour.
const FORGOTTEN_S: u32 = 3_600;

/// Lets a server take a step. A step that no longer fits what it is does nothing: it was ordered before something else
/// was.
pub(crate) fn happen(world: &mut World, scope: usize, server: u32, step: Step, now: Timestamp) {
    let place = world.scope_at_mut(scope);
    let it = &mut place.servers[server as usize];
    match (step, it.state) {
        (Step::Run, ServerState::Pending) => it.state = ServerState::Running,
        (Step::Stop, ServerState::Stopping) => it.state = ServerState::Stopped,
        (Step::Terminate, ServerState::ShuttingDown) => {
            it.state = ServerState::Terminated;
            let id = it.id;
            place.release_data_volumes(id);
            world.schedule_in(now, FORGOTTEN_S, Event::Server { scope, server, step: Step::Forget });
        }
        (Step::Forget, ServerState::Terminated) => place.forget_server(server),
        _ => (),
    }
}

/// Begins to end a server for good. One that has ended already stays as it is.
pub(crate) fn terminate(world: &mut World, scope: usize, server: u32, now: Timestamp, ended: Ended) {
    let it = &mut world.scope_at_mut(scope).servers[server as usize];
    if !it.is_alive() {
        return;
    }
    it.state = ServerState::ShuttingDown;
    it.ended = Some(ended);
    world.schedule_in(now, SHUTTING_DOWN_S, Event::Server { scope, server, step: Step::Terminate });
}

/// Begins to stop a running server; any other stays as it is.
pub(crate) fn stop(world: &mut World, scope: usize, server: u32, now: Timestamp, ended: Ended) {
    let it = &mut world.scope_at_mut(scope).servers[server as usize];
    if !matches!(it.state, ServerState::Running | ServerState::Pending) {
        return;
    }
    it.state = ServerState::Stopping;
    it.ended = Some(ended);
    world.schedule_in(now, STOPPING_S, Event::Server { scope, server, step: Step::Stop });
}

/// Reboots a running server; any other stays as it is. It keeps its start, its birth and its addresses.
pub(crate) fn reboot(world: &mut World, scope: usize, server: u32, now: Timestamp) {
    let it = &mut world.scope_at_mut(scope).servers[server as usize];
    if it.state == ServerState::Running {
        it.rebooted = Some(now);
    }
}

/// Starts a stopped server; any other stays as it is. Its start is new, its birth is not, and if it has a public
/// address then that is new too.
pub(crate) fn start(world: &mut World, scope: usize, server: u32, now: Timestamp) {
    let place = world.scope_at_mut(scope);
    let it = &mut place.servers[server as usize];
    if it.state != ServerState::Stopped {
        return;
    }
    it.state = ServerState::Pending;
    it.started = now;
    it.rebooted = None;
    it.reset = None;
    it.ended = None;
    if it.public_ip.is_some() {
        let address = place.take_public_address();
        place.servers[server as usize].public_ip = Some(address);
    }
    world.schedule_in(now, PENDING_S, Event::Server { scope, server, step: Step::Run });
}
