//! EC2's query protocol: what its calls share.

mod attributes;
mod calls;
mod console;
mod end;
pub(crate) mod images;
mod instance_facts;
mod instance_types;
mod instances;
pub(crate) mod launch;
mod launch_request;
pub(crate) mod lifecycle;
mod metadata_options;
mod once;
mod profile_associations;
mod references;
mod regions;
pub(crate) mod root_replacement;
mod run;
mod security_groups;
mod server_as_template;
mod server_xml;
mod snapshots;
mod status;
mod tagging;
mod tags;
mod templates;
pub(crate) mod volumes;

pub(crate) use calls::CALLS;

use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, page::Page, xml::Xml},
    world::{Tag, id},
};

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

/// EC2's answer where a parameter is missing.
fn missing(parameter: &str) -> Fault {
    Fault::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
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
        let expected = match bad.strip_prefix(kind.prefix) {
            Some(rest) if rest.starts_with('-') => String::new(),
            _ => format!(" (expecting \"{}-...\")", kind.prefix),
        };
        return Err(Fault::new(kind.malformed, format!("Invalid id: \"{bad}\"{expected}")));
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
