//! Each change as the request that it is, sent once.

use std::error::Error as StdError;
use std::future::Future;

use ::operate::{
    DesiredConfiguration, ExactMutation, LaunchFrom, Mutation, Output, Outputs, RefreshPreferences, Refusal,
    ScaleInProtected, Sent, StandbyServers, Token,
};
use aws_sdk_autoscaling::operation::start_instance_refresh::StartInstanceRefreshOutput;
use aws_sdk_autoscaling::types as autoscaling;
use aws_sdk_ec2::operation::create_image::CreateImageOutput;
use aws_sdk_ec2::operation::create_launch_template_version::CreateLaunchTemplateVersionOutput;
use aws_sdk_ec2::operation::create_replace_root_volume_task::CreateReplaceRootVolumeTaskOutput;
use aws_sdk_ec2::operation::run_instances::RunInstancesOutput;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types as ec2;
use aws_sdk_elasticloadbalancingv2::types as load_balancing;
use aws_sdk_imagebuilder::operation::start_image_pipeline_execution::StartImagePipelineExecutionOutput;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::answers::{self, Overheard};
use super::launch_data;
use super::line::Line;
use super::told::text;
use crate::api_call::ApiCall;
use crate::failure::Failure;

/// One change on its way.
struct Sender<'a> {
    line: &'a Line,
    call: ApiCall,
    overheard: Overheard,
    /// What stands against it at the last moment.
    last_word: &'a LastWord<'a>,
}

impl Sender<'_> {
    /// Sends the request when its turn comes, and tells what became of it.
    async fn once<T, E>(
        &self,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        made: impl FnOnce(&T) -> Option<Outputs>,
    ) -> Sent
    where
        T: RequestId,
        E: StdError + ProvideErrorMetadata + RequestId + 'static,
    {
        // On the heap: the future of one SDK call takes tens of kilobytes.
        let request = Box::pin(request);
        self.line.turn(self.call).await;
        if let Err(refusal) = (self.last_word)() {
            return answers::not_sent(Failure::error(&refusal.reason, "Plan again."));
        }
        answers::sent(self.line, self.call, &self.overheard, request.await, made)
    }
}

/// What an answer made, by the text that names it.
fn one(output: Output, named: Option<&str>) -> Option<Outputs> {
    Some(Outputs::from([(output, text(named)?)]))
}

/// For a call whose good answer names nothing that later steps need.
fn nothing<T>(_: &T) -> Option<Outputs> {
    Some(Outputs::new())
}

/// A number as the SDK wants it; one that does not fit is not sent.
fn number(value: u32, what: &str) -> Result<i32, Sent> {
    i32::try_from(value).map_err(|_| {
        answers::not_sent(Failure::error(&format!("{what} of {value} is more than AWS takes"), "Plan again."))
    })
}

/// Asked just before a change goes out: why it must not any more, if so.
pub(super) type LastWord<'a> = dyn Fn() -> Result<(), Refusal> + Sync + 'a;

/// Sends a change, unless the last word is against it; without a token it is only tried (`DryRun`), which EC2's
/// calls alone know.
pub(super) async fn transmit(
    line: &Line,
    mutation: &ExactMutation,
    token: Option<&Token>,
    last_word: &LastWord<'_>,
) -> Sent {
    if token.is_none() && !mutation.has_dry_run() {
        let said = format!("{} can't be tried beforehand", mutation.operation());
        return answers::not_sent(Failure::error(&said, "It is verified by reading alone."));
    }
    let sender = Sender { line, call: ApiCall::new(mutation.action()), overheard: Overheard::default(), last_word };
    // Boxed, since one future holds the calls of all services.
    Box::pin(sender.transmit(mutation, token)).await.unwrap_or_else(|unsent| unsent)
}

