//! What lights up with a selection: everything that led to it, and everything made from it.

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use super::Lineage;
use super::edge::EdgeKind;
use super::node::{GroupIx, ImageIx, Node, RecipeKind, ServerIx, TemplateIx};

/// The nodes that lie up or down the lineage of a selection, as one bit a node of the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lit {
    words: Vec<u64>,
    /// Where each kind of node begins, in the order of the graph, and the end.
    starts: [usize; 6],
}

impl Lit {
    fn over(lineage: &Lineage) -> Self {
        let mut starts = [0; 6];
        let lengths = [
            lineage.images.len(),
            lineage.recipes.len(),
            lineage.templates.len(),
            lineage.groups.len(),
            lineage.servers.len(),
        ];
        for (at, length) in lengths.into_iter().enumerate() {
            starts[at + 1] = starts[at] + length;
        }
        Self { words: vec![0; starts[5].div_ceil(64)], starts }
    }

    fn at(&self, node: Node) -> Option<usize> {
        let (block, at) = match node {
            Node::Image(ix) => (0, ix.at()),
            Node::Recipe(ix) => (1, ix.at()),
            Node::TemplateVersion(ix) => (2, ix.at()),
            Node::Group(ix) => (3, ix.at()),
            Node::Server(ix) => (4, ix.at()),
        };
        let at = self.starts[block] + at;
        (at < self.starts[block + 1]).then_some(at)
    }

    /// Whether a node is lit.
    #[must_use]
    pub fn contains(&self, node: Node) -> bool {
        self.at(node).is_some_and(|at| self.words[at / 64] & (1 << (at % 64)) != 0)
    }

