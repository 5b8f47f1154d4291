//! The table of cases, and what its words mean.
//!
//! ```json
//! {"case": "name", "needs": ["Capability"], "each": [...], "steps": [
//!     {"call": "write", "with": {"pathname": "a", "content": "one"}, "gives": {"size": 3}, "keep": {"etag": "e"}},
//!     {"call": "read", "with": {"pathname": "a", "ifMatch": "$e"}, "gives": "one"},
//!     {"call": "read", "with": {"pathname": "b"}, "fails": "FILE_NOT_FOUND"}
//! ]}
//! ```
//!
//! Calls and arguments have their names in PHP. A step that alone `needs` a capability is UNSUPPORTED without it. `$name` is what an earlier step kept, `$each` the element of `each` that the case is run
//! for; `gives` names what must be among the answer, `{"bytes": n}` is a content of so many bytes, `$any` is anything but null, `!$e`
//! anything but what was kept.

use std::{collections::BTreeMap, fs, path::Path};

use md5::{Digest, Md5};
use s3storage::error::Error;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operation: String,
    cases: Vec<Case>,
}

/// A case of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(default)]
    pub(crate) operation: String,
    #[serde(rename = "case")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    #[serde(default)]
    each: Vec<Value>,
    pub(crate) steps: Vec<Step>,
}

/// A call, and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) call: String,
    /// A capability without which this call is UNSUPPORTED, and the rest of the case holds all the same.
    pub(crate) needs: Option<String>,
    #[serde(default)]
    pub(crate) with: Value,
    gives: Option<Value>,
    fails: Option<String>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

/// Every case, those for each of several elements one by one.
pub(crate) fn read() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/cases");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in file.cases {
            let case = Case { operation: file.operation.clone(), ..case };
            if case.each.is_empty() {
                cases.push(case);
                continue;
            }
            for (number, element) in case.each.iter().enumerate() {
                let steps = case.steps.iter().map(|step| step.of(element)).collect();
                cases.push(Case { name: format!("{}_{}", case.name, number + 1), steps, ..case.clone() });
            }
        }
    }
    let mut names: Vec<_> = cases.iter().map(|case| (&case.operation, &case.name)).collect();
    names.sort();
    names.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "two cases of one name"));
    cases
}

impl Case {
    /// Operation and name.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.operation, self.name)
    }
}

impl Step {
    fn of(&self, element: &Value) -> Self {
        let find = |name: &str| {
            let number = name.strip_prefix("each")?;
            if number.is_empty() { Some(element.clone()) } else { element.get(number.parse::<usize>().ok()?).cloned() }
        };
        let fill = |value: &Value| replaced(value, &find);
        let fails = self.fails.clone().map(|code| match code.as_str() {
            "$each" => element.as_str().unwrap_or_default().to_owned(),
            _ => code,
        });
        Self { with: fill(&self.with), gives: self.gives.as_ref().map(fill), fails, ..self.clone() }
    }

    /// The same step on a backend that lacks what it needs.
    pub(crate) fn refused(&self) -> Self {
        Self { gives: None, fails: Some("UNSUPPORTED".into()), keep: BTreeMap::new(), ..self.clone() }
    }

    /// Whether what came of the call is what must.
    pub(crate) fn check(&self, outcome: Result<Value, Error>, variables: &mut Variables) -> Result<(), String> {
        let answer = match (outcome, &self.fails) {
            (Err(error), Some(code)) if error.code.as_str() == code => return Ok(()),
            (Err(error), Some(code)) => {
                return Err(format!("failed with {}, not {code}: {error}", error.code.as_str()));
            }
            (Err(error), None) => return Err(format!("failed with {}: {error}", error.code.as_str())),
            (Ok(answer), Some(code)) => return Err(format!("did not fail with {code}, but gave {answer}")),
            (Ok(answer), None) => answer,
        };
        if let Some(expected) = &self.gives {
            variables.compare(expected, &answer, "")?;
        }
        for (field, name) in &self.keep {
            let value = if field.is_empty() { Some(&answer) } else { answer.get(field) };
            let value = value.ok_or_else(|| format!("there is no {field} to keep in {answer}"))?;
            variables.0.insert(name.clone(), value.clone());
        }
        Ok(())
    }
}

/// What steps have kept.
#[derive(Debug, Default)]
pub(crate) struct Variables(BTreeMap<String, Value>);

impl Variables {
    /// Arguments with their values.
    pub(crate) fn filled(&self, with: &Value) -> Value {
        replaced(with, &|name| self.0.get(name).cloned())
    }

    fn compare(&self, expected: &Value, answer: &Value, at: &str) -> Result<(), String> {
        let differs = |expected: &Value| Err(format!("{at}: {answer} is not {expected}"));
        match expected {
            Value::String(any) if any == "$any" => {
                if answer.is_null() {
                    differs(expected)
                } else {
                    Ok(())
                }
            }
            Value::String(name) if name.starts_with('$') => {
                let kept = self.0.get(&name[1..]).ok_or_else(|| format!("{name} was never kept"))?;
                if kept == answer { Ok(()) } else { differs(kept) }
            }
            Value::String(name) if name.starts_with("!$") => {
                let kept = self.0.get(&name[2..]).ok_or_else(|| format!("{name} was never kept"))?;
                if kept == answer { differs(expected) } else { Ok(()) }
            }
            Value::Object(fields) if fields.contains_key("bytes") => {
                self.compare(&shown(&content(expected)), answer, at)
            }
            Value::Object(fields) => {
                let Value::Object(found) = answer else { return differs(expected) };
                fields.iter().try_for_each(|(name, expected)| {
                    self.compare(expected, found.get(name).unwrap_or(&Value::Null), &format!("{at}.{name}"))
                })
            }
            Value::Array(items) => match answer {
                Value::Array(found) if found.len() == items.len() => (items.iter().zip(found).enumerate())
                    .try_for_each(|(i, (expected, found))| self.compare(expected, found, &format!("{at}[{i}]"))),
                _ => differs(expected),
            },
            other => {
                if other == answer {
                    Ok(())
                } else {
                    differs(other)
                }
            }
        }
    }
}

fn replaced(value: &Value, find: &dyn Fn(&str) -> Option<Value>) -> Value {
    match value {
        Value::String(text) => text.strip_prefix('$').and_then(find).unwrap_or_else(|| value.clone()),
        Value::Array(items) => items.iter().map(|item| replaced(item, find)).collect(),
        Value::Object(fields) => {
            let name = |name: &String| match replaced(&json!(name), find) {
                Value::String(name) => name,
                _ => name.clone(),
            };
            let fields = fields.iter().map(|(key, value)| (name(key), replaced(value, find)));
            fields.collect::<serde_json::Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// The bytes that a content of the table stands for: text, or so many bytes that repeat nothing soon.
pub(crate) fn content(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Object(fields) => {
            let bytes = fields["bytes"].as_u64().unwrap();
            (0..bytes).map(|i| u8::try_from((i * 7 + i / 251) % 256).unwrap()).collect()
        }
        other => panic!("{other} is no content"),
    }
}

/// A content as answers have it: short text as it is, and of the rest size and digest.
pub(crate) fn shown(content: &[u8]) -> Value {
    match std::str::from_utf8(content) {
        Ok(text) if text.len() <= 100 && !text.contains('\0') => json!(text),
        _ => json!({"size": content.len(), "md5": hex::encode(Md5::digest(content))}),
    }
}
