//! The report as Markdown, in the dialect of GitHub, which knows tables (GFM 0.29).

use std::fmt::Write;

use super::{Block, Line, Page, Piece, shown, shown_name};
use crate::document::Document;

/// The document as Markdown, with a line's end at its end. Whatever its names are, they stay words: no markup, link, table
/// or HTML comes of them.
#[must_use]
pub fn markdown(document: &Document<'_>) -> String {
    let page = Page::of(document);
    let mut out = format!("# {}\n", escaped(&page.title));
    for block in &page.blocks {
        out.push('\n');
        write_block(block, &mut out);
    }
    out
}

fn write_block(block: &Block, out: &mut String) {
    let _ = match block {
        Block::Heading(heading) => writeln!(out, "## {heading}"),
        Block::Paragraph(line) => writeln!(out, "{}", line_of(line, false).trim_end()),
        Block::Numbers(numbers) => {
            let counts = numbers.iter().map(|(number, what, _)| format!("**{number}** {what}"));
            writeln!(out, "{}", counts.collect::<Vec<_>>().join(" · "))
        }
        Block::Words(words) => {
            for (word, meaning) in words {
                let _ = writeln!(out, "- **{}**: {}", escaped(&shown(word)), escaped(&shown(meaning)));
            }
            Ok(())
        }
        Block::Table { columns, rows, left_out } => {
            let headings = columns.iter().map(|column| column.heading);
            let _ = writeln!(out, "| {} |", headings.collect::<Vec<_>>().join(" | "));
            let rules = columns.iter().map(|column| if column.is_number { "---:" } else { "---" });
            let _ = writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "));
            for row in rows {
                let cells = row.iter().map(|lines| {
                    let lines = lines.iter().map(|line| line_of(line, true));
                    lines.collect::<Vec<_>>().join("<br>")
                });
                let _ = writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "));
            }
            if *left_out > 0 {
                let _ = writeln!(out, "\nand {left_out} more, which JSON and CSV have");
            }
            Ok(())
        }
    };
}

fn line_of(line: &Line, in_table: bool) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => escaped(&shown(text)),
        Piece::Strong(text) | Piece::Verdict(_, text) => format!("**{}**", escaped(&shown(text))),
        Piece::Name(name) => code(&shown_name(name), in_table),
    };
    line.iter().map(piece).collect()
}

/// Text of which no character means anything to Markdown or HTML. What looks like an address becomes no link.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' | '!' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // GitHub makes links of what begins so, and of people's names after an at sign, where no letter stands before.
    out.replace("://", ":&#8203;//").replace("www.", "www&#8203;.").replace('@', "@&#8203;")
}

/// A name as a code span: between more backticks than it has in a row. A pipe would end a table's cell even there.
pub(super) fn code(name: &str, in_table: bool) -> String {
    let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if name.starts_with('`') || name.ends_with('`') || name.trim().is_empty() { " " } else { "" };
    let name = if in_table { name.replace('|', "\\|") } else { name.to_owned() };
    format!("{fence}{space}{name}{space}{fence}")
}
