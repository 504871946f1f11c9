//! Words of a POSIX shell: text that stays what it is, and variables.

use serde_json::json;

/// What the AWS CLI reads a file or an address for, instead of taking it as the value (version 1 the addresses too).
const READ: [&str; 4] = ["file://", "fileb://", "http://", "https://"];

/// One word of a command.
#[derive(Clone, Debug)]
pub struct Word {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Variable(&'static str),
    /// What a command prints.
    Answer(String),
}

impl Word {
    pub(super) fn text(text: &str) -> Self {
        Self { pieces: vec![Piece::Text(text.to_owned())] }
    }

    pub(super) fn variable(name: &'static str) -> Self {
        Self { pieces: vec![Piece::Variable(name)] }
    }

    pub(super) fn answer_of(command: String) -> Self {
        Self { pieces: vec![Piece::Answer(command)] }
    }

    /// The two as one word.
    pub(super) fn and(mut self, other: Self) -> Self {
        for piece in other.pieces {
            match (self.pieces.last_mut(), piece) {
                (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
                (_, piece) => self.pieces.push(piece),
            }
        }
        self
    }

    /// It as a text of JSON.
    pub(super) fn in_json(self) -> Self {
        let quote = || Self::text("\"");
        match &self.pieces[..] {
            [Piece::Text(text)] => Self::text(&json!(text).to_string()),
            _ => quote().and(self).and(quote()),
        }
    }

    pub(super) fn starts_with(&self, first: char) -> bool {
        matches!(self.pieces.first(), Some(Piece::Text(text)) if text.starts_with(first))
    }

    /// Whether the AWS CLI would take it for the place of the value.
    pub(super) fn is_read_as_a_file(&self) -> bool {
        match self.pieces.first() {
            Some(Piece::Text(text)) => READ.iter().any(|start| text.starts_with(start)),
            Some(Piece::Answer(command)) => command.starts_with('#'),
            Some(Piece::Variable(_)) | None => false,
        }
    }

    /// It for people to read.
    pub(super) fn shown(&self) -> String {
        let shown = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::Answer(text) => text.clone(),
            Piece::Variable(name) => format!("${name}"),
        };
        self.pieces.iter().map(shown).collect()
    }
}

/// A word as a shell takes it: nothing in it is expanded but its variables.
pub(super) fn quoted(word: &Word) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) if !text.is_empty() && text.chars().all(is_plain) => text.clone(),
        Piece::Text(text) => format!("'{}'", text.replace('\'', r"'\''")),
        Piece::Variable(name) => format!("\"${name}\""),
        Piece::Answer(command) => format!("\"$({command})\""),
    };
    word.pieces.iter().map(piece).collect()
}

/// Words as a shell takes them.
pub(crate) fn quoted_line(words: impl Iterator<Item = String>) -> String {
    words.map(|word| quoted(&Word::text(&word))).collect::<Vec<_>>().join(" ")
}

/// What no shell makes anything of. `=` is not among it, since zsh does at the beginning of a word.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_@%+:,./-".contains(c)
}

/// A text as one line behind a `#`. An interactive bash looks for `!` even there.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '!' { ' ' } else { c }).collect()
}
