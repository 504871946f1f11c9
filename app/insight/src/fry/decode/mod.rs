//! From the bytes of user data to the parts that something at boot will read: base64 and gzip taken off, MIME taken
//! apart, each part with its format and where it begins in the decoded text.

mod archive;
mod format;
mod mime;
mod packing;
mod template;

pub use format::Format;

use super::limits;

/// One thing that is read at boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub format: Format,
    /// Its text, with template directives blanked and lines kept.
    pub text: String,
    /// The line of the decoded text on which it begins, from 1.
    pub line: u32,
    /// How it is merged into the cloud-config before it, if it says so (cloud-init's `merge_how`, `Merge-Type`).
    pub merge: Option<String>,
}

/// What could not be read, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub line: u32,
    /// What is wrong, in words that follow "could not be read:".
    pub what: String,
}

/// User data with its packing taken off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Decoded {
    /// What the lines of findings count in: the text itself, packed parts unpacked in their place.
    pub text: String,
    pub parts: Vec<Part>,
    pub faults: Vec<Fault>,
    /// What the whole is.
    pub format: Format,
    /// The decoded text is the very text that was given, so lines are lines of the file.
    pub as_given: bool,
}

impl Decoded {
    /// Reads any bytes; what makes no sense becomes a fault.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut into = Unpacking { decoded: Self::empty(), as_given: true };
        into.unpack(bytes, None, None, 0);
        let mut decoded = into.decoded;
        decoded.as_given = into.as_given;
        decoded
    }

    fn empty() -> Self {
        Self { text: String::new(), parts: Vec::new(), faults: Vec::new(), format: Format::Empty, as_given: true }
    }
}

/// What base64 holds, its gzip taken off; `None` where it is neither.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let inner = packing::any_base64(bytes)?;
    match packing::gunzip(&inner) {
        Some(unzipped) => unzipped.ok(),
        None => Some(inner),
    }
}

/// A decoded text in the making.
struct Unpacking {
    decoded: Decoded,
    as_given: bool,
}

impl Unpacking {
    /// The line that the next byte is on.
    fn line(&self) -> u32 {
        1 + self.decoded.text.bytes().filter(|byte| *byte == b'\n').count() as u32
    }

    fn fault(&mut self, what: impl Into<String>) {
        let line = self.line();
        self.decoded.faults.push(Fault { line, what: what.into() });
    }

    fn is_full(&self, more: usize) -> bool {
        self.decoded.text.len().saturating_add(more) > limits::TEXT_BYTES || self.decoded.parts.len() >= limits::PARTS
    }

    /// Takes one packing after the other off and adds the parts inside.
    fn unpack(&mut self, bytes: &[u8], content_type: Option<&str>, merge: Option<&str>, depth: usize) {
        if depth > limits::DEPTH {
            return self.fault(format!("it is packed more than {} times over", limits::DEPTH));
        }
        if self.is_full(bytes.len()) {
            let (mib, parts) = (limits::TEXT_BYTES >> 20, limits::PARTS);
            return self.fault(format!("it is larger than {mib} MiB or has more than {parts} parts"));
        }
        if let Some(result) = packing::gunzip(bytes) {
            self.as_given = false;
            return match result {
                Ok(inner) => self.unpack(&inner, content_type, merge, depth + 1),
                Err(what) => self.fault(what),
            };
        }
        if let Some(inner) = packing::base64(bytes) {
            self.as_given = false;
            return self.unpack(&inner, content_type, merge, depth + 1);
        }
        let text = self.text_of(bytes);
        if mime::is_mime(&text) && mime::unpack(self, text.as_bytes(), depth) {
            if depth == 0 || self.decoded.format == Format::Empty {
                self.decoded.format = Format::Mime;
            }
            return;
        }
        self.part(&text, content_type, merge);
    }

    /// Bytes as text; what is no UTF-8 is read as Windows' UTF-16 where it says so, else with marks for bad bytes.
    fn text_of(&mut self, bytes: &[u8]) -> String {
        let wide = |from: fn([u8; 2]) -> u16, bytes: &[u8]| {
            let units = bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
        };
        let text = match bytes {
            [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
            [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
            [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        };
        if text.contains('\0') || text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count() > 8 {
            self.fault("it is binary, and neither gzip nor base64");
        }
        text
    }

    /// Adds a text that is packed no further.
    fn part(&mut self, text: &str, content_type: Option<&str>, merge: Option<&str>) {
        let line = self.line();
        self.decoded.text.push_str(text);
        let (format, readable) = template::plain(text, content_type);
        if self.decoded.parts.is_empty() && self.decoded.format == Format::Empty {
            self.decoded.format = format.clone();
        }
        let merge = merge.map(str::to_owned);
        if format == Format::CloudConfigArchive {
            match archive::parts(&readable, line) {
                Ok(parts) => self.decoded.parts.extend(parts.into_iter().take(limits::PARTS)),
                Err(fault) => self.decoded.faults.push(fault),
            }
        } else if format != Format::Empty {
            self.decoded.parts.push(Part { format, text: readable, line, merge });
        }
    }
}
