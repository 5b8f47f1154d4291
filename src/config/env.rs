//! `${VAR}` and `${VAR:-default}` in configuration values; `$${` is a literal `${`.

use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use crate::error::printable;

/// Where variables are looked up. PHP answers from `$_SERVER`, `$_ENV`, the SAPI's environment and the process's.
pub trait Variables {
    /// The value of a variable, if it is set.
    fn get(&self, name: &str) -> Option<String>;

    /// Whether the program may only open files in some folders (PHP's `open_basedir`), so that a variable must not decide
    /// which file is opened.
    fn confined(&self) -> bool {
        false
    }

    /// The absolute path of a file that the configuration names.
    ///
    /// # Errors
    /// Why the program must not open it.
    fn path(&self, path: &str) -> Result<String, String> {
        std::path::absolute(path).map(|path| path.to_string_lossy().into_owned()).map_err(|error| error.to_string())
    }

    /// Whether the program may start others (PHP's `proc_open` is not disabled): where it may not, a variable that names a
    /// profile with a `credential_process` must not be a way around that.
    fn may_run_programs(&self) -> bool {
        true
    }
}

impl<F: Fn(&str) -> Option<String>> Variables for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// Keys whose missing variable counts as an absent key.
const OPTIONAL_SECRETS: &[&str] = &["token"];

/// Expands every string of the tree in place and adds a line to `problems` for each that cannot be.
pub(super) fn expand_tree(value: &mut Value, path: &str, variables: &dyn Variables, problems: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains("${") => match expand(text, variables) {
            Ok(expanded) => {
                // A default may be a secret.
                text.zeroize();
                *text = expanded;
            }
            Err(Unexpanded::Missing(_)) if OPTIONAL_SECRETS.contains(&last_segment(path)) => *value = Value::Null,
            Err(problem) => problems.push(format!("{path}: {}", problem.text())),
        },
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                expand_tree(item, &join(path, &i.to_string()), variables, problems);
            }
        }
        Value::Object(map) => {
            for (key, item) in map.iter_mut() {
                expand_tree(item, &join(path, &printable(key)), variables, problems);
            }
        }
        _ => {}
    }
}

/// `servers` and `aws` make `servers.aws`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn last_segment(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[derive(Debug, PartialEq)]
enum Unexpanded {
    Missing(String),
    Malformed,
}

impl Unexpanded {
    fn text(&self) -> String {
        match self {
            Self::Missing(name) => {
                format!("the variable {name} is not set (set it, or give a default: ${{{name}:-value}})")
            }
            Self::Malformed => {
                "a \"${\" must be followed by a variable's name and \"}\"; write \"$${\" for a literal \"${\"".into()
            }
        }
    }
}

fn expand(text: &str, variables: &dyn Variables) -> Result<String, Unexpanded> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            out.push_str(&rest[..at - 1]);
            out.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').ok_or(Unexpanded::Malformed)? + at;
        out.push_str(&Zeroizing::new(lookup(&rest[at + 2..end], variables)?));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// `NAME` or `NAME:-default`; as in a shell, the default also stands in for an empty variable.
fn lookup(expression: &str, variables: &dyn Variables) -> Result<String, Unexpanded> {
    let (name, default) = match expression.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (expression, None),
    };
    let mut chars = name.chars();
    let valid = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid {
        return Err(Unexpanded::Malformed);
    }
    match (variables.get(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Unexpanded::Missing(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variables(name: &str) -> Option<String> {
        match name {
            "KEY" => Some("k".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn values_defaults_and_literals_expand() {
        for (text, expected) in [
            ("plain $ {x}", "plain $ {x}"),
            ("${KEY}", "k"),
            ("a${KEY}b${KEY}", "akbk"),
            ("${NONE:-d}", "d"),
            ("${NONE:-}", ""),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY}", ""),
            ("$${KEY}", "${KEY}"),
            ("${NONE:-http://x:1/}", "http://x:1/"),
        ] {
            assert_eq!(expand(text, &variables).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_missing_variable_is_named_and_broken_syntax_is_refused() {
        assert_eq!(expand("${NONE}", &variables), Err(Unexpanded::Missing("NONE".into())));
        for text in ["${", "${}", "${KEY", "${1A}", "${A B}"] {
            assert_eq!(expand(text, &variables), Err(Unexpanded::Malformed), "{text}");
        }
    }

    #[test]
    fn a_missing_token_counts_as_absent_and_other_keys_are_problems_with_their_path() {
        let mut tree = json!({"servers": {"a": {"credentials": {"key": "${NONE}", "token": "${NONE}"}}}});
        let mut problems = Vec::new();
        expand_tree(&mut tree, "", &variables, &mut problems);
        assert_eq!(tree["servers"]["a"]["credentials"]["token"], Value::Null);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("servers.a.credentials.key: the variable NONE is not set"), "{problems:?}");
    }
}
