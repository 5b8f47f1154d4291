//! Validation of the whole tree: every problem at once, each with its path.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Acl, Bucket, BucketConfig, Config, ServerConfig, Variables,
    env::{self, join},
    place::Place,
    section::{Section, entries},
    server::{self, trimmed, url},
    short,
};
use crate::{
    error::{Error, ErrorCode, Result, printable},
    types::{CONCURRENCIES, PART_SIZES, Prefix, Visibility},
};

const ROOT_KEYS: &[&str] = &["default", "servers", "buckets"];
/// Parts that are sent at once.
const CONCURRENCY: u32 = 5;
/// Operations of an alias that run at once.
const MAX_CONCURRENT_OPERATIONS: u32 = 100;

/// The keys of a bucket.
pub(super) const BUCKET_KEYS: &[&str] = &[
    "server",
    "bucket",
    "prefix",
    "visibility",
    "url",
    "acl",
    "max_concurrent_operations",
    "part_size",
    "concurrency",
];

/// Expands variables and validates a configuration.
///
/// # Errors
/// INVALID_CONFIG with one line for each problem.
pub fn validate(tree: Value, variables: &dyn Variables) -> Result<Config> {
    validate_place(Place::of(tree), variables)
}

/// The same, for the part of a tree that is the configuration.
pub(super) fn validate_place(mut place: Place, variables: &dyn Variables) -> Result<Config> {
    let mut problems = Vec::new();
    env::expand_tree(&mut place.tree, place.path, variables, &mut problems);
    let unexpanded = problems.len();
    let config = if place.is_short {
        short::read(&place.tree, place.path, variables, &mut problems)
    } else {
        read_root(&place.tree, place.path, variables, &mut problems)
    };
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(invalid(&told_once(problems, unexpanded))),
    }
}

/// Without what is said of values that were not expanded: that is the first problems' own, and the rest a consequence.
fn told_once(mut problems: Vec<String>, unexpanded: usize) -> Vec<String> {
    let rest = problems.split_off(unexpanded);
    let place = |problem: &str| problem.split(": ").next().map(ToOwned::to_owned);
    let told: Vec<_> = problems.iter().map(|problem| place(problem)).collect();
    problems.extend(rest.into_iter().filter(|problem| !told.contains(&place(problem))));
    problems
}

/// Validates one bucket that is registered at run time.
///
/// # Errors
/// INVALID_CONFIG with one line for each problem.
pub fn bucket_from_parts(alias: &str, tree: &Value, servers: &[(String, Arc<ServerConfig>)]) -> Result<BucketConfig> {
    let mut problems = Vec::new();
    if alias.is_empty() {
        problems.push("name: must not be empty".into());
    }
    let bucket = read_bucket(tree, &join("buckets", &printable(alias)), &mut problems);
    if let Some(bucket) = &bucket {
        let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
        check_known_server(&join("buckets", &printable(alias)), bucket, &names, &mut problems);
    }
    match bucket {
        Some(bucket) if problems.is_empty() => Ok(bucket),
        _ => Err(invalid(&problems)),
    }
}

fn invalid(problems: &[String]) -> Error {
    let message = match problems {
        [one] => format!("invalid configuration: {one}"),
        many => format!("invalid configuration, {} problems:\n- {}", many.len(), many.join("\n- ")),
    };
    Error::new(ErrorCode::InvalidConfig, message)
}

fn read_root(tree: &Value, path: &str, variables: &dyn Variables, problems: &mut Vec<String>) -> Option<Config> {
    if path.is_empty() && is_something_else(tree) {
        let known = ROOT_KEYS.join(", ");
        problems.push(format!("configuration: has neither s3 nor storage nor any of {known}"));
        return None;
    }
    let mut root = Section::open(tree, path, ROOT_KEYS, problems)?;
    let default = root.text("default");
    let (servers, buckets) = (root.value("servers"), root.value("buckets"));
    let [servers_path, buckets_path] = ["servers", "buckets"].map(|key| join(path, key));
    let servers: Vec<_> = entries(servers, &servers_path, problems)
        .into_iter()
        .map(|(name, value)| {
            let path = join(&servers_path, &printable(name));
            (name.clone(), server::read(name, value, &path, variables, problems))
        })
        .collect();
    let buckets: Vec<_> = entries(buckets, &buckets_path, problems)
        .into_iter()
        .map(|(alias, value)| (alias.clone(), read_bucket(value, &join(&buckets_path, &printable(alias)), problems)))
        .collect();
    if servers.is_empty() {
        problems.push(format!("{servers_path}: at least one server is required"));
    }
    let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
    for (alias, bucket) in &buckets {
        if let Some(bucket) = bucket {
            check_known_server(&join(&buckets_path, &printable(alias)), bucket, &names, problems);
        }
    }
    check_default(&join(path, "default"), default.as_deref(), &buckets, problems);
    let default = default.or_else(|| match buckets.as_slice() {
        [(only, _)] => Some(only.clone()),
        _ => None,
    });
    let servers = servers.into_iter().map(|(name, server)| Some((name, Arc::new(server?)))).collect::<Option<_>>()?;
    let mut config = Config { default, servers, buckets: Vec::with_capacity(buckets.len()) };
    for (alias, bucket) in buckets {
        let bucket = bucket?;
        let server = Arc::clone(config.server(&bucket.server)?);
        config.buckets.push(Arc::new(Bucket { alias, config: bucket, server }));
    }
    Some(config)
}

