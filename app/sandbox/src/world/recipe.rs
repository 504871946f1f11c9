//! What Image Builder knows: recipes with their pipeline, and builds with the images that came of them.

use jiff::Timestamp;

/// A recipe with its versions and its pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) components: Vec<String>,
    /// The parent of all its versions; none if each pins its own.
    pub(crate) parent: Option<String>,
    /// When its pipeline runs by itself.
    pub(crate) schedule: String,
    /// Oldest first.
    pub(crate) versions: Vec<RecipeVersion>,
}

/// A version of a recipe.
#[derive(Debug, Clone)]
pub(crate) struct RecipeVersion {
    pub(crate) number: String,
    pub(crate) created: Timestamp,
    /// The ARN of an Image Builder image, or the id of an image.
    pub(crate) parent: String,
}

/// One run of a pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    /// The recipe's slot.
    pub(crate) recipe: u32,
    pub(crate) version: String,
    pub(crate) number: u32,
    pub(crate) created: Timestamp,
    /// The slots of the images that it made; empty if it failed.
    pub(crate) images: Vec<u32>,
    /// Why it failed.
    pub(crate) failure: Option<String>,
}
