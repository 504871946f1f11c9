//! Fleets of any size that look like real ones: groups of skewed sizes over a few hundred images, two addresses, two
//! DNS names and seven tags a server. The same number gives the same fleet.

use fleet::{
    Activity, ActivityKind, BuildOutput, Call, FleetBuilder, Group, Image, ImageRef, LaunchSource, Member, Scope,
    Server, ServerState, TagSet, Template, TemplateSpec, TemplateUse, TemplateVersion, Time, VersionSpec,
};

/// The fleet sizes that are measured.
pub(crate) const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// A step of a linear congruential generator (Knuth's MMIX constants), its upper half.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A fleet of `servers`.
pub(crate) fn fleet(servers: usize) -> fleet::Fleet {
    fleet_of(servers, families(servers))
}

/// The same without tags on its servers: what is measured beyond them.
pub(crate) fn untagged(servers: usize) -> fleet::Fleet {
    build(servers, families(servers), false)
}

/// A fleet of `servers` over so many launch templates of five versions each.
pub(crate) fn fleet_of(servers: usize, families: usize) -> fleet::Fleet {
    build(servers, families, true)
}

fn families(servers: usize) -> usize {
    (servers / 400).clamp(6, 60)
}

fn build(servers: usize, families: usize, tagged: bool) -> fleet::Fleet {
    let mut rows = FleetBuilder::new();
    let now = Time::from_epoch_s(1_795_000_000).expect("within the range");
    let ago = |seconds: u64| now.plus_s(-i64::try_from(seconds).expect("a few years"));
    let scope = Scope {
        partition: rows.sym("aws"),
        account: rows.sym("210987654321"),
        region: rows.sym("eu-west-1"),
        profile: None,
        caller: None,
        pulled_at: now,
        clock_skew_s: None,
        evidence_at: None,
    };
    let scope = rows.scope(scope);
    let mut state = 7;

    for family in 0..families {
        let prefix = "arn:aws:imagebuilder:eu-west-1:210987654321";
        let template = rows.sym(&format!("lt-{family:017x}"));
        let name = rows.sym(&format!("service-{family}"));
        for version in 1..=5_u32 {
            let age_s = u64::from(6 - version) * 20 * 86_400;
            let id = rows.sym(&format!("ami-{:017x}", family * 10 + version as usize));
            let image = Image {
                id,
                scope,
                owner: Some(rows.sym("210987654321")),
                owner_alias: None,
                name: Some(rows.sym(&format!("service-{family} 1.{version}.0"))),
                description: None,
                state: Some(rows.sym("available")),
                created: ago(age_s),
                deprecated: None,
                last_launched: None,
                source_image: None,
                source_image_region: None,
                source_server: None,
                public: Some(false),
                architecture: Some(rows.sym("arm64")),
                platform: None,
                tags: TagSet::default(),
                from: Call::DescribeImages,
            };
            rows.fleet.images.push(image);
            let build = fleet::Build {
                arn: rows.sym(&format!("{prefix}:image/service-{family}/1.{version}.0/1")),
                scope,
                name: Some(name),
                version: Some(rows.sym(&format!("1.{version}.0/1"))),
                created: ago(age_s),
                status: None,
                recipe: Some(rows.sym(&format!("{prefix}:image-recipe/service-{family}/1.{version}.0"))),
                parent: None,
                pipeline: None,
                outputs: vec![BuildOutput { account: None, region: None, image: id }],
                verified: true,
            };
            rows.fleet.builds.push(build);
            rows.fleet.template_versions.push(TemplateVersion {
                template,
                scope,
                version,
                description: None,
                created: ago(age_s),
                created_by: None,
                image: Some(ImageRef::Id(id)),
                instance_type: None,
                settings: None,
            });
        }
        rows.fleet.templates.push(Template {
            id: template,
            scope,
            name: Some(name),
            default_version: Some(1),
            latest_version: Some(5),
            created: None,
            tags: TagSet::default(),
        });
    }

    let mut made = 0;
    let mut number = 0;
    while made < servers {
        let size = match next(&mut state) % 20 {
            0 => 400,
            1..=3 => 120,
            4..=9 => 30,
            _ => 6,
        };
        let size = size.min(servers - made);
        let family = number % families;
        let group = rows.sym(&format!("service-{family}-{}", ["prod", "stage", "lab"][number % 3]));
        let template = rows.sym(&format!("lt-{family:017x}"));
        let mut members = Vec::with_capacity(size);
        for _ in 0..size {
            let version = 5 - u32::try_from(next(&mut state) % 10).expect("small").saturating_sub(6).min(4);
            let hex = next(&mut state) << 31 | next(&mut state);
            let host = format!("10.{}.{}.{}", made >> 16, made >> 8 & 255, made & 255);
            let dns = format!("ip-{}.eu-west-1.compute.internal", host.replace('.', "-"));
            let addresses = [rows.sym(&host)];
            let dns_names = [rows.sym(&dns)];
            let id = rows.sym(&format!("i-{hex:017x}"));
            let age_s = next(&mut state) % (40 * 86_400);
            let server = Server {
                id,
                scope,
                state: ServerState::Running,
                zone: Some(rows.sym(["eu-west-1a", "eu-west-1b", "eu-west-1c"][made % 3])),
                instance_type: Some(rows.sym("m7g.large")),
                image: Some(rows.sym(&format!("ami-{:017x}", family * 10 + version as usize))),
                launched: ago(age_s / 2),
                interface_attached: ago(age_s),
                root_attached: ago(age_s),
                template: Some(TemplateUse { id: template, version }),
                group: Some(group),
                operator: None,
                spot_request: None,
                addresses: rows.fleet.symbols.intern_list(&addresses),
                dns_names: rows.fleet.symbols.intern_list(&dns_names),
                settings: None,
                tags: if tagged {
                    rows.fleet.symbols.intern_tags([
                        ("Name", format!("service-{family}-{}", made % 200).as_str()),
                        ("env", ["prod", "stage", "lab"][number % 3]),
                        ("team", ["harbour", "crane", "quay", "pilot"][family % 4]),
                        ("cost-centre", format!("{}", 1_000 + family).as_str()),
                        ("aws:autoscaling:groupName", format!("service-{family}").as_str()),
                        ("aws:ec2launchtemplate:version", format!("{version}").as_str()),
                        if made % 50 == 0 { ("emberline:lifetime", "14d") } else { ("managed-by", "terraform") },
                    ])
                } else {
                    TagSet::default()
                },
            };
            rows.fleet.servers.push(server);
            members.push(Member {
                server: id,
                lifecycle: None,
                health: None,
                template: Some(TemplateUse { id: template, version }),
                configuration: None,
                image: None,
                protected: None,
                weight: None,
                warm: false,
            });
            made += 1;
        }
        let name = rows.sym(&format!("service-{family}-{number}"));
        let members_of: Vec<_> = members.iter().map(|member: &Member| member.server).collect();
        rows.fleet.groups.push(Group {
            name,
            scope,
            arn: None,
            launch: Some(LaunchSource::Template(TemplateSpec {
                id: Some(template),
                name: None,
                version: VersionSpec::Latest,
            })),
            overrides: Vec::new(),
            desired: None,
            min: None,
            max: None,
            max_instance_lifetime_s: (number % 4 == 0).then_some(25 * 86_400),
            min_healthy_percent: None,
            max_healthy_percent: None,
            warm_up_s: None,
            grace_s: None,
            suspended: Default::default(),
            warm_pool: false,
            members,
            operator: None,
            created: None,
            tags: TagSet::default(),
        });
        if number < 200 {
            // As many groups and launches as a pull reads of a scope.
            for launch in 0..100.min(size) {
                let started = ago(launch as u64 * 7_200 + 4_000);
                let took_s = 60 + (launch as i64 * 37) % 240;
                let activity = Activity {
                    group: name,
                    scope,
                    server: members_of.get(launch).copied(),
                    kind: ActivityKind::Launch,
                    status: Some(rows.sym("Successful")),
                    message: None,
                    started,
                    ended: started.and_then(|started| started.plus_s(took_s)),
                };
                rows.fleet.activities.push(activity);
            }
        }
        number += 1;
    }
    rows.build()
}
