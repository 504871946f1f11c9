//! A way through an XML answer, element by element, that copies nothing it need not.

use std::borrow::Cow;
use std::str::FromStr;

use aws_smithy_types::date_time::Format;
use fleet::Time;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Text of an answer, borrowed from its bytes where nothing in it is escaped.
pub type Text<'a> = Cow<'a, str>;

/// Why an answer can't be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// It is no XML.
    #[error("it is no XML at byte {at}: {why}")]
    Syntax {
        /// How far it could be read, in bytes.
        at: u64,
        /// What the parser says.
        why: String,
    },
    /// It ends before its elements do.
    #[error("it ends early, within {element}")]
    Cut {
        /// The element that was being read.
        element: String,
    },
    /// It answers something else.
    #[error("it begins with {found}, not with {wanted}")]
    Root {
        /// The element that it begins with.
        found: String,
        /// The one that it should.
        wanted: &'static str,
    },
    /// A value is not what its element holds.
    #[error("'{value}' is no {wanted}")]
    Value {
        /// What stands there.
        value: String,
        /// What should.
        wanted: &'static str,
    },
    /// There are elements where text should be.
    #[error("an element stands where text should, at byte {at}")]
    NoText {
        /// Where, in bytes.
        at: u64,
    },
}

/// A place in an answer.
pub struct Xml<'a> {
    reader: Reader<&'a [u8]>,
}

impl<'a> Xml<'a> {
    /// Enters the root element, which must have this name.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn root(bytes: &'a [u8], wanted: &'static str) -> Result<Self, Malformed> {
        let mut reader = Reader::from_reader(bytes);
        reader.config_mut().expand_empty_elements = true;
        let mut xml = Self { reader };
        loop {
            match xml.event()? {
                Event::Start(start) if start.local_name().as_ref() == wanted.as_bytes() => return Ok(xml),
                Event::Start(start) => {
                    let found = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                    return Err(Malformed::Root { found, wanted });
                }
                Event::Eof => return Err(Malformed::Root { found: "nothing".to_owned(), wanted }),
                _ => {}
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, Malformed> {
        self.reader.read_event().map_err(|error| self.syntax(&error.to_string()))
    }

    fn syntax(&self, why: &str) -> Malformed {
        Malformed::Syntax { at: self.reader.error_position().max(self.reader.buffer_position()), why: why.to_owned() }
    }

    /// Calls `each` with the name of every element within the present one, and leaves it. `each` reads the element to
    /// its end: by [`Xml::text`], [`Xml::skip`] or this.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn children(
        &mut self,
        mut each: impl FnMut(&mut Self, &[u8]) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        loop {
            match self.event()? {
                Event::Start(start) => each(self, start.local_name().as_ref())?,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(Malformed::Cut { element: "a list or structure".to_owned() }),
                _ => {}
            }
        }
    }

    /// Calls `each` for every element called `item` within the present one, and leaves it.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn items(
        &mut self,
        item: &[u8],
        mut each: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.children(|xml, name| if name == item { each(xml) } else { xml.skip() })
    }

