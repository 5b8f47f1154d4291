//! What holds for every text of a configuration.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a property panics where it does not hold")]

use serde_json::Value;

use super::{Config, Variables, env, format::Format, validate};
use crate::{
    error::ErrorCode,
    types::{CONCURRENCIES, PART_SIZES},
};

/// Stands for a secret.
const CANARY: &str = "CANARY";

/// A text, in the format that its first byte tells.
///
/// A tree is the same one in JSON again; a mistake is told in one line that quotes nothing of the text. What is valid is consistent, what is
/// not has a code, and neither tells a secret.
pub fn configuration(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let format = [Format::Yaml, Format::Toml, Format::Json][usize::from(*first) % 3];
    let tree = match format.parse(text) {
        Ok(tree) => tree,
        Err(mistake) => {
            assert!(mistake.starts_with("line ") && !mistake.contains('\n') && !mistake.contains(CANARY), "{mistake}");
            return;
        }
    };
    let json = tree.to_string();
    if let Ok(again) = Format::Json.parse(json.as_bytes()) {
        assert!(is_same(&tree, &again), "{tree} became {again}");
    }
    // JSON is YAML, which may refuse some of it, but must not read it as something else.
    if let Ok(again) = Format::Yaml.parse(json.as_bytes()) {
        assert!(is_same(&tree, &again), "{tree} became {again} in YAML");
    }
    let mut tree = tree;
    hide(&mut tree);
    match validate(tree.clone(), &variable) {
        Ok(config) => {
            assert!(!format!("{config:?}").contains(CANARY), "{config:?}");
            is_consistent(&config);
            assert_eq!(validate(tree, &variable).ok().as_ref(), Some(&config));
        }
        Err(error) => {
            assert_eq!(error.code, ErrorCode::InvalidConfig);
            assert!(!error.to_string().contains(CANARY), "{error}");
        }
    }
}

fn variable(name: &str) -> Option<String> {
    match name {
        "SET" => Some("value".to_owned()),
        "EMPTY" => Some(String::new()),
        "LIKE" => Some("${SET} $${SET}".to_owned()),
        _ => None,
    }
}

/// Numbers may be text where they are too long for one, and may lose what a float does not hold.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= a.abs() * 1e-12,
            _ => false,
        },
        (Value::Number(number), Value::String(text)) => *text == number.to_string(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && is_same(a, b))
        }
        _ => a == b,
    }
}

/// Makes a secret of every secret, and takes the word out of everything else, whose names may be told.
fn hide(tree: &mut Value) {
    match tree {
        Value::String(text) => *text = text.replace(CANARY, "canary"),
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(map) => {
            let entries = std::mem::take(map);
            for (key, mut value) in entries {
                if matches!(key.as_str(), "secret" | "token" | "key") {
                    value = format!("{CANARY}-{key}").into();
                } else {
                    hide(&mut value);
                }
                map.insert(key.replace(CANARY, "canary"), value);
            }
        }
        _ => {}
    }
}

fn is_consistent(config: &Config) {
    let known = |alias: &str| config.buckets.iter().filter(|bucket| bucket.alias == alias).count();
    assert!(config.default.as_ref().is_none_or(|alias| known(alias) == 1));
    for bucket in &config.buckets {
        assert_eq!(known(&bucket.alias), 1, "{}", bucket.alias);
        assert_eq!(config.server(&bucket.config.server), Some(&bucket.server));
        let prefix = bucket.config.prefix.as_str();
        assert!(prefix.is_empty() || prefix.ends_with('/'));
        assert!(!prefix.split('/').any(|segment| segment == "." || segment == ".."));
        assert!(PART_SIZES.contains(&bucket.config.part_size) && bucket.config.max_concurrent_operations > 0);
        assert!(
            usize::try_from(*CONCURRENCIES.end()).is_ok_and(|most| (1..=most).contains(&bucket.config.concurrency))
        );
    }
    for (_, server) in &config.servers {
        assert!(server.max_attempts > 0 && !server.connect_timeout.is_zero() && !server.read_timeout.is_zero());
        for url in server.endpoint.iter().chain(&server.public_endpoint) {
            let url = url::Url::parse(url).expect("an endpoint is a URL");
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
            assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        }
    }
}

/// A text with references.
///
/// What has none stays; what was escaped comes back; values are not expanded again; what cannot be expanded names its variable.
pub fn variables(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let escaped = text.replace("${", "$${");
    assert_eq!(expanded(&escaped).as_deref(), Ok(text));
    if !text.contains("${") {
        assert_eq!(expanded(text).as_deref(), Ok(text));
    }
    match expanded(text) {
        Ok(once) if !once.contains("${") => assert_eq!(expanded(&once).as_deref(), Ok(once.as_str())),
        Ok(_) => {}
        Err(problem) => {
            assert!(problem.starts_with("key: "), "{problem}");
            if let Some(rest) = problem.strip_prefix("key: the variable ") {
                let name = rest.split(' ').next().unwrap_or_default();
                assert!(text.contains(name) && variable(name).is_none(), "{problem}");
            }
        }
    }
    // Behind a value that looks like a reference nothing is expanded that was not one before.
    if let Ok(after) = expanded(&format!("${{LIKE}}{escaped}")) {
        assert_eq!(after, format!("${{SET}} $${{SET}}{text}"));
    }
}

fn expanded(text: &str) -> Result<String, String> {
    let mut tree = Value::String(text.to_owned());
    let mut problems = Vec::new();
    let variables: &dyn Variables = &variable;
    env::expand_tree(&mut tree, "key", variables, &mut problems);
    match (tree, problems.pop()) {
        (Value::String(text), None) => Ok(text),
        (_, problem) => Err(problem.unwrap_or_default()),
    }
}
