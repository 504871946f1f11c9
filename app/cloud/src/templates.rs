//! Launch templates with all their versions, and the parameters that name their images.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::operation::describe_launch_templates::DescribeLaunchTemplatesOutput;
use aws_sdk_ec2::types::LaunchTemplate;
use fleet::{Call, FleetBuilder, ImageRef, ScopeIx, Template, TemplateVersion};
use futures::StreamExt as _;

use crate::answers::{Tap, TemplateVersion as AwsVersion, TemplateVersions};
use crate::failure::Failure;
use crate::reader::{Reader, Reading};
use crate::servers::{tags, time};
use crate::settings;

/// The most that AWS gives on one page, of templates and of versions.
const TEMPLATES_A_PAGE: i32 = 200;
/// How many templates' versions are asked for at once.
const AT_ONCE: usize = 8;
/// The most names that one GetParameters takes.
const PARAMETERS_A_CALL: usize = 10;
/// What stands before a parameter's name in a template's `ImageId`.
const BY_PARAMETER: &str = "resolve:ssm:";

/// Every template, then every version of each, then what the parameters among their images point to.
pub(crate) async fn read(reader: &Reader<'_>) {
    let request = |token| {
        let call = reader.clients.ec2.describe_launch_templates();
        call.include_managed_resources(true).max_results(TEMPLATES_A_PAGE).set_next_token(token).send()
    };
    let mut ids: Vec<String> = Vec::new();
    reader
        .list(
            Call::DescribeLaunchTemplates,
            request,
            |rows, page| {
                let templates = page.launch_templates();
                templates.iter().for_each(|template| add_template(rows, reader.scope, template));
                ids.extend(templates.iter().filter_map(|template| template.launch_template_id().map(str::to_owned)));
                templates.len()
            },
            DescribeLaunchTemplatesOutput::next_token,
        )
        .await;
    ids.sort();
    ids.dedup();
    if !ids.is_empty() {
        if let Some(earlier) = reader.pulling.earlier(reader.scope) {
            let mut rows = reader.rows();
            let unchanged = earlier.unchanged_templates(&rows, reader.scope);
            earlier.add_template_versions(&unchanged, &mut rows, reader.scope);
            ids.retain(|id| !unchanged.contains(id));
        }
        read_versions(reader, &ids).await;
        read_parameters(reader).await;
    }
}

/// These templates again, with all their versions.
pub(crate) async fn reread(reader: &Reader<'_>, ids: &BTreeSet<String>) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    let (first, first_version) = {
        let rows = reader.rows();
        (rows.fleet.templates.len(), rows.fleet.template_versions.len())
    };
    let ids: Vec<String> = ids.iter().cloned().collect();
    let request = |token| {
        let call = reader.clients.ec2.describe_launch_templates().set_launch_template_ids(Some(ids.clone()));
        call.include_managed_resources(true).set_next_token(token).send()
    };
    let take = |rows: &mut FleetBuilder, page: &DescribeLaunchTemplatesOutput| {
        page.launch_templates().iter().for_each(|template| add_template(rows, reader.scope, template));
        page.launch_templates().len()
    };
    let outcome = async {
        let next = DescribeLaunchTemplatesOutput::next_token;
        reader.all(Call::DescribeLaunchTemplates, request, take, next).await?;
        let reading = reader.open(Call::DescribeLaunchTemplateVersions);
        for id in &ids {
            versions_of(reader, &reading, id).await?;
        }
        reading.end(true);
        Ok(())
    }
    .await;
    let mut rows = reader.rows();
    if outcome.is_err() {
        rows.fleet.templates.truncate(first);
        rows.fleet.template_versions.truncate(first_version);
        return outcome;
    }
    keep_parameters(&mut rows, reader.scope, first_version);
    Ok(())
}

/// What parameters pointed to before stands for the versions from `first` on too: they were not asked for again.
fn keep_parameters(rows: &mut FleetBuilder, scope: ScopeIx, first: usize) {
    let (before, again) = rows.fleet.template_versions.split_at_mut(first);
    let here = before.iter().filter(|row| row.scope == scope);
    let known: BTreeMap<_, _> = here
        .filter_map(|row| match row.image? {
            ImageRef::Parameter { name, image } => Some((name, image?)),
            ImageRef::Id(_) => None,
        })
        .collect();
    for version in again {
        if let Some(ImageRef::Parameter { name, image }) = &mut version.image {
            *image = known.get(name).copied();
        }
    }
}

