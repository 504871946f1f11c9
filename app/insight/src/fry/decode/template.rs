//! Templates that are not filled in yet: Jinja as cloud-init fills it at boot, and Terraform's directives as they stand
//! in the files that people scan. Directives are blanked and values become a word that is not known; lines stay.

use super::Format;

/// What stands in the place of a value that a template would fill in.
const UNKNOWN: &str = "$TEMPLATE";

/// The format of a text and the text that its format's parser reads.
pub(super) fn plain(text: &str, content_type: Option<&str>) -> (Format, String) {
    let text = text.replace("\r\n", "\n");
    let first = text.trim_start().lines().next().unwrap_or_default().to_ascii_lowercase();
    let is_jinja = first.starts_with("## template:") || content_type == Some("text/jinja2");
    if !is_jinja {
        return (Format::of(&text, content_type), without_directives(&text));
    }
    // The header is a line of its own; what follows has the first line that tells its format.
    let at = text.find("##").unwrap_or(0);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let (blank, rest) = (&text[..at], &text[end..]);
    let filled = filled(rest);
    (Format::of(&filled, content_type.filter(|kind| *kind != "text/jinja2")), format!("{blank}{filled}"))
}

/// Jinja with comments and statements blanked and its values unknown.
fn filled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (close, value) = match rest.as_bytes().get(1) {
            Some(b'{') => ("}}", UNKNOWN),
            Some(b'%') => ("%}", ""),
            Some(b'#') => ("#}", ""),
            _ => {
                out.push('{');
                rest = &rest[1..];
                continue;
            }
        };
        let Some(end) = rest.find(close) else { break };
        out.push_str(value);
        out.extend(rest[..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end + close.len()..];
    }
    out.push_str(rest);
    out
}

/// Terraform's `%{ if … }` blanked, its `$${` turned back and its expressions unknown where no shell could read them.
fn without_directives(text: &str) -> String {
    if !text.contains("%{") && !text.contains("${") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("%{").into_iter().chain(rest.find("${")).min() {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let inner_end = rest.find('}').filter(|end| !rest[..*end].contains('\n'));
        let inner = inner_end.map(|end| &rest[2..end]);
        match (rest.as_bytes()[0], inner, inner_end) {
            (b'%', Some(inner), Some(end)) if is_directive(inner) => rest = &rest[end + 1..],
            (b'$', Some(inner), Some(_)) if is_expression(inner) => {
                out.push_str(UNKNOWN);
                // A call may hold braces of its own: to the brace that closes it.
                rest = &rest[closing(rest)..];
            }
            _ => {
                // `$${x}` is Terraform's way to write `${x}`.
                if rest.starts_with("${") && out.ends_with('$') && !out.ends_with("\\$") {
                    out.pop();
                }
                out.push_str(&rest[..2]);
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn is_directive(inner: &str) -> bool {
    let words = inner.trim_matches('~').trim();
    ["if ", "else", "endif", "for ", "endfor"].iter().any(|word| words.starts_with(word))
}

/// Calls, attributes and conditions of Terraform: `jsonencode(x)`, `var.name`, `a ? b : c`.
fn is_expression(inner: &str) -> bool {
    let name = inner.trim().split(['(', '.', '[']).next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let after = &inner.trim()[name.len().min(inner.trim().len())..];
    let is_call = after.starts_with('(');
    let is_attribute = after.starts_with('.') && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_name && (is_call || is_attribute)) || inner.contains(" ? ")
}

/// Past the brace that closes the one at the start; the whole where none does.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().take(4096) {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.find('}').map_or(text.len(), |end| end + 1)
}
