//! Finds what a person or an alert means by an id, an address or a name.

use rustc_hash::FxHashSet;

use super::Lineage;
use super::node::{GroupIx, ImageIx, Node, RecipeIx, RecipeNode, ServerIx, TemplateIx};
use crate::resources::{Group, Server};
use crate::rows::Fleet;
use crate::symbol::Sym;

/// The strings of a fleet that a text means, and how to compare with the few that are no symbols.
struct Meaning<'t> {
    text: &'t str,
    exact: bool,
    syms: FxHashSet<Sym>,
}

impl<'t> Meaning<'t> {
    fn exactly(fleet: &Fleet, text: &'t str) -> Self {
        Self { text, exact: true, syms: fleet.symbols.find(text).into_iter().collect() }
    }

    fn in_any_case(fleet: &Fleet, text: &'t str) -> Self {
        let is_same = |other: &str| same_in_any_case(text, other);
        let syms = fleet.symbols.iter().filter(|(_, other)| is_same(other)).map(|(sym, _)| sym).collect();
        Self { text, exact: false, syms }
    }

    fn is(&self, sym: impl Into<Option<Sym>>) -> bool {
        sym.into().is_some_and(|sym| self.syms.contains(&sym))
    }

    fn is_text(&self, other: &str) -> bool {
        if self.exact { self.text == other } else { same_in_any_case(self.text, other) }
    }
}

fn same_in_any_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!a.is_ascii() && a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase)))
}

impl Lineage {
    /// What a text names: servers by id, private or public address, DNS name or `Name` tag; if none, groups by name
    /// or ARN, images by id or name, template versions by `NAME:VERSION`, id or name, recipes by id or name. An exact
    /// match goes before one that differs in case. Empty where nothing is meant.
    #[must_use]
    pub fn find_nodes(&self, fleet: &Fleet, text: &str) -> Vec<Node> {
        either(fleet, text, |meaning| self.meant(fleet, meaning))
    }

    /// The servers that a text names, or that came from what it names: `--select`. In the fleet's order.
    #[must_use]
    pub fn find(&self, fleet: &Fleet, text: &str) -> Vec<ServerIx> {
        let nodes = self.find_nodes(fleet, text);
        let mut servers: Vec<ServerIx> = Vec::new();
        for node in nodes {
            match node {
                Node::Server(server) => servers.push(server),
                Node::Group(group) => servers.extend(&self.groups[group.at()].servers),
                Node::Image(_) | Node::Recipe(_) | Node::TemplateVersion(_) => {
                    let at_node = self.servers.iter().enumerate().filter(|(_, server)| match node {
                        Node::Image(image) => server.image == Some(image),
                        Node::TemplateVersion(template) => server.template == Some(template),
                        Node::Recipe(recipe) => {
                            server.image.is_some_and(|image| self.images[image.at()].recipe == recipe)
                        }
                        Node::Group(_) | Node::Server(_) => false,
                    });
                    servers.extend(at_node.map(|(at, _)| ServerIx(at as u32)));
                }
            }
        }
        servers.sort_unstable();
        servers.dedup();
        servers
    }

    /// The servers that a text names: by id, address, DNS name or `Name` tag. An exact match goes before one that
    /// differs in case.
    #[must_use]
    pub fn find_servers(&self, fleet: &Fleet, text: &str) -> Vec<ServerIx> {
        either(fleet, text, |meaning| servers(fleet, meaning).collect())
    }

    /// The groups that a text names: by name or ARN, as [`Lineage::find_servers`].
    #[must_use]
    pub fn find_groups(&self, fleet: &Fleet, text: &str) -> Vec<GroupIx> {
        either(fleet, text, |meaning| groups(fleet, meaning).collect())
    }

    /// The recipes that a text names: by id or name, as [`Lineage::find_servers`].
    #[must_use]
    pub fn find_recipes(&self, fleet: &Fleet, text: &str) -> Vec<RecipeIx> {
        either(fleet, text, |meaning| self.recipes_meant(meaning).collect())
    }

