//! The metadata service's options: how requests set them and answers tell them.

use crate::{
    wire::{fault::Fault, form::Form, xml::Xml},
    world::settings::MetadataOptions,
};

/// The parameters' names, as they follow a prefix.
pub(super) const NAMES: &[&str] =
    &["HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags"];

/// The most hops that an answer may take.
const MAX_HOPS: u8 = 64;

/// One of two words; none if the parameter is missing. True is the second one.
pub(super) fn either(form: &Form, name: &str, words: [&str; 2]) -> Result<Option<bool>, Fault> {
    match form.get(name) {
        None => Ok(None),
        Some(text) if text == words[0] => Ok(Some(false)),
        Some(text) if text == words[1] => Ok(Some(true)),
        Some(text) => {
            let name = name.rsplit('.').next().unwrap_or(name);
            Err(Fault::invalid(format!(
                "Value ({text}) for parameter {name} is invalid. Valid values are: {}, {}.",
                words[0], words[1]
            )))
        }
    }
}

/// Sets what a request says at `prefix`, which ends with a dot or is empty.
///
/// # Errors
/// `InvalidParameterValue` for another word than AWS's, or hops that are not from 1 to 64.
pub(super) fn set(options: &mut MetadataOptions, form: &Form, prefix: &str) -> Result<(), Fault> {
    let word = |name: &str, words: [&str; 2]| either(form, &format!("{prefix}{name}"), words);
    const SWITCH: [&str; 2] = ["disabled", "enabled"];
    let mut wanted = *options;
    let keep = |known: &mut bool, asked: Option<bool>| *known = asked.unwrap_or(*known);
    keep(&mut wanted.tokens_required, word("HttpTokens", ["optional", "required"])?);
    keep(&mut wanted.enabled, word("HttpEndpoint", SWITCH)?);
    keep(&mut wanted.ipv6, word("HttpProtocolIpv6", SWITCH)?);
    keep(&mut wanted.tags, word("InstanceMetadataTags", SWITCH)?);
    if let Some(text) = form.get(&format!("{prefix}HttpPutResponseHopLimit")) {
        wanted.hop_limit = text.parse().ok().filter(|hops| (1..=MAX_HOPS).contains(hops)).ok_or_else(|| {
            Fault::invalid(format!(
                "Value ({text}) for parameter HttpPutResponseHopLimit is invalid. Expecting a value from 1 to {MAX_HOPS}."
            ))
        })?;
    }
    *options = wanted;
    Ok(())
}

/// Writes the options' elements. `state` is `pending` or `applied`.
pub(super) fn write(xml: &mut Xml, options: MetadataOptions, state: &str) {
    let switch = |on: bool| if on { "enabled" } else { "disabled" };
    xml.text("state", state);
    xml.text("httpTokens", if options.tokens_required { "required" } else { "optional" });
    xml.plain("httpPutResponseHopLimit", options.hop_limit);
    xml.text("httpEndpoint", switch(options.enabled));
    xml.text("httpProtocolIpv6", switch(options.ipv6));
    xml.text("instanceMetadataTags", switch(options.tags));
}