/// The versions of each template. A template that was deleted since it was listed is taken out again.
async fn read_versions(reader: &Reader<'_>, ids: &[String]) {
    if ids.is_empty() {
        return;
    }
    let call = Call::DescribeLaunchTemplateVersions;
    let reading = reader.open(call);
    let mut whole = true;
    let mut answers = futures::stream::iter(ids.to_vec())
        .map(|id| {
            let reading = &reading;
            async move { (versions_of(reader, reading, &id).await, id) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((outcome, id)) = answers.next().await {
        let Err(failure) = outcome else { continue };
        if failure.has_code(&["InvalidLaunchTemplateId.NotFound"]) {
            let mut rows = reader.rows();
            let deleted = rows.sym(&id);
            rows.fleet.templates.retain(|template| (template.scope, template.id) != (reader.scope, deleted));
            rows.fleet.template_versions.retain(|version| (version.scope, version.template) != (reader.scope, deleted));
            continue;
        }
        whole = false;
        if failure.ends_the_call() {
            reader.gap(call, None, &failure);
            break;
        }
        reader.gap(call, Some(&id), &failure);
    }
    drop(answers);
    reading.end(whole);
}

async fn versions_of(reader: &Reader<'_>, reading: &Reading<'_>, id: &str) -> Result<(), Failure> {
    let request = |token, tap: &Tap<TemplateVersions>| {
        let call = reader.clients.ec2.describe_launch_template_versions().launch_template_id(id);
        let call = call.include_managed_resources(true).max_results(TEMPLATES_A_PAGE).set_next_token(token);
        call.customize().mutate_request(tap.on_request()).send()
    };
    reader.pages_tapped(reading, request, |rows, version| add_version(rows, reader.scope, version)).await
}

/// What the `resolve:ssm:` images of the scope's template versions point to now.
async fn read_parameters(reader: &Reader<'_>) {
    let call = Call::GetParameters;
    let mut names: Vec<String> = {
        let rows = reader.rows();
        let versions = rows.fleet.template_versions.iter().filter(|version| version.scope == reader.scope);
        let named = versions.filter_map(|version| match version.image {
            Some(ImageRef::Parameter { name, .. }) => Some(rows.fleet.str(name).to_owned()),
            _ => None,
        });
        named.collect()
    };
    names.sort();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let reading = reader.open(call);
    let mut whole = true;
    // A name that AWS finds malformed fails its whole batch, which is then asked for one by one.
    let mut batches: Vec<Vec<String>> = names.chunks(PARAMETERS_A_CALL).map(<[String]>::to_vec).collect();
    while let Some(batch) = batches.pop() {
        let request = reader.clients.ssm.get_parameters().set_names(Some(batch.clone())).send();
        match reader.ask(call, request).await {
            Ok(answer) => {
                for parameter in answer.parameters() {
                    let Some(value) = parameter.value().map(str::trim).filter(|value| value.starts_with("ami-")) else {
                        continue;
                    };
                    let selector = parameter.selector().unwrap_or_default();
                    let asked = |name: &str| {
                        [parameter.name(), parameter.arn()]
                            .into_iter()
                            .flatten()
                            .any(|known| name.strip_prefix(known).is_some_and(|rest| rest == selector))
                    };
                    let mut rows = reader.rows();
                    let value = rows.sym(value);
                    for name in batch.iter().filter(|name| asked(name)) {
                        point(&mut rows, reader.scope, name, value);
                    }
                }
                reading.page(answer.parameters().len());
            }
            Err(failure) if failure.has_code(&["ValidationException"]) && batch.len() > 1 => {
                batches.extend(batch.into_iter().map(|name| vec![name]));
            }
            Err(failure) => {
                whole = false;
                if failure.ends_the_call() {
                    reader.gap(call, None, &failure);
                    break;
                }
                batch.iter().for_each(|name| reader.gap(call, Some(name), &failure));
            }
        }
    }
    reading.end(whole);
}

/// Lets every version that names the parameter point to its image.
fn point(rows: &mut FleetBuilder, scope: ScopeIx, parameter: &str, value: fleet::Sym) {
    let parameter = rows.sym(parameter);
    for version in rows.fleet.template_versions.iter_mut().filter(|version| version.scope == scope) {
        if let Some(ImageRef::Parameter { name, image }) = &mut version.image
            && *name == parameter
        {
            *image = Some(value);
        }
    }
}

fn add_template(rows: &mut FleetBuilder, scope: ScopeIx, template: &LaunchTemplate) {
    let Some(id) = rows.some(template.launch_template_id()) else { return };
    let number = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    let row = Template {
        id,
        scope,
        name: rows.some(template.launch_template_name()),
        default_version: number(template.default_version_number()),
        latest_version: number(template.latest_version_number()),
        created: time(template.create_time()),
        tags: tags(rows, template.tags()),
    };
    rows.fleet.templates.push(row);
}

/// Adds a version's row. Returns whether it is one.
fn add_version(rows: &mut FleetBuilder, scope: ScopeIx, version: &AwsVersion<'_>) -> bool {
    let number = version.number.and_then(|number| u32::try_from(number).ok());
    let (Some(template), Some(number)) = (rows.some(version.template.as_deref()), number) else { return false };
    let data = version.data.as_ref();
    let image = data.and_then(|data| data.image.as_deref()).and_then(|image| match image.strip_prefix(BY_PARAMETER) {
        Some(name) => Some(ImageRef::Parameter { name: rows.some(Some(name))?, image: None }),
        None => Some(ImageRef::Id(rows.some(Some(image))?)),
    });
    let row = TemplateVersion {
        template,
        scope,
        version: number,
        description: rows.some(version.description.as_deref()),
        created: version.created,
        created_by: rows.some(version.created_by.as_deref()),
        image,
        instance_type: rows.some(data.and_then(|data| data.instance_type.as_deref())),
        settings: data.map(|data| settings::of_template(rows, data)),
    };
    rows.fleet.template_versions.push(row);
    true
}