    /// A list of texts.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn texts(&mut self, item: &[u8]) -> Result<Vec<Text<'a>>, Malformed> {
        let mut texts = Vec::new();
        self.items(item, |xml| {
            texts.push(xml.text()?);
            Ok(())
        })?;
        Ok(texts)
    }

    /// The text of one element of a structure of which nothing else is wanted.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn only(&mut self, wanted: &[u8]) -> Result<Option<Text<'a>>, Malformed> {
        Ok(self.texts(wanted)?.pop())
    }

    /// Leaves the present element, whatever is in it.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_u32;
        loop {
            match self.event()? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(Malformed::Cut { element: "an element".to_owned() }),
                _ => {}
            }
        }
    }

    /// The text of the present element, and leaves it.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(crate) fn text(&mut self) -> Result<Text<'a>, Malformed> {
        let mut text: Text<'a> = Cow::Borrowed("");
        loop {
            let part = match self.event()? {
                Event::Text(part) => part.decode().map_err(|error| self.syntax(&error.to_string()))?,
                Event::CData(part) => part.decode().map_err(|error| self.syntax(&error.to_string()))?,
                Event::GeneralRef(reference) => Cow::Owned(self.character(&reference)?.into()),
                Event::Start(_) => return Err(Malformed::NoText { at: self.reader.buffer_position() }),
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(Malformed::Cut { element: "a text".to_owned() }),
                _ => continue,
            };
            if text.is_empty() {
                text = part;
            } else {
                text.to_mut().push_str(&part);
            }
        }
    }

    /// What a reference such as `&amp;` or `&#10;` stands for. XML has five named ones, and AWS declares no other.
    fn character(&self, reference: &BytesRef<'_>) -> Result<char, Malformed> {
        let number = reference.resolve_char_ref().map_err(|error| self.syntax(&error.to_string()))?;
        number.map_or_else(
            || match &**reference {
                b"lt" => Ok('<'),
                b"gt" => Ok('>'),
                b"amp" => Ok('&'),
                b"apos" => Ok('\''),
                b"quot" => Ok('"'),
                other => Err(self.syntax(&format!("nothing is called &{};", String::from_utf8_lossy(other)))),
            },
            Ok,
        )
    }

    /// A number or a `true` or `false`, and leaves the element.
    ///
    /// # Errors
    /// [`Malformed::Value`] where it is none, or any other.
    pub(crate) fn value<T: FromStr>(&mut self, wanted: &'static str) -> Result<T, Malformed> {
        let text = self.text()?;
        text.parse().map_err(|_| Malformed::Value { value: fleet::clean(&text).into_owned(), wanted })
    }

    /// A time; `None` for one that no server of AWS can have lived at. Leaves the element.
    ///
    /// # Errors
    /// [`Malformed::Value`] where it is none, or any other.
    pub(crate) fn time(&mut self) -> Result<Option<Time>, Malformed> {
        let text = self.text()?;
        let wrong = |_| Malformed::Value { value: fleet::clean(&text).into_owned(), wanted: "time" };
        let time = aws_smithy_types::DateTime::from_str(&text, Format::DateTimeWithOffset).map_err(wrong)?;
        Ok(Time::from_epoch_s(time.secs()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn text(xml: &str) -> Result<String, Malformed> {
        Ok(Xml::root(xml.as_bytes(), "a")?.text()?.into_owned())
    }

    #[test]
    fn text_is_what_its_references_and_sections_stand_for() {
        assert_eq!(text("<a>x &lt;b&gt; &#39;&#x41;&quot; y</a>").unwrap(), "x <b> 'A\" y");
        assert_eq!(text("<?xml version=\"1.0\"?>\n<a><![CDATA[<b>]]></a>").unwrap(), "<b>");
        assert_eq!(text("<a/>").unwrap(), "");
        assert!(matches!(Xml::root(b"<a>plain</a>", "a").unwrap().text().unwrap(), Cow::Borrowed("plain")));
    }

    #[test]
    fn what_is_cut_mixed_or_unknown_says_so() {
        assert_eq!(text("<a>x").unwrap_err().to_string(), "it ends early, within a text");
        assert_eq!(text("<b/>").unwrap_err().to_string(), "it begins with b, not with a");
        assert_eq!(text("").unwrap_err().to_string(), "it begins with nothing, not with a");
        assert!(matches!(text("<a>x<b/></a>"), Err(Malformed::NoText { .. })));
        assert!(matches!(text("<a>&who;</a>"), Err(Malformed::Syntax { .. })));
        assert!(matches!(text("<a>x</b>"), Err(Malformed::Syntax { .. })));
        assert!(matches!(text("<a>\u{0}&#xffffffff;</a>"), Err(Malformed::Syntax { .. })));
    }

    #[test]
    fn an_element_is_left_at_its_end_however_deep_it_is() {
        let mut xml = Xml::root(b"<a><b><c><b/></c>x</b><d> 7</d><d>7</d></a>", "a").unwrap();
        let mut seen = Vec::new();
        let read = xml.children(|xml, name| match name {
            b"d" => {
                seen.push(xml.value::<u32>("number"));
                Ok(())
            }
            _ => xml.skip(),
        });
        assert_eq!(read, Ok(()));
        assert_eq!(seen, [Err(Malformed::Value { value: " 7".to_owned(), wanted: "number" }), Ok(7)]);
    }
}
