//! The story: what there is to say of one thing, in one to three plain sentences.

use fleet::{Fleet, ImageIx, ImageNode, Lineage, Node, Presence, RecipeKind, TemplateIx, TemplateKind, Time};

use crate::finding::{Findings, ImageFinding};
use crate::human::{counted, long_duration, short_date};
use crate::select::image_name;

mod server;
mod things;

/// Plain sentences about one thing, with what matters most marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// The text in its order. Spans carry their own spaces.
    pub spans: Vec<Span>,
}

/// A part of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Whether it stands out.
    pub strong: bool,
}

impl Story {
    /// The text without its marks.
    #[must_use]
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// The story of `node`, as of the pull. Of a node that this lineage does not have, nothing.
#[must_use]
pub fn story(fleet: &Fleet, lineage: &Lineage, findings: &Findings, node: Node) -> Story {
    let as_of = match node {
        Node::Server(ix) => findings.servers.get(ix.at()).map(|finding| finding.as_of),
        Node::Group(ix) => fleet.groups.get(ix.at()).and_then(|row| Some(fleet.scope(row.scope)?.pulled_at)),
        _ => fleet.scopes.iter().map(|scope| scope.pulled_at).max(),
    };
    let Some(as_of) = as_of else { return Story::default() };
    let mut teller = Teller { fleet, lineage, findings, as_of, story: Story::default() };
    // What a damaged lineage lacks is not told; what was told until there stands.
    let _told = match node {
        Node::Server(ix) => teller.server(ix),
        Node::Group(ix) => teller.group(ix),
        Node::TemplateVersion(ix) => teller.template(ix),
        Node::Image(ix) => teller.image(ix),
        Node::Recipe(ix) => teller.recipe(ix),
    };
    teller.story
}

/// What a sentence is about.
#[derive(Clone, Copy)]
enum Subject<'a> {
    /// `Its image`.
    Called(&'a str),
    /// By its own name.
    Named(&'a str),
}

/// Writes a story span by span. Sentences end with a full stop and the next begins with a space.
struct Teller<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    findings: &'a Findings,
    /// What ages and years are counted to: the pull of the thing's scope, else the latest.
    as_of: Time,
    story: Story,
}

impl<'a> Teller<'a> {
    fn say(&mut self, text: impl AsRef<str>) {
        self.push(text.as_ref(), false);
    }

    fn stress(&mut self, text: impl AsRef<str>) {
        self.push(text.as_ref(), true);
    }

    fn push(&mut self, text: &str, strong: bool) {
        match self.story.spans.last_mut() {
            Some(last) if last.strong == strong => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => self.story.spans.push(Span { text: text.to_owned(), strong }),
        }
    }

    /// Begins a sentence, after the one before it.
    fn begin(&mut self, text: &str) {
        if !self.story.spans.is_empty() {
            self.say(" ");
        }
        self.say(text);
    }

    fn image_node(&self, ix: ImageIx) -> Option<&'a ImageNode> {
        self.lineage.images.get(ix.at())
    }

    fn image_finding(&self, ix: ImageIx) -> ImageFinding {
        self.findings.images.get(ix.at()).copied().unwrap_or_default()
    }

    /// The image's name, else its id.
    fn image_label(&self, image: &ImageNode) -> &'a str {
        self.fleet.str(image_name(self.fleet, image).unwrap_or(image.id))
    }

    /// `web version 11`, or `launch configuration legacy`.
    fn say_template(&mut self, ix: TemplateIx) -> Option<()> {
        let node = self.lineage.templates.get(ix.at())?;
        let name = self.fleet.str(node.name.unwrap_or(node.id));
        match (node.kind, node.version) {
            (TemplateKind::LaunchTemplate, Some(version)) => {
                self.stress(name);
                self.say(" version ");
                self.stress(version.to_string());
            }
            (TemplateKind::LaunchTemplate, None) => self.stress(name),
            (TemplateKind::LaunchConfiguration, _) => {
                self.say("launch configuration ");
                self.stress(name);
            }
        }
        Some(())
    }

    /// `, on a base that is 61 days behind`, with what is known of the base of `image`; nothing where none is.
    fn say_base(&mut self, ix: ImageIx, image: &ImageNode) {
        let Some(base) = crate::family::base_of(self.lineage, image).and_then(|base| self.image_node(base)) else {
            return;
        };
        let label = self.image_label(base);
        match self.image_finding(ix).base_behind_days {
            Some(0) => {
                self.say(", on the current base ");
                self.stress(label);
            }
            Some(days) => {
                self.say(", on a base that is ");
                self.stress(counted(i64::from(days), "day"));
                self.say(" behind");
            }
            None => {
                self.say(", on ");
                self.stress(label);
            }
        }
    }

    /// `Its image was baked on 9 Sep by recipe web, on a base that is 61 days behind.`, or that nobody knows.
    fn say_origin(&mut self, subject: Subject<'_>, ix: ImageIx, image: &ImageNode) -> Option<()> {
        let recipe = self.lineage.recipes.get(image.recipe.at())?;
        let made = self.image_finding(ix).made;
        let name = recipe.name.as_deref().unwrap_or(&recipe.id);
        let (verb, by, maker) = match recipe.kind {
            RecipeKind::ImageBuilder => (" was baked", " by recipe ", name),
            RecipeKind::Packer => (" was baked", " by the Packer template ", name),
            RecipeKind::Manual => {
                (" was made", " by hand from server ", recipe.id.strip_prefix("manual:").unwrap_or(name))
            }
            RecipeKind::Vendor => (" was made", " by ", name),
            RecipeKind::Unknown => return self.say_unknown_origin(subject, ix, image),
        };
        self.begin_with(subject);
        self.say(verb);
        match made {
            Some(made) => {
                self.say(" on ");
                self.stress(self.date(made));
                self.say(by);
            }
            None => self.say(by),
        }
        self.stress(maker);
        if made.is_none() {
            self.say(", nobody knows when");
        }
        self.say_base(ix, image);
        self.say(".");
        Some(())
    }

    fn say_unknown_origin(&mut self, subject: Subject<'_>, ix: ImageIx, image: &ImageNode) -> Option<()> {
        let Some(made) = self.image_finding(ix).made else {
            self.begin("Nobody knows what ");
            match subject {
                Subject::Called(noun) => self.say(noun.to_lowercase()),
                Subject::Named(name) => self.stress(name),
            }
            self.say(" was made from.");
            return Some(());
        };
        self.begin_with(subject);
        self.say(" was made on ");
        self.stress(self.date(made));
        self.say_base(ix, image);
        self.say(". Nobody knows what it was made from.");
        Some(())
    }

    fn begin_with(&mut self, subject: Subject<'_>) {
        match subject {
            Subject::Called(noun) => self.begin(noun),
            Subject::Named(name) => {
                self.begin("");
                self.stress(name);
            }
        }
    }

    /// That an image is gone or was not read.
    fn say_presence(&mut self, image: &ImageNode, whose: &str, then: &str) {
        let id = self.fleet.str(image.id);
        match image.presence {
            Presence::Present => {}
            Presence::Gone => {
                self.begin(whose);
                self.say(" is gone: ");
                self.stress(id);
                self.say(" was deregistered, so ");
                self.say(then);
                self.say(".");
            }
            Presence::Unread => {
                self.begin("Whether ");
                self.stress(id);
                self.say(" still exists could not be read.");
            }
        }
    }

    fn date(&self, time: Time) -> String {
        short_date(time, self.as_of)
    }

    fn ago(&self, time: Time) -> String {
        format!("{} ago", long_duration(self.as_of.since_s(time)))
    }
}
