//! Every format, over a fleet with a bit of everything.
#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "../../scene/tests/fleets/mod.rs"]
#[expect(dead_code, reason = "no format needs a large fleet")]
mod fleets;
mod handover;

use emberline_report::{Document, SourceKind, Style, csv, dot, json, png, svg, table};
use fleet::{Call, Conventions, Fleet, FleetBuilder, Gap, GapKind, Image, Lineage, ScopeIx, ServerIx};
use fleets::{Recipe, Sketch, company};
use insight::{Findings, Policy};
use scene::{Colouring, Palette, Scene, SceneOptions};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

const SCHEMA: &str = include_str!("../../../assets/schema/report.schema.json");

/// A fleet with all that a document is made of.
struct Derived {
    fleet: Fleet,
    lineage: Lineage,
    findings: Findings,
    policy: Policy,
}

impl Derived {
    fn of(fleet: Fleet) -> Self {
        let lineage = Lineage::of(&fleet, &Conventions::default());
        let policy = Policy::default();
        let findings = Findings::of(&fleet, &lineage, &policy);
        Self { fleet, lineage, findings, policy }
    }

    fn some(&self, selected: &[ServerIx]) -> Document<'_> {
        Document::of(&self.fleet, &self.lineage, &self.findings, &self.policy, SourceKind::Sandbox, selected)
    }

    fn all(&self) -> Document<'_> {
        let every: Vec<ServerIx> = (0..self.fleet.servers.len() as u32).map(ServerIx).collect();
        self.some(&every)
    }

    fn server(&self, id: &str) -> ServerIx {
        let at = self.fleet.servers.iter().position(|server| self.fleet.str(server.id) == id).unwrap();
        ServerIx(at as u32)
    }
}

/// The company, with a call that was denied.
fn with_a_gap() -> Fleet {
    let mut builder = FleetBuilder { fleet: company() };
    let gap = Gap {
        scope: ScopeIx(0),
        call: Call::ListImagePipelines,
        action: builder.some(Some("imagebuilder:ListImagePipelines")),
        resource: None,
        kind: GapKind::Denied,
        message: builder.sym("not allowed; ask for imagebuilder:ListImagePipelines"),
    };
    builder.fleet.gaps.push(gap);
    builder.build()
}

/// A fleet of names that mean harm in one format or another.
fn hostile() -> Fleet {
    let mut sketch = Sketch::new();
    for (n, name) in [
        "=HYPERLINK(\"http://x\")",
        "</text><script>alert(1)</script>",
        "\"]; a -> b; x [label=\"",
        "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
        "\u{1b}[31mred\u{7}\r\n\tnext",
        "comma, \"quote\" and\nline",
        "\\\\n\\",
    ]
    .into_iter()
    .enumerate()
    {
        sketch.image(name, 40.0, Recipe::Packer(name), None);
        sketch.template(name, name);
        sketch.group(name, name, 1);
        sketch.server(&format!("hostile-{n}"), name, Some((name, 1)), Some(name), 40.0);
        sketch.tag("Name", name);
        sketch.tag(name, name);
    }
    sketch.fleet()
}

fn value(document: &Document<'_>) -> Value {
    serde_json::from_str(&json(document)).unwrap()
}

