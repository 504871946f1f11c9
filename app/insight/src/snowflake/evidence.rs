//! What speaks against making a server again: the kinds of evidence, what each weighs, and what takes it out of the
//! verdict.

use crate::policy::Waiver;

/// What a piece of evidence does to the verdict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weight {
    /// Nothing.
    Note,
    /// It makes one doubt.
    Doubt,
    /// It can't be made again.
    Breaks,
}

/// What kind of evidence it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EvidenceKind {
    /// The image that it runs is deregistered.
    ImageGone,
    /// Its image was made from a server that had lived.
    ImageFromServer,
    /// Its root was replaced by a snapshot, a volume or nobody knows what.
    RootReplaced,
    /// Its template version was deleted.
    TemplateGone,
    /// It was launched without a template.
    NoTemplate,
    /// Somebody was on it, and it shows.
    HandMade,
    /// Nobody knows the recipe of its image.
    NoRecipe,
    /// Its image is deprecated.
    ImageDeprecated,
    /// Its image belongs to an account that is neither ours nor a vendor's.
    ImageNotOurs,
    /// It differs from its template version.
    Drift,
    /// Somebody logged in.
    Login,
    /// Somebody changed an attribute of it.
    Changed,
    /// A volume was attached later.
    LateVolume,
    /// It is older than twice its lifetime.
    Old,
    /// Its group wants another version by now.
    OldVersion,
    /// It is protected from termination.
    TerminationProtected,
    /// Rules that are off would have found more.
    RulesOff,
}

impl EvidenceKind {
    /// All that is found on servers, and so can be exempt.
    pub const ALL: [Self; 16] = [
        Self::ImageGone,
        Self::ImageFromServer,
        Self::RootReplaced,
        Self::TemplateGone,
        Self::NoTemplate,
        Self::HandMade,
        Self::NoRecipe,
        Self::ImageDeprecated,
        Self::ImageNotOurs,
        Self::Drift,
        Self::Login,
        Self::Changed,
        Self::LateVolume,
        Self::Old,
        Self::OldVersion,
        Self::TerminationProtected,
    ];

    /// The report's name: `image-gone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImageGone => "image-gone",
            Self::ImageFromServer => "image-from-server",
            Self::RootReplaced => "root-replaced",
            Self::TemplateGone => "template-gone",
            Self::NoTemplate => "no-template",
            Self::HandMade => "hand-made",
            Self::NoRecipe => "no-recipe",
            Self::ImageDeprecated => "image-deprecated",
            Self::ImageNotOurs => "image-not-ours",
            Self::Drift => "drift",
            Self::Login => "login",
            Self::Changed => "changed-by-hand",
            Self::LateVolume => "late-volume",
            Self::Old => "old",
            Self::OldVersion => "old-version",
            Self::TerminationProtected => "termination-protected",
            Self::RulesOff => "rules-off",
        }
    }

    /// What it does to the verdict.
    #[must_use]
    pub fn weight(self) -> Weight {
        match self {
            Self::ImageGone
            | Self::ImageFromServer
            | Self::RootReplaced
            | Self::TemplateGone
            | Self::NoTemplate
            | Self::HandMade => Weight::Breaks,
            Self::NoRecipe
            | Self::ImageDeprecated
            | Self::ImageNotOurs
            | Self::Drift
            | Self::Login
            | Self::Changed
            | Self::LateVolume
            | Self::Old => Weight::Doubt,
            Self::OldVersion | Self::TerminationProtected | Self::RulesOff => Weight::Note,
        }
    }
}

/// One piece of evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnowflakeEvidence {
    /// What kind.
    pub kind: EvidenceKind,
    /// What was found, as a sentence.
    pub detail: String,
    /// The call and field that say so.
    pub source: &'static str,
    /// Why it does not count, in a sentence, where the policy file or a tag exempts it.
    pub exempt: Option<String>,
}

impl SnowflakeEvidence {
    /// What it does to the verdict: nothing where it is exempt.
    #[must_use]
    pub fn weight(&self) -> Weight {
        if self.exempt.is_some() { Weight::Note } else { self.kind.weight() }
    }
}

/// What takes a piece of evidence out of the verdict.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    /// Nothing.
    Nothing,
    /// The policy file.
    Policy(&'a Waiver),
    /// The tag `emberline:exempt`, with its reason.
    Tag(Option<&'a str>),
}

impl<'a> By<'a> {
    pub(super) fn or(self, waiver: Option<&'a Waiver>) -> Self {
        match self {
            Self::Nothing => waiver.map_or(Self::Nothing, Self::Policy),
            by => by,
        }
    }

    pub(super) fn is_off(self) -> bool {
        matches!(self, Self::Policy(waiver) if waiver.is_off)
    }

    pub(super) fn sentence(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Policy(waiver) => Some(waiver.sentence()),
            Self::Tag(Some(reason)) => Some(format!("Exempt by its tag: {}.", reason.trim().trim_end_matches('.'))),
            Self::Tag(None) => Some("Exempt by its tag.".to_owned()),
        }
    }
}
