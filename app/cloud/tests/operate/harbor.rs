//! The sandbox's default scenario with somebody who operates it.

use std::sync::Arc;

use emberline_cloud::{Access, Login, Operator};
use operate::{Calls as _, Detail, GroupFacts, Scope, ServerFacts};
use sandbox::{Profile, Sandbox};
use tokio::runtime::Runtime;

/// Harbor, standing still at an instant.
pub(crate) struct Harbor {
    pub(crate) sandbox: Sandbox,
    pub(crate) operator: Operator,
    pub(crate) scope: Scope,
    _runtime: Runtime,
}

impl Harbor {
    /// As a profile that may do everything.
    pub(crate) fn open() -> Self {
        Self::open_as(|sandbox| sandbox.profiles().iter().find(|one| one.name == "harbor-prod").unwrap().clone())
    }

    /// As somebody who may do what these policies allow.
    pub(crate) fn under(policies: &[&str]) -> Self {
        Self::open_as(|sandbox| {
            let prod = sandbox.profiles().iter().find(|one| one.name == "harbor-prod").unwrap();
            sandbox.add_principal(&prod.account, "operator", policies).unwrap()
        })
    }

    fn open_as(profile: impl FnOnce(&Sandbox) -> Profile) -> Self {
        let sandbox = Sandbox::open_at("harbor", "2026-11-02T08:00:00Z".parse().unwrap()).unwrap();
        let profile = profile(&sandbox);
        let login = Login {
            profile: profile.name.clone(),
            account: Some(profile.account.clone()),
            regions: vec!["eu-west-1".into()],
            access_key_id: profile.access_key_id,
            secret_access_key: profile.secret_access_key,
        };
        let scope = Scope {
            partition: "aws".into(),
            account: profile.account,
            region: "eu-west-1".into(),
            profile: Some(profile.name),
        };
        let handler = sandbox.clone();
        let answer = move |request| handler.handle(request).into_response();
        let access = Access::in_process(Arc::new(answer), vec![login]).with_quota_share(1_000.0);
        let runtime = Runtime::new().unwrap();
        Self { operator: Operator::new(&access, runtime.handle().clone()), sandbox, scope, _runtime: runtime }
    }

    pub(crate) fn inject(&self, fault: &str) {
        self.sandbox.inject(fault.parse().unwrap());
    }

    pub(crate) fn group(&self, name: &str) -> GroupFacts {
        self.operator.group(&self.scope, name).unwrap().unwrap()
    }

    pub(crate) fn servers(&self, ids: &[&str]) -> Vec<ServerFacts> {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        self.operator.servers(&self.scope, &ids, Detail::Protections).unwrap()
    }
}
