//! What a program writes, as lines that can be shown and kept: without colours and other sequences of a terminal,
//! without characters that could forge anything, and none longer than a person reads.

use std::io::Read;

/// The longest line that is handed on, in characters. What follows is left out.
const LONGEST_CHARS: usize = 400;

/// The most bytes of a line that are kept until it ends: a program that never ends a line does not fill the memory.
const LONGEST_BYTES: usize = 8 * 1024;

/// Hands each line of a stream on until it ends, or until nobody wants one any more. A carriage return ends a line, too:
/// that is how progress is drawn over itself. What can't be read is taken for the end.
pub(super) fn read(mut stream: impl Read, mut hand_on: impl FnMut(String) -> bool) {
    let mut piece = [0; 8 * 1024];
    let mut line: Vec<u8> = Vec::new();
    loop {
        let read = match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for &byte in &piece[..read] {
            if !matches!(byte, b'\n' | b'\r') {
                if line.len() < LONGEST_BYTES {
                    line.push(byte);
                }
                continue;
            }
            if let Some(text) = shown(&line)
                && !hand_on(text)
            {
                return;
            }
            line.clear();
        }
    }
    if let Some(text) = shown(&line) {
        hand_on(text);
    }
}

/// A line as it is shown; `None` for one with nothing to see.
fn shown(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let plain = anstream::adapter::strip_str(&text).to_string();
    let text = fleet::clean(plain.trim_end()).into_owned();
    let mut chars = text.char_indices();
    let text = match chars.nth(LONGEST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        read(bytes, |line| {
            lines.push(line);
            true
        });
        lines
    }

    #[test]
    fn lines_are_plain_text_whatever_was_written() {
        for (written, expected) in [
            (&b"one\ntwo"[..], &["one", "two"][..]),
            (b"\r\n\n  \none\r\n", &["one"]),
            (b"10 %\r20 %\rdone\n", &["10 %", "20 %", "done"]),
            (b"\x1b[1;32m==> web: \x1b[0mready\x1b[K\n", &["==> web: ready"]),
            (b"\x1b]0;a title\x07after\n", &["after"]),
            ("\u{202e}reversed\u{200b} \u{9b}31m\n".as_bytes(), &["reversed 31m"]),
            (b"a\x00b\x08c\xff\n", &["abc\u{fffd}"]),
        ] {
            assert_eq!(lines(written), expected, "{}", written.escape_ascii());
        }
    }

    #[test]
    fn a_line_that_never_ends_is_cut() {
        let endless = [b"x".repeat(10 * 1024 * 1024), b"\nafter\n".to_vec()].concat();
        let found = lines(&endless);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].chars().count(), found[0].ends_with("x…")), (LONGEST_CHARS + 1, true));
        assert_eq!(found[1], "after");
    }

    #[test]
    fn nobody_has_to_listen_to_the_end() {
        let mut count = 0;
        read(&b"one\ntwo\nthree\n"[..], |_| {
            count += 1;
            count < 2
        });
        assert_eq!(count, 2);
    }
}
