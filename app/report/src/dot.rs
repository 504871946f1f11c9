//! The lineage for Graphviz.

use std::fmt::Write;

use fleet::{Fleet, Lineage};
use insight::Findings;
use scene::{Card, ColumnKind, Scene, SceneOptions};

/// The lineage as a Graphviz digraph: a node for each base image, recipe, image, template version and group, a rank
/// for each kind, and on each edge how many servers came that way. Servers are counted in their groups, not drawn.
#[must_use]
pub fn dot(fleet: &Fleet, lineage: &Lineage, findings: &Findings) -> String {
    let scene = Scene::of(fleet, lineage, findings, SceneOptions { unfolded: true, ..SceneOptions::default() });
    let mut text = String::from(
        "digraph emberline {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"Inter, Helvetica, sans-serif\"];\n  \
         edge [color=\"#6b7687\", fontname=\"Inter, Helvetica, sans-serif\", fontsize=10];\n",
    );
    for column in scene.columns() {
        let _ = writeln!(text, "  {{\n    rank=same;");
        for &ix in &column.cards {
            if let Some(card) = scene.card(ix) {
                let style = if card.flags.is_dashed() { ", style=\"rounded,dashed\"" } else { "" };
                let colour =
                    if card.overdue > 0 && column.kind == ColumnKind::Group { ", color=\"#f0532d\"" } else { "" };
                let _ = writeln!(text, "    n{} [label={}{style}{colour}];", ix.0, quoted(&label(card)));
            }
        }
        let _ = writeln!(text, "  }}");
    }
    for edge in scene.edges() {
        let width = edge.width.min(8.0);
        let (from, to, servers) = (edge.from.0, edge.to.0, edge.servers);
        let style = if servers == 0 { ", style=dotted" } else { "" };
        let _ = writeln!(text, "  n{from} -> n{to} [label=\"{servers}\", penwidth={width:.1}{style}];");
    }
    text.push_str("}\n");
    text
}

fn label(card: &Card) -> String {
    let second = if card.badge.is_empty() { &card.subtitle } else { &card.badge };
    if second.is_empty() { card.title.clone() } else { format!("{}\n{second}", card.title) }
}

/// A string of the DOT language. In a label a backslash begins an escape, so that it is doubled; a line's end is
/// written `\n`.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {}
            // Graphviz reads entities in labels.
            '&' => quoted.push_str("&amp;"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_string_ends_its_quotes() {
        for (text, expected) in [
            ("web", "\"web\""),
            ("a\"]; x -> y [label=\"", "\"a\\\"]; x -> y [label=\\\"\""),
            ("\\", "\"\\\\\""),
            ("a\nb\u{1b}&lt;", "\"a\\nb&amp;lt;\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
