//! How long the lineage of a fleet takes to draw, to light and to search, at 1,000, 10,000 and 100,000 servers.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emberline_fleet::{
    Build, BuildOutput, Call, Conventions, Fleet, FleetBuilder, Group, Image, ImageRef, LaunchSource, Lineage, Member,
    Node, RecipeIx, Scope, ScopeIx, Server, ServerIx, ServerState, Sym, SymList, TagSet, Template, TemplateSpec,
    TemplateUse, TemplateVersion, Time, VersionSpec,
};

const ACCOUNT: &str = "111111111111";

/// A number that looks random and is the same in every run (SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A fleet with one group for every 40 servers, of skewed sizes, four images a group through Image Builder, and
/// every tenth server on an older template version. A twentieth of the servers is in no group.
fn fleet_of(servers: usize) -> Fleet {
    let mut rows = FleetBuilder::new();
    let (partition, account, region) = (rows.sym("aws"), rows.sym(ACCOUNT), rows.sym("eu-west-1"));
    let pulled_at = Time::from_epoch_s(1_790_000_000).expect("within range");
    let scope = rows.scope(Scope {
        partition,
        account,
        region,
        profile: None,
        caller: None,
        pulled_at,
        clock_skew_s: None,
        evidence_at: None,
    });
    let groups = (servers / 40).max(1);
    let families: Vec<Family> = (0..groups).map(|number| family(&mut rows, scope, account, number)).collect();
    for number in 0..servers {
        let random = mixed(number as u64);
        // The square of a fraction skews the sizes: the first groups are the large ones.
        let fraction = (random >> 40) as f64 / f64::from(1_u32 << 24);
        let family = &families[((fraction * fraction) * groups as f64) as usize];
        let in_group = !random.is_multiple_of(20);
        let version = if random % 10 == 1 { 3 } else { 4 };
        let used = TemplateUse { id: family.template, version };
        let id = rows.sym(&format!("i-{random:016x}{number}"));
        let name = format!("{}-{number}", family.name);
        let address = rows.sym(&format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255));
        let symbols = &mut rows.fleet.symbols;
        let tags = symbols.intern_tags([("Name", &*name), ("env", "prod"), ("team", "harbor")]);
        let addresses = symbols.intern_list(&[address]);
        let group = in_group.then_some(family.group);
        rows.fleet.servers.push(Server {
            id,
            scope,
            state: ServerState::Running,
            zone: None,
            instance_type: None,
            image: Some(family.images[version as usize - 1]),
            launched: Some(pulled_at),
            interface_attached: Some(pulled_at),
            root_attached: Some(pulled_at),
            template: Some(used),
            group,
            operator: None,
            spot_request: None,
            addresses,
            dns_names: SymList::default(),
            settings: None,
            tags,
        });
        if in_group {
            let members = &mut rows.fleet.groups[family.number].members;
            members.push(Member {
                server: id,
                lifecycle: None,
                health: None,
                template: Some(used),
                configuration: None,
                image: None,
                protected: None,
                weight: None,
                warm: false,
            });
        }
    }
    rows.build()
}

struct Family {
    number: usize,
    name: String,
    group: Sym,
    template: Sym,
    images: Vec<Sym>,
}

fn family(rows: &mut FleetBuilder, scope: ScopeIx, account: Sym, number: usize) -> Family {
    let name = format!("web-{number}");
    let here = format!("arn:aws:imagebuilder:eu-west-1:{ACCOUNT}");
    let (group, template) = (rows.sym(&name), rows.sym(&format!("lt-{number:017x}")));
    let created = Time::from_epoch_s(1_780_000_000);
    let golden = rows.sym("ami-golden");
    let recipe = rows.sym(&format!("{here}:image-recipe/{name}/1.0.0"));
    let region = rows.sym("eu-west-1");
    let mut images = Vec::new();
    for version in 1..=4_u32 {
        let image = rows.sym(&format!("ami-{number:08x}{version}"));
        let arn_text = format!("{here}:image/{name}/1.0.0/{version}");
        let (arn, image_name) = (rows.sym(&arn_text), rows.sym(&format!("{name} {version}")));
        let tags = rows.fleet.symbols.intern_tags([("Ec2ImageBuilderArn", &*arn_text), ("team", "harbor")]);
        rows.fleet.images.push(Image {
            id: image,
            scope,
            owner: Some(account),
            owner_alias: None,
            name: Some(image_name),
            description: None,
            state: None,
            created,
            deprecated: None,
            last_launched: None,
            source_image: None,
            source_image_region: None,
            source_server: None,
            public: Some(false),
            architecture: None,
            platform: None,
            tags,
            from: Call::DescribeImages,
        });
        rows.fleet.builds.push(Build {
            arn,
            scope,
            name: None,
            version: None,
            created,
            status: None,
            recipe: Some(recipe),
            parent: Some(golden),
            pipeline: None,
            outputs: vec![BuildOutput { account: Some(account), region: Some(region), image }],
            verified: true,
        });
        rows.fleet.template_versions.push(TemplateVersion {
            template,
            scope,
            version,
            description: None,
            created,
            created_by: None,
            image: Some(ImageRef::Id(image)),
            instance_type: None,
            settings: None,
        });
        images.push(image);
    }
    rows.fleet.templates.push(Template {
        id: template,
        scope,
        name: Some(group),
        default_version: Some(1),
        latest_version: Some(4),
        created,
        tags: TagSet::default(),
    });
    rows.fleet.groups.push(Group {
        name: group,
        scope,
        arn: None,
        launch: Some(LaunchSource::Template(TemplateSpec {
            id: Some(template),
            name: Some(group),
            version: VersionSpec::Latest,
        })),
        overrides: Vec::new(),
        desired: None,
        min: None,
        max: None,
        max_instance_lifetime_s: None,
        min_healthy_percent: None,
        max_healthy_percent: None,
        warm_up_s: None,
        grace_s: None,
        suspended: SymList::default(),
        warm_pool: false,
        members: Vec::new(),
        operator: None,
        created,
        tags: TagSet::default(),
    });
    Family { number, name, group, template, images }
}

fn lineage(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lineage");
    for servers in [1_000, 10_000, 100_000] {
        let fleet = fleet_of(servers);
        let conventions = Conventions::default();
        group.throughput(Throughput::Elements(servers as u64)).sample_size(20);
        group.bench_function(BenchmarkId::new("of", servers), |bench| {
            bench.iter_with_large_drop(|| Lineage::of(&fleet, &conventions));
        });
        let lineage = Lineage::of(&fleet, &conventions);
        let golden = lineage.recipes[0].base.map_or(Node::Recipe(RecipeIx(0)), Node::Image);
        group.bench_function(BenchmarkId::new("lit_by_the_base_of_all", servers), |bench| {
            bench.iter(|| lineage.lit(golden));
        });
        group.bench_function(BenchmarkId::new("lit_by_a_server", servers), |bench| {
            bench.iter(|| lineage.lit(Node::Server(ServerIx(0))));
        });
        group.bench_function(BenchmarkId::new("path", servers), |bench| {
            bench.iter(|| lineage.path(ServerIx(0)));
        });
        let name = fleet.server_name(&fleet.servers[servers / 2]).map(str::to_uppercase).unwrap_or_default();
        group.bench_function(BenchmarkId::new("find_in_any_case", servers), |bench| {
            bench.iter(|| lineage.find(&fleet, &name));
        });
    }
    group.finish();
}

criterion_group!(benches, lineage);
criterion_main!(benches);
