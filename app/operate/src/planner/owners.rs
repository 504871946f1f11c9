//! A word about whose code describes what a plan changes. It is no reason to refuse: it is said, since the next
//! deployment may take back what was changed here.

use std::collections::BTreeMap;

/// The warning for what is described elsewhere: `thing` is what is changed here.
pub(super) fn warning(thing: &str, tags: &BTreeMap<String, String>) -> Option<String> {
    let owner = insight::described_by(&tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
    Some(format!(
        "{thing} is described by {owner}, which will show this as drift and may take it back: change it there as well."
    ))
}
