//! Which endpoint calls go to: AWS's own, or one that the user named. A configured one is never followed by itself.

use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::Env;
use http::Uri;

use crate::access::AccessError;
use crate::profile::Shared;

/// Where calls go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// AWS's own endpoints.
    Aws,
    /// A server on this machine.
    Loopback(String),
    /// A server elsewhere that is not AWS's as far as we know: read-only.
    Foreign(String),
    /// An AWS in this process.
    InProcess,
}

impl Endpoint {
    /// The URL, where it is not AWS's own.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Loopback(url) | Self::Foreign(url) => Some(url),
            Self::Aws | Self::InProcess => None,
        }
    }

    /// Reads a URL that the user gave.
    pub(crate) fn parse(url: &str) -> Result<Self, AccessError> {
        let bad = |reason: &str| AccessError::EndpointUrl { url: url.to_owned(), reason: reason.to_owned() };
        let uri: Uri = url.parse().map_err(|_| bad("it is not a URL"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(bad("it must begin with http:// or https://"));
        }
        let host = uri.host().ok_or_else(|| bad("it names no host"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(bad("it must not hold a user name or password"));
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let loopback = bare.eq_ignore_ascii_case("localhost")
            || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        Ok(if loopback { Self::Loopback(url.to_owned()) } else { Self::Foreign(url.to_owned()) })
    }
}

/// An endpoint that the environment or a profile configures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Configured {
    /// `AWS_ENDPOINT_URL_EC2`, `endpoint_url of the profile dev`, ...
    pub(crate) origin: String,
    pub(crate) url: String,
}

impl Configured {
    /// Host and port, to tell requests to it from others.
    pub(crate) fn authority(&self) -> Option<String> {
        self.url.parse::<Uri>().ok()?.authority().map(ToString::to_string)
    }
}

/// The services that Emberline or its sign-in calls, as `AWS_ENDPOINT_URL_*` spells them.
const SERVICES: &[&str] = &[
    "EC2",
    "AUTO_SCALING",
    "IMAGEBUILDER",
    "SSM",
    "STS",
    "FIS",
    "CLOUDTRAIL",
    "ELASTIC_LOAD_BALANCING_V2",
    "SSO",
    "SSO_OIDC",
    "SIGNIN",
];

/// Every endpoint that the environment, or one of `profiles`, configures for a service that is called.
pub(crate) fn configured(env: &Env, shared: &Shared, profiles: &[&str]) -> Vec<Configured> {
    let mut found = Vec::new();
    let variables = std::iter::once("AWS_ENDPOINT_URL".to_owned())
        .chain(SERVICES.iter().map(|service| format!("AWS_ENDPOINT_URL_{service}")));
    for name in variables {
        if let Some(url) = env.get(&name).ok().filter(|url| !url.is_empty()) {
            found.push(Configured { origin: format!("the environment variable {name}"), url });
        }
    }
    for profile in profiles {
        if let Some(url) = shared.get(profile, "endpoint_url") {
            found.push(Configured { origin: format!("endpoint_url of the profile {profile}"), url: url.to_owned() });
        }
        let Some(section) = shared.get(profile, "services") else { continue };
        for service in SERVICES.iter().map(|service| service.to_lowercase()) {
            // The AWS CLI writes auto_scaling, older SDK releases auto-scaling.
            for spelling in [service.clone(), service.replace('_', "-")] {
                let key = PropertiesKey::builder()
                    .section_key("services")
                    .section_name(section)
                    .property_name(spelling)
                    .sub_property_name("endpoint_url")
                    .build();
                if let Some(url) = key.ok().and_then(|key| shared.set().other_sections().get(&key)) {
                    let origin = format!("{service} in the section [services {section}] of the profile {profile}");
                    let configured = Configured { origin, url: url.clone() };
                    if !found.contains(&configured) {
                        found.push(configured);
                    }
                }
            }
        }
    }
    found
}

/// Whether the environment or the profile tells every SDK to leave configured endpoints alone.
pub(crate) fn ignored_by_setting(env: &Env, shared: &Shared, profiles: &[&str]) -> bool {
    let is_true = |value: &str| value.eq_ignore_ascii_case("true");
    match env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
        Ok(value) => is_true(&value),
        Err(_) => {
            !profiles.is_empty()
                && profiles
                    .iter()
                    .all(|profile| shared.get(profile, "ignore_configured_endpoint_urls").is_some_and(is_true))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::profile::tests::files;

    #[test]
    fn only_this_machine_is_loopback() {
        let cases = [
            ("http://localhost:5000", Ok(true)),
            ("http://127.0.0.1:5000", Ok(true)),
            ("https://127.8.9.1", Ok(true)),
            ("http://[::1]:80/", Ok(true)),
            ("http://localhost.example.com", Ok(false)),
            ("http://127.0.0.1.example.com", Ok(false)),
            ("https://10.0.0.1", Ok(false)),
            ("ftp://localhost", Err("http:// or https://")),
            ("localhost:5000", Err("http:// or https://")),
            ("http://user:secret@localhost", Err("user name")),
            ("", Err("not a URL")),
        ];
        for (url, expected) in cases {
            match (Endpoint::parse(url), expected) {
                (Ok(endpoint), Ok(loopback)) => {
                    assert_eq!(matches!(endpoint, Endpoint::Loopback(_)), loopback, "{url}");
                    assert_eq!(endpoint.url(), Some(url));
                }
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{url}: {error}"),
                (outcome, _) => panic!("{url}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn every_way_to_configure_an_endpoint_is_found() {
        let shared = Shared::load(
            &Env::from_slice(&[]),
            &files(
                "
[profile dev]
services = local
[profile other]
endpoint_url = http://other.example
[services local]
ec2 =
  endpoint_url = http://localhost:4566
auto_scaling =
  endpoint_url = http://localhost:4567
s3 =
  endpoint_url = http://localhost:9000
",
            ),
        )
        .unwrap();
        let env =
            Env::from_slice(&[("AWS_ENDPOINT_URL_STS", "http://sts.example"), ("AWS_ENDPOINT_URL_S3", "http://s3")]);
        let found: Vec<_> =
            configured(&env, &shared, &["dev"]).into_iter().map(|found| (found.origin, found.url)).collect();
        let pair = |origin: &str, url: &str| (origin.to_owned(), url.to_owned());
        assert_eq!(
            found,
            [
                pair("the environment variable AWS_ENDPOINT_URL_STS", "http://sts.example"),
                pair("ec2 in the section [services local] of the profile dev", "http://localhost:4566"),
                pair("auto_scaling in the section [services local] of the profile dev", "http://localhost:4567"),
            ]
        );
    }
}
