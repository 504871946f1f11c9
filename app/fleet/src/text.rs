//! The door that every string from AWS passes.

use std::borrow::Cow;

/// The longest text kept of any one string, in bytes. The longest that AWS allows for a field we keep is an ARN of
/// 2,048 characters; a longer one is not from AWS.
const LONGEST_BYTES: usize = 4096;

/// `text` without characters that could forge a line, a direction or a terminal sequence: control characters
/// (C0, DEL, C1, line and paragraph separators), bidirectional overrides and isolates, zero-width and tag
/// characters. Text longer than 4,096 bytes is cut at a character's end.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = cut(text);
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(is_hostile) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|&c| !is_hostile(c)).collect())
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_BYTES)]
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_and_direction_characters_are_stripped() {
        assert_eq!(clean("web\u{1b}[31m\u{202e}gpj\u{2066}\n"), "web[31mgpj");
        assert_eq!(clean("a\u{200b}b\u{feff}c\u{e0041}"), "abc");
    }

    #[test]
    fn honest_text_is_kept_as_it_is() {
        for text in ["web-prod-7", "Größe 日本 ✱", ""] {
            assert!(matches!(clean(text), Cow::Borrowed(kept) if kept == text));
        }
    }

    #[test]
    fn text_longer_than_any_field_is_cut_at_a_character() {
        let long = "ö".repeat(3000);
        let kept = clean(&long);
        assert_eq!(kept.len(), 4096);
        assert!(long.starts_with(&*kept));
    }
}
