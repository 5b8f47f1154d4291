//! The layers of the crate: which module may use which. The list here is the one in `docs/architecture.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What each module may use. `types` and `error` are open to all.
const ALLOWED: &[(&str, &[&str])] = &[
    ("php", &["storage", "lifecycle", "runtime", "runtime::workers", "config"]),
    ("client", &["storage", "runtime", "config"]),
    ("storage", &["registry", "middleware", "config", "backend::contract"]),
    ("lifecycle", &["registry", "runtime"]),
    ("registry", &["backend", "config", "middleware"]),
    ("backend", &["backend::contract", "backend::open"]),
    ("backend::open", &["backend::contract", "backend::s3", "backend::local", "backend::memory", "config"]),
    ("backend::s3", &["backend::contract", "config", "runtime::workers"]),
    ("backend::local", &["backend::contract", "backend::kept"]),
    ("backend::memory", &["backend::contract", "backend::kept"]),
    ("backend::kept", &["backend::contract"]),
    ("backend::contract", &[]),
    ("middleware", &["backend::contract"]),
    ("config", &[]),
    ("runtime", &[]),
    ("runtime::workers", &[]),
    ("types", &[]),
    ("error", &[]),
];

const OPEN_TO_ALL: &[&str] = &["types", "error"];

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    assert!(found.len() > 30, "the sources were not found");
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The module path of a file, such as `backend::s3::read`.
fn path_of(file: &Path) -> String {
    let relative = file.strip_prefix(root()).unwrap().with_extension("");
    let parts: Vec<_> = relative.iter().map(|part| part.to_str().unwrap()).filter(|part| *part != "mod").collect();
    parts.join("::")
}

/// The layer that a path belongs to: the longest listed prefix of it.
fn layer(path: &str) -> Option<&'static str> {
    ALLOWED
        .iter()
        .map(|(layer, _)| *layer)
        .filter(|layer| path == *layer || path.starts_with(&format!("{layer}::")))
        .max_by_key(|layer| layer.len())
}

/// The code of a file without comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Every path that follows `crate::` in a text, groups in braces expanded: `crate::{a::{b, c}, d}` is `a::b`, `a::c`, `d`.
fn uses(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::`, `other_crate::` are no paths of ours, except the first.
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        expand(&code[at + "crate::".len()..], "", &mut found);
    }
    found
}

/// Expands one use tree; answers how many bytes of the text it took.
fn expand(text: &str, prefix: &str, found: &mut BTreeSet<String>) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'{') {
        let mut at = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'}' => return at + 1,
                b',' | b' ' | b'\n' => at += 1,
                _ => at += expand(&text[at..], prefix, found).max(1),
            }
        }
        return at;
    }
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let path = if prefix.is_empty() { text[..length].to_owned() } else { format!("{prefix}::{}", &text[..length]) };
    if text[length..].starts_with("::") && length > 0 {
        return length + 2 + expand(&text[length + 2..], &path, found);
    }
    if length > 0 {
        found.insert(path);
    }
    length
}

#[test]
fn every_use_points_down() {
    let mut wrong = Vec::new();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in sources() {
        let path = path_of(&file);
        // The map, and the list of what fuzzing calls everywhere.
        if matches!(path.as_str(), "lib" | "properties") {
            continue;
        }
        let from = layer(&path).unwrap_or_else(|| panic!("{path} belongs to no listed layer"));
        for used in uses(&code(&file)).into_iter().filter(|used| !used.starts_with("properties::")) {
            let Some(to) = layer(&used) else {
                wrong.push(format!("{path} uses crate::{used}, which belongs to no listed layer"));
                continue;
            };
            edges.entry(from).or_default().insert(to);
            let allowed = ALLOWED.iter().find(|(layer, _)| *layer == from).unwrap().1;
            if to != from && !OPEN_TO_ALL.contains(&to) && !allowed.contains(&to) {
                wrong.push(format!("{path} uses crate::{used}: {from} may not use {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The test itself must see something.
    assert!(edges["storage"].contains("registry") && edges["registry"].contains("backend"), "{edges:?}");
}

#[test]
fn only_the_binding_names_the_binding_crate() {
    for file in sources() {
        let path = path_of(&file);
        if path != "php" && !path.starts_with("php::") {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("ext_php_rs"), "{path} names the PHP binding crate");
        }
    }
}

/// The functions of a file that C calls, each with its body.
fn called_by_c(code: &str) -> Vec<(&str, &str)> {
    const BEGINS: &str = "extern \"C\" fn ";
    let bodies = code.match_indices(BEGINS).map(|(at, _)| {
        let rest = &code[at + BEGINS.len()..];
        let name = &rest[..rest.find(['(', '<', ' ']).unwrap()];
        let body = &rest[rest.find('{').unwrap()..];
        let mut depth = 0;
        let end = body.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        });
        (name, &body[..end.unwrap()])
    });
    bodies.collect()
}

/// Whether a body goes through the boundary that no panic crosses: `php/contained.rs`.
fn is_contained(body: &str) -> bool {
    let body: String = body.split_whitespace().collect();
    ["contained(\"", "attempt(\"", "call::enter("].iter().any(|boundary| body.contains(boundary))
}

#[test]
fn no_panic_crosses_into_c() {
    let (mut found, mut wrong) = (0, Vec::new());
    for file in sources().iter().filter(|file| path_of(file).starts_with("php::")) {
        for (name, body) in called_by_c(&code(file)) {
            found += 1;
            if !is_contained(body) {
                wrong.push(format!("{}: {name} is called by C and not contained", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found >= 15, "only {found} functions were found");
    let code = code(&root().join("php/call.rs"));
    let (_, enter) = code.split_once("fn enter(").unwrap();
    assert!(is_contained(&enter[..enter.find("\n}").unwrap()]));
}

#[test]
fn functions_that_c_calls_are_found() {
    let code = "type T = extern \"C\" fn(i32);\nunsafe extern \"C\" fn a<T>(_: T) -> i32 { if b { c } 0 }\n\
                extern \"C\" fn $d(\n) { contained(\"d\", || 1, || 2) }";
    let found = called_by_c(code);
    assert_eq!(
        found.iter().map(|(name, body)| (*name, is_contained(body))).collect::<Vec<_>>(),
        [("a", false), ("$d", true)]
    );
}

#[test]
fn use_trees_are_expanded() {
    let found =
        uses("use crate::{a::{b, c::D}, e};\nlet x = crate::f::g(); other_crate::h; use crate::{\n    i::J,\n};");
    let expected = ["a::b", "a::c::D", "e", "f::g", "i::J"];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn the_architecture_document_lists_the_same_edges() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    for (layer, allowed) in ALLOWED.iter().filter(|(_, allowed)| !allowed.is_empty()) {
        let row =
            format!("| `{layer}` | {} |", allowed.iter().map(|to| format!("`{to}`")).collect::<Vec<_>>().join(", "));
        assert!(document.contains(&row), "docs/architecture.md lacks the row: {row}");
    }
}
