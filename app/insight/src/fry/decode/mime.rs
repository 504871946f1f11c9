//! MIME multi-part, as cloud-init takes it apart: every leaf is a part, whatever it is nested in.

use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::Unpacking;

/// Whether a text begins as a MIME message does.
pub(super) fn is_mime(text: &str) -> bool {
    let start = text.trim_start();
    let has = |name: &str| start.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    has("Content-Type:")
        || has("MIME-Version:")
        || has("From ")
        || has("Content-Transfer-Encoding:")
        || has("Merge-Type:")
}

/// Adds the leaves of a message, each where it stands; false where it is no message after all.
pub(super) fn unpack(into: &mut Unpacking, raw: &[u8], depth: usize) -> bool {
    let start = raw.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let Some(message) = MessageParser::default().parse(&raw[start..]) else { return false };
    let leaves = leaves(&message);
    if let Some(root) = message.parts.first()
        && matches!(root.body, PartType::Text(_))
        && declares_multipart(root)
    {
        into.fault("it says that it is multi-part, and its boundary is nowhere");
    }
    let mut shown = 0;
    let show = |into: &mut Unpacking, from: usize, to: usize| {
        if let Some(between) = raw.get(from..to) {
            into.decoded.text.push_str(&String::from_utf8_lossy(between));
        }
    };
    for leaf in leaves {
        let (body, end) = (start + body_offset(leaf, &raw[start..]), start + leaf.offset_end as usize);
        if body < shown || end < body || end > raw.len() {
            into.fault("its parts lie inside one another");
            continue;
        }
        show(into, shown, body);
        shown = end;
        if leaf.is_encoding_problem {
            into.fault("a part is not encoded as it says");
        }
        let content_type = content_type(leaf);
        let merge = header(leaf, "Merge-Type").or_else(|| header(leaf, "X-Merge-Type"));
        if leaf.encoding == Encoding::None {
            into.unpack(&raw[body..end], content_type.as_deref(), merge.as_deref(), depth + 1);
        } else {
            into.as_given = false;
            into.unpack(leaf.contents(), content_type.as_deref(), merge.as_deref(), depth + 1);
            if !into.decoded.text.ends_with('\n') {
                into.decoded.text.push('\n');
            }
        }
    }
    show(into, shown, raw.len());
    true
}

/// Where a part's body begins: after the empty line, or, as Python's parser has it (which cloud-init uses), with the
/// first line that is no header.
fn body_offset(part: &MessagePart<'_>, raw: &[u8]) -> usize {
    let (from, to) = (part.offset_header as usize, part.offset_body as usize);
    if part.encoding != Encoding::None {
        return to;
    }
    let Some(head) = raw.get(from..to) else { return to };
    let mut at = from;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let is_header = name.len() < line.len() && name.iter().all(u8::is_ascii_graphic);
        if !is_header && !line.first().is_some_and(u8::is_ascii_whitespace) {
            return at;
        }
        at += line.len();
    }
    to
}

fn leaves<'a>(message: &'a Message<'a>) -> Vec<&'a MessagePart<'a>> {
    let mut leaves: Vec<_> = message.parts.iter().filter(|part| !matches!(part.body, PartType::Multipart(_))).collect();
    leaves.sort_by_key(|part| part.offset_body);
    leaves
}

fn declares_multipart(part: &MessagePart<'_>) -> bool {
    part.content_type().is_some_and(|kind| kind.ctype().eq_ignore_ascii_case("multipart"))
}

/// `text/x-shellscript`, in small letters.
fn content_type(part: &MessagePart<'_>) -> Option<String> {
    let kind = part.content_type()?;
    Some(format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase())
}

fn header(part: &MessagePart<'_>, name: &str) -> Option<String> {
    let header = part.headers.iter().find(|header| header.name.as_str().eq_ignore_ascii_case(name))?;
    header.value.as_text().map(str::to_owned)
}
