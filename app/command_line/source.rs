//! The source that the arguments name.

use std::sync::Arc;

use cloud::{Access, Login};
use session::{AwsSource, OpenSandbox, PolicyFile, Source};

use super::Failed;
use super::args::SourceArgs;

impl SourceArgs {
    /// The source that is named; `None` where none is.
    pub(crate) fn named(&self) -> Option<Source> {
        if let Some(scenario) = &self.sandbox {
            return Some(Source::Sandbox(scenario.clone()));
        }
        if let Some(path) = &self.file {
            return Some(Source::File(path.clone()));
        }
        let aws = AwsSource {
            profiles: self.profile.clone(),
            regions: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            ignore_configured_endpoint_urls: self.ignore_configured_endpoint_urls,
            ca_bundle: self.ca_bundle.clone(),
            imds: self.imds,
        };
        (aws != AwsSource::default()).then_some(Source::Aws(aws))
    }

    /// The policy in force; a wrong one is wrong usage.
    pub(crate) fn policy(&self) -> Result<PolicyFile, Failed> {
        PolicyFile::load(self.policy.as_deref()).map_err(Failed::usage)
    }
}

/// Opens the embedded sandbox and hands its handler to the SDK's connector.
pub(crate) fn open_sandbox() -> OpenSandbox {
    Arc::new(|scenario| {
        let sandbox = sandbox::Sandbox::open(scenario).map_err(|error| error.to_string())?;
        let logins = sandbox
            .profiles()
            .iter()
            .map(|profile| Login {
                profile: profile.name.clone(),
                account: Some(profile.account.clone()),
                regions: profile.regions.clone(),
                access_key_id: profile.access_key_id.clone(),
                secret_access_key: profile.secret_access_key.clone(),
            })
            .collect();
        Ok(Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins))
    })
}
