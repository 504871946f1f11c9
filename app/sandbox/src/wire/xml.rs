//! XML straight into one buffer: an answer of 5 MB is written once and never built as a tree.

use std::fmt::{Display, Write};

use jiff::Timestamp;

use super::time;

/// A document being written.
#[derive(Debug)]
pub(crate) struct Xml {
    out: String,
}

impl Xml {
    /// A new document.
    pub(crate) fn document() -> Xml {
        Xml::with_capacity(1024)
    }

    /// A new document with room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Xml {
        let mut out = String::with_capacity(bytes);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Xml { out }
    }

    /// The document's text.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// An element with what `inside` writes.
    pub(crate) fn nest(&mut self, name: &str, inside: impl FnOnce(&mut Xml)) {
        self.open(name);
        inside(self);
        self.close(name);
    }

    /// The same, in a namespace.
    pub(crate) fn nest_in(&mut self, name: &str, namespace: &str, inside: impl FnOnce(&mut Xml)) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(" xmlns=\"");
        self.escape(namespace);
        self.out.push_str("\">");
        inside(self);
        self.close(name);
    }

    /// A list `name` of elements called `each`.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        each: &str,
        items: impl IntoIterator<Item = T>,
        mut inside: impl FnMut(&mut Xml, T),
    ) {
        self.open(name);
        for item in items {
            self.open(each);
            inside(self, item);
            self.close(each);
        }
        self.close(name);
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.open(name);
        self.escape(text);
        self.close(name);
    }

    /// An element with a text, if there is one.
    pub(crate) fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An element with a value that needs no escape: a number, a flag, an address.
    pub(crate) fn plain(&mut self, name: &str, value: impl Display) {
        self.open(name);
        write!(self.out, "{value}").expect("a String takes all");
        self.close(name);
    }

    /// An element with an id.
    pub(crate) fn id(&mut self, name: &str, prefix: &str, id: u64) {
        self.open(name);
        write!(self.out, "{prefix}-0{id:016x}").expect("a String takes all");
        self.close(name);
    }

    /// An element with a time, as EC2 writes it.
    pub(crate) fn time(&mut self, name: &str, at: Timestamp) {
        self.open(name);
        time::push_iso(&mut self.out, at);
        self.close(name);
    }

    /// A text without an element of its own.
    pub(crate) fn raw_text(&mut self, text: &str) {
        self.escape(text);
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn escape(&mut self, text: &str) {
        if !text.bytes().any(|byte| byte < 0x20 || matches!(byte, b'<' | b'>' | b'&' | b'"' | 0xEF)) {
            self.out.push_str(text);
            return;
        }
        for char in text.chars() {
            match char {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#xD;"),
                '\n' | '\t' => self.out.push(char),
                // XML 1.0 has no way to write the other control characters, nor these two.
                char if char < ' ' || matches!(char, '\u{FFFE}' | '\u{FFFF}') => self.out.push('\u{FFFD}'),
                char => self.out.push(char),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_is_escaped() {
        let mut xml = Xml::document();
        xml.nest("a", |xml| {
            xml.text("b", "1 < 2 & \"3\"\r\u{1}\u{FFFE}");
            xml.id("c", "i", 255);
            xml.list("d", "item", [1, 2], |xml, n| xml.plain("e", n));
        });
        assert_eq!(
            xml.finish().lines().last(),
            Some(
                "<a><b>1 &lt; 2 &amp; &quot;3&quot;&#xD;\u{FFFD}\u{FFFD}</b><c>i-000000000000000ff</c><d><item><e>1</e></item><item><e>2</e></item></d></a>"
            )
        );
    }
}
