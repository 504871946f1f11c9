//! AWS's clock and this machine's are one in a simulation: both are the sandbox's. The real operator compares AWS's
//! dates with the machine's own clock, which goes on in another time altogether; everything else is the operator's.

use cloud::Operator;
use jiff::SignedDuration;
use operate::{
    BuildFacts, Caller, Calls, DryRun, ExactMutation, GroupFacts, ImageFacts, PipelineFacts, Read, RefreshFacts,
    RootTaskFacts, Scope, Sending, Sent, ServerFacts, TargetFacts, TemplateFacts, Token, VersionFacts,
};

/// The operator with clocks that agree.
pub(crate) struct Level(pub(crate) Operator);

macro_rules! passed_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {
        $(fn $name(&self, $($arg: $kind),*) -> $out {
            self.0.$name($($arg),*)
        })*
    };
}

impl Calls for Level {
    fn ahead(&self, _scope: &Scope) -> SignedDuration {
        SignedDuration::ZERO
    }

    passed_on! {
        caller(scope: &Scope) -> Read<Caller>;
        servers(scope: &Scope, ids: &[String]) -> Read<Vec<ServerFacts>>;
        launched_with(scope: &Scope, token: &Token) -> Read<Vec<String>>;
        group(scope: &Scope, name: &str) -> Read<Option<GroupFacts>>;
        targets(scope: &Scope, target_groups: &[String]) -> Read<Vec<TargetFacts>>;
        refreshes(scope: &Scope, group: &str) -> Read<Vec<RefreshFacts>>;
        template(scope: &Scope, id: &str) -> Read<Option<TemplateFacts>>;
        template_versions(scope: &Scope, id: &str, version: Option<&str>) -> Read<Vec<VersionFacts>>;
        launch_data_sha256(scope: &Scope, server: &str) -> Read<String>;
        image(scope: &Scope, id: &str) -> Read<Option<ImageFacts>>;
        image_named(scope: &Scope, name: &str) -> Read<Option<ImageFacts>>;
        root_tasks(scope: &Scope, server: &str) -> Read<Vec<RootTaskFacts>>;
        pipelines(scope: &Scope, recipe: &str) -> Read<Vec<PipelineFacts>>;
        pipeline(scope: &Scope, arn: &str) -> Read<Option<PipelineFacts>>;
        builds(scope: &Scope, pipeline: &str) -> Read<Vec<BuildFacts>>;
        build(scope: &Scope, arn: &str) -> Read<Option<BuildFacts>>;
        dry_run(scope: &Scope, mutation: &ExactMutation) -> DryRun;
        send(sending: &Sending<'_>) -> Sent;
    }
}