impl Sender<'_> {
    /// The error is what became of a change that could not be put into a request.
    async fn transmit(&self, mutation: &ExactMutation, token: Option<&Token>) -> Result<Sent, Sent> {
        let (ec2, groups) = (&self.line.changing.ec2, &self.line.changing.autoscaling);
        let overheard = self.overheard.clone();
        let (dry_run, client_token) = (token.is_none(), token.map(|token| token.0.clone()));
        Ok(match mutation {
            Mutation::TerminateInstanceInAutoScalingGroup { group: _, server, decrement } => {
                let call = groups.terminate_instance_in_auto_scaling_group().instance_id(server);
                let call = call.should_decrement_desired_capacity(*decrement);
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::SetDesiredCapacity { group, desired } => {
                let call = groups.set_desired_capacity().auto_scaling_group_name(group).honor_cooldown(false);
                let call = call.desired_capacity(number(*desired, "A desired capacity")?);
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::SetMaxInstanceLifetime { group, lifetime_s } => {
                let call = groups.update_auto_scaling_group().auto_scaling_group_name(group);
                let call = call.max_instance_lifetime(number(*lifetime_s, "A lifetime")?);
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::StartInstanceRefresh { group, preferences, desired } => {
                let call = groups.start_instance_refresh().auto_scaling_group_name(group);
                let call = call.strategy(autoscaling::RefreshStrategy::Rolling);
                let call = call.preferences(refresh_preferences(preferences)?);
                let call = call.set_desired_configuration(desired.as_ref().map(desired_configuration));
                let made = |answer: &StartInstanceRefreshOutput| one(Output::Refresh, answer.instance_refresh_id());
                self.once(call.customize().interceptor(overheard).send(), made).await
            }
            Mutation::CancelInstanceRefresh { group } => {
                let call = groups.cancel_instance_refresh().auto_scaling_group_name(group);
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::RollbackInstanceRefresh { group } => {
                let call = groups.rollback_instance_refresh().auto_scaling_group_name(group);
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::RunInstances { from, subnet } => {
                let call = ec2.run_instances().min_count(1).max_count(1).dry_run(dry_run);
                let call = self.launch(call.set_client_token(client_token), from, subnet.as_deref()).await?;
                let made = |answer: &RunInstancesOutput| {
                    one(Output::Successor, answer.instances().first().and_then(|server| server.instance_id()))
                };
                self.once(call.customize().interceptor(overheard).send(), made).await
            }
            Mutation::TerminateInstances { server } => {
                let call = ec2.terminate_instances().instance_ids(server).dry_run(dry_run);
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::RegisterTargets { target_group, server, ports } => {
                let call = self.line.changing.load_balancing.register_targets().target_group_arn(target_group);
                let call = call.set_targets(Some(targets(server, ports)));
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::DeregisterTargets { target_group, server, ports } => {
                let call = self.line.changing.load_balancing.deregister_targets().target_group_arn(target_group);
                let call = call.set_targets(Some(targets(server, ports)));
                self.once(call.customize().interceptor(overheard).send(), nothing).await
            }
            Mutation::CreateReplaceRootVolumeTask { server, image, delete_replaced } => {
                let call = ec2.create_replace_root_volume_task().instance_id(server).set_image_id(image.clone());
                let call = call.delete_replaced_root_volume(*delete_replaced).dry_run(dry_run);
                let made = |answer: &CreateReplaceRootVolumeTaskOutput| {
                    let task = answer.replace_root_volume_task();
                    one(Output::RootTask, task.and_then(|task| task.replace_root_volume_task_id()))
                };
                let call = call.set_client_token(client_token);
                self.once(call.customize().interceptor(overheard).send(), made).await
            }
            Mutation::StartImagePipelineExecution { pipeline } => {
                let call = self.line.changing.imagebuilder.start_image_pipeline_execution();
                let call = call.image_pipeline_arn(pipeline).set_client_token(client_token);
                let made =
                    |answer: &StartImagePipelineExecutionOutput| one(Output::Build, answer.image_build_version_arn());
                self.once(call.customize().interceptor(overheard).send(), made).await
            }
            Mutation::CreateImage { server, name, no_reboot } => {
                let call = ec2.create_image().instance_id(server).name(name).no_reboot(*no_reboot).dry_run(dry_run);
                let made = |answer: &CreateImageOutput| one(Output::Image, answer.image_id());
                self.once(call.customize().interceptor(overheard).send(), made).await
            }
            Mutation::CreateLaunchTemplateVersion { template, source_version, image, description } => {
                let call = ec2.create_launch_template_version().launch_template_id(template).dry_run(dry_run);
                let call = call.source_version(source_version.to_string()).version_description(description);
                let data = ec2::RequestLaunchTemplateData::builder().image_id(image).build();
                let call = call.launch_template_data(data).set_client_token(client_token);
                let made = |answer: &CreateLaunchTemplateVersionOutput| {
                    let version = answer.launch_template_version()?.version_number()?;
                    one(Output::TemplateVersion, Some(&version.to_string()))
                };
                self.once(call.customize().interceptor(overheard).send(), made).await
            }
        })
    }

    /// The launch with what it is launched from. The launch data of a server is read once more, and launched from only
    /// where it is what the plan was made with.
    async fn launch(
        &self,
        request: RunInstancesFluentBuilder,
        from: &LaunchFrom,
        subnet: Option<&str>,
    ) -> Result<RunInstancesFluentBuilder, Sent> {
        match from {
            LaunchFrom::Template { id, version } => {
                let template = ec2::LaunchTemplateSpecification::builder();
                let template = template.launch_template_id(id).version(version.to_string()).build();
                Ok(request.launch_template(template).set_subnet_id(subnet.map(str::to_owned)))
            }
            LaunchFrom::Server { id, data_sha256 } => {
                let data = launch_data::read(self.line, id).await.map_err(answers::not_sent)?;
                if data.sha256() != *data_sha256 {
                    let changed = format!("The launch data of {id} changed since the plan was made");
                    return Err(answers::not_sent(Failure::error(&changed, "Plan again.")));
                }
                let refuse = |unmapped: launch_data::Unmapped| answers::not_sent(unmapped.failure(id));
                data.launch(request, subnet).map_err(refuse)
            }
        }
    }
}

/// A server at each of these ports.
fn targets(server: &str, ports: &[u16]) -> Vec<load_balancing::TargetDescription> {
    let one = |port: &u16| load_balancing::TargetDescription::builder().id(server).port(i32::from(*port)).build();
    ports.iter().map(one).collect()
}

fn refresh_preferences(preferences: &RefreshPreferences) -> Result<autoscaling::RefreshPreferences, Sent> {
    let alarms = autoscaling::AlarmSpecification::builder().set_alarms(Some(preferences.alarms.clone())).build();
    let has_checkpoints = !preferences.checkpoint_percents.is_empty();
    let checkpoints = preferences.checkpoint_percents.iter().map(|&percent| i32::from(percent)).collect();
    // A delay between checkpoints that are not there is refused.
    let delay = has_checkpoints.then(|| number(preferences.checkpoint_delay_s, "A checkpoint delay")).transpose()?;
    Ok(autoscaling::RefreshPreferences::builder()
        .min_healthy_percentage(preferences.min_healthy_percent.into())
        .max_healthy_percentage(preferences.max_healthy_percent.into())
        .instance_warmup(number(preferences.warmup_s, "A warm-up")?)
        .skip_matching(preferences.skip_matching)
        .auto_rollback(preferences.auto_rollback)
        .bake_time(number(preferences.bake_time_s, "A bake time")?)
        .set_checkpoint_percentages(Some(checkpoints).filter(|_| has_checkpoints))
        .set_checkpoint_delay(delay)
        .scale_in_protected_instances(match preferences.scale_in_protected {
            ScaleInProtected::Refresh => autoscaling::ScaleInProtectedInstances::Refresh,
            ScaleInProtected::Ignore => autoscaling::ScaleInProtectedInstances::Ignore,
            ScaleInProtected::Wait => autoscaling::ScaleInProtectedInstances::Wait,
        })
        .standby_instances(match preferences.standby {
            StandbyServers::Terminate => autoscaling::StandbyInstances::Terminate,
            StandbyServers::Ignore => autoscaling::StandbyInstances::Ignore,
            StandbyServers::Wait => autoscaling::StandbyInstances::Wait,
        })
        .set_alarm_specification(Some(alarms).filter(|_| !preferences.alarms.is_empty()))
        .build())
}

fn desired_configuration(desired: &DesiredConfiguration<String>) -> autoscaling::DesiredConfiguration {
    let template = autoscaling::LaunchTemplateSpecification::builder();
    let template = template.launch_template_id(&desired.template).version(&desired.version).build();
    let configuration = autoscaling::DesiredConfiguration::builder();
    let Some(overrides) = &desired.overrides else { return configuration.launch_template(template).build() };
    let overrides = overrides.iter().map(|one| {
        autoscaling::LaunchTemplateOverrides::builder()
            .instance_type(&one.instance_type)
            .set_weighted_capacity(one.weight.map(|weight| weight.to_string()))
            .build()
    });
    let launch = autoscaling::LaunchTemplate::builder().launch_template_specification(template);
    let launch = launch.set_overrides(Some(overrides.collect())).build();
    let policy = autoscaling::MixedInstancesPolicy::builder().launch_template(launch).build();
    configuration.mixed_instances_policy(policy).build()
}
