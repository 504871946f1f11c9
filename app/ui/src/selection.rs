//! What is selected, by names that outlive a pull, and the way that led there.

use fleet::{Fleet, GroupIx, ImageIx, Lineage, Node, RecipeIx, ScopeIx, ServerIx, TemplateIx};
use serde::{Deserialize, Serialize};

/// A node by its name: an index is good for one pull, a key for all of them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Key {
    /// Region and id.
    Image(Option<String>, String),
    /// The recipe's id.
    Recipe(String),
    /// Account, region, id of the template or name of the launch configuration, version.
    Template(String, String, String, Option<u32>),
    /// Account, region, name.
    Group(String, String, String),
    /// Account, region, id.
    Server(String, String, String),
}

impl Key {
    /// The key of a node; `None` for an index of another pull.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, node: Node) -> Option<Self> {
        let text = |sym| fleet.str(sym).to_owned();
        let place = |scope: ScopeIx| fleet.scope(scope).map(|scope| (text(scope.account), text(scope.region)));
        match node {
            Node::Image(ix) => {
                lineage.images.get(ix.at()).map(|image| Self::Image(image.region.map(text), text(image.id)))
            }
            Node::Recipe(ix) => lineage.recipes.get(ix.at()).map(|recipe| Self::Recipe(recipe.id.clone())),
            Node::TemplateVersion(ix) => {
                let template = lineage.templates.get(ix.at())?;
                let (account, region) = place(template.scope)?;
                Some(Self::Template(account, region, text(template.id), template.version))
            }
            Node::Group(ix) => {
                let group = fleet.groups.get(ix.at())?;
                let (account, region) = place(group.scope)?;
                Some(Self::Group(account, region, text(group.name)))
            }
            Node::Server(ix) => {
                let server = fleet.servers.get(ix.at())?;
                let (account, region) = place(server.scope)?;
                Some(Self::Server(account, region, text(server.id)))
            }
        }
    }

    /// The node of this name; `None` where the pull has none.
    #[must_use]
    pub fn find(&self, fleet: &Fleet, lineage: &Lineage) -> Option<Node> {
        let sym = |text: &str| fleet.symbols.find(text);
        let is_at = |scope: ScopeIx, account: &str, region: &str| {
            fleet
                .scope(scope)
                .is_some_and(|scope| fleet.str(scope.account) == account && fleet.str(scope.region) == region)
        };
        let at = |position: usize| u32::try_from(position).ok();
        match self {
            Self::Image(region, id) => {
                let (id, region) = (sym(id)?, region.as_deref().map(sym));
                let found = lineage.images.iter().position(|image| {
                    image.id == id && region.is_none_or(|region| region.is_some() && image.region == region)
                });
                Some(Node::Image(ImageIx(at(found?)?)))
            }
            Self::Recipe(id) => {
                Some(Node::Recipe(RecipeIx(at(lineage.recipes.iter().position(|recipe| recipe.id == *id)?)?)))
            }
            Self::Template(account, region, id, version) => {
                let id = sym(id)?;
                let found = lineage.templates.iter().position(|template| {
                    template.id == id && template.version == *version && is_at(template.scope, account, region)
                });
                Some(Node::TemplateVersion(TemplateIx(at(found?)?)))
            }
            Self::Group(account, region, name) => {
                let name = sym(name)?;
                let found =
                    fleet.groups.iter().position(|group| group.name == name && is_at(group.scope, account, region));
                Some(Node::Group(GroupIx(at(found?)?)))
            }
            Self::Server(account, region, id) => {
                let id = sym(id)?;
                let found =
                    fleet.servers.iter().position(|server| server.id == id && is_at(server.scope, account, region));
                Some(Node::Server(ServerIx(at(found?)?)))
            }
        }
    }
}

/// What is selected: nodes of the view on screen, the last one being the one that was chosen last.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Selection {
    keys: Vec<Key>,
    nodes: Vec<Node>,
}

impl Selection {
    /// Selects these nodes of a view.
    #[must_use]
    pub fn of(fleet: &Fleet, lineage: &Lineage, nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut selection = Self::default();
        for node in nodes {
            if let Some(key) = Key::of(fleet, lineage, node) {
                selection.keys.push(key);
                selection.nodes.push(node);
            }
        }
        selection
    }

    /// The same selection in another pull, without what that has not.
    #[must_use]
    pub fn carried_to(&self, fleet: &Fleet, lineage: &Lineage) -> Self {
        let found = self.keys.iter().filter_map(|key| Some((key.clone(), key.find(fleet, lineage)?)));
        let (keys, nodes) = found.unzip();
        Self { keys, nodes }
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The one node, where it is one.
    #[must_use]
    pub fn only(&self) -> Option<Node> {
        match *self.nodes {
            [node] => Some(node),
            _ => None,
        }
    }

    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether this node is selected.
    #[must_use]
    pub fn contains(&self, node: Node) -> bool {
        self.nodes.contains(&node)
    }
}

/// The selections so far, as a browser keeps its pages.
#[derive(Clone, Default, Debug)]
pub struct Trail {
    visited: Vec<Selection>,
    /// Where in `visited` the window is.
    at: usize,
}

/// Selections kept: far more than anybody walks back.
const TRAIL_LIMIT: usize = 100;

impl Trail {
    /// Goes on to a selection: what lay ahead is forgotten.
    pub fn push(&mut self, selection: Selection) {
        if self.visited.get(self.at) == Some(&selection) {
            return;
        }
        self.visited.truncate(self.at + 1);
        self.visited.push(selection);
        if self.visited.len() > TRAIL_LIMIT {
            self.visited.remove(0);
        }
        self.at = self.visited.len() - 1;
    }

    /// Whether there is a way back.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        self.at > 0
    }

    /// Whether there is a way forward.
    #[must_use]
    pub fn can_go_forward(&self) -> bool {
        self.at + 1 < self.visited.len()
    }

    /// One step back.
    pub fn back(&mut self) -> Option<&Selection> {
        self.at = self.at.checked_sub(1)?;
        self.visited.get(self.at)
    }

    /// One step forward.
    pub fn forward(&mut self) -> Option<&Selection> {
        let next = self.visited.get(self.at + 1)?;
        self.at += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(name: &str) -> Selection {
        Selection { keys: vec![Key::Recipe(name.to_owned())], nodes: Vec::new() }
    }

    #[test]
    fn a_trail_goes_back_and_forward_and_forgets_what_lay_ahead() {
        let mut trail = Trail::default();
        assert!(!trail.can_go_back() && trail.back().is_none() && trail.forward().is_none());
        for name in ["a", "b", "b", "c"] {
            trail.push(selected(name));
        }
        assert_eq!(trail.back(), Some(&selected("b")));
        assert_eq!(trail.back(), Some(&selected("a")));
        assert!(trail.back().is_none());
        assert_eq!(trail.forward(), Some(&selected("b")));
        trail.push(selected("d"));
        assert!(!trail.can_go_forward());
        assert_eq!(trail.back(), Some(&selected("b")));
    }

    #[test]
    fn a_trail_forgets_its_oldest_steps_first() {
        let mut trail = Trail::default();
        for step in 0..TRAIL_LIMIT + 5 {
            trail.push(selected(&step.to_string()));
        }
        let mut last = None;
        while let Some(selection) = trail.back() {
            last = Some(selection.clone());
        }
        assert_eq!(last, Some(selected("5")));
    }
}
