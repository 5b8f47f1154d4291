//! Typed reading of one table of the tree, which notes every problem instead of stopping at the first.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

use once_cell::race::OnceBox;
use serde_json::{Map, Value};

use super::{
    env::join,
    server::{self, CREDENTIAL_KEYS},
    validate::BUCKET_KEYS,
};

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
                "{}: unknown key{}; known: {}",
                join(path, &crate::error::printable(key)),
                elsewhere(key, known),
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
        let duration = |seconds| Duration::try_from_secs_f64(seconds).ok();
        let fits = |duration: &Duration| !duration.is_zero() && duration.as_secs_f64() <= 86_400.0 * 365.0;
        self.number(key, "a number of seconds above 0 and at most a year", |number| duration(number).filter(fits))
    }

    /// A whole number within limits, of something or of nothing; numeric text counts too.
    pub(super) fn whole<N>(&mut self, key: &str, unit: &str, limits: &RangeInclusive<N>) -> Option<N>
    where
        N: FromStr + PartialOrd + Display,
    {
        let expected = format!("a whole number{unit} from {} to {}", limits.start(), limits.end());
        // Text as the bridge: a fraction or a number out of range does not parse as a whole one.
        let whole = |number: f64| number.to_string().parse().ok();
        self.number(key, &expected, |number| whole(number).filter(|whole| limits.contains(whole)))
    }

    fn number<N>(&mut self, key: &str, expected: &str, take: impl FnOnce(f64) -> Option<N>) -> Option<N> {
        let value = self.get(key)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let taken = number.and_then(take);
        if taken.is_none() {
            let found = number.map_or_else(|| kind(value).to_owned(), |number| number.to_string());
            // `5M`, `30s`: what a unit stands for differs from program to program.
            let advice =
                if number.is_none() && value.is_string() { "; give the number alone, without a unit" } else { "" };
            self.problem(key, format!("must be {expected}, not {found}{advice}"));
        }
        taken
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

/// The table that a key was meant for, where it stands in one beside it.
fn elsewhere(key: &str, known: &[&str]) -> &'static str {
    if known.contains(&"credentials") && CREDENTIAL_KEYS.contains(&key) {
        " (it belongs into credentials)"
    } else if known == server::KEYS && BUCKET_KEYS.contains(&key) {
        " (it belongs to a bucket)"
    } else if known == BUCKET_KEYS && server::KEYS.contains(&key) {
        " (it belongs to a server)"
    } else {
        ""
    }
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
        Value::String(text) if text.is_empty() => "an empty string",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}
