//! The text of a configuration file as the neutral tree.
//!
//! What is said of a mistake never quotes the text: it may be a secret.

use std::{fmt, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use super::yaml;

/// A format, told by the name of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Toml,
    Json,
}

impl Format {
    /// The format of a file; `None` for a name that tells none.
    pub(super) fn of(path: &str) -> Option<Self> {
        let extension = Path::new(path).extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
            Self::Json => "JSON",
        }
    }

    /// Parses a whole file.
    pub(super) fn parse(self, bytes: &[u8]) -> Result<Value, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let (line, column) = position(bytes, error.valid_up_to());
            format!("line {line}, column {column}: not UTF-8 text")
        })?;
        // Editors of Windows begin a file with this mark; none of the formats gives it a meaning.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parsed = match self {
            Self::Yaml => yaml::parse(text),
            Self::Toml => toml(text),
            Self::Json => json(text),
        };
        parsed
            .map_err(|Mistake { line, column, what }| format!("line {line}, column {column}: {}: {what}", self.name()))
    }
}

/// What is wrong with a text, and where: lines and columns count from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) what: String,
}

fn json(text: &str) -> Result<Value, Mistake> {
    serde_json::from_str(text).map(|Tree(value)| value).map_err(|error| {
        let what = error.to_string();
        // The position is told already. What stands before it is one of the parser's own fixed texts, or of ours below.
        let what = what.split(" at line ").next().unwrap_or_default().to_owned();
        Mistake { line: error.line(), column: error.column(), what }
    })
}

fn toml(text: &str) -> Result<Value, Mistake> {
    toml::from_str(text).map(|Tree(value)| value).map_err(|error| {
        let (line, column) = position(text.as_bytes(), error.span().map_or(0, |span| span.start));
        // The message only: the error's display quotes the line.
        Mistake { line, column, what: error.message().lines().next().unwrap_or_default().to_owned() }
    })
}

/// Line and column, counted from 1, of a byte; columns count characters.
fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = String::from_utf8_lossy(&bytes[..at.min(bytes.len())]);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// A tree in which no table has a key twice. `serde_json::Value` would let the last one win, silently.
struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor).map(Self)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number must be finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    /// Taken as it is, not copied.
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom("a key stands twice in one table"));
            }
            let Tree(value) = entries.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        for (path, format) in [
            ("/srv/.rr.yaml", Some(Format::Yaml)),
            ("a.YML", Some(Format::Yaml)),
            ("a.toml", Some(Format::Toml)),
            ("a.b.json", Some(Format::Json)),
            ("a.ini", None),
            ("yaml", None),
            (".yaml", None),
        ] {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }

    #[test]
    fn every_format_gives_the_same_tree_in_the_order_of_the_text() {
        let json = br#"{"z": {"on": true, "n": 5242880, "f": 1.5}, "a": {"t": "x", "l": [1, "2"]}}"#;
        let toml = b"[z]\non = true\nn = 5242880\nf = 1.5\n[a]\nt = 'x'\nl = [1, '2']\n";
        let yaml = b"z:\n  \"on\": true\n  n: 5242880\n  f: 1.5\na: {t: x, l: [1, '2']}\n";
        let expected = json!({"z": {"on": true, "n": 5_242_880, "f": 1.5}, "a": {"t": "x", "l": [1, "2"]}});
        for (format, text) in [(Format::Json, &json[..]), (Format::Toml, toml), (Format::Yaml, yaml)] {
            let tree = format.parse(text).unwrap();
            assert_eq!(tree, expected, "{format:?}");
            assert_eq!(tree.as_object().unwrap().keys().collect::<Vec<_>>(), ["z", "a"], "{format:?}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_line_and_column_and_without_the_text() {
        for (format, text, expected) in [
            (Format::Json, "{\n  \"a\": CANARY\n}", "line 2, column 8: JSON: expected value"),
            (
                Format::Json,
                "{\"a\": 1,\n \"a\": \"CANARY\"}",
                "line 2, column 4: JSON: a key stands twice in one table",
            ),
            (Format::Toml, "a = 1\nb = CANARY\n", "line 2, column 5: TOML: "),
            (Format::Toml, "a = 1\na = 'CANARY'\n", "line 2, column 1: TOML: duplicate key"),
            (Format::Toml, "a = \"CANARY\nb = 1\n", "line 1, column "),
            (Format::Yaml, "a: 1\nb: [CANARY\nc: 2\n", "line 3, column "),
            (Format::Yaml, "a: CANARY\n  b: CANARY\n", "line 2, column "),
        ] {
            let what = format.parse(text.as_bytes()).unwrap_err();
            assert!(what.starts_with(expected), "{what}");
            assert!(!what.contains("CANARY"), "{what}");
        }
        assert_eq!(Format::Json.parse(b"{\n\"a\": \"\xff\"}").unwrap_err(), "line 2, column 7: not UTF-8 text");
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(Format::Json.parse(b"\xef\xbb\xbf{\"a\":1}").unwrap(), json!({"a": 1}));
        assert_eq!(Format::Yaml.parse(b"\xef\xbb\xbfa: 1").unwrap(), json!({"a": 1}));
    }
}
