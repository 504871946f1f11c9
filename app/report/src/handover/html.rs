//! The report as one HTML file: nothing beside it is loaded, nothing in it runs, and it prints on A4.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::{Block, Column, Line, Page, Piece, Tone, shown, shown_name};
use crate::document::Document;

/// The styles: light, for a screen and for paper.
const STYLE: &str = include_str!("style.css");

/// What a browser may do with the file, whatever names are in it: take its styles, and nothing else.
const MAY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The document as HTML. Every string of it is escaped.
#[must_use]
pub fn html(document: &Document<'_>) -> String {
    let page = Page::of(document);
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(MAY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content="emberline";
                title { (shown(&page.title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (shown(&page.title)) }
                    @for block in &page.blocks { (block_of(block)) "\n" }
                }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

fn block_of(block: &Block) -> Markup {
    match block {
        Block::Heading(heading) => markup! { h2 { (heading) } },
        Block::Paragraph(line) => markup! { p { (line_of(line)) } },
        Block::Numbers(numbers) => markup! {
            ul.numbers {
                @for (number, what, tone) in numbers {
                    li class=(class(*tone)) { strong { (number) } " " span { (what) } }
                }
            }
        },
        Block::Words(words) => markup! {
            dl { @for (word, meaning) in words { div { dt { (shown(word)) } dd { (shown(meaning)) } } } }
        },
        Block::Table { columns, rows, left_out } => markup! {
            table {
                thead { tr { @for column in columns { th scope="col" class=(number(column)) { (column.heading) } } } }
                tbody {
                    @for row in rows {
                        tr { @for (column, lines) in columns.iter().zip(row) { td class=(number(column)) { (cell(lines)) } } }
                    }
                }
            }
            @if *left_out > 0 { p.more { "and " (left_out) " more, which JSON and CSV have" } }
        },
    }
}

fn cell(lines: &[Line]) -> Markup {
    match lines {
        [line] => line_of(line),
        lines => markup! { @for line in lines { div { (line_of(line)) } } },
    }
}

fn line_of(line: &Line) -> Markup {
    markup! {
        @for piece in line {
            @match piece {
                Piece::Text(text) => (shown(text)),
                Piece::Strong(text) => strong { (shown(text)) },
                Piece::Name(name) => code class=[is_short(name).then_some("short")] { (shown_name(name)) },
                Piece::Verdict(tone, word) => b class=(class(*tone)) { (shown(word)) },
            }
        }
    }
}

/// Whether a name is kept in one line: accounts, regions, ids of servers. Longer ones may break anywhere, so that none
/// widens its table beyond the paper.
fn is_short(name: &str) -> bool {
    name.chars().count() <= 20
}

fn number(column: &Column) -> &'static str {
    if column.is_number { "number" } else { "" }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "bad",
        Tone::Warning => "warning",
        Tone::Good => "good",
        Tone::Quiet => "quiet",
    }
}
