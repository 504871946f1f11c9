//! Whose code describes a server.

use fleet::Server;

use super::world::World;
use crate::code_owner::CodeOwners;

#[test]
fn a_server_is_described_by_its_own_tags_else_its_groups_else_its_templates() {
    let code: &[(&str, &str)] = &[("managed-by", "terraform")];
    let stack: &[(&str, &str)] = &[("aws:cloudformation:stack-name", "web")];
    for (own, groups, templates, expected) in [
        (code, stack, code, [Some("Terraform"), Some("the stack web (CloudFormation)"), Some("Terraform")]),
        (
            &[],
            stack,
            code,
            [
                Some("the stack web (CloudFormation), through its group"),
                Some("the stack web (CloudFormation)"),
                Some("Terraform"),
            ],
        ),
        (
            &[],
            &[],
            code,
            [Some("Terraform, through its template"), Some("Terraform, through its template"), Some("Terraform")],
        ),
        (&[], &[], &[], [None; 3]),
    ] {
        let mut world = World::new();
        world.image("ami-1", "web", 3);
        world.template("lt-1", "web", &[(1, "ami-1")]);
        world.rows.fleet.templates[0].tags = world.tags(templates);
        let (tags, template) = (world.tags(own), world.uses("lt-1", 1));
        let row = Server { tags, template, ..world.born("i-1", 3) };
        world.add(row);
        let tags = world.tags(groups);
        world.group("web", Some("lt-1"), &["i-1"]).tags = tags;
        let known = world.known();
        let owners = CodeOwners::new(&known.fleet, &known.lineage);
        let node = known.lineage.servers[0];
        let found = [
            owners.server(known.server_ix("i-1")),
            owners.group(node.group.unwrap()),
            owners.template(node.template.unwrap()),
        ];
        assert_eq!(found.each_ref().map(Option::as_deref), expected);
    }
}
