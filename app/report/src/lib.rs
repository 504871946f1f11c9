//! The report: a fleet with its findings as text and pictures for other programs and for a terminal. A [`Document`] is
//! the whole of it, in the shape that `assets/schema/report.schema.json` promises; [`json`], [`csv`], [`table`],
//! [`markdown`] and [`html`] write it down. [`dot`], [`svg`] and [`png`] write the lineage as a drawing, [`scan_table`], [`scan_json`] and [`sarif`]
//! what one text of user data does at boot.
//!
//! Invariants
//! - Text in, text out: no clock, no network, no terminal; colour only where it is asked for.
//! - Unknown is null in JSON, an empty field in CSV and `-` in the table, never 0.
//! - Every string of the fleet is hostile: each format escapes it in its own way.
//! - Equal documents give equal bytes.

mod bake;
mod csv;
mod document;
mod dot;
mod gather;
mod handover;
mod picture;
mod scan;
mod table;
mod value;

pub use bake::{Bake, BakeFinding};
pub use csv::csv;
pub use document::{
    Age, Difference, Document, Gap, Group, Image, Lifetime, Place, Recipe, Rto, Server, ServerRecipe, ServerTemplate,
    Snowflake, SnowflakeEvidence, Source, SourceKind, Step, Template, Times, Waiver,
};
pub use dot::dot;
pub use handover::{html, markdown};
pub use picture::{PictureError, png, svg};
pub use scan::{sarif, scan_json, scan_table};
pub use table::{Style, table};
pub use value::{At, Evidence, Tags};

/// The document as JSON, indented, with a line's end at its end.
///
/// # Panics
/// Never: a document holds nothing that JSON can't.
#[must_use]
pub fn json(document: &Document<'_>) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("keys are strings and numbers are integers");
    text.push('\n');
    text
}