    fn meant(&self, fleet: &Fleet, meaning: &Meaning) -> Vec<Node> {
        let found: Vec<Node> = servers(fleet, meaning).map(Node::Server).collect();
        if !found.is_empty() {
            return found;
        }
        let mut found: Vec<Node> = groups(fleet, meaning).map(Node::Group).collect();
        for (at, image) in (0..).map(ImageIx).zip(&self.images) {
            if meaning.is(image.id) || self.image_rows(fleet, at).any(|row| meaning.is(row.name)) {
                found.push(Node::Image(at));
            }
        }
        let versioned =
            meaning.text.rsplit_once(':').map(|(name, version)| (name.trim(), version.trim().parse::<u32>()));
        for (at, template) in (0..).map(TemplateIx).zip(&self.templates) {
            let is_named = |name: &str, sym: Option<Sym>| {
                sym.is_some_and(|sym| {
                    let other = fleet.str(sym);
                    if meaning.exact { other == name } else { same_in_any_case(other, name) }
                })
            };
            let by_version = versioned.as_ref().is_some_and(|(name, version)| {
                version.as_ref().ok() == template.version.as_ref()
                    && (is_named(name, Some(template.id)) || is_named(name, template.name))
            });
            if by_version || meaning.is(template.id) || meaning.is(template.name) {
                found.push(Node::TemplateVersion(at));
            }
        }
        found.extend(self.recipes_meant(meaning).map(Node::Recipe));
        found
    }

    fn recipes_meant(&self, meaning: &Meaning) -> impl Iterator<Item = RecipeIx> {
        let is_meant = |recipe: &RecipeNode| {
            let template = recipe.id.strip_prefix("packer:");
            [Some(&*recipe.id), template, recipe.name.as_deref()].into_iter().flatten().any(|id| meaning.is_text(id))
        };
        (0..).map(RecipeIx).zip(&self.recipes).filter(move |(_, recipe)| is_meant(recipe)).map(|(at, _)| at)
    }
}

/// What a text means exactly; if that is nothing, what it means in any case.
fn either<T>(fleet: &Fleet, text: &str, find: impl Fn(&Meaning) -> Vec<T>) -> Vec<T> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    let found = find(&Meaning::exactly(fleet, text));
    if found.is_empty() { find(&Meaning::in_any_case(fleet, text)) } else { found }
}

fn servers(fleet: &Fleet, meaning: &Meaning) -> impl Iterator<Item = ServerIx> {
    let is_meant = |server: &Server| {
        let any = |list| fleet.symbols.list(list).iter().any(|&sym| meaning.is(sym));
        meaning.is(server.id)
            || any(server.addresses)
            || any(server.dns_names)
            || meaning.is(fleet.symbols.tag_sym(server.tags, "Name"))
    };
    (0..).map(ServerIx).zip(&fleet.servers).filter(move |(_, server)| is_meant(server)).map(|(at, _)| at)
}

