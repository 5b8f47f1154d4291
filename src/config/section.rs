//! Typed reading of one table of the tree, which notes every problem instead of stopping at the first.

use std::time::Duration;

use once_cell::race::OnceBox;
use serde_json::{Map, Value};

use super::env::join;

/// One table of the tree and where it stands.
pub(super) struct Section<'a, 'p> {
    path: String,
    map: &'a Map<String, Value>,
    problems: &'p mut Vec<String>,
}

impl<'a, 'p> Section<'a, 'p> {
    /// Opens a table, and notes every key that is not known.
    pub(super) fn open(value: &'a Value, path: &str, known: &[&str], problems: &'p mut Vec<String>) -> Option<Self> {
        let Some(map) = as_map(value) else {
            problems.push(format!("{}: must be a table of keys, not {}", place(path), kind(value)));
            return None;
        };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            problems.push(format!(
                "{}: unknown key; known: {}",
                join(path, &crate::error::printable(key)),
                known.join(", ")
            ));
        }
        Some(Self { path: path.to_owned(), map, problems })
    }

    /// Notes a problem of one key.
    pub(super) fn problem(&mut self, key: &str, text: impl AsRef<str>) {
        self.problems.push(format!("{}: {}", join(&self.path, key), text.as_ref()));
    }

    /// The value of a key; null and absent are the same.
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// The path of a key.
    pub(super) fn path_of(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// A nested value, as it is.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.get(key)
    }

    /// The list that problems go to, for a nested section.
    pub(super) fn problems(&mut self) -> &mut Vec<String> {
        self.problems
    }

    /// A string; an empty one counts as absent.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            other => {
                self.problem(key, format!("must be a string, not {}", kind(other)));
                None
            }
        }
    }

    /// A string that must be there.
    pub(super) fn required_text(&mut self, key: &str) -> Option<String> {
        let before = self.problems.len();
        let text = self.text(key);
        if text.is_none() && self.problems.len() == before {
            self.problem(key, "is required and must not be empty");
        }
        text
    }

    /// A switch; the words true, false, 1, 0 count too, since variables are text.
    pub(super) fn switch(&mut self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) if text == "true" || text == "1" => Some(true),
            Value::String(text) if text == "false" || text == "0" => Some(false),
            other => {
                self.problem(key, format!("must be true or false, not {}", kind(other)));
                None
            }
        }
    }

    /// A number of seconds above zero, whole or not; numeric text counts too.
    pub(super) fn seconds(&mut self, key: &str) -> Option<Duration> {
        let seconds = self.number(key)?;
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() && seconds <= 86_400.0 * 365.0 => Some(duration),
            _ => {
                self.problem(key, format!("must be a number of seconds above 0 and at most a year, not {seconds}"));
                None
            }
        }
    }

    /// A whole number within limits; numeric text counts too.
    pub(super) fn whole(&mut self, key: &str, min: u32, max: u32) -> Option<u32> {
        let number = self.number(key)?;
        // Text as the bridge: a fraction or a number out of range does not parse as u32.
        let found = number.to_string().parse().ok().filter(|whole| (min..=max).contains(whole));
        if found.is_none() {
            self.problem(key, format!("must be a whole number from {min} to {max}, not {number}"));
        }
        found
    }

    /// A whole number of bytes within limits; numeric text counts too.
    pub(super) fn bytes(&mut self, key: &str, limits: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let number = self.number(key)?;
        let found = number.to_string().parse().ok().filter(|whole| limits.contains(whole));
        if found.is_none() {
            let (min, max) = limits.into_inner();
            self.problem(key, format!("must be a whole number of bytes from {min} to {max}, not {number}"));
        }
        found
    }

    fn number(&mut self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.problem(key, format!("must be a number, not {}", kind(value)));
        }
        number
    }
}

/// A map; the empty list is PHP's empty map too.
fn as_map(value: &Value) -> Option<&Map<String, Value>> {
    /// Not a lazy value that blocks: a child that was forked while another thread makes it would wait for that thread forever.
    static EMPTY: OnceBox<Map<String, Value>> = OnceBox::new();
    match value {
        Value::Object(map) => Some(map),
        Value::Array(items) if items.is_empty() => Some(EMPTY.get_or_init(Box::default)),
        _ => None,
    }
}

/// The entries of a table of tables, such as `servers`.
pub(super) fn entries<'a>(
    value: Option<&'a Value>,
    path: &str,
    problems: &mut Vec<String>,
) -> Vec<(&'a String, &'a Value)> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Vec::new() };
    if let Some(map) = as_map(value) {
        return map.iter().collect();
    }
    problems.push(format!("{path}: must be a table of names, not {}", kind(value)));
    Vec::new()
}

fn place(path: &str) -> &str {
    if path.is_empty() { "configuration" } else { path }
}

/// What a value is, in a PHP user's words. The value itself is not shown: it may be a secret.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}
