//! Every change against the sandbox, and what each way of losing its answer comes to. A change can be sent by the
//! executor alone, so that these tests stand behind the door.
#![expect(clippy::unwrap_used, reason = "a test")]

mod by_hand;
mod faults;
mod iam;
mod large;
mod taken;
mod unsent;
mod world;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ::operate::{Guard, Refusal};
use aws_sdk_ec2::types::Filter;
use sandbox::{Profile, Sandbox};
use tokio::runtime::Runtime;

use super::*;
use crate::access::Login;

/// Harbor, standing still at an instant, and somebody who may do everything in it.
pub(super) struct Harbor {
    pub(super) sandbox: Sandbox,
    pub(super) operator: Operator,
    pub(super) scope: Scope,
    runtime: Runtime,
    requests: Arc<AtomicUsize>,
    /// Whether the kill switch is pulled.
    pub(super) halted: AtomicBool,
}

impl Harbor {
    pub(super) fn open() -> Self {
        Self::open_at("2026-11-02T08:00:00Z".parse().unwrap())
    }

    /// The same at another instant. The SDK takes a refusal by a clock far from its own for the clock's fault, and asks
    /// again for seconds.
    pub(super) fn open_at(instant: jiff::Timestamp) -> Self {
        Self::open_scenario("harbor", "harbor-prod", instant)
    }

    /// Another scenario, as one of its profiles.
    pub(super) fn open_scenario(spec: &str, profile: &str, instant: jiff::Timestamp) -> Self {
        let sandbox = Sandbox::open_at(spec, instant).unwrap();
        let profile = sandbox.profiles().iter().find(|one| one.name == profile).unwrap().clone();
        Self::of(sandbox, &profile)
    }

    /// The same sandbox as somebody new, who may do what these policies allow.
    pub(super) fn under(&self, name: &str, policies: &[&str]) -> Self {
        let profile = self.sandbox.add_principal(&self.scope.account, name, policies).unwrap();
        Self::of(self.sandbox.clone(), &profile)
    }

    fn of(sandbox: Sandbox, profile: &Profile) -> Self {
        let login = Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: vec!["eu-west-1".into()],
            access_key_id: profile.access_key_id.clone(),
            secret_access_key: profile.secret_access_key.clone(),
        };
        let scope = Scope {
            partition: "aws".into(),
            account: profile.account.clone(),
            region: "eu-west-1".into(),
            profile: Some(profile.name.clone()),
        };
        let handler = sandbox.clone();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        let answer = move |request| {
            counted.fetch_add(1, Ordering::Relaxed);
            handler.handle(request).into_response()
        };
        let access = Access::in_process(Arc::new(answer), vec![login]).with_quota_share(1_000.0);
        let runtime = Runtime::new().unwrap();
        let operator = Operator::new(&access, runtime.handle().clone());
        Self { sandbox, operator, scope, runtime, requests, halted: AtomicBool::new(false) }
    }

    /// Sends a change as the executor would.
    pub(super) fn send(&self, mutation: &ExactMutation, token: &str) -> Sent {
        let line = self.operator.line(&self.scope).unwrap();
        let token = Token(token.to_owned());
        let last_word = || match self.halted.load(Ordering::Relaxed) {
            true => {
                let (reason, next) = ("it took too long".to_owned(), "Read it again.".to_owned());
                Err(Refusal { guard: Guard::Fresh, reason, next })
            }
            false => Ok(()),
        };
        self.runtime.block_on(changes::transmit(&line, mutation, Some(&token), &last_word))
    }

    /// Id of the server of this name.
    pub(super) fn server(&self, name: &str) -> String {
        let line = self.operator.line(&self.scope).unwrap();
        let filter = Filter::builder().name("tag:Name").values(name).build();
        let answer = self.runtime.block_on(line.reading.ec2.describe_instances().filters(filter).send()).unwrap();
        answer.reservations()[0].instances()[0].instance_id().unwrap().to_owned()
    }

    pub(super) fn group(&self, name: &str) -> GroupFacts {
        self.operator.group(&self.scope, name).unwrap().unwrap()
    }

    /// Id of the launch template that a group launches from.
    pub(super) fn template_of(&self, group: &str) -> String {
        match self.group(group).launch {
            Some(::operate::GroupLaunch::Template { id, .. }) => id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn facts(&self, server: &str) -> ServerFacts {
        self.operator.servers(&self.scope, &[server.to_owned()], Detail::Protections).unwrap().remove(0)
    }

    pub(super) fn inject(&self, fault: &str) {
        self.sandbox.inject(fault.parse().unwrap());
    }

    /// How many requests went out, of any call.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// How often a call reached the sandbox.
    pub(super) fn asked(&self, operation: &str) -> usize {
        self.sandbox.trace().iter().filter(|entry| entry.what.contains(operation)).count()
    }

    /// What a change that was taken made.
    pub(super) fn made(&self, mutation: &ExactMutation, token: &str, output: ::operate::Output) -> String {
        match self.send(mutation, token) {
            Sent::Accepted { receipt, request_id } => {
                assert!(request_id.is_some(), "{mutation:?} has no request id");
                receipt.made.get(&output).cloned().unwrap_or_else(|| panic!("{mutation:?} made {receipt:?}"))
            }
            other => panic!("{mutation:?}: {other:?}"),
        }
    }
}
