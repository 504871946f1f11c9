//! How recipes are recognised where AWS has no field for it.

use rustc_hash::FxHashMap;

use crate::symbol::{Symbols, TagSet};

/// How recipes are recognised where AWS has no field for it; the policy file can change it.
///
/// A tag key is compared without regard to case and to the separators `-`, `_`, `:`, `.`, `/` and space, so that
/// `SourceAMI` stands for `source_ami` too. A key that ends in `*` stands for every key that begins so. `KEY=WORD`
/// asks for a value that contains the word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Tag keys that Packer templates use for the recipe's name, in order of preference.
    pub packer_recipe_tags: Vec<String>,
    /// Tag keys that show that Packer made an image, without naming the recipe.
    pub packer_marker_tags: Vec<String>,
    /// Tag keys that hold the id of the image it was built on. Such a tag with an image's id shows Packer too.
    pub packer_base_tags: Vec<String>,
}

/// Packer writes no tag of its own, so these are the keys met in public templates: the base tags are the ones that
/// hold `{{ .SourceAMI }}` there, `Base_AMI_ID` being the one in Packer's own tutorials.
impl Default for Conventions {
    fn default() -> Self {
        let owned = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
        Self {
            packer_recipe_tags: owned(&[
                "emberline:recipe",
                "packer:recipe",
                "packer:template",
                "packer:template-name",
                "packer:build-name",
                "packer:source-name",
            ]),
            packer_marker_tags: owned(&[
                "packer*",
                "BuildUUID",
                "built-with=packer",
                "builder=packer",
                "build=packer",
                "build-tool=packer",
                "built-by=packer",
                "created-by=packer",
                "creator=packer",
                "managed-by=packer",
                "provisioner=packer",
                "tool=packer",
            ]),
            packer_base_tags: owned(&[
                "SourceAMI",
                "SourceAMIID",
                "BaseAMI",
                "BaseAMIID",
                "SourceImage",
                "SourceImageID",
                "BaseImage",
                "BaseImageID",
                "ami:source",
                "packer:source-ami",
                "packer:source-ami-id",
                "packer:base-ami",
                "ParentAMI",
            ]),
        }
    }
}

/// What an image's tags say of Packer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct PackerTags<'a> {
    /// The recipe's name.
    pub(super) recipe: Option<&'a str>,
    /// The id of the image it was built on.
    pub(super) base: Option<&'a str>,
    /// Whether Packer made it at all.
    pub(super) made: bool,
}

/// The role of one tag key.
#[derive(Clone, Default)]
struct Role {
    recipe: Option<usize>,
    base: Option<usize>,
    marks: Vec<Mark>,
}

#[derive(Clone)]
struct Mark {
    /// In lower case; `None` where the key alone is enough.
    word: Option<String>,
}

/// Reads tags by a set of conventions, looking at each distinct key once.
pub(super) struct TagReader<'a> {
    conventions: &'a Conventions,
    roles: FxHashMap<String, Role>,
}

impl<'a> TagReader<'a> {
    pub(super) fn new(conventions: &'a Conventions) -> Self {
        Self { conventions, roles: FxHashMap::default() }
    }

    pub(super) fn read<'f>(&mut self, symbols: &'f Symbols, tags: TagSet) -> PackerTags<'f> {
        let mut said = PackerTags::default();
        let (mut recipe_rank, mut base_rank) = (usize::MAX, usize::MAX);
        for (key, value) in symbols.tags(tags) {
            let value = value.trim();
            if !self.roles.contains_key(key) {
                self.roles.insert(key.to_owned(), self.conventions.role(key));
            }
            let role = &self.roles[key];
            if let Some(rank) = role.recipe.filter(|&rank| rank < recipe_rank && !value.is_empty()) {
                (recipe_rank, said.recipe) = (rank, Some(value));
            }
            if let Some(rank) = role.base.filter(|&rank| rank < base_rank && value.starts_with("ami-")) {
                (base_rank, said.base) = (rank, Some(value));
            }
            said.made |= !is_no(value) && role.marks.iter().any(|mark| mark.holds(value));
        }
        said.made |= said.recipe.is_some() || said.base.is_some();
        said
    }
}

impl Mark {
    fn holds(&self, value: &str) -> bool {
        self.word.as_ref().is_none_or(|word| value.to_lowercase().contains(word.as_str()))
    }
}

fn is_no(value: &str) -> bool {
    ["", "0", "false", "no", "none"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

impl Conventions {
    fn role(&self, key: &str) -> Role {
        let key = folded(key);
        let rank = |list: &[String]| list.iter().position(|pattern| covers(pattern, &key));
        Role {
            recipe: rank(&self.packer_recipe_tags),
            base: rank(&self.packer_base_tags),
            marks: self
                .packer_marker_tags
                .iter()
                .filter_map(|entry| match entry.split_once('=') {
                    Some((pattern, word)) => {
                        covers(pattern, &key).then(|| Mark { word: Some(word.trim().to_lowercase()) })
                    }
                    None => covers(entry, &key).then_some(Mark { word: None }),
                })
                .collect(),
        }
    }
}

/// Whether a pattern stands for a folded key.
fn covers(pattern: &str, key: &str) -> bool {
    match pattern.trim().strip_suffix('*') {
        Some(start) => key.starts_with(&folded(start)),
        None => folded(pattern) == key,
    }
}

fn folded(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_' | ':' | '.' | '/' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[(&str, &str)]) -> (Option<String>, Option<String>, bool) {
        let mut symbols = Symbols::default();
        let set = symbols.intern_tags(tags.iter().copied());
        let conventions = Conventions::default();
        let said = TagReader::new(&conventions).read(&symbols, set);
        (said.recipe.map(str::to_owned), said.base.map(str::to_owned), said.made)
    }

    #[test]
    fn a_recipe_is_named_by_any_spelling_of_its_tag() {
        for key in ["packer:template", "packer_template", "PackerTemplate", "Packer-Recipe", "emberline:recipe"] {
            assert_eq!(read(&[(key, "web")]), (Some("web".to_owned()), None, true), "{key}");
        }
    }

    #[test]
    fn the_preferred_recipe_tag_wins() {
        let tags = [("packer:source-name", "amazon-ebs.web"), ("packer:template", "web.pkr.hcl")];
        assert_eq!(read(&tags).0.as_deref(), Some("web.pkr.hcl"));
    }

    #[test]
    fn a_base_is_an_image_id_under_the_keys_that_templates_use() {
        for key in ["SourceAMI", "source_ami", "Base_AMI_ID", "SourceAmiID", "BaseAMI", "ami:source", "Source_AMI"] {
            assert_eq!(read(&[(key, "ami-1")]), (None, Some("ami-1".to_owned()), true), "{key}");
        }
        assert_eq!(read(&[("SourceAMI", "ubuntu/images/jammy")]), (None, None, false));
        assert_eq!(read(&[("SourceAMIName", "ami-not-an-id")]), (None, None, false));
    }

    #[test]
    fn packer_shows_by_its_marks_and_by_no_others() {
        let cases = [
            ("packer", "true", true),
            ("packer", "false", false),
            ("PackerBuild", "7", true),
            ("packer:build-uuid", "0b6c", true),
            ("BuildUUID", "0b6c", true),
            ("CreatedBy", "Packer 1.11.2", true),
            ("ManagedBy", "packer", true),
            ("ManagedBy", "terraform", false),
            ("Name", "packer", false),
            ("team", "backpackers", false),
        ];
        for (key, value, made) in cases {
            assert_eq!(read(&[(key, value)]).2, made, "{key}={value}");
        }
    }
}
