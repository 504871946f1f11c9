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

/// `c` in lower case, where that is one character.
fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
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
    part: Part,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// ASCII only: found by one of its bytes, then compared.
    Ascii {
        folded: Vec<u8>,
        /// Index of the byte to look for.
        anchor: usize,
    },
    /// Compared character by character.
    Glob(Vec<Piece>),
}

impl Needle {
    pub(super) fn new(text: &str, quoted: bool) -> Self {
        let part = if text.is_ascii() && !text.is_empty() && (quoted || !has_wildcard(text)) {
            let folded = text.to_ascii_lowercase().into_bytes();
            let anchor = (0..folded.len()).min_by_key(|&i| commonness(folded[i])).unwrap_or(0);
            Part::Ascii { folded, anchor }
        } else {
            let mut inner =
                if quoted { text.chars().map(|c| Piece::Char(fold(c))).collect::<Vec<_>>() } else { pieces(text) };
            inner.insert(0, Piece::Many);
            inner.push(Piece::Many);
            inner.dedup_by(|a, b| *a == Piece::Many && *b == Piece::Many);
            Part::Glob(inner)
        };
        Self { text: text.to_owned(), quoted, part }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.part {
            Part::Ascii { folded, anchor } => find_ascii(folded, *anchor, text.as_bytes(), 0).is_some(),
            Part::Glob(pieces) => glob(pieces, text),
        }
    }

    /// The places in `text` where an ASCII needle begins, each looked for from the offset that `next_from` makes of
    /// the place before; `None` for a needle that can't be found by a byte.
    pub(super) fn scan(&self, text: &str, mut next_from: impl FnMut(usize) -> usize) -> Option<()> {
        let Part::Ascii { folded, anchor } = &self.part else { return None };
        let mut from = 0;
        while let Some(found) = find_ascii(folded, *anchor, text.as_bytes(), from) {
            from = next_from(found).max(found + 1);
        }
        Some(())
    }

    /// Length of an ASCII needle in bytes; of another 0.
    pub(super) fn ascii_len(&self) -> usize {
        match &self.part {
            Part::Ascii { folded, .. } => folded.len(),
            Part::Glob(_) => 0,
        }
    }
}

/// How often a byte stands in ids, addresses and names, roughly: the rarer, the fewer false starts.
fn commonness(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' | b'a'..=b'f' | b'.' | b'-' => 3,
        b'i' | b'n' | b'o' | b'p' | b'r' | b's' | b't' | b'l' | b'm' | b'u' | b'w' => 2,
        b'g'..=b'z' => 1,
        _ => 0,
    }
}

/// The first place at or after `from` where `folded` begins in `text`, without regard to ASCII case.
fn find_ascii(folded: &[u8], anchor: usize, text: &[u8], from: usize) -> Option<usize> {
    let (lower, upper) = (folded[anchor], folded[anchor].to_ascii_uppercase());
    let mut at = from + anchor;
    loop {
        let hay = text.get(at..)?;
        let step = if lower == upper { memchr::memchr(lower, hay) } else { memchr::memchr2(lower, upper, hay) }?;
        let start = at + step - anchor;
        let candidate = text.get(start..start + folded.len());
        if candidate.is_some_and(|candidate| candidate.eq_ignore_ascii_case(folded)) {
            return Some(start);
        }
        at += step + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(Needle::new(needle, false).matches(text), fits, "{needle} in {text}");
        }
    }
}
