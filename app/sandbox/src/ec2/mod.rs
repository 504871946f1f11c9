//! EC2's query protocol: which call takes which parameters, and who answers it.

mod images;
mod instance_facts;
mod instances;
mod references;
mod regions;
mod templates;
mod volumes;

use crate::{
    dispatch::Ask,
    wire::{fault::Fault, form::Form, page::Page, xml::Xml},
    world::{Tag, id},
};

/// The namespace of its answers.
const NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

struct Call {
    name: &'static str,
    /// What its parameters' names begin with, before the first dot.
    parameters: &'static [&'static str],
    answer: fn(&Ask<'_>, &Form, &mut Xml) -> Result<(), Fault>,
}

const CALLS: &[Call] = &[
    Call { name: "DescribeRegions", parameters: &["RegionName", "AllRegions", "Filter"], answer: regions::regions },
    Call {
        name: "DescribeAvailabilityZones",
        parameters: &["ZoneName", "ZoneId", "AllAvailabilityZones", "Filter"],
        answer: regions::zones,
    },
    Call {
        name: "DescribeInstances",
        parameters: &["InstanceId", "IncludeManagedResources", "Filter", "NextToken", "MaxResults"],
        answer: instances::describe,
    },
    Call {
        name: "DescribeInstanceImageMetadata",
        parameters: &["InstanceId", "Filter", "NextToken", "MaxResults"],
        answer: instance_facts::image_metadata,
    },
    Call {
        name: "DescribeInstanceAttribute",
        parameters: &["InstanceId", "Attribute"],
        answer: instance_facts::attribute,
    },
    Call {
        name: "DescribeImages",
        parameters: &[
            "ExecutableBy",
            "ImageId",
            "Owner",
            "IncludeDeprecated",
            "IncludeDisabled",
            "MaxResults",
            "NextToken",
            "Filter",
        ],
        answer: images::describe,
    },
    Call { name: "GetImageAncestry", parameters: &["ImageId"], answer: images::ancestry },
    Call {
        name: "DescribeImageReferences",
        parameters: &["ImageId", "IncludeAllResourceTypes", "ResourceType", "NextToken", "MaxResults"],
        answer: references::describe,
    },
    Call {
        name: "DescribeLaunchTemplates",
        parameters: &[
            "LaunchTemplateId",
            "LaunchTemplateName",
            "Filter",
            "NextToken",
            "MaxResults",
            "IncludeManagedResources",
        ],
        answer: templates::describe,
    },
    Call {
        name: "DescribeLaunchTemplateVersions",
        parameters: &[
            "LaunchTemplateId",
            "LaunchTemplateName",
            "LaunchTemplateVersion",
            "MinVersion",
            "MaxVersion",
            "NextToken",
            "MaxResults",
            "Filter",
            "ResolveAlias",
            "IncludeManagedResources",
        ],
        answer: templates::versions,
    },
    Call {
        name: "DescribeReplaceRootVolumeTasks",
        parameters: &["ReplaceRootVolumeTaskId", "Filter", "MaxResults", "NextToken"],
        answer: volumes::replacements,
    },
    Call {
        name: "DescribeVolumes",
        parameters: &["VolumeId", "IncludeManagedResources", "Filter", "NextToken", "MaxResults"],
        answer: volumes::describe,
    },
];

pub(crate) fn knows(action: &str) -> bool {
    CALLS.iter().any(|call| call.name == action)
}

/// Answers a call that [`knows`] knows.
///
/// # Errors
/// EC2's own.
pub(crate) fn answer(ask: &Ask<'_>, action: &str, form: &Form) -> Result<String, Fault> {
    let call = CALLS.iter().find(|call| call.name == action).ok_or_else(|| {
        Fault::new("InvalidAction", format!("The action {action} is not valid for this web service."))
    })?;
    if let Some(name) = form.unknown(call.parameters) {
        return Err(Fault::new("UnknownParameter", format!("The parameter {name} is not recognized")));
    }
    if form.flag("DryRun")? {
        return Err(
            Fault::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").with_status(412)
        );
    }
    let mut xml = Xml::with_capacity(16 * 1024);
    let mut result = Ok(());
    xml.nest_in(&format!("{action}Response"), NAMESPACE, |xml| {
        xml.text("requestId", ask.request_id);
        result = (call.answer)(ask, form, xml);
    });
    result.map(|()| xml.finish())
}

/// The page that a call asks for. `default` is the size without `MaxResults`; none is no limit.
fn page(ask: &Ask<'_>, form: &Form, least: usize, most: usize, default: Option<usize>) -> Result<Page, Fault> {
    let size = match form.get("MaxResults") {
        None => default.unwrap_or(usize::MAX),
        Some(text) => {
            let size: usize = text
                .parse()
                .map_err(|_| Fault::invalid(format!("Value ( {text} ) for parameter maxResults is invalid.")))?;
            // AWS says 'greater than 5' and takes 5.
            if size < least {
                return Err(Fault::invalid(format!(
                    "Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {least}."
                )));
            }
            if size > most {
                return Err(Fault::invalid(format!(
                    "Value ( {size} ) for parameter maxResults is invalid. Expecting a value less than {most}."
                )));
            }
            size
        }
    };
    let mut question = vec![&*ask.scope.account, ask.scope.region.name];
    question.extend(form.question());
    Page::new(ask.world.seed, &question, form.get("NextToken"), size)
        .map_err(|_| Fault::new("InvalidNextToken", "The specified NextToken is not valid."))
}

/// Refuses `MaxResults` beside ids, as EC2 does.
fn no_pages_of_ids(form: &Form, ids: &[&str], set: &str) -> Result<(), Fault> {
    if !ids.is_empty() && form.get("MaxResults").is_some() {
        return Err(Fault::new(
            "InvalidParameterCombination",
            format!("The parameter {set} cannot be used with the parameter maxResults"),
        ));
    }
    Ok(())
}

/// The ids asked for, each of which must be well formed and `found`. All that are missing are named.
fn ids(texts: &[&str], kind: &Kind, found: impl Fn(u64) -> bool) -> Result<Vec<u64>, Fault> {
    if let Some(bad) = texts.iter().find(|text| !id::well_formed(kind.prefix, text)) {
        return Err(Fault::new(kind.malformed, format!("Invalid id: \"{bad}\"")));
    }
    let mut known = Vec::with_capacity(texts.len());
    let mut missing = Vec::new();
    for text in texts {
        match id::parse(kind.prefix, text).filter(|&id| found(id)) {
            Some(id) => known.push(id),
            None => missing.push(*text),
        }
    }
    if missing.is_empty() { Ok(known) } else { Err(Fault::new(kind.missing, (kind.message)(&missing))) }
}

/// How EC2 speaks of ids of one kind.
struct Kind {
    prefix: &'static str,
    malformed: &'static str,
    missing: &'static str,
    message: fn(&[&str]) -> String,
}

fn write_tags<'a>(xml: &mut Xml, tags: impl IntoIterator<Item = &'a Tag>) {
    xml.list("tagSet", "item", tags, |xml, tag| {
        xml.text("key", &tag.key);
        xml.text("value", &tag.value);
    });
}
