//! XML of answers on the data plane, element by element.
//!
//! Whatever is not a whole document of the expected root is an error: a missing end, an end of another name, a document type, an entity
//! that is not one of XML's five. Nothing is expanded, nothing is fetched, nothing recurses.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event},
};

use super::{control::untrustworthy, policy::words};
use crate::error::{Error, Result};

/// A document, read up to within one of its elements. Each element that [`Self::child`] enters is left by one of the other three, or by
/// asking for its children until there are no more.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
}

impl<'a> Xml<'a> {
    /// Enters the root of a document.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED for another root, and for what is no XML.
    pub(super) fn of(body: &'a [u8], root: &str) -> Result<Self> {
        Self::within(body, Some(root))
    }

    /// Enters a root, of this name if there is one.
    fn within(body: &'a [u8], root: Option<&str>) -> Result<Self> {
        let text = std::str::from_utf8(body).map_err(|_| untrustworthy("it is not UTF-8"))?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut xml = Self { reader };
        loop {
            match xml.next()? {
                Event::Start(start) if root.is_none_or(|root| start.local_name().as_ref() == root.as_bytes()) => {
                    return Ok(xml);
                }
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(untrustworthy(&format!("it is no {}", root.unwrap_or("document")))),
            }
        }
    }

    /// Whether this is a whole document, whatever its root is.
    pub(super) fn is_whole(body: &'a [u8]) -> bool {
        Self::within(body, None).and_then(|mut xml| xml.skip().and_then(|()| xml.end())).is_ok()
    }

    /// Enters the next element within the present one, or leaves that one.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED for what is no XML.
    pub(super) fn child(&mut self) -> Result<Option<BytesStart<'a>>> {
        loop {
            match self.next()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                _ => {}
            }
        }
    }

    /// The present element's value, byte for byte, and leaves the element.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED for elements within it, and for what is no XML.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>> {
        let mut text = Cow::Borrowed("");
        loop {
            // Line ends stay as they are: in a key they are bytes like any other.
            text += match self.next()? {
                Event::Text(piece) => piece.decode().map_err(|error| broken(&error))?,
                Event::CData(piece) => piece.decode().map_err(|error| broken(&error))?,
                Event::GeneralRef(reference) => resolved(&reference)?,
                Event::End(_) => return Ok(text),
                Event::Start(_) => return Err(untrustworthy("there are elements where a value should be")),
                _ => continue,
            };
        }
    }

    /// Leaves the present element, whatever is in it.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED for what is no XML.
    pub(super) fn skip(&mut self) -> Result<()> {
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks, outside of the root, that nothing comes behind it.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED if something does.
    pub(super) fn end(mut self) -> Result<()> {
        loop {
            match self.reader.read_event().map_err(|error| broken(&error))? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(untrustworthy("something comes behind its XML")),
            }
        }
    }

    fn next(&mut self) -> Result<Event<'a>> {
        match self.reader.read_event().map_err(|error| broken(&error))? {
            Event::Eof => Err(untrustworthy("it ends within its XML")),
            Event::DocType(_) => Err(untrustworthy("its XML has a document type")),
            event => Ok(event),
        }
    }
}

/// What a reference stands for: a character by its number, also one that XML 1.0 does not allow but some servers send, or one of XML's
/// five entities.
fn resolved(reference: &BytesRef<'_>) -> Result<Cow<'static, str>> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| broken(&error))? {
        return Ok(character.to_string().into());
    }
    let name = reference.decode().map_err(|error| broken(&error))?;
    let known = resolve_xml_entity(&name).map(Cow::Borrowed);
    known.ok_or_else(|| untrustworthy(&format!("its XML has an unknown entity {}", words(&name))))
}

fn broken(error: &dyn std::error::Error) -> Error {
    untrustworthy(&format!("its XML is broken: {}", words(&error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names and values of the elements of a root `R`.
    fn read(text: &str) -> Result<Vec<(String, String)>> {
        let mut xml = Xml::of(text.as_bytes(), "R")?;
        let mut values = Vec::new();
        while let Some(child) = xml.child()? {
            let name = String::from_utf8_lossy(child.local_name().as_ref()).into_owned();
            if name == "Skip" {
                xml.skip()?;
            } else {
                values.push((name, xml.text()?.into_owned()));
            }
        }
        xml.end()?;
        Ok(values)
    }

    fn value(text: &str) -> Result<String> {
        Ok(read(&format!("<R><V>{text}</V></R>"))?.remove(0).1)
    }

    #[test]
    fn values_are_read_byte_for_byte() {
        for (text, expected) in [
            ("", ""),
            (" ", " "),
            (" a \t", " a \t"),
            ("a\r\nb\rc\n", "a\r\nb\rc\n"),
            ("&#13;&#xD;&#xa;", "\r\r\n"),
            ("&#x1;&#1;", "\u{1}\u{1}"),
            ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
            ("&amp;lt;", "&lt;"),
            ("a<!-- b -->c<?d e?>f", "acf"),
            ("<![CDATA[<a>&amp;]]>&amp;b", "<a>&amp;&b"),
            ("\u{e9}e\u{301}\u{1f355}&#x1F355;", "\u{e9}e\u{301}\u{1f355}\u{1f355}"),
        ] {
            assert_eq!(value(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn references_that_stand_for_nothing_are_errors() {
        for text in [
            "&",
            "&amp",
            "&;",
            "&x;",
            "&nbsp;",
            "&#;",
            "&#x;",
            "&#0;",
            "&#xD800;",
            "&#x110000;",
            "&#+9;",
            "&#99999999999;",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_stands_around_values_does_not_matter() {
        let text = " \n<?xml version=\"1.0\"?>\n<!-- c --><n:R xmlns:n='u' x='>'> <n:V y='1'>v</n:V >t<E/><E></E>\
                    <Skip>t&x;<Skip/><V>w</V></Skip></n:R>\n<!-- c --><?p?> ";
        let expected = [("V", "v"), ("E", ""), ("E", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read(text).unwrap(), expected);
        assert!(read("\u{feff}<R/>").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_whole_document_is_an_error() {
        for text in [
            "",
            " ",
            "R",
            "<",
            "<R",
            "<R>",
            "<R></r>",
            "<R></S>",
            "</R>",
            "<S/>",
            "x<R/>",
            "<R/>x",
            "<R/><R/>",
            "<R/><",
            "<R/></R>",
            "<R><V></R></V>",
            "<R><V><W/></V></R>",
            "<R><V>a<W/></V></R>",
            "<R><Skip><V></Skip></R>",
            "<R><!-- </R>",
            "<R><![CDATA[</R>",
            "<!DOCTYPE R><R/>",
            "<!doctype R><R/>",
            "<R><!DOCTYPE R></R>",
            "<R><V><!DOCTYPE R></V></R>",
            "<R><Skip><!DOCTYPE R></Skip></R>",
            "<R/><!DOCTYPE R>",
            "<!DOCTYPE R [<!ENTITY a \"b\">]><R><V>&a;</V></R>",
        ] {
            let error = read(text).expect_err(text);
            assert_eq!(error.code, crate::error::ErrorCode::OperationFailed, "{text}");
        }
        assert!(Xml::of(b"<R>\xff</R>", "R").is_err());
    }

    #[test]
    fn a_deep_nesting_is_no_recursion() {
        let deep = format!("<R><Skip>{}{}</Skip></R>", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert!(read(&deep).unwrap().is_empty());
    }
}
