//! What another program on this machine has to find in its environment so that its AWS SDK or CLI acts where an
//! operation acts, as the same person: a bake command, which makes its calls itself.
//!
//! What SDKs look at, and in which order, is in the AWS SDKs and Tools Reference Guide, 'Settings reference': keys of the
//! environment win over `AWS_PROFILE`, `AWS_ENDPOINT_URL_EC2` over `AWS_ENDPOINT_URL`, and that over the profile's.

use std::collections::BTreeMap;
use std::ffi::OsString;

use ::operate::Scope;

use super::Operator;
use crate::endpoint::Endpoint;

/// What to change of an environment that is handed on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Environment {
    /// The variables that are set, whatever they were.
    pub set: BTreeMap<OsString, OsString>,
    /// Those that are not handed on.
    pub removed: Vec<OsString>,
}

/// The credentials that SDKs take before a profile's.
const CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

impl Operator {
    /// Why no other program can reach what operations reach, as the reason of a refusal; `None` where one can.
    #[must_use]
    pub fn out_of_reach(&self) -> Option<String> {
        let is_inside = *self.access.endpoint() == Endpoint::InProcess;
        is_inside.then(|| {
            "this sandbox is inside Emberline, where no other program reaches it; `emberline sandbox --listen \
             127.0.0.1:0` serves one that can be reached"
                .to_owned()
        })
    }

    /// What a program's environment has to be changed in so that it acts in this scope.
    #[must_use]
    pub fn environment(&self, scope: &Scope) -> Environment {
        let present = std::env::vars_os().map(|(name, _)| name);
        let mut environment = environment(self.access.endpoint(), scope, present);
        if let Some(bundle) = self.access.ca_bundle() {
            environment.set.insert("AWS_CA_BUNDLE".into(), bundle.into());
        }
        environment
    }
}

fn environment(endpoint: &Endpoint, scope: &Scope, present: impl Iterator<Item = OsString>) -> Environment {
    let mut environment = Environment::default();
    let mut set = |name: &str, value: &str| environment.set.insert(name.into(), value.into());
    set("AWS_REGION", &scope.region);
    set("AWS_DEFAULT_REGION", &scope.region);
    // An endpoint that is configured elsewhere was either named to Emberline or told to be ignored.
    match endpoint.url() {
        Some(url) => {
            set("AWS_ENDPOINT_URL", url);
            set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false");
        }
        None => {
            set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        }
    }
    let mut removed: Vec<OsString> = present
        .filter(|name| name.to_str().is_some_and(|name| name.to_ascii_uppercase().starts_with("AWS_ENDPOINT_URL")))
        .collect();
    removed.push("AWS_DEFAULT_PROFILE".into());
    match &scope.profile {
        Some(profile) => {
            set("AWS_PROFILE", profile);
            removed.extend(CREDENTIALS.iter().map(OsString::from));
        }
        None => removed.push("AWS_PROFILE".into()),
    }
    removed.retain(|name| !environment.set.contains_key(name));
    environment.removed = removed;
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(profile: Option<&str>) -> Scope {
        Scope {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            profile: profile.map(str::to_owned),
        }
    }

    /// What a program finds whose parent has these variables, each with the value `old`.
    fn found(endpoint: &Endpoint, profile: Option<&str>) -> BTreeMap<String, String> {
        let present = [
            "PATH",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_REGION",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_EC2",
            "AWS_ENDPOINT_URL_S3",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        ];
        let changes = environment(endpoint, &scope(profile), present.iter().map(OsString::from));
        let mut found: BTreeMap<OsString, OsString> =
            present.iter().map(|name| (OsString::from(name), OsString::from("old"))).collect();
        changes.removed.iter().for_each(|name| drop(found.remove(name)));
        found.extend(changes.set);
        let text = |text: OsString| text.into_string().expect("it is text");
        found.into_iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn a_program_acts_by_the_profile_and_in_the_region_of_the_scope_at_aws() {
        let expected = [
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
            ("AWS_PROFILE", "prod"),
            ("AWS_REGION", "eu-west-1"),
            ("PATH", "old"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found(&Endpoint::Aws, Some("prod")), BTreeMap::from(expected));
    }

    #[test]
    fn a_program_goes_to_the_endpoint_that_was_chosen_and_takes_the_environments_credentials() {
        let url = "http://127.0.0.1:4600";
        let expected = [
            ("AWS_ACCESS_KEY_ID", "old"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", url),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_SECRET_ACCESS_KEY", "old"),
            ("AWS_SESSION_TOKEN", "old"),
            ("PATH", "old"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found(&Endpoint::Loopback(url.to_owned()), None), BTreeMap::from(expected));
    }
}
