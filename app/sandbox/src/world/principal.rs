//! Who may ask: the access keys, and what each of them is denied.

use std::sync::Arc;

/// One identity with its access key. Everything is allowed that is not denied.
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
        };
        assert!(principal.is_denied("us-east-1", "imagebuilder:ListImages"));
        assert!(!principal.is_denied("eu-west-1", "imagebuilder:ListImages"));
        assert!(!principal.is_denied("us-east-1", "ec2:DescribeImages"));
    }
}