fn schema_errors(report: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn json_keeps_the_schema() {
    for fleet in [with_a_gap(), hostile(), Fleet::default()] {
        let derived = Derived::of(fleet);
        assert_eq!(schema_errors(&value(&derived.all())), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_a_broken_report() {
    let derived = Derived::of(company());
    let report = value(&derived.all());
    let broken = |pointer: &str, to: Value| {
        let mut report = report.clone();
        *report.pointer_mut(pointer).unwrap() = to;
        schema_errors(&report).len()
    };
    assert_eq!(broken("/servers/0/phoenix", "ancient".into()), 1);
    assert_eq!(broken("/servers/0/age/age_s", "43 d".into()), 1);
    assert_eq!(broken("/servers/0/bake", false.into()), 1);
    assert_eq!(broken("/schema", "emberline.report/2".into()), 1);
    assert_eq!(broken("/groups", Value::Null), 1);
}

#[test]
fn a_server_is_told_in_full() {
    let derived = Derived::of(company());
    let report = value(&derived.some(&[derived.server("i-0001")]));
    let server = &report["servers"][0];
    assert_eq!(
        serde_json::json!({
            "id": server["id"], "image": server["image"], "group": server["group"], "phoenix": server["phoenix"],
            "age": server["age"], "lifetime": server["lifetime"], "behind": server["behind_days"],
            "template": server["template"], "due": server["due_at"], "name": server["name"],
            "recipe": server["recipe"]["id"], "grade": server["recipe"]["grade"],
        }),
        serde_json::json!({
            "id": "i-0001", "image": "ami-web-1.4.2", "group": "web-prod", "phoenix": "overdue",
            "age": {"age_s": 36 * 86_400, "last_start_s": 36 * 86_400, "image_s": 75 * 86_400, "base_s": 200 * 86_400,
                    "from": "interface"},
            "lifetime": {"seconds": 30 * 86_400, "from": "default"}, "behind": 54,
            "template": {"kind": "launch-template", "id": "lt-web", "name": "web", "version": 1},
            "due": "2026-11-17T05:00:00Z", "name": null,
            "recipe": "arn:aws:imagebuilder:eu-west-1:210987654321:image-recipe/web", "grade": "proven",
        })
    );
    let kinds: Vec<&str> =
        server["lineage"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[kinds.len() - 5..], ["recipe", "image", "template", "group", "server"]);
    assert!(kinds[..kinds.len() - 5].contains(&"base"), "{kinds:?}");
    for step in server["lineage"].as_array().unwrap() {
        assert_eq!(step["grade"].is_null(), step["evidence"].is_null());
    }
}

#[test]
fn the_other_parts_hold_what_the_servers_reach() {
    let derived = Derived::of(company());
    let report = value(&derived.some(&[derived.server("i-0001")]));
    let ids = |part: &str, field: &str| -> Vec<String> {
        report[part].as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("groups", "name"), ["web-prod"]);
    // Also what its group wants now, and all that led to either.
    assert_eq!(
        ids("images", "id"),
        ["ami-al2023", "ami-al2023-golden-6", "ami-al2023-golden-7", "ami-web-1.4.2", "ami-web-1.4.3"]
    );
    let templates: Vec<(i64, i64)> = (report["templates"].as_array().unwrap().iter())
        .map(|row| (row["version"].as_i64().unwrap(), row["servers"].as_i64().unwrap()))
        .collect();
    assert_eq!(templates, [(1, 1), (2, 0)]);
    assert_eq!(report["groups"][0]["template"], "lt-web:2");
    assert_eq!((&report["groups"][0]["servers"], &report["groups"][0]["overdue"]), (&1.into(), &1.into()));
}

#[test]
fn unknown_is_null() {
    let derived = Derived::of(company());
    let report = value(&derived.some(&[derived.server("i-gone-1")]));
    let server = &report["servers"][0];
    for field in ["group", "template", "behind_days", "drift", "rto", "owner", "exempt_reason"] {
        assert!(server[field].is_null(), "{field}: {}", server[field]);
    }
    assert_eq!(
        server["snowflake"]["verdict"], "snowflake",
        "its image is gone and no template tells how it was launched"
    );
    assert!(server["age"]["image_s"].is_null());
    assert_eq!((&server["bake"]["verdict"], &server["bake"]["format"]), (&"unknown".into(), &Value::Null));
    let unknown = &server["lineage"][0];
    assert_eq!(unknown["kind"], "recipe");
    for field in ["id", "name", "region", "grade", "evidence"] {
        assert!(unknown[field].is_null(), "{field}: {}", unknown[field]);
    }
    let image = &report["images"][0];
    assert_eq!(image["id"], "ami-vanished");
    for field in ["name", "owner", "created_at", "origin", "base", "recipe"] {
        assert!(image[field].is_null(), "{field}: {}", image[field]);
    }
    assert_eq!((&image["account"], &image["servers"]), (&"210987654321".into(), &1.into()));
}

#[test]
fn what_a_server_remembers_of_its_image_does_not_tell_its_origin() {
    let mut builder = FleetBuilder { fleet: company() };
    let deregistered = builder.some(Some("deregistered"));
    let vanished = builder.sym("ami-vanished");
    let row = Image { id: vanished, state: deregistered, ..builder.fleet.images[0] };
    builder.fleet.images.push(Image { from: Call::DescribeInstanceImageMetadata, ..row });
    let derived = Derived::of(builder.build());
    let report = value(&derived.some(&[derived.server("i-gone-1")]));
    let image = &report["images"][0];
    assert_eq!((&image["id"], &image["state"]), (&"ami-vanished".into(), &"deregistered".into()));
    assert!(image["created_at"].is_string() && image["origin"].is_null(), "{image}");
}

#[test]
fn a_recipe_is_where_its_arn_says_wherever_its_images_were_seen() {
    let mut builder = FleetBuilder { fleet: company() };
    builder.fleet.builds.clear();
    let arn = "arn:aws:imagebuilder:ap-south-1:310987654321:image/web/1.4.2/1";
    let tags = builder.fleet.symbols.intern_tags([("Ec2ImageBuilderArn", arn)]);
    builder.fleet.images.iter_mut().for_each(|image| image.tags = tags);
    let derived = Derived::of(builder.build());
    let report = value(&derived.some(&[derived.server("i-0001")]));
    let steps = report["servers"][0]["lineage"].as_array().unwrap();
    let recipe = steps.iter().rfind(|step| step["kind"] == "recipe").unwrap();
    assert_eq!((&recipe["name"], &recipe["region"]), (&"web".into(), &"ap-south-1".into()), "{recipe}");
}

#[test]
fn the_newest_image_of_a_vendor_is_unknown() {
    let derived = Derived::of(company());
    let report = value(&derived.some(&[derived.server("i-0001")]));
    let recipes = report["recipes"].as_array().unwrap();
    assert!(recipes.iter().any(|recipe| recipe["kind"] == "vendor"), "{recipes:?}");
    for recipe in recipes {
        assert_eq!(recipe["latest_image"].is_null(), recipe["kind"] == "vendor", "{recipe}");
    }
}

#[test]
fn csv_reads_back_with_no_formula_in_it() {
    for fleet in [company(), hostile()] {
        let derived = Derived::of(fleet);
        let document = derived.all();
        let text = csv(&document);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), document.servers.len());
        let field = |row: &::csv::StringRecord, name: &str| -> String {
            row.get(headers.iter().position(|header| header == name).unwrap()).unwrap().to_owned()
        };
        for (row, server) in rows.iter().zip(&document.servers) {
            assert_eq!(field(row, "id"), server.id);
            let tags: Value = serde_json::from_str(&field(row, "tags")).unwrap();
            assert_eq!(tags, serde_json::to_value(server.tags).unwrap());
            assert_eq!(field(row, "age_s"), server.age.age_s.unwrap().to_string());
            assert!(row.iter().all(|field| !field.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
        }
    }
}

#[test]
fn the_table_fits_and_holds_no_control_character() {
    for fleet in [with_a_gap(), hostile(), company(), Fleet::default()] {
        let derived = Derived::of(fleet);
        for width in [40, 80, 100, 160] {
            let text = table(&derived.all(), Style { width, colour: false });
            for line in text.lines() {
                assert!(line.width() <= width, "{} columns of {width}: {line}", line.width());
            }
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}

#[test]
fn the_table_tells_the_worst_first_and_the_gaps_last() {
    let derived = Derived::of(with_a_gap());
    let text = table(&derived.all(), Style { width: 100, colour: false });
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "337 servers: 45 overdue, 59 due, 232 young, 1 exempt");
    assert_eq!(lines[1], "1 account, 1 region, pulled at 2026-11-23T05:00:00Z, 1 gap");
    assert!(lines[5].starts_with("i-jenkins-1"), "{}", lines[5]);
    let headings: Vec<(usize, &str)> = (lines.iter().enumerate())
        .filter(|(_, line)| ["overdue", "due", "young", "exempt", "unknown"].contains(line))
        .map(|(at, line)| (at, *line))
        .collect();
    assert_eq!(headings, [(4, "overdue"), (50, "due"), (110, "young"), (343, "exempt")]);
    let end = text.split_once("1 gap: what depends on it is unknown\n").expect("a heading for the gap").1;
    assert!(end.contains("imagebuilder:ListImagePipelines: denied: not allowed"), "{end}");
}

#[test]
fn colour_is_there_on_request_alone() {
    let derived = Derived::of(with_a_gap());
    let plain = table(&derived.all(), Style { width: 100, colour: false });
    let coloured = table(&derived.all(), Style { width: 100, colour: true });
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[1m\u{1b}[31moverdue"));
    let stripped: String = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, plain);
}

#[test]
fn an_empty_table_says_why() {
    let derived = Derived::of(company());
    let text = table(&derived.some(&[]), Style { width: 100, colour: false });
    assert!(text.contains("No server matches in 1 scope."), "{text}");
    let derived = Derived::of(with_a_gap());
    let text = table(&derived.some(&[]), Style { width: 100, colour: false });
    assert!(text.contains("may hide some"), "{text}");
}

#[test]
fn graphviz_gets_every_node_and_no_stray_quote() {
    let derived = Derived::of(company());
    let text = dot(&derived.fleet, &derived.lineage, &derived.findings);
    assert!(text.starts_with("digraph emberline {\n") && text.ends_with("}\n"));
    for label in
        ["web-prod\\n24 · 9 overdue", "al2023-golden-6\\n", "no template\\n4 servers", "web : 1\\n9 servers behind"]
    {
        assert!(text.contains(label), "{label}\n{text}");
    }
    assert!(text.contains("[label=\"168\""));
    let derived = Derived::of(hostile());
    for line in dot(&derived.fleet, &derived.lineage, &derived.findings).lines() {
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        assert_eq!(quotes % 2, 0, "{line}");
    }
}

#[test]
fn a_drawing_becomes_a_picture() {
    for fleet in [company(), hostile(), Fleet::default()] {
        let derived = Derived::of(fleet);
        let scene = Scene::of(&derived.fleet, &derived.lineage, &derived.findings, SceneOptions::default());
        let drawing = svg(&scene, &Palette::default(), Colouring::Age);
        let picture = png(&drawing).unwrap();
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
        let side = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        let width = drawing.split_once("width=\"").unwrap().1.split_once('"').unwrap().0;
        assert_eq!(side(16), (width.parse::<f32>().unwrap() * 2.0).ceil() as u32);
    }
    assert!(png("no drawing").unwrap_err().to_string().contains("can't be read"));
}

#[test]
fn equal_fleets_give_equal_reports() {
    let write = || {
        let derived = Derived::of(company());
        let document = derived.all();
        (json(&document), csv(&document), dot(&derived.fleet, &derived.lineage, &derived.findings))
    };
    assert!(write() == write());
}

#[test]
fn a_group_that_could_not_be_read_still_names_its_servers() {
    let mut fleet = company();
    fleet.groups.clear();
    let derived = Derived::of(fleet);
    let document = derived.all();
    let in_web = document.servers.iter().filter(|server| server.group == Some("web-prod")).count();
    assert_eq!(in_web, 24);
    assert!(document.groups.is_empty());
    for server in document.servers.iter().filter(|server| server.group.is_some()) {
        assert_eq!((server.lifetime.seconds, server.due_at.is_none()), (None, true), "{}", server.id);
        assert!(["overdue", "exempt", "unknown"].contains(&server.phoenix), "{}: {}", server.id, server.phoenix);
    }
}
