//! Markdown and HTML.

use emberline_report::{html, markdown};
use fleet::{Fleet, FleetBuilder};
use insight::{Findings, Policy};

use crate::{Derived, company, hostile, with_a_gap};

/// A policy that exempts one group until a day that has passed, another for longer, and nothing with a third query.
const POLICY: &str = r#"
[[exempt]]
query = "group:web-prod"
from = ["lifetime"]
reason = "frozen for the sale"
until = 2027-01-15

[[exempt]]
query = "group:api-prod"
from = ["drift", "snowflake"]
reason = "the old reason"
until = 2026-01-31

[[off]]
query = "tag:env=nowhere"
rules = ["bake:package-update"]

[accounts]
210987654321 = "prod"
"#;

fn under(fleet: Fleet, policy: &str) -> Derived {
    let mut derived = Derived::of(fleet);
    derived.policy = Policy::parse(policy, "p.toml").unwrap();
    derived.findings = Findings::of(&derived.fleet, &derived.lineage, &derived.policy);
    derived
}

#[test]
fn markdown_hands_over_what_needs_doing_first() {
    insta::assert_snapshot!(markdown(&under(with_a_gap(), POLICY).all()));
}

#[test]
fn html_says_the_same_in_one_file() {
    let page = html(&under(with_a_gap(), POLICY).all());
    // The styles are as they are.
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    insta::assert_snapshot!(format!("{head}{body}").replace("</tr>", "</tr>\n").replace("<tbody>", "<tbody>\n"));
}

#[test]
fn both_say_that_nothing_matches_and_that_gaps_may_hide_some() {
    for (fleet, words) in [
        (Fleet::default(), "No server matches."),
        (with_a_gap(), "No server matches in what could be read; what could not be read may hide some."),
    ] {
        let derived = Derived::of(fleet);
        let nothing = derived.some(&[]);
        assert!(markdown(&nothing).contains(words) && html(&nothing).contains(words));
    }
}

/// A fleet whose names are markup, longer than a page, or written from right to left.
fn markup() -> Fleet {
    let mut builder = FleetBuilder { fleet: hostile() };
    for (at, name) in [
        "</td></tr></table><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "| a | b |\n|---|---|",
        "`</code>`` **x** [y](javascript:alert(1))",
        "\u{202e}gnp.exe",
        "עברית",
    ]
    .into_iter()
    .enumerate()
    {
        let tags = builder.fleet.symbols.intern_tags([("Name", name), ("emberline:exempt", name)]);
        builder.fleet.servers[at].tags = tags;
    }
    let long = builder.sym(&"x<".repeat(5_000));
    builder.fleet.servers[0].group = Some(long);
    builder.build()
}

#[test]
fn no_name_becomes_markup_in_html() {
    let page = html(&Derived::of(markup()).all());
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;") && page.contains("עברית"));
    let body = page.split_once("</style>").unwrap().1;
    let known = [
        "html", "head", "body", "main", "title", "h1", "h2", "p", "ul", "li", "dl", "dt", "dd", "div", "span",
        "strong", "b", "code", "table", "thead", "tbody", "tr", "th", "td",
    ];
    for tag in body.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("each tag ends");
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        assert!(known.contains(&name), "<{tag}>");
        let attribute = tag.split_once(' ').map(|(_, attribute)| attribute);
        let is_ours = |attribute: &str| ["class=\"", "scope=\"col\""].iter().any(|ours| attribute.starts_with(ours));
        assert!(attribute.is_none_or(is_ours), "<{tag}>");
    }
    for open in known {
        let opened = body.matches(&format!("<{open}>")).count() + body.matches(&format!("<{open} ")).count();
        let closed = body.matches(&format!("</{open}>")).count();
        let still_open = usize::from(["html", "head"].contains(&open));
        assert!(opened == closed || still_open == 1, "{open}: {opened} opened, {closed} closed");
    }
    assert!(!page.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')));
}

#[test]
fn no_name_breaks_a_table_of_markdown() {
    for fleet in [company(), markup()] {
        let text = markdown(&Derived::of(fleet).all());
        let mut columns = None;
        for line in text.lines() {
            if line.starts_with('|') {
                let cells = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
                assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
                assert!(line.len() < 16_000, "a long name is cut: {}", line.len());
            } else {
                columns = None;
            }
        }
        let prose = without_code(&text).replace("<br>", "");
        assert!(!prose.contains(['<', '>']), "{prose}");
    }
}

/// Markdown without its code spans, each from a run of backticks to the next run as long (CommonMark 6.1).
fn without_code(text: &str) -> String {
    let mut prose = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let is_escaped = rest[..at].ends_with('\\');
        let (before, after) = (&rest[..at], &rest[at + run..]);
        prose.push_str(before);
        let ends = after
            .match_indices(&"`".repeat(run))
            .find(|&(end, _)| !after[..end].ends_with('`') && !after[end + run..].starts_with('`'));
        rest = match ends.filter(|_| !is_escaped) {
            Some((end, _)) => &after[end + run..],
            None => after,
        };
    }
    prose + rest
}
