//! What a query selects from a whole fleet.

use fleet::query::Query;
use fleet::{Server, ServerState};

use super::world::{World, days_ago};
use crate::policy::Policy;
use crate::select::select;

#[test]
fn each_field_reads_the_server_or_its_lineage() {
    let mut world = World::new();
    let us = world.add_scope("310987654321", "us-east-1");
    world.image("ami-gold", "golden 7", 136);
    world.image("ami-1", "web 1.4.2", 75);
    world.baked("web", "1.4.2", "ami-1", Some("ami-gold"));
    world.template("lt-1", "web", &[(11, "ami-1")]);
    let addresses = ["10.1.2.30", "54.1.2.3"].map(|address| world.sym(address));
    let dns = [world.sym("ip-10-1-2-30.eu-west-1.compute.internal")];
    let row = Server {
        zone: Some(world.sym("eu-west-1a")),
        instance_type: Some(world.sym("m7g.large")),
        template: world.uses("lt-1", 11),
        addresses: world.rows.fleet.symbols.intern_list(&addresses),
        dns_names: world.rows.fleet.symbols.intern_list(&dns),
        tags: world.tags(&[("Name", "web-prod-7"), ("env", "prod")]),
        ..world.born("i-1", 43)
    };
    world.add(row);
    world.group("web-prod", Some("lt-1"), &["i-1"]);
    let row = Server {
        scope: us,
        state: ServerState::Stopped,
        image: Some(world.sym("ami-lost")),
        launched: days_ago(9),
        tags: world.tags(&[("Name", ""), ("karpenter.sh/nodepool", "default")]),
        ..world.server("i-2")
    };
    world.add(row);
    let policy = Policy::parse("[accounts]\n310987654321 = \"Stage US\"", "p.toml").unwrap();
    let known = world.known_by(&policy);

    for (query, expected) in [
        ("", &["i-1", "i-2"][..]),
        ("id:i-1", &["i-1"]),
        ("name:web*", &["i-1"]),
        ("name:none", &["i-2"]),
        ("account:210987654321", &["i-1"]),
        ("account:stage*", &["i-2"]),
        ("region:us-*", &["i-2"]),
        ("zone:eu-west-1a", &["i-1"]),
        ("state:stopped", &["i-2"]),
        ("type:m7g.*", &["i-1"]),
        ("group:web-prod", &["i-1"]),
        ("group:none", &["i-2"]),
        ("template:lt-1", &["i-1"]),
        ("template:web", &["i-1"]),
        ("template:web:11", &["i-1"]),
        ("template:web:12", &[]),
        ("image:ami-1", &["i-1"]),
        ("image:\"web 1.4.2\"", &["i-1"]),
        ("image:ami-lost", &["i-2"]),
        ("base:golden?7", &["i-1"]),
        ("base:unknown", &["i-2"]),
        ("recipe:web", &["i-1"]),
        ("recipe:image-builder", &["i-1"]),
        ("recipe:unknown", &["i-2"]),
        ("owner:none", &["i-1"]),
        ("owner:*karpenter*", &["i-2"]),
        ("ip:10.1.0.0/16", &["i-1"]),
        ("ip:54.1.2.3", &["i-1"]),
        ("ip:none", &["i-2"]),
        ("dns:ip-10-*", &["i-1"]),
        ("tag:env=prod", &["i-1"]),
        ("tag:name=none", &[]),
        ("age>30d", &["i-1"]),
        ("age<30d", &["i-2"]),
        ("phoenix:overdue", &["i-1"]),
        ("behind<1d", &["i-1"]),
        ("compute.internal", &["i-1"]),
        ("ami-", &["i-1", "i-2"]),
        ("1.4.2", &["i-1"]),
        ("10.1.2.3", &["i-1"]),
        ("WEB-PROD", &["i-1"]),
        ("m7g", &[]),
    ] {
        let query = Query::parse(query).unwrap();
        let found = select(&known.fleet, &known.lineage, &known.findings, &policy, &query);
        let found: Vec<&str> = found.iter().map(|ix| known.fleet.str(known.fleet.servers[ix.at()].id)).collect();
        assert_eq!(found, expected, "{query}");
    }
}
