//! One line a server, for spreadsheets and scripts.

use std::borrow::Cow;

use crate::bake::Bake;
use crate::document::{Document, Server};

/// The columns. `addresses` are separated by spaces, `tags` are a JSON object, times are RFC 3339 in UTC, durations
/// are whole seconds; what is unknown is empty. `snowflake_evidence`, `drift` and `bake_rules` are kinds, fields and rules
/// separated by spaces; `drift` is `none` where nothing differs.
const COLUMNS: [&str; 49] = [
    "account",
    "region",
    "id",
    "name",
    "zone",
    "state",
    "type",
    "addresses",
    "owner",
    "group",
    "phoenix",
    "age_s",
    "age_from",
    "last_start_s",
    "image_age_s",
    "base_age_s",
    "lifetime_s",
    "lifetime_from",
    "due_at",
    "exempt_reason",
    "behind_days",
    "image",
    "recipe",
    "recipe_name",
    "recipe_kind",
    "recipe_version",
    "recipe_grade",
    "recipe_evidence",
    "template_kind",
    "template",
    "template_name",
    "template_version",
    "described_by",
    "snowflake",
    "snowflake_evidence",
    "drift",
    "bake",
    "bake_format",
    "bake_rules",
    "measured_boot_s",
    "rto",
    "rto_objective_s",
    "bake_p50_s",
    "boot_p50_s",
    "warm_up_p50_s",
    "replace_p50_s",
    "replace_p95_s",
    "lineage",
    "tags",
];

/// The servers of a document as CSV (RFC 4180) with a header line.
///
/// A field that a spreadsheet would take for a formula, since it begins with `=`, `+`, `-`, `@` or their full-width
/// forms, a tab or a line's end, gets an apostrophe in front (OWASP, CSV injection).
///
/// # Panics
/// Never: every line has as many fields as the header, and memory can be written to.
#[must_use]
pub fn csv(document: &Document<'_>) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("memory can be written to");
    for server in &document.servers {
        let fields = fields(server);
        let guarded = fields.iter().map(|field| guarded(field));
        writer.write_record(guarded.map(Cow::into_owned)).expect("every line has the header's columns");
    }
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("only strings were written")
}

fn guarded(field: &str) -> Cow<'_, str> {
    if field.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
}

fn fields<'a>(server: &'a Server<'a>) -> [Cow<'a, str>; COLUMNS.len()] {
    fn text(text: Option<&str>) -> Cow<'_, str> {
        Cow::Borrowed(text.unwrap_or_default())
    }
    fn number<'a>(number: Option<impl ToString>) -> Cow<'a, str> {
        Cow::Owned(number.map(|number| number.to_string()).unwrap_or_default())
    }
    let recipe = server.recipe.as_ref();
    let template = server.template.as_ref();
    let evidence: Vec<&str> = server.snowflake.evidence.iter().map(|one| one.kind).collect();
    let drift = server.drift.as_ref().map(|differences| {
        let mut fields: Vec<&str> = differences.iter().map(|one| one.field).collect();
        fields.dedup();
        if fields.is_empty() { "none".to_owned() } else { fields.join(" ") }
    });
    let rto = server.rto.as_ref();
    let steps: Vec<&str> = server.lineage.iter().map(|step| step.name.or(step.id).unwrap_or("unknown")).collect();
    [
        text(Some(server.account)),
        text(Some(server.region)),
        text(Some(server.id)),
        text(server.name),
        text(server.zone),
        text(Some(server.state)),
        text(server.instance_type),
        Cow::Owned(server.addresses.join(" ")),
        text(server.owner.as_deref()),
        text(server.group),
        text(Some(server.phoenix)),
        number(server.age.age_s),
        text(server.age.from),
        number(server.age.last_start_s),
        number(server.age.image_s),
        number(server.age.base_s),
        number(server.lifetime.seconds),
        text(Some(server.lifetime.from)),
        number(server.due_at),
        text(server.exempt_reason),
        number(server.behind_days),
        text(server.image),
        text(recipe.and_then(|recipe| recipe.id)),
        text(recipe.and_then(|recipe| recipe.name)),
        text(recipe.map(|recipe| recipe.kind)),
        text(recipe.and_then(|recipe| recipe.version)),
        text(recipe.and_then(|recipe| recipe.grade)),
        number(recipe.and_then(|recipe| recipe.evidence)),
        text(template.map(|template| template.kind)),
        text(template.map(|template| template.id)),
        text(template.and_then(|template| template.name)),
        number(template.and_then(|template| template.version)),
        text(server.described_by.as_deref()),
        text(Some(server.snowflake.verdict)),
        Cow::Owned(evidence.join(" ")),
        number(drift),
        text(Some(server.bake.verdict)),
        text(server.bake.format),
        Cow::Owned(rules(&server.bake).join(" ")),
        number(server.bake.measured_boot_s),
        text(rto.map(|rto| rto.verdict)),
        number(rto.and_then(|rto| rto.objective_s)),
        number(rto.and_then(|rto| rto.bake?.p50_s)),
        number(rto.and_then(|rto| rto.boot?.p50_s)),
        number(rto.and_then(|rto| rto.warm_up?.p50_s)),
        number(rto.and_then(|rto| rto.replace?.p50_s)),
        number(rto.and_then(|rto| rto.replace?.p95_s)),
        Cow::Owned(steps.join(" > ")),
        Cow::Owned(serde_json::to_string(&server.tags).expect("tags are strings")),
    ]
}

/// The rules that were broken, each once.
fn rules<'a>(bake: &Bake<'a>) -> Vec<&'a str> {
    let mut rules = Vec::new();
    for finding in &bake.findings {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_begins_like_a_formula() {
        for (field, safe) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\n=1", "'\n=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}x", "'\u{ff20}x"),
            ("web=1", "web=1"),
            ("", ""),
        ] {
            assert_eq!(guarded(field), safe);
        }
    }
}
