//! Tags as requests give them, and what AWS refuses of them.

use crate::{
    wire::{fault::Fault, form::Form},
    world::Tag,
};

/// The most tags that a resource may have beside AWS's own.
pub(super) const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// Whether a tag is AWS's own, which no request sets and no limit counts.
pub(super) fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

/// The tags at `prefix.1.Key`, `prefix.1.Value` and so on.
///
/// # Errors
/// `InvalidParameterValue` for a key or value that EC2 does not take, or a key that comes twice.
pub(super) fn listed(form: &Form, prefix: &str) -> Result<Vec<Tag>, Fault> {
    let mut tags: Vec<Tag> = Vec::new();
    for number in form.numbers(prefix) {
        let key = form
            .get(&format!("{prefix}.{number}.Key"))
            .ok_or_else(|| Fault::invalid("Tag keys must have at least one character."))?;
        let value = form.get(&format!("{prefix}.{number}.Value")).unwrap_or_default();
        if is_reserved(key) {
            return Err(Fault::invalid("Tag keys starting with 'aws:' are reserved for internal use"));
        }
        if key.chars().count() > MAX_KEY {
            return Err(Fault::invalid(format!("Tag key exceeds the maximum length of {MAX_KEY} characters")));
        }
        if value.chars().count() > MAX_VALUE {
            return Err(Fault::invalid(format!("Tag value exceeds the maximum length of {MAX_VALUE} characters")));
        }
        if tags.iter().any(|tag| &*tag.key == key) {
            return Err(Fault::invalid(format!("Duplicate tag key '{key}' specified.")));
        }
        tags.push(Tag::new(key, value));
    }
    Ok(tags)
}

/// Tags by the type of resource that they are for.
pub(super) struct Specified<'a>(Vec<(&'a str, Vec<Tag>)>);

impl Specified<'_> {
    /// The tags for what is made of this type.
    pub(super) fn of(&self, kind: &str) -> Vec<Tag> {
        self.0.iter().find(|(named, _)| *named == kind).map(|(_, tags)| tags.clone()).unwrap_or_default()
    }
}

/// The tags that `prefix` (`TagSpecification`) gives to what a request makes. `kinds` are the types that it can make.
///
/// # Errors
/// As [`listed`]; `InvalidParameterValue` for another type or one that comes twice; `TagLimitExceeded` above 50 tags.
pub(super) fn specified<'a>(form: &'a Form, prefix: &str, kinds: &[&str]) -> Result<Specified<'a>, Fault> {
    let mut all = Specified(Vec::new());
    for number in form.numbers(prefix) {
        let kind = form
            .get(&format!("{prefix}.{number}.ResourceType"))
            .ok_or_else(|| Fault::invalid("Tag specification resource type must have a value"))?;
        if !kinds.contains(&kind) {
            return Err(Fault::invalid(format!("'{kind}' is not a valid taggable resource type for this operation.")));
        }
        if all.0.iter().any(|(named, _)| *named == kind) {
            return Err(Fault::invalid(
                "The same resource type may not be specified more than once in tag specifications",
            ));
        }
        let tags = listed(form, &format!("{prefix}.{number}.Tag"))?;
        if tags.is_empty() {
            return Err(Fault::invalid("Tag specification must have at least one tag"));
        }
        check_count(tags.len())?;
        all.0.push((kind, tags));
    }
    Ok(all)
}

/// Refuses more tags than a resource may have.
///
/// # Errors
/// `TagLimitExceeded`.
pub(super) fn check_count(count: usize) -> Result<(), Fault> {
    if count > MAX_TAGS {
        return Err(Fault::new(
            "TagLimitExceeded",
            format!("The maximum number of Tags for a resource has been reached: {MAX_TAGS}."),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn tags_are_told_by_type() {
        let form = Form::parse(
            b"T.1.ResourceType=instance&T.1.Tag.1.Key=Name&T.1.Tag.1.Value=web&T.1.Tag.2.Key=empty&T.3.ResourceType=volume&T.3.Tag.1.Key=a",
        )
        .unwrap();
        let tags = specified(&form, "T", &["instance", "volume"]).unwrap();
        assert_eq!(tags.of("instance"), [Tag::new("Name", "web"), Tag::new("empty", "")]);
        assert_eq!(tags.of("volume"), [Tag::new("a", "")]);
        assert_eq!(tags.of("image"), []);
    }

    #[test]
    fn what_aws_does_not_take_is_refused() {
        let long_key = format!("T.1.ResourceType=instance&T.1.Tag.1.Key={}", "k".repeat(129));
        let long_value = format!("T.1.ResourceType=instance&T.1.Tag.1.Key=k&T.1.Tag.1.Value={}", "v".repeat(257));
        let many: String = (1..=51).map(|n| format!("&T.1.Tag.{n}.Key=k{n}")).collect();
        let many = format!("T.1.ResourceType=instance{many}");
        let cases: &[(&str, &str, &str)] = &[
            ("T.1.Tag.1.Key=a", "InvalidParameterValue", "must have a value"),
            ("T.1.ResourceType=image&T.1.Tag.1.Key=a", "InvalidParameterValue", "'image' is not a valid taggable"),
            ("T.1.ResourceType=instance", "InvalidParameterValue", "at least one tag"),
            ("T.1.ResourceType=instance&T.1.Tag.1.Value=a", "InvalidParameterValue", "at least one character"),
            ("T.1.ResourceType=instance&T.1.Tag.1.Key=aws:x", "InvalidParameterValue", "reserved for internal use"),
            ("T.1.ResourceType=instance&T.1.Tag.1.Key=AWS:x", "InvalidParameterValue", "reserved for internal use"),
            (
                "T.1.ResourceType=instance&T.1.Tag.1.Key=a&T.1.Tag.2.Key=a",
                "InvalidParameterValue",
                "Duplicate tag key 'a'",
            ),
            (
                "T.1.ResourceType=instance&T.1.Tag.1.Key=a&T.2.ResourceType=instance&T.2.Tag.1.Key=b",
                "InvalidParameterValue",
                "more than once",
            ),
            (&long_key, "InvalidParameterValue", "128"),
            (&long_value, "InvalidParameterValue", "256"),
            (&many, "TagLimitExceeded", "50"),
        ];
        for (text, code, part) in cases {
            let form = Form::parse(text.as_bytes()).unwrap();
            let fault = specified(&form, "T", &["instance"]).err().unwrap();
            assert_eq!(&*fault.code, *code, "{text}");
            assert!(fault.message.contains(part), "{text}: {}", fault.message);
        }
    }
}
