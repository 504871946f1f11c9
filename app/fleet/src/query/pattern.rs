//! Text compared without regard to case: whole, with wildcards, or as a part.

/// One alternative of a field, `web*`, or a tag's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// As it was written, without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes, where `*` and `?` mean themselves.
    pub(super) quoted: bool,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Whole(String),
    Glob(Vec<Piece>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Char(char),
    One,
    Many,
}

/// `c` in lower case, where that is one character, and one of ASCII only for ASCII (a Kelvin sign is no k).
fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) if !only.is_ascii() => only,
        _ => c,
    }
}

fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = text
        .chars()
        .map(|c| match c {
            '*' => Piece::Many,
            '?' => Piece::One,
            c => Piece::Char(fold(c)),
        })
        .collect();
    pieces.dedup_by(|a, b| *a == Piece::Many && *b == Piece::Many);
    pieces
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

impl Pattern {
    pub(super) fn new(text: &str, quoted: bool) -> Self {
        let shape = if !quoted && has_wildcard(text) { Shape::Glob(pieces(text)) } else { Shape::Whole(folded(text)) };
        Self { text: text.to_owned(), quoted, shape }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Whole(folded) => equals(folded, text),
            Shape::Glob(pieces) => glob(pieces, text),
        }
    }

    /// Whether it is the unquoted word `word`.
    pub(super) fn is_word(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

fn equals(folded: &str, text: &str) -> bool {
    if folded.is_ascii() {
        return folded.eq_ignore_ascii_case(text);
    }
    folded.chars().eq(text.chars().map(fold))
}

/// Whether all of `text` fits `pieces`. On a mismatch only the last `*` is stretched: stretching an earlier one
/// could not help, since the later one takes whatever is left.
fn glob(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text.chars();
    let mut at = 0;
    let mut retry = None;
    loop {
        let mut after = rest.clone();
        let fits = match (pieces.get(at), after.next()) {
            (Some(Piece::Many), _) => {
                at += 1;
                retry = Some((at, rest.clone()));
                continue;
            }
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(Piece::One), Some(_)) => true,
            (Some(Piece::Char(wanted)), Some(found)) => *wanted == fold(found),
            (None, Some(_)) => false,
        };
        if fits {
            at += 1;
            rest = after;
            continue;
        }
        let Some((from, start)) = &mut retry else { return false };
        if start.next().is_none() {
            return false;
        }
        (at, rest) = (*from, start.clone());
    }
}

/// A free word: a part of some text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    /// As it was written, without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes.
    pub(super) quoted: bool,
    /// ASCII text in lower case that every text that fits holds: all of the needle, or the longest part between
    /// wildcards and other letters. Empty where there is none.
    literal: String,
    /// What must fit beyond that; nothing where the literal is all of the needle.
    glob: Vec<Piece>,
}

impl Needle {
    pub(super) fn new(text: &str, quoted: bool) -> Self {
        let plain = quoted || !has_wildcard(text);
        let mut inner = if plain { text.chars().map(|c| Piece::Char(fold(c))).collect() } else { pieces(text) };
        let literal = longest_literal(&inner);
        if plain && text.is_ascii() && !text.is_empty() {
            inner.clear();
        } else {
            inner.insert(0, Piece::Many);
            inner.push(Piece::Many);
            inner.dedup_by(|a, b| *a == Piece::Many && *b == Piece::Many);
        }
        Self { text: text.to_owned(), quoted, literal, glob: inner }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let wanted = self.literal.as_bytes();
        let holds = wanted.is_empty() || text.as_bytes().windows(wanted.len()).any(|w| w.eq_ignore_ascii_case(wanted));
        holds && (self.glob.is_empty() || glob(&self.glob, text))
    }

