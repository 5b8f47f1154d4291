//! YAML 1.2 as the neutral tree, without what surprises in a configuration: no key twice, no tags, one document, aliases
//! that cannot multiply.
//!
//! The parser gives events; they are put together here, without recursion. Source of the rules for plain scalars: YAML
//! 1.2.2, "10.3. Core Schema" (<https://yaml.org/spec/1.2.2/#103-core-schema>); so `on`, `yes` and `no` are text.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

use super::format::Mistake;

/// Nothing in a configuration nests deeper, its siblings included.
const MAX_DEPTH: usize = 64;
/// Nodes and bytes of text that anchors and aliases may copy: four times what a file may have.
const MAX_COPIED: usize = 4 * 1024 * 1024;
const NO_TAGS: &str = "tags are not supported; write the value without its \"!\"";
const ONE_DOCUMENT: &str = "more than one document; a configuration is a single one";
/// The key of a table to take missing keys from. Source: YAML 1.1 type repository, "Merge Key"; RoadRunner's parser has it.
const MERGE: &str = "<<";

/// Parses one document; an empty one is null.
pub(super) fn parse(text: &str) -> Result<Value, Mistake> {
    let mut builder = Builder { copies_left: MAX_COPIED, ..Builder::default() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| mistake(*error.marker(), unquoted(error.info())))?;
        builder.take(event).map_err(|what| mistake(span.start, what))?;
    }
    Ok(builder.root.unwrap_or_default())
}

fn mistake(at: Marker, what: &str) -> Mistake {
    // The parser counts columns from 0.
    Mistake { line: at.line(), column: at.col() + 1, what: what.to_owned() }
}

/// The only text of the parser that quotes the document does so at its end, after a colon.
fn unquoted(info: &str) -> &str {
    info.split(": `").next().unwrap_or_default()
}

#[derive(Default)]
struct Builder {
    root: Option<Value>,
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    copies_left: usize,
}

/// A list or table that has not ended yet; the anchor 0 is none.
enum Open {
    List { anchor: usize, items: Vec<Value> },
    Table { anchor: usize, map: Map<String, Value>, key: Option<Key>, merged: Vec<Value> },
}

enum Key {
    Name(String),
    Merge,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => Err(ONE_DOCUMENT),
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref())?;
                if self.wants_key() {
                    return self.key(&value, &text, style);
                }
                self.finished(anchor, value)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).ok_or("an alias of what has no value yet")?;
                let value = copied(value, self.open.len(), &mut self.copies_left)?;
                self.finished(0, value)
            }
            Event::SequenceStart(anchor, tag) => self.open(Open::List { anchor, items: Vec::new() }, tag.is_some()),
            Event::MappingStart(anchor, tag) => {
                let table = Open::Table { anchor, map: Map::new(), key: None, merged: Vec::new() };
                self.open(table, tag.is_some())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Table { key: None, .. }))
    }

    /// A whole number is a key as it is written (the alias `2026`); what else is no text would surprise.
    fn key(&mut self, value: &Value, text: &str, style: ScalarStyle) -> Result<(), &'static str> {
        if !(value.is_string() || value.is_i64() || value.is_u64()) {
            return Err("a key must be text or a whole number; put it in quotes");
        }
        if let Some(Open::Table { map, key, merged, .. }) = self.open.last_mut() {
            let is_merge = text == MERGE && style == ScalarStyle::Plain;
            if if is_merge { !merged.is_empty() } else { map.contains_key(text) } {
                return Err("a key stands twice in one table");
            }
            *key = Some(if is_merge { Key::Merge } else { Key::Name(text.to_owned()) });
        }
        Ok(())
    }

    fn open(&mut self, value: Open, is_tagged: bool) -> Result<(), &'static str> {
        if is_tagged {
            return Err(NO_TAGS);
        }
        if self.wants_key() {
            return Err("a key must be text or a whole number");
        }
        if self.open.len() == MAX_DEPTH {
            return Err("nested too deeply");
        }
        self.open.push(value);
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        match self.open.pop() {
            Some(Open::List { anchor, items }) => self.finished(anchor, Value::Array(items)),
            Some(Open::Table { anchor, mut map, merged, .. }) => {
                for value in merged {
                    merge(&mut map, value)?;
                }
                self.finished(anchor, Value::Object(map))
            }
            None => Ok(()),
        }
    }

    /// Puts a whole value where it belongs.
    fn finished(&mut self, anchor: usize, value: Value) -> Result<(), &'static str> {
        if anchor != 0 {
            self.anchors.insert(anchor, copied(&value, self.open.len(), &mut self.copies_left)?);
        }
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Table { map, key, merged, .. }) => match key.take() {
                Some(Key::Merge) => merged.push(value),
                Some(Key::Name(key)) => {
                    map.insert(key, value);
                }
                None => return Err("an alias cannot be a key"),
            },
        }
        Ok(())
    }
}

/// Takes the keys that a table does not have from another one, or from several, of which the first wins.
fn merge(map: &mut Map<String, Value>, from: Value) -> Result<(), &'static str> {
    match from {
        Value::Object(from) => {
            for (key, value) in from {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(tables) if tables.iter().all(Value::is_object) => {
            tables.into_iter().try_for_each(|table| merge(map, table))
        }
        _ => Err("\"<<\" needs a table or a list of tables"),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, &'static str> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(text.into()),
        Some(_) => Err(NO_TAGS),
        None if style == ScalarStyle::Plain => Ok(plain(text)),
        None => Ok(text.into()),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| text.into(), Value::Number),
    }
}