fn groups(fleet: &Fleet, meaning: &Meaning) -> impl Iterator<Item = GroupIx> {
    let is_meant = |group: &Group| meaning.is(group.name) || meaning.is(group.arn);
    (0..).map(GroupIx).zip(&fleet.groups).filter(move |(_, group)| is_meant(group)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use crate::lineage::world::{Drawn, World};
    use crate::resources::VersionSpec;

    fn fleet() -> Drawn {
        let (mut world, here) = World::new();
        world.tagged_image(here, "ami-1", "web 2026-09-09", &[("packer:template", "web.pkr.hcl")]);
        world.template(here, "lt-1", "web-lt", 1, 1);
        world.version(here, "lt-1", 1, "ami-1");
        world.group_of(here, "web-prod", "lt-1", VersionSpec::Number(1));
        world.member_server(here, "i-1", "ami-1", "lt-1", 1);
        world.member_server(here, "i-2", "ami-1", "lt-1", 1);
        world.server(here, "i-3", "ami-2");
        let tags = world.tags(&[("Name", "Straße-7")]);
        let addresses = ["10.1.2.3", "203.0.113.9", "2001:db8::7"].map(|text| world.sym(text));
        let dns = ["ip-10-1-2-3.eu-west-1.compute.internal"].map(|text| world.sym(text));
        let symbols = &mut world.rows.fleet.symbols;
        let (addresses, dns) = (symbols.intern_list(&addresses), symbols.intern_list(&dns));
        let server = &mut world.rows.fleet.servers[2];
        (server.addresses, server.dns_names, server.tags) = (addresses, dns, tags);
        world.draw()
    }

    #[test]
    fn a_text_finds_the_servers_that_it_names_or_that_came_from_what_it_names() {
        let drawn = fleet();
        let cases: [(&str, &[&str]); 24] = [
            ("i-1", &["i-1"]),
            (" i-1 ", &["i-1"]),
            ("I-1", &["i-1"]),
            ("10.1.2.3", &["i-3"]),
            ("203.0.113.9", &["i-3"]),
            ("2001:DB8::7", &["i-3"]),
            ("ip-10-1-2-3.eu-west-1.compute.internal", &["i-3"]),
            ("Straße-7", &["i-3"]),
            ("STRAßE-7", &["i-3"]),
            ("web-prod", &["i-1", "i-2"]),
            ("WEB-PROD", &["i-1", "i-2"]),
            ("ami-1", &["i-1", "i-2"]),
            ("web 2026-09-09", &["i-1", "i-2"]),
            ("ami-2", &["i-3"]),
            ("lt-1", &["i-1", "i-2"]),
            ("web-lt : 1", &["i-1", "i-2"]),
            ("Web-LT:1", &["i-1", "i-2"]),
            ("web-lt:2", &[]),
            ("web.pkr.hcl", &["i-1", "i-2"]),
            ("packer:web.pkr.hcl", &["i-1", "i-2"]),
            ("unknown", &["i-3"]),
            ("10.1.2", &[]),
            ("", &[]),
            ("Name", &[]),
        ];
        for (text, servers) in cases {
            let found = drawn.lineage.find(&drawn.fleet, text);
            let ids: Vec<&str> = found.iter().map(|ix| drawn.fleet.str(drawn.fleet.servers[ix.at()].id)).collect();
            assert_eq!(ids, servers, "{text:?}");
        }
    }

    #[test]
    fn an_exact_match_goes_before_one_that_differs_in_case() {
        let (mut world, here) = World::new();
        for (id, name) in [("i-1", "Web"), ("i-2", "web")] {
            let tags = world.tags(&[("Name", name)]);
            world.server(here, id, "ami-1").tags = tags;
        }
        let drawn = world.draw();
        assert_eq!(drawn.lineage.find(&drawn.fleet, "web"), [drawn.server_ix("i-2")]);
        assert_eq!(drawn.lineage.find(&drawn.fleet, "WEB").len(), 2);
    }

    #[test]
    fn what_no_server_came_from_is_still_found_as_a_node() {
        let (mut world, here) = World::new();
        world.tagged_image(here, "ami-1", "web", &[]);
        world.group(here, "web", None);
        let drawn = world.draw();
        let found = drawn.lineage.find_nodes(&drawn.fleet, "web");
        let expected = [crate::Node::Group(crate::GroupIx(0)), crate::Node::Image(drawn.image("ami-1"))];
        assert_eq!(found, expected);
        assert_eq!(drawn.lineage.find(&drawn.fleet, "web"), []);
    }

    #[test]
    fn a_group_is_found_by_its_name_though_servers_have_it_too() {
        let (mut world, here) = World::new();
        world.group(here, "web", None);
        let tags = world.tags(&[("Name", "web")]);
        world.server(here, "i-1", "ami-1").tags = tags;
        let drawn = world.draw();
        assert_eq!(drawn.lineage.find_nodes(&drawn.fleet, "web"), [crate::Node::Server(drawn.server_ix("i-1"))]);
        assert_eq!(drawn.lineage.find_groups(&drawn.fleet, "Web"), [crate::GroupIx(0)]);
        assert_eq!(drawn.lineage.find_servers(&drawn.fleet, "web"), [drawn.server_ix("i-1")]);
        assert_eq!(drawn.lineage.find_recipes(&drawn.fleet, "web"), []);
    }
}