    /// Whether nothing is lit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// How many nodes are lit.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Lights what another selection in the same lineage lights.
    pub fn join(&mut self, other: &Self) {
        if self.words.is_empty() {
            *self = other.clone();
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Lights a node; whether it was dark.
    fn light(&mut self, node: Node) -> bool {
        let Some(at) = self.at(node) else { return false };
        let (word, bit) = (&mut self.words[at / 64], 1 << (at % 64));
        let was_dark = *word & bit == 0;
        *word |= bit;
        was_dark
    }
}

impl Lineage {
    /// Every node that lies up or down the lineage of a selection, itself included. Up is everything that led to it,
    /// down everything made from it.
    ///
    /// What a server really runs decides, not what its template says: an image lights the servers that run it and
    /// the template versions and groups that these came through, and a server lights only the base that its own image
    /// was built on. A group lights the lineage of every server it has, since it stands for them.
    #[must_use]
    pub fn lit(&self, node: Node) -> Lit {
        let mut lit = Lit::over(self);
        if self.node(node).is_none() {
            return lit;
        }
        match node {
            Node::Image(image) => {
                self.light_up(&mut lit, image);
                lit.join(&self.made_from([image]));
            }
            Node::Recipe(recipe) => {
                lit.light(node);
                let images = self.targets(node, EdgeKind::Bakes).filter_map(|made| match made {
                    Node::Image(image) => Some(image),
                    _ => None,
                });
                let images: Vec<ImageIx> = images.collect();
                // What untraced images were derived from tells nothing of the unknown recipe.
                if self.recipes[recipe.at()].kind != RecipeKind::Unknown {
                    for base in images.iter().filter_map(|image| self.images[image.at()].base) {
                        self.light_up(&mut lit, base);
                    }
                }
                lit.join(&self.made_from(images));
            }
            Node::TemplateVersion(template) => {
                lit.light(node);
                if let Some(image) = self.templates[template.at()].image {
                    self.light_up(&mut lit, image);
                }
                self.light_uses(&mut lit, template);
                for server in self.targets(node, EdgeKind::Launched) {
                    self.light_with_group(&mut lit, server);
                }
            }
            Node::Group(group) => self.light_group(&mut lit, group),
            Node::Server(server) => self.light_server(&mut lit, server),
        }
        lit
    }

    fn targets(&self, node: Node, kind: EdgeKind) -> impl Iterator<Item = Node> {
        let from = self.node(node);
        from.into_iter()
            .flat_map(|from| self.graph.edges_directed(from, Direction::Outgoing))
            .filter(move |edge| edge.weight().kind == kind)
            .map(|edge| self.graph[edge.target()])
    }

    /// The image and what led to it: what it is a copy of, its recipe, its base, and so on.
    fn light_up(&self, lit: &mut Lit, image: ImageIx) {
        let mut next = Some(image);
        while let Some(at) = next.filter(|&at| lit.light(Node::Image(at))) {
            let image = &self.images[at.at()];
            lit.light(Node::Recipe(image.recipe));
            next = image.copied_from.or(image.base);
        }
    }

    /// Images and what was made from them: copies, images built on them with their recipes, template versions,
    /// groups and servers. Apart from what lies up the lineage, since a node that is lit by the way up is yet to be
    /// followed down.
    fn made_from(&self, images: impl IntoIterator<Item = ImageIx>) -> Lit {
        let mut down = Lit::over(self);
        let lit = &mut down;
        let mut todo: Vec<ImageIx> = images.into_iter().filter(|&image| lit.light(Node::Image(image))).collect();
        while let Some(at) = todo.pop() {
            let Some(from) = self.node(Node::Image(at)) else { continue };
            for edge in self.graph.edges_directed(from, Direction::Outgoing) {
                let target = self.graph[edge.target()];
                match (edge.weight().kind, target) {
                    (EdgeKind::CopiedTo | EdgeKind::DerivedFrom, Node::Image(made)) if lit.light(target) => {
                        todo.push(made);
                    }
                    (EdgeKind::BuildsOn, _) => {
                        lit.light(target);
                        for made in self.targets(target, EdgeKind::Bakes) {
                            if let Node::Image(ix) = made
                                && self.images[ix.at()].base == Some(at)
                                && lit.light(made)
                            {
                                todo.push(ix);
                            }
                        }
                    }
                    (EdgeKind::References, Node::TemplateVersion(template)) => {
                        lit.light(target);
                        self.light_uses(lit, template);
                    }
                    (EdgeKind::Runs, _) => self.light_with_parents(lit, target),
                    _ => {}
                }
            }
        }
        self.light_overriding_groups(lit);
        down
    }

    /// Groups that launch from a template version.
    fn light_uses(&self, lit: &mut Lit, template: TemplateIx) {
        for group in self.targets(Node::TemplateVersion(template), EdgeKind::Uses) {
            lit.light(group);
        }
    }

    /// Groups whose overrides name a lit image themselves.
    fn light_overriding_groups(&self, lit: &mut Lit) {
        for (number, group) in (0..).zip(&self.groups) {
            if group.override_images.iter().any(|&image| lit.contains(Node::Image(image))) {
                lit.light(Node::Group(GroupIx(number)));
            }
        }
    }

    fn light_with_group(&self, lit: &mut Lit, server: Node) {
        lit.light(server);
        if let Node::Server(ix) = server
            && let Some(group) = self.servers[ix.at()].group
        {
            lit.light(Node::Group(group));
        }
    }

    fn light_with_parents(&self, lit: &mut Lit, server: Node) {
        self.light_with_group(lit, server);
        if let Node::Server(ix) = server
            && let Some(template) = self.servers[ix.at()].template
        {
            lit.light(Node::TemplateVersion(template));
        }
    }

    fn light_server(&self, lit: &mut Lit, server: ServerIx) {
        self.light_with_parents(lit, Node::Server(server));
        if let Some(image) = self.servers[server.at()].image {
            self.light_up(lit, image);
        }
    }

    fn light_group(&self, lit: &mut Lit, ix: GroupIx) {
        let group = &self.groups[ix.at()];
        lit.light(Node::Group(ix));
        for template in group.wants.into_iter().chain(group.also.iter().copied()) {
            lit.light(Node::TemplateVersion(template));
            if let Some(image) = self.templates[template.at()].image {
                self.light_up(lit, image);
            }
        }
        for &image in &group.override_images {
            self.light_up(lit, image);
        }
        for &server in &group.servers {
            self.light_server(lit, server);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lineage::world::{Drawn, World};
    use crate::lineage::{GroupIx, Node};
    use crate::resources::{LaunchSource, VersionSpec};

    /// Recipe web baked `ami-1` on `ami-base1` and `ami-2` on `ami-base2`. Group web wants `lt-1` : 2 (`ami-2`);
    /// `i-old` runs `ami-1` by version 1, `i-new` runs `ami-2`. `i-other` runs `ami-other`, alone.
    fn two_versions() -> World {
        let (mut world, here) = World::new();
        for (id, base) in [("ami-1", "ami-base1"), ("ami-2", "ami-base2")] {
            world.tagged_image(here, id, id, &[("packer:template", "web"), ("SourceAMI", base)]);
        }
        world.template(here, "lt-1", "web", 1, 2);
        world.version(here, "lt-1", 1, "ami-1");
        world.version(here, "lt-1", 2, "ami-2");
        world.group_of(here, "web", "lt-1", VersionSpec::Latest);
        world.member_server(here, "i-old", "ami-1", "lt-1", 1);
        world.member_server(here, "i-new", "ami-2", "lt-1", 2);
        world.server(here, "i-other", "ami-other");
        world
    }

    fn lit(drawn: &Drawn, node: Node) -> Vec<String> {
        let lit = drawn.lineage.lit(node);
        let nodes: Vec<Node> = drawn.lineage.nodes().filter(|&node| lit.contains(node)).collect();
        assert_eq!((lit.len(), lit.is_empty()), (nodes.len(), nodes.is_empty()));
        let id = |node| match node {
            Node::TemplateVersion(_) | Node::Recipe(_) => drawn.lineage.node_label(&drawn.fleet, node),
            _ => drawn.lineage.node_id(&drawn.fleet, node).unwrap_or_default().to_owned(),
        };
        nodes.into_iter().map(id).collect()
    }

    #[test]
    fn a_server_lights_what_led_to_it_and_no_other_base() {
        let drawn = two_versions().draw();
        let old = lit(&drawn, Node::Server(drawn.server_ix("i-old")));
        assert_eq!(old, ["ami-1", "ami-base1", "web", "unknown recipe", "web : 1", "web", "i-old"]);
        let other = lit(&drawn, Node::Server(drawn.server_ix("i-other")));
        assert_eq!(other, ["ami-other", "unknown recipe", "i-other"]);
    }

    #[test]
    fn a_base_lights_only_what_was_built_on_it() {
        let drawn = two_versions().draw();
        let base = lit(&drawn, Node::Image(drawn.image("ami-base1")));
        assert_eq!(base, ["ami-1", "ami-base1", "web", "unknown recipe", "web : 1", "web", "i-old"]);
    }

    #[test]
    fn a_recipe_lights_all_its_bases_and_images() {
        let drawn = two_versions().draw();
        let recipe = drawn.lineage.images[drawn.image("ami-1").at()].recipe;
        let all = lit(&drawn, Node::Recipe(recipe));
        let expected = [
            "ami-1",
            "ami-2",
            "ami-base1",
            "ami-base2",
            "web",
            "unknown recipe",
            "web : 1",
            "web : 2",
            "web",
            "i-new",
            "i-old",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_template_version_lights_its_image_its_servers_and_who_wants_it() {
        let drawn = two_versions().draw();
        let one = lit(&drawn, Node::TemplateVersion(drawn.template("lt-1", Some(1))));
        assert_eq!(one, ["ami-1", "ami-base1", "web", "unknown recipe", "web : 1", "web", "i-old"]);
        let two = lit(&drawn, Node::TemplateVersion(drawn.template("lt-1", Some(2))));
        assert_eq!(two, ["ami-2", "ami-base2", "web", "unknown recipe", "web : 2", "web", "i-new"]);
    }

    #[test]
    fn a_group_lights_the_lineage_of_all_its_servers() {
        let drawn = two_versions().draw();
        let group = lit(&drawn, Node::Group(GroupIx(0)));
        assert_eq!(group.len(), 11);
        assert!(!group.iter().any(|id| id.contains("other")));
    }

    #[test]
    fn a_base_of_the_recipe_that_it_came_from_lights_its_other_children_too() {
        // Recipe r made v1, s built s1 on it, r built v3 on s1; t1 was built on s1 as well.
        let (mut world, here) = World::new();
        for (id, recipe, base) in [("v1", "r", ""), ("s1", "s", "ami-v1"), ("v3", "r", "ami-s1"), ("t1", "t", "ami-s1")]
        {
            let id = format!("ami-{id}");
            world.tagged_image(here, &id, &id, &[("packer:template", recipe), ("SourceAMI", base)]);
        }
        let drawn = world.draw();
        let recipe = drawn.lineage.images[drawn.image("ami-v1").at()].recipe;
        assert_eq!(lit(&drawn, Node::Recipe(recipe)), ["ami-s1", "ami-t1", "ami-v1", "ami-v3", "r", "s", "t"]);
    }

    #[test]
    fn an_image_that_an_override_names_lights_the_group() {
        let (mut world, here) = World::new();
        let wish = world.wish("lt-1", VersionSpec::Number(1));
        let over = world.over(None, Some("ami-over"));
        world.group(here, "web", Some(LaunchSource::Template(wish))).overrides = vec![over];
        let drawn = world.draw();
        let image = lit(&drawn, Node::Image(drawn.image("ami-over")));
        assert_eq!(image, ["ami-over", "unknown recipe", "web"]);
        let group = lit(&drawn, Node::Group(GroupIx(0)));
        assert_eq!(group, ["ami-over", "unknown recipe", "lt-1 : 1", "web"]);
    }

    #[test]
    fn selections_light_together_and_a_foreign_node_lights_nothing() {
        let drawn = two_versions().draw();
        let mut both = crate::Lit::default();
        for id in ["i-old", "i-other"] {
            both.join(&drawn.lineage.lit(Node::Server(drawn.server_ix(id))));
        }
        assert_eq!(both.len(), 9);
        assert!(drawn.lineage.lit(Node::Group(GroupIx(9))).is_empty());
    }
}
