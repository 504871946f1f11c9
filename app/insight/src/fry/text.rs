//! The decoded text itself, to be looked at: its lines as findings count them, without any secret.

use std::sync::LazyLock;

use regex::Regex;

use super::decode::Decoded;
use super::{facts_of, limits, secret};

/// User data as a person may read it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ShownText {
    /// The lines of the decoded text, the first one being line 1 of the findings. Secrets are masked, and what a
    /// terminal or an eye would be fooled by is left out.
    pub lines: Vec<String>,
    /// How many lines follow that are left out.
    pub left_out: usize,
    /// Whether these are the lines of the bytes as they were given; else of the text that is packed in them.
    pub as_given: bool,
}

/// Base64 that is long enough to hold a secret.
static PACKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{20,}={0,2}").expect("a pattern that a test reads"));

impl ShownText {
    /// Reads user data as [`super::Scan::of`] does.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let decoded = Decoded::of(bytes);
        let facts = facts_of(&decoded);
        let secrets = secret::find(&decoded, &facts);
        // A secret that stands nowhere in the text came out of something packed in it, which anybody can unpack.
        let hides_secrets = secrets.iter().any(|found| !found.stands_in(&decoded.text));
        let mut in_key = false;
        let line = |line: &str| {
            let (open, ends) = (in_key, secret::ends_key(line));
            in_key = secret::begins_key(line).unwrap_or(open && !ends);
            if open && !line.trim().is_empty() {
                return secret::masked_whole(line);
            }
            let masked = secret::masked(&line.replace('\t', "    "), &secrets);
            let masked = if hides_secrets { PACKED.replace_all(&masked, secret::MASK).into_owned() } else { masked };
            let clean = fleet::clean(&masked);
            let mut shown: String = clean.chars().take(limits::SHOWN_CHARS).collect();
            if shown.len() < clean.len() {
                shown.push('…');
            }
            shown
        };
        let all = decoded.text.lines();
        let lines: Vec<String> = all.clone().take(limits::SHOWN_LINES).map(line).collect();
        Self { left_out: all.count() - lines.len(), lines, as_given: decoded.as_given }
    }
}