/// A number. Leading zeros stay text: YAML 1.1 took them for octal, 1.2 does not, and they may be an account's name.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if has_leading_zero || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    // One too long for any number that a key takes stays text rather than losing digits.
    let is_fraction = digits.contains(['.', 'e', 'E']);
    text.parse().ok().filter(|_| is_fraction).and_then(Number::from_f64)
}

/// A copy for a place of this depth, unless the document has made too many already, or has nested them too deeply.
fn copied(value: &Value, depth: usize, left: &mut usize) -> Result<Value, &'static str> {
    if !fits(value, MAX_DEPTH.saturating_sub(depth)) {
        return Err("anchors and aliases make the document too deep");
    }
    *left = left.checked_sub(size(value)).ok_or("anchors and aliases make the document too large")?;
    Ok(value.clone())
}

/// Whether a value nests no deeper than that. Every copy was checked, so this goes no deeper either.
fn fits(value: &Value, depth: usize) -> bool {
    let mut items: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => return true,
    };
    depth > 0 && items.all(|item| fits(item, depth - 1))
}

/// Nodes and bytes of text.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn anchors_do_not_nest_deeper_than_containers_may() {
        let mut text = String::from("a0: &a0 x\n");
        for i in 1..250 {
            let _ = writeln!(text, "a{i}: &a{i} {}*a{} {}", "[".repeat(30), i - 1, "]".repeat(30));
        }
        assert!(what(&text).contains("too deep"), "{}", what(&text));
        assert!(parse("a: &a [[1]]\nb: [*a]\n").is_ok());
    }

    fn what(text: &str) -> String {
        parse(text).unwrap_err().what
    }

    #[test]
    fn plain_scalars_follow_the_core_schema_and_quoted_ones_are_text() {
        for (text, expected) in [
            ("5242880", json!(5_242_880)),
            ("-1", json!(-1)),
            ("1.5", json!(1.5)),
            ("0.5", json!(0.5)),
            ("true", json!(true)),
            ("~", json!(null)),
            ("", json!(null)),
            ("on", json!("on")),
            ("no", json!("no")),
            ("0012", json!("0012")),
            ("0x1F", json!("0x1F")),
            ("1.2.3", json!("1.2.3")),
            (".inf", json!(".inf")),
            ("2026-01-02", json!("2026-01-02")),
            ("123456789012345678901234567890", json!("123456789012345678901234567890")),
            ("'5'", json!("5")),
            ("\"true\"", json!("true")),
            ("\"\"", json!("")),
            ("!!str 5", json!("5")),
            ("|\n  a\n  b\n", json!("a\nb\n")),
        ] {
            assert_eq!(parse(&format!("k: {text}")).unwrap(), json!({"k": expected}), "{text}");
        }
    }

    #[test]
    fn an_empty_document_is_null() {
        for text in ["", "# nothing\n", "---\n"] {
            assert_eq!(parse(text).unwrap(), Value::Null, "{text:?}");
        }
    }

    #[test]
    fn keys_are_text_and_whole_numbers_become_text() {
        assert_eq!(parse("2026: a\n'x y': b\n<<x: c\n").unwrap(), json!({"2026": "a", "x y": "b", "<<x": "c"}));
        assert_eq!(parse("'<<': a").unwrap(), json!({"<<": "a"}));
        for text in ["true: a", "1.5: a", "~: a", "[a]: b", "{a: b}: c", "x: &a b\n*a : c"] {
            assert!(what(text).contains("key"), "{text}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_place() {
        let error = parse("a: 1\nb:\n  c: 1\n  \"c\": 2\n").unwrap_err();
        assert_eq!(error, Mistake { line: 4, column: 3, what: "a key stands twice in one table".into() });
        assert_eq!(what("1: a\n'1': b"), "a key stands twice in one table");
    }

    #[test]
    fn anchors_aliases_and_merge_keys_work() {
        let text = "d: &d {region: r, n: 1}\na:\n  <<: *d\n  n: 2\nb: *d\nc:\n  <<: [{n: 3}, *d]\n";
        let expected = json!({
            "d": {"region": "r", "n": 1}, "a": {"n": 2, "region": "r"}, "b": {"region": "r", "n": 1},
            "c": {"n": 3, "region": "r"},
        });
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(what("a: {<<: 5}"), "\"<<\" needs a table or a list of tables");
    }

    #[test]
    fn aliases_cannot_multiply() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            let _ = writeln!(text, "a{level}: &a{level} [{aliases}]");
        }
        assert_eq!(what(&text), "anchors and aliases make the document too large");
        assert_eq!(what("a: &a [*a]"), "an alias of what has no value yet");
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 100].join(", "));
        assert_eq!(what(&long), "anchors and aliases make the document too large");
    }

    #[test]
    fn what_a_configuration_never_needs_is_refused() {
        assert_eq!(what("a: !!python/object:os.system x"), NO_TAGS);
        assert_eq!(what("a: !thing {b: c}"), NO_TAGS);
        assert_eq!(what("a: 1\n---\nb: 2\n"), ONE_DOCUMENT);
        assert_eq!(what(&"[".repeat(100)), "nested too deeply");
        assert!(!what("a: @CANARY").contains('@'));
    }
}
