//! The elements of an answer as they came, those that the SDK does not know included.
//!
//! A strict reader of the XML that AWS writes and of no other: what it does not understand is an error, since what is
//! launched from it must be all that was told.

use sha2::{Digest as _, Sha256};

/// How deep elements may lie within each other; AWS's answers need a dozen.
const DEEPEST: usize = 32;

/// One element: with elements in it, or with a text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Reads a whole answer.
    ///
    /// # Errors
    /// What is not understood, without any of the answer's own words: it may hold user data.
    pub(super) fn read(answer: &[u8]) -> Result<Self, &'static str> {
        let answer = std::str::from_utf8(answer).map_err(|_| "it is not UTF-8")?;
        let mut rest = answer.trim_start_matches('\u{feff}').trim_start();
        if let Some(declared) = rest.strip_prefix("<?xml") {
            rest = declared.split_once("?>").ok_or("its declaration does not end")?.1.trim_start();
        }
        let element = take_element(&mut rest, 0)?;
        if rest.trim().is_empty() { Ok(element) } else { Err("something follows its end") }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The text of an element without elements.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn children(&self) -> &[Element] {
        &self.children
    }

    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// SHA-256 in hexadecimal digits over all of it, the same in whichever order AWS tells the elements.
    pub(super) fn sha256(&self) -> String {
        Sha256::digest(self.canonical()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Lengths stand before texts, so that no two elements are written alike.
    fn canonical(&self) -> String {
        let mut children: Vec<String> = self.children.iter().map(Self::canonical).collect();
        children.sort();
        format!("{}({}:{}{})", self.name, self.text.len(), self.text, children.concat())
    }
}

/// Takes one element from the beginning of `rest`.
fn take_element(rest: &mut &str, depth: usize) -> Result<Element, &'static str> {
    if depth > DEEPEST {
        return Err("its elements lie too deep");
    }
    let inside = rest.strip_prefix('<').ok_or("an element is missing")?;
    let (tag, mut after) = inside.split_once('>').ok_or("a tag does not end")?;
    let (tag, is_empty) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let name = tag.split_ascii_whitespace().next().unwrap_or_default();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'));
    if name.is_empty() || !is_name || tag.starts_with(char::is_whitespace) {
        return Err("a tag is no element's");
    }
    let mut element = Element { name: name.to_owned(), text: String::new(), children: Vec::new() };
    if !is_empty {
        take_content(&mut element, &mut after, depth)?;
    }
    *rest = after;
    Ok(element)
}

/// Takes what lies in an element, and its end.
fn take_content(element: &mut Element, rest: &mut &str, depth: usize) -> Result<(), &'static str> {
    loop {
        let (text, tag) = rest.split_at(rest.find('<').ok_or("an element does not end")?);
        element.text.push_str(&unescaped(text)?);
        *rest = tag;
        let Some(end) = tag.strip_prefix("</") else {
            element.children.push(take_element(rest, depth + 1)?);
            continue;
        };
        let (ended, after) = end.split_once('>').ok_or("a tag does not end")?;
        if ended.trim_end() != element.name {
            return Err("an element ends that did not begin");
        }
        *rest = after;
        break;
    }
    if !element.children.is_empty() {
        if !element.text.trim().is_empty() {
            return Err("text stands between elements");
        }
        element.text.clear();
    }
    Ok(())
}

fn unescaped(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').ok_or("an entity does not end")?;
        plain.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity.strip_prefix('#').ok_or("an entity is unknown")?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32).ok_or("an entity is no character")?
            }
        });
        plain.push_str(after);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn read(text: &str) -> Element {
        Element::read(text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn elements_texts_and_entities_are_read() {
        let root = read(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Answer xmlns=\"http://x/\"><list>\n  <item>a &amp; b&#x21;</item>\
             <item/></list><empty></empty></Answer>\n",
        );
        let list = root.child("list").unwrap();
        assert_eq!(list.children().iter().map(Element::text).collect::<Vec<_>>(), ["a & b!", ""]);
        assert_eq!((root.name(), root.child("empty").unwrap().text()), ("Answer", ""));
    }

    #[test]
    fn what_is_no_answer_of_aws_is_an_error_and_never_a_panic() {
        let deep = "<a>".repeat(100);
        let cases = [
            "",
            "plain",
            "<",
            "<>",
            "<a>",
            "<a></b>",
            "<a>&nbsp;</a>",
            "<a>&amp</a>",
            "<a>&#xD800;</a>",
            "<a><b/>x</a>",
            "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a><![CDATA[x]]></a>",
            "<a><!-- x --></a>",
            "< a/>",
            "<a",
            "</a>",
            deep.as_str(),
        ];
        for case in cases {
            assert!(Element::read(case.as_bytes()).is_err(), "{case}");
        }
        assert!(Element::read(&[b'<', 0xff]).is_err());
    }

    #[test]
    fn the_hash_follows_what_is_said_and_not_its_order() {
        let one = read("<d><image>ami-1</image><tags><item><key>a</key></item><item><key>b</key></item></tags></d>");
        let other = read("<d><tags><item><key>b</key></item><item><key>a</key></item></tags><image>ami-1</image></d>");
        assert_eq!(one.sha256(), other.sha256());
        assert_eq!(one.sha256().len(), 64);
        for different in [
            "<d><image>ami-2</image><tags><item><key>a</key></item><item><key>b</key></item></tags></d>",
            "<d><image>ami-1</image><tags><item><key>a</key><key>b</key></item></tags></d>",
            "<d><image>ami-1</image><tags><item><key>ab</key></item></tags></d>",
        ] {
            assert_ne!(one.sha256(), read(different).sha256(), "{different}");
        }
    }
}
