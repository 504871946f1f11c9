//! One profile's way to one region: the clients that read, the clients that change, and whom failures speak to.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::region::Region;

use crate::access::{Access, Identity};
use crate::api_call::ApiCall;
use crate::endpoint::Endpoint;
use crate::failure::{Again, Asker, Failure};
use crate::pace::Pace;
use crate::wire::{self, Ear};
use crate::{paging, pull, retry};

/// Clients that ask and try again where that may help.
pub(super) struct Reading {
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) autoscaling: aws_sdk_autoscaling::Client,
    pub(super) load_balancing: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) imagebuilder: aws_sdk_imagebuilder::Client,
}

/// Clients that send a request once.
pub(super) struct Changing {
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) autoscaling: aws_sdk_autoscaling::Client,
    pub(super) load_balancing: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) imagebuilder: aws_sdk_imagebuilder::Client,
}

/// One profile's way to one region of an account.
pub(super) struct Line {
    pub(super) reading: Reading,
    pub(super) changing: Changing,
    account: String,
    region: String,
    profile: String,
    sign_in_command: Option<String>,
    ear: Arc<Ear>,
    pace: Arc<Pace>,
    is_loopback: bool,
}

impl Line {
    /// AWS's clock at the latest answer, in seconds since the epoch.
    pub(super) fn told_at_s(&self) -> Option<i64> {
        self.ear.latest_s()
    }

    pub(super) fn open(access: &Access, identity: &Identity, account: &str, region: &str, pace: Arc<Pace>) -> Self {
        let ear = Arc::new(Ear::default());
        let config = pull::sdk_config(access, identity)
            .to_builder()
            .region(Region::new(region.to_owned()))
            .http_client(wire::listening(access.http().clone(), ear.clone()))
            .build();
        // As the pull's clients: five attempts, none after a page for people.
        let classifier = || retry::PullRetry;
        let reading = Reading {
            sts: aws_sdk_sts::Client::from_conf(
                aws_sdk_sts::config::Builder::from(&config).retry_classifier(classifier()).build(),
            ),
            ec2: aws_sdk_ec2::Client::from_conf(
                aws_sdk_ec2::config::Builder::from(&config).retry_classifier(classifier()).build(),
            ),
            autoscaling: aws_sdk_autoscaling::Client::from_conf(
                aws_sdk_autoscaling::config::Builder::from(&config).retry_classifier(classifier()).build(),
            ),
            load_balancing: aws_sdk_elasticloadbalancingv2::Client::from_conf(
                aws_sdk_elasticloadbalancingv2::config::Builder::from(&config).retry_classifier(classifier()).build(),
            ),
            imagebuilder: aws_sdk_imagebuilder::Client::from_conf(
                aws_sdk_imagebuilder::config::Builder::from(&config).retry_classifier(classifier()).build(),
            ),
        };
        let once = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(wire::timeouts_of_changes())
            .build();
        let changing = Changing {
            ec2: aws_sdk_ec2::Client::new(&once),
            autoscaling: aws_sdk_autoscaling::Client::new(&once),
            load_balancing: aws_sdk_elasticloadbalancingv2::Client::new(&once),
            imagebuilder: aws_sdk_imagebuilder::Client::new(&once),
        };
        Self {
            reading,
            changing,
            account: account.to_owned(),
            region: region.to_owned(),
            profile: identity.name().to_owned(),
            sign_in_command: identity.sign_in_command.clone(),
            ear,
            pace,
            is_loopback: matches!(access.endpoint(), Endpoint::Loopback(_)),
        }
    }

    /// Whether a server on this machine stands in for AWS.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whom a failure speaks to.
    pub(super) fn asker(&self) -> Asker {
        Asker {
            profile: self.profile.clone(),
            region: self.region.clone(),
            sign_in_command: self.sign_in_command.clone(),
            // By the answer that has just come: a line lives long, and somebody may have set the clock since its first.
            skew_s: self.ear.latest_s().map(|server_s| {
                let skew = server_s.saturating_sub(wire::local_epoch_s());
                i32::try_from(skew).unwrap_or(if skew < 0 { i32::MIN } else { i32::MAX })
            }),
            again: Again::Try,
        }
    }

    /// Waits for a call's turn in the quota.
    pub(super) async fn turn(&self, call: ApiCall) {
        self.pace.turn(&self.account, &self.region, call).await;
    }

    /// Sends a request that reads, when its turn comes.
    pub(super) async fn ask<T, E>(
        &self,
        call: ApiCall,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        // On the heap: the future of one SDK call takes tens of kilobytes.
        let request = Box::pin(request);
        self.turn(call).await;
        request.await.map_err(|error| Failure::of(call, &error, &self.asker()))
    }

    /// Every page of a listing. `next` gives the token of the page after; a page may be empty and still have one.
    pub(super) async fn pages<P, E, F>(
        &self,
        call: ApiCall,
        mut request: impl FnMut(Option<String>) -> F,
        next: impl Fn(&P) -> Option<&str>,
    ) -> Result<Vec<P>, Failure>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let mut pages = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = self.ask(call, request(token.clone())).await?;
            let after = paging::after(call, token.as_deref(), next(&page), Again::Try)?;
            pages.push(page);
            match after {
                Some(after) => token = Some(after),
                None => return Ok(pages),
            }
        }
    }
}
