//! Tags, which EC2 writes alike everywhere.

use fleet::{FleetBuilder, TagSet};

use super::xml::{Malformed, Text, Xml};

/// A tag.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tag<'a> {
    /// `Key`.
    pub key: Option<Text<'a>>,
    /// `Value`.
    pub value: Option<Text<'a>>,
}

/// `tagSet`.
///
/// # Errors
/// [`Malformed`].
pub(super) fn tags<'a>(xml: &mut Xml<'a>) -> Result<Vec<Tag<'a>>, Malformed> {
    let mut tags = Vec::new();
    xml.items(b"item", |xml| {
        let mut tag = Tag::default();
        xml.children(|xml, name| {
            match name {
                b"key" => tag.key = Some(xml.text()?),
                b"value" => tag.value = Some(xml.text()?),
                _ => xml.skip()?,
            }
            Ok(())
        })?;
        tags.push(tag);
        Ok(())
    })?;
    Ok(tags)
}

/// As rows keep them: one without a key is none, one without a value is empty.
pub(crate) fn tag_set(rows: &mut FleetBuilder, tags: &[Tag<'_>]) -> TagSet {
    let pairs = tags.iter().filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref().unwrap_or_default())));
    rows.fleet.symbols.intern_tags(pairs)
}