    /// Calls `found` with each place where the literal begins in `text`; false where there is no literal. What stands
    /// there may still not fit, and has then to be asked of [`Needle::matches`].
    pub(super) fn scan(&self, text: &str, mut found: impl FnMut(usize)) -> bool {
        let wanted = self.literal.as_bytes();
        if wanted.is_empty() {
            return false;
        }
        let finder = memchr::memmem::Finder::new(wanted);
        if !wanted.iter().any(u8::is_ascii_lowercase) {
            finder.find_iter(text.as_bytes()).for_each(found);
            return true;
        }
        // Piece by piece in lower case, so that the copy stays in the nearest cache; pieces overlap by what a find
        // may span.
        let text = text.as_bytes();
        let mut piece = Vec::with_capacity(PIECE_BYTES + wanted.len());
        for start in (0..text.len()).step_by(PIECE_BYTES) {
            let end = (start + PIECE_BYTES + wanted.len() - 1).min(text.len());
            piece.clear();
            piece.extend_from_slice(&text[start..end]);
            piece.make_ascii_lowercase();
            finder.find_iter(&piece).for_each(|at| found(start + at));
        }
        true
    }

    /// Length of what [`Needle::scan`] finds, in bytes.
    pub(super) fn literal_len(&self) -> usize {
        self.literal.len()
    }

    /// Whether the literal is all there is to it.
    pub(super) fn is_literal(&self) -> bool {
        self.glob.is_empty()
    }
}

/// Half of a usual first cache of 32 KiB.
const PIECE_BYTES: usize = 16 << 10;

fn longest_literal(pieces: &[Piece]) -> String {
    let is_literal = |piece: &Piece| matches!(piece, Piece::Char(c) if c.is_ascii());
    pieces
        .chunk_by(|a, b| is_literal(a) && is_literal(b))
        .filter(|run| run.iter().all(is_literal))
        .max_by_key(|run| run.len())
        .unwrap_or_default()
        .iter()
        .filter_map(|piece| match piece {
            Piece::Char(c) => Some(*c),
            Piece::One | Piece::Many => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_finds_what_lies_across_its_pieces() {
        let mut text = "-".repeat(3 * PIECE_BYTES);
        let places = [0, PIECE_BYTES - 2, 2 * PIECE_BYTES - 1, 3 * PIECE_BYTES - 4];
        for at in places {
            text.replace_range(at..at + 4, "WeB1");
        }
        for needle in ["web1", "WEB1", "web1*", "?eb1"] {
            let mut found = Vec::new();
            let needle = Needle::new(needle, false);
            assert!(needle.scan(&text, |at| found.push(at)));
            let skipped = 4 - needle.literal_len();
            assert_eq!(found, places.map(|at| at + skipped), "{}", needle.text);
        }
        let mut found = Vec::new();
        assert!(Needle::new("--", false).scan("a--b", |at| found.push(at)));
        assert_eq!(found, [1]);
        assert!(!Needle::new("*?ö", false).scan("ö", |_| {}));
    }

    #[test]
    fn a_pattern_fits_the_whole_text_without_regard_to_case() {
        for (pattern, text, fits) in [
            ("web", "WEB", true),
            ("web", "web-prod", false),
            ("web*", "web-prod", true),
            ("web*", "Web", true),
            ("*prod", "web-prod", true),
            ("*prod", "web-prod-7", false),
            ("w?b", "wäb", true),
            ("w?b", "wb", false),
            ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false),
            ("*aab", "aaab", true),
            ("**", "", true),
            ("?*", "", false),
            ("größe", "GRÖSSE", false),
            ("größe", "GRÖßE", true),
        ] {
            assert_eq!(Pattern::new(pattern, false).matches(text), fits, "{pattern} on {text}");
        }
    }

    #[test]
    fn quotes_take_wildcards_as_they_stand() {
        assert!(Pattern::new("a*", true).matches("A*"));
        assert!(!Pattern::new("a*", true).matches("ab"));
        assert!(Needle::new("a*", true).matches("xa*x"));
        assert!(!Needle::new("a*", true).matches("xabx"));
        assert!(!Needle::new("ö*", true).matches("xöbx"));
    }

    #[test]
    fn a_needle_is_found_anywhere() {
        for (needle, text, fits) in [
            ("PROD", "web-prod-7", true),
            ("web", "web", true),
            ("b-p", "web-Prod", true),
            ("prod7", "web-prod-7", false),
            ("aab", "aaab", true),
            ("ö", "GRÖSSE", true),
            ("w*d-7", "web-prod-7", true),
            ("w*d?7", "web-prod7", false),
            ("long", "lon", false),
            ("k", "\u{212a}", false),
            ("größe*x", "die GRÖßE, xl", true),
            ("a?b", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(Needle::new(needle, false).matches(text), fits, "{needle} in {text}");
        }
    }
}
