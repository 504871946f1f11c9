//! `#cloud-config-archive`: a YAML list of parts.

use super::{Fault, Format, Part, template};
use crate::fry::yaml::{self, Value};

/// The parts of an archive whose text begins on the given line.
pub(super) fn parts(text: &str, line: u32) -> Result<Vec<Part>, Fault> {
    let fault = |at: u32, what: String| Fault { line: line + at - 1, what };
    let document = yaml::parse(text).map_err(|error| fault(error.line, error.what))?;
    let Value::List(items) = &document.value else {
        return Err(fault(document.line, "a cloud-config-archive is a list of parts".to_owned()));
    };
    let mut parts = Vec::new();
    for item in items {
        let (content, kind) = match &item.value {
            Value::Text(_) => (Some(item), None),
            _ => (item.get("content"), item.get("type").and_then(|kind| kind.text())),
        };
        let Some(content) = content else { continue };
        let Some(inner) = content.text() else { continue };
        let (format, text) = template::plain(inner, kind);
        if format != Format::Empty {
            parts.push(Part { format, text, line: line + content.line - 1, merge: None });
        }
    }
    Ok(parts)
}
