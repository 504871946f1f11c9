//! What a node of the lineage stands for.

use smallvec::SmallVec;

use super::edge::{Edge, EdgeKind, Grade};
use super::proof::Evidence;
use crate::resources::ScopeIx;
use crate::symbol::Sym;

macro_rules! index {
    ($($name:ident $doc:literal),+ $(,)?) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The same as an index into a slice.
            #[must_use]
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

index! {
    ImageIx "Index into `Lineage::images`.",
    RecipeIx "Index into `Lineage::recipes`.",
    TemplateIx "Index into `Lineage::templates`.",
    GroupIx "Index into `Fleet::groups` and `Lineage::groups`.",
    ServerIx "Index into `Fleet::servers` and `Lineage::servers`.",
    FamilyIx "Number of a family: the chain of images that one recipe made, copies included.",
}

/// A node of the graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Node {
    /// An image.
    Image(ImageIx),
    /// A recipe.
    Recipe(RecipeIx),
    /// A version of a launch template, or a launch configuration.
    TemplateVersion(TemplateIx),
    /// A group.
    Group(GroupIx),
    /// A server.
    Server(ServerIx),
}

/// Whether a thing is still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Presence {
    /// It was read.
    #[default]
    Present,
    /// It is gone: AWS answered, and does not have it any more. A ghost.
    Gone,
    /// Whether it is there is unknown, since the call that would tell has a gap.
    Unread,
}

/// An image, keyed by partition + region + id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageNode {
    /// `aws`.
    pub partition: Sym,
    /// Its region; `None` for an ancestor whose region no call told.
    pub region: Option<Sym>,
    /// `ami-...`.
    pub id: Sym,
    /// Its rows in `Fleet::images`, the owner's first; none for a ghost that only its id is known of.
    pub rows: SmallVec<[u32; 1]>,
    /// Whether it is still there.
    pub presence: Presence,
    /// The image that this is a direct copy of; `None` where it is no copy.
    pub copied_from: Option<ImageIx>,
    /// The image that this is a copy of, at the end of the chain of copies; itself where it is no copy.
    pub origin: ImageIx,
    /// The image that its recipe builds on; `None` where there is none or none is known.
    pub base: Option<ImageIx>,
    /// What it was baked from; never absent, since an untraced image has the unknown recipe.
    pub recipe: RecipeIx,
    /// The recipe's version, such as `1.4.2/3`.
    pub recipe_version: Option<Sym>,
    /// How sure the recipe is; `None` for the unknown one.
    pub recipe_grade: Option<Grade>,
    /// What says so.
    pub recipe_evidence: Option<Evidence>,
    /// The family it belongs to; `None` for images of the unknown recipe, which may have nothing in common.
    pub family: Option<FamilyIx>,
    /// How many servers run it now.
    pub servers: u32,
}

/// What kind of recipe it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RecipeKind {
    /// An EC2 Image Builder image recipe.
    ImageBuilder,
    /// A Packer template.
    Packer,
    /// A person: `CreateImage` of a server that had lived or was in a group.
    Manual,
    /// A vendor: AWS, the Marketplace or another company's account.
    Vendor,
    /// Nothing says what.
    Unknown,
}

impl RecipeKind {
    /// The report's name: `image-builder`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImageBuilder => "image-builder",
            Self::Packer => "packer",
            Self::Manual => "manual",
            Self::Vendor => "vendor",
            Self::Unknown => "unknown",
        }
    }
}

/// A recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeNode {
    /// What kind.
    pub kind: RecipeKind,
    /// Unique among recipes: of Image Builder the ARN without its version; else `packer:NAME`, `manual:SERVER`,
    /// `vendor:OWNER`, `unknown`.
    pub id: String,
    /// A short name for people; `None` for the unknown one.
    pub name: Option<String>,
    /// The scope it was seen in; `None` for vendors and the unknown one.
    pub scope: Option<ScopeIx>,
    /// Whether it is still there.
    pub presence: Presence,
    /// The image that its newest image was built on or, where that one is unknown, all of its images.
    pub base: Option<ImageIx>,
    /// Its newest image, copies left out; `None` where another may be newer.
    pub latest: Option<ImageIx>,
    /// How many servers run an image of it.
    pub servers: u32,
}

/// Launch template or launch configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TemplateKind {
    /// A version of a launch template.
    LaunchTemplate,
    /// A launch configuration.
    LaunchConfiguration,
}

impl TemplateKind {
    /// The report's name: `launch-template`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LaunchTemplate => "launch-template",
            Self::LaunchConfiguration => "launch-configuration",
        }
    }
}

/// A template version or launch configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateNode {
    /// Which of the two.
    pub kind: TemplateKind,
    /// Where.
    pub scope: ScopeIx,
    /// Id of the template; of a launch configuration its name.
    pub id: Sym,
    /// The name.
    pub name: Option<Sym>,
    /// Version number; `None` for a launch configuration.
    pub version: Option<u32>,
    /// Its row in `Fleet::template_versions` or `Fleet::launch_configurations`; `None` for a ghost.
    pub row: Option<u32>,
    /// Whether it is still there.
    pub presence: Presence,
    /// The image it names, SSM parameters resolved.
    pub image: Option<ImageIx>,
    /// How many servers were launched from it.
    pub servers: u32,
}

/// What one server came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ServerNode {
    /// The image that its root really is: the launch image, or that of a later root volume replacement. `None`
    /// where the root is no image's (replaced from a snapshot or a volume) or no call told.
    pub image: Option<ImageIx>,
    /// What says so.
    pub image_evidence: Option<Evidence>,
    /// The image it was launched from, which [`ServerNode::image`] may override.
    pub launch_image: Option<ImageIx>,
    /// The root replacement that counts, as an index into `Fleet::root_replacements`: the latest that succeeded.
    pub root_replacement: Option<u32>,
    /// The template version or launch configuration it was launched from.
    pub template: Option<TemplateIx>,
    /// What says so.
    pub template_evidence: Option<Evidence>,
    /// Its group.
    pub group: Option<GroupIx>,
    /// What says so.
    pub group_evidence: Option<Evidence>,
    /// Whether its group wants another template version now; `None` where that can't be told.
    pub behind_its_group: Option<bool>,
}

impl ServerNode {
    /// The edges that lead to it and where each comes from: at most one from its template version, its group and its
    /// image. AWS itself wrote each of them.
    pub fn edges(&self) -> impl Iterator<Item = (Node, Edge)> + use<> {
        let edge = |from, kind, evidence: Option<Evidence>| {
            evidence.map(|evidence| (from, Edge { kind, grade: Grade::Proven, evidence }))
        };
        let template = self.template.map(Node::TemplateVersion);
        let group = self.group.map(Node::Group);
        let image = self.image.map(Node::Image);
        [
            template.and_then(|from| edge(from, EdgeKind::Launched, self.template_evidence)),
            group.and_then(|from| edge(from, EdgeKind::Member, self.group_evidence)),
            image.and_then(|from| edge(from, EdgeKind::Runs, self.image_evidence)),
        ]
        .into_iter()
        .flatten()
    }
}