/// Whether there is a table of keys that are all unknown, such as a file of another program: one line says that better than
/// one for each key.
fn is_something_else(tree: &Value) -> bool {
    let map = tree.as_object().filter(|map| !map.is_empty());
    map.is_some_and(|map| !map.keys().any(|key| ROOT_KEYS.contains(&key.as_str())))
}

fn check_default(
    path: &str,
    default: Option<&str>,
    buckets: &[(String, Option<BucketConfig>)],
    problems: &mut Vec<String>,
) {
    if let Some(default) = default
        && !buckets.iter().any(|(alias, _)| alias == default)
    {
        let known: Vec<&str> = buckets.iter().map(|(alias, _)| alias.as_str()).collect();
        problems.push(format!("{path}: unknown bucket \"{}\"; known: {}", printable(default), list(&known)));
    }
}

fn check_known_server(path: &str, bucket: &BucketConfig, names: &[&str], problems: &mut Vec<String>) {
    if !names.contains(&bucket.server.as_str()) {
        problems.push(format!(
            "{path}.server: unknown server \"{}\"; known: {}",
            printable(&bucket.server),
            list(names)
        ));
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".into() } else { printable(&names.join(", ")) }
}

fn read_bucket(value: &Value, path: &str, problems: &mut Vec<String>) -> Option<BucketConfig> {
    let mut section = Section::open(value, path, BUCKET_KEYS, problems)?;
    let server = section.required_text("server");
    bucket_fields(&mut section, server)
}

/// Reads what a table says of a bucket on a server.
pub(super) fn bucket_fields(section: &mut Section<'_, '_>, server: Option<String>) -> Option<BucketConfig> {
    let bucket = section.required_text("bucket");
    if let Some(problem) = bucket.as_deref().and_then(bucket_problem) {
        section.problem("bucket", problem);
    }
    let prefix = Prefix::of_bucket(section.text("prefix").unwrap_or_default().as_bytes());
    let prefix = prefix.map_err(|error| section.problem("prefix", &error.message)).ok();
    let visibility = match section.text("visibility").as_deref().map(Visibility::parse) {
        Some(Ok(visibility)) => visibility,
        Some(Err(error)) => {
            section.problem("visibility", &error.message);
            Visibility::default()
        }
        None => Visibility::default(),
    };
    let acl = match section.text("acl").as_deref() {
        None | Some("auto") => Acl::Auto,
        Some("on") => Acl::On,
        Some("off") => Acl::Off,
        Some(other) => {
            section.problem("acl", format!("must be auto, on or off, not \"{}\"", printable(other)));
            Acl::Auto
        }
    };
    let url = url(section, "url").map(|url| trimmed(&url));
    let max_concurrent_operations =
        section.whole("max_concurrent_operations", "", &(1..=10_000)).unwrap_or(MAX_CONCURRENT_OPERATIONS);
    let part_size = section.whole("part_size", " of bytes", &PART_SIZES).unwrap_or(*PART_SIZES.start());
    let concurrency = section.whole("concurrency", "", &CONCURRENCIES).unwrap_or(CONCURRENCY) as usize;
    Some(BucketConfig {
        server: server?,
        bucket: bucket?,
        prefix: prefix?,
        visibility,
        url,
        acl,
        max_concurrent_operations,
        part_size,
        concurrency,
    })
}

/// The naming rules differ between servers; only what no server can take is refused here.
fn bucket_problem(name: &str) -> Option<&'static str> {
    if name.starts_with("arn:") {
        Some("ARNs (access points, Outposts) are not supported; give the bucket's name")
    } else if name.ends_with("--x-s3") {
        Some("directory buckets are not supported")
    } else if name == "."
        || name == ".."
        || name.len() > 255
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    {
        Some("a bucket's name has letters, digits, \"-\", \".\" and \"_\" only, at most 255")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(server: Value) -> String {
        let tree = Value::Object(
            [("servers".to_owned(), Value::Object([("s".to_owned(), server)].into_iter().collect()))]
                .into_iter()
                .collect(),
        );
        validate(tree, &|_: &str| None).err().map(|error| error.message.clone()).unwrap_or_default()
    }

    #[test]
    fn values_that_would_break_a_request_are_refused() {
        for region in ["us east", "x.evil.example/#", "é", "us-east-1\n"] {
            assert!(problems(json!({"region": region})).contains("servers.s.region: must be"), "{region}");
        }
        for key in ["a b", "key\n", "é"] {
            let found = problems(json!({"credentials": {"key": key, "secret": "s"}}));
            assert!(found.contains("servers.s.credentials.key: must be visible ASCII"), "{found}");
            assert!(!found.contains(key), "{found}");
        }
    }

    #[test]
    fn a_number_with_a_unit_is_told_which_one_counts_and_within_what() {
        for (key, expected) in [
            ("connect_timeout", "a number of seconds above 0 and at most a year"),
            ("minimum_rate", "a whole number of bytes a second from 0 to 4294967295"),
            ("max_attempts", "a whole number from 1 to 20"),
        ] {
            let found = problems(json!({key: "1M"}));
            let expected = format!(".{key}: must be {expected}, not a string; give the number alone, without a unit");
            assert!(found.ends_with(&expected), "{found}");
            assert!(problems(json!({key: ""})).contains("not an empty string"));
            assert!(problems(json!({key: true})).ends_with("not a bool"));
            assert!(problems(json!({key: -1})).ends_with("not -1"));
        }
    }

    #[test]
    fn a_key_of_another_table_is_told_where_it_belongs() {
        for (key, place) in
            [("part_size", " (it belongs to a bucket)"), ("secret", " (it belongs into credentials)"), ("x", "")]
        {
            let found = problems(json!({key: 1}));
            assert!(found.contains(&format!("servers.s.{key}: unknown key{place}; known: driver")), "{found}");
        }
        let tree = json!({"servers": {"s": {}}, "buckets": {"b": {"server": "s", "bucket": "b", "region": "r"}}});
        let found = validate(tree, &|_: &str| None).unwrap_err().message.clone();
        assert!(found.contains("buckets.b.region: unknown key (it belongs to a server); known: server"), "{found}");
    }

    #[test]
    fn a_variable_that_is_not_set_is_told_once_and_the_rest_with_it() {
        let tree = json!({
            "default": "${NONE}",
            "servers": {"s": {"driver": "${NONE}", "endpoint": "${NONE}", "region": "no region"}},
            "buckets": {"b": {
                "server": "${NONE}", "bucket": "${NONE}", "visibility": "${NONE}", "part_size": "${NONE}", "acl": "no",
            }},
        });
        let message = validate(tree, &|_: &str| None).unwrap_err().message.clone();
        assert!(message.starts_with("invalid configuration, 9 problems:\n"), "{message}");
        assert_eq!(message.matches("the variable NONE is not set").count(), 7, "{message}");
        for other in ["- servers.s.region: must be", "- buckets.b.acl: must be"] {
            assert!(message.contains(other), "{message}");
        }
    }

    #[test]
    fn link_local_endpoints_need_a_word() {
        for endpoint in ["http://169.254.169.254", "http://[fe80::1]:80/"] {
            assert!(problems(json!({"endpoint": endpoint})).contains("link-local"), "{endpoint}");
            assert_eq!(problems(json!({"endpoint": endpoint, "allow_link_local": true})), "");
        }
        assert_eq!(problems(json!({"endpoint": "http://127.0.0.1:9000"})), "");
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_path() {
        let tree = json!({
            "default": "nope",
            "servers": {"s": {"endpoint": "ftp://x", "max_attempts": 0, "typo": 1}},
            "buckets": {"b": {"server": "t", "bucket": "", "visibility": "secret"}},
        });
        let message = validate(tree, &|_: &str| None).unwrap_err().message.clone();
        for part in [
            "servers.s.endpoint: must begin with http",
            "servers.s.max_attempts: must be a whole number from 1 to 20",
            "servers.s.typo: unknown key; known: driver",
            "buckets.b.bucket: is required",
            "buckets.b.visibility: ",
            "default: unknown bucket \"nope\"; known: b",
        ] {
            assert!(message.contains(part), "{part} is missing in: {message}");
        }
    }
}
