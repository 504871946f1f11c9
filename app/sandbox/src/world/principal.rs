//! Who may ask: the access keys, and what each of them may do.

use std::sync::Arc;

use super::{World, id};
use crate::iam::{Policy, PolicyError};

/// One identity with its access key. Without policies it may do everything that it is not denied, with policies what
/// they allow.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) name: String,
    pub(crate) account: Arc<str>,
    pub(crate) regions: Vec<String>,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// The role's id, as in `AROA...:session`.
    pub(crate) role_id: String,
    pub(crate) role: String,
    /// The name of the role's session: who assumed it.
    pub(crate) session: String,
    pub(crate) denied: Vec<Denied>,
    pub(crate) policies: Option<Vec<Policy>>,
}

/// Actions that a principal may not use in one region.
#[derive(Debug, Clone)]
pub(crate) struct Denied {
    pub(crate) region: String,
    /// IAM's way to name actions: `imagebuilder:*`.
    pub(crate) actions: Vec<String>,
}

/// The name of the session of a profile's role.
pub(crate) const SESSION: &str = "emberline";

impl Principal {
    /// The ARN that GetCallerIdentity tells.
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", self.account, self.role, self.session)
    }

    /// The id that GetCallerIdentity tells.
    pub(crate) fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session)
    }

    /// Whether `action` (`imagebuilder:ListImages`) is denied in `region`.
    pub(crate) fn is_denied(&self, region: &str, action: &str) -> bool {
        self.denied
            .iter()
            .filter(|denied| denied.region == region)
            .flat_map(|denied| &denied.actions)
            .any(|pattern| crate::wire::filter::matches_wildcard(&pattern.to_lowercase(), &action.to_lowercase()))
    }
}

/// Why there is no such principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// The account is not in the sandbox.
    #[error("the sandbox has no account '{account}': use one of {known}")]
    UnknownAccount {
        /// What was asked for.
        account: String,
        /// The accounts that there are.
        known: String,
    },
    /// The name can't be a role's.
    #[error("'{0}' can't be a role's name: use 1 to 64 of A-Z, a-z, 0-9 and _+=,.@-")]
    BadName(String),
    /// Somebody in the account is called so already.
    #[error("somebody in the account is called '{0}' already: use another name")]
    NameTaken(String),
    /// A policy is wrong.
    #[error("policy {nth}: {error}")]
    Policy {
        /// Which one, from 1.
        nth: usize,
        /// What is wrong.
        error: PolicyError,
    },
}

impl World {
    /// Adds somebody who may do what `policies` allow together and nothing else.
    ///
    /// # Errors
    /// When the account is unknown, the name is taken or can't be, or a policy is wrong.
    pub(crate) fn add_principal(
        &mut self,
        account: &str,
        name: &str,
        policies: &[&str],
    ) -> Result<Arc<Principal>, PrincipalError> {
        let mut accounts: Vec<Arc<str>> = self.scopes().map(|scope| scope.account.clone()).collect();
        accounts.dedup();
        let Some(id) = accounts.iter().find(|known| ***known == *account).cloned() else {
            let known = accounts.join(", ");
            return Err(PrincipalError::UnknownAccount { account: account.to_owned(), known });
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            return Err(PrincipalError::BadName(name.to_owned()));
        }
        let mut of_account = self.principals.iter().filter(|principal| *principal.account == *account);
        if of_account.clone().any(|principal| principal.name == name || principal.role == name) {
            return Err(PrincipalError::NameTaken(name.to_owned()));
        }
        let policies = policies
            .iter()
            .zip(1..)
            .map(|(json, nth)| Policy::parse(json).map_err(|error| PrincipalError::Policy { nth, error }))
            .collect::<Result<_, _>>()?;
        // Two names may come to the same key.
        let key = (0_u64..)
            .map(|nth| access_key(id::mix(self.seed.id(&["key", account, name]) ^ nth)))
            .find(|key| self.principals.iter().all(|principal| principal.access_key_id != *key))
            .unwrap_or_default();
        let principal = Arc::new(Principal {
            name: name.to_owned(),
            regions: of_account.next().map(|principal| principal.regions.clone()).unwrap_or_default(),
            access_key_id: key,
            secret_access_key: format!("sandbox/{:016x}/not-verified", self.seed.id(&["secret", account, name])),
            role_id: format!("AROA{:016X}", self.seed.id(&["role", account, name])),
            role: name.to_owned(),
            session: SESSION.to_owned(),
            denied: Vec::new(),
            policies: Some(policies),
            account: id,
        });
        self.principals.push(principal.clone());
        Ok(principal)
    }
}

/// An access key of a session, whose last nine digits follow from `number`.
pub(crate) fn access_key(number: u64) -> String {
    format!("ASIASANDBOX{:09}", number % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_holds_in_its_region_for_its_actions() {
        let principal = Principal {
            name: "p".into(),
            account: "1".into(),
            regions: Vec::new(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
            role_id: "AROA".into(),
            role: "Reader".into(),
            session: SESSION.into(),
            denied: vec![Denied { region: "us-east-1".into(), actions: vec!["imagebuilder:*".into()] }],
            policies: None,
        };
        assert!(principal.is_denied("us-east-1", "imagebuilder:ListImages"));
        assert!(!principal.is_denied("eu-west-1", "imagebuilder:ListImages"));
        assert!(!principal.is_denied("us-east-1", "ec2:DescribeImages"));
    }
}
