//! Validation of the whole tree: every problem at once, each with its path.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use url::Url;

use super::{
    Acl, BucketConfig, Config, Credentials, Provider, Secret, ServerConfig, Variables, chain,
    env::{self, join},
    section::{Section, entries},
};
use crate::{
    error::{Error, ErrorCode, Result, printable},
    types::{Prefix, Visibility},
};

const ROOT_KEYS: &[&str] = &["default", "servers", "buckets"];
const SERVER_KEYS: &[&str] = &[
    "driver",
    "provider",
    "region",
    "endpoint",
    "public_endpoint",
    "allow_link_local",
    "path_style",
    "credentials",
    "connect_timeout",
    "read_timeout",
    "operation_timeout",
    "minimum_rate",
    "max_attempts",
    "ca_file",
    "proxy",
];
const CREDENTIAL_KEYS: &[&str] = &["key", "secret", "token"];
const BUCKET_KEYS: &[&str] = &["server", "bucket", "prefix", "visibility", "url", "acl", "max_concurrent_operations"];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes a second.
const MINIMUM_RATE: u32 = 1024;
const MAX_ATTEMPTS: u32 = 3;
const MAX_CONCURRENT_OPERATIONS: u32 = 100;

/// Expands variables and validates a configuration.
///
/// # Errors
/// INVALID_CONFIG with one line for each problem.
pub fn validate(mut tree: Value, variables: &dyn Variables) -> Result<Config> {
    let mut problems = Vec::new();
    env::expand_tree(&mut tree, "", variables, &mut problems);
    let config = read_root(&tree, variables, &mut problems);
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(invalid(&problems)),
    }
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
    check_server(alias, bucket.as_ref(), servers, &mut problems);
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

fn read_root(tree: &Value, variables: &dyn Variables, problems: &mut Vec<String>) -> Option<Config> {
    let mut root = Section::open(tree, "", ROOT_KEYS, problems)?;
    let default = root.text("default");
    let (servers, buckets) = (root.value("servers"), root.value("buckets"));
    let servers: Vec<_> = entries(servers, "servers", problems)
        .into_iter()
        .map(|(name, value)| {
            (name.clone(), read_server(value, &join("servers", &printable(name)), variables, problems))
        })
        .collect();
    let buckets: Vec<_> = entries(buckets, "buckets", problems)
        .into_iter()
        .map(|(alias, value)| (alias.clone(), read_bucket(value, &join("buckets", &printable(alias)), problems)))
        .collect();
    if servers.is_empty() {
        problems.push("servers: at least one server is required".into());
    }
    let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
    for (alias, bucket) in &buckets {
        if let Some(bucket) = bucket {
            check_known_server(alias, bucket, &names, problems);
        }
    }
    check_default(default.as_deref(), &buckets, problems);
    let default = default.or_else(|| match buckets.as_slice() {
        [(only, _)] => Some(only.clone()),
        _ => None,
    });
    Some(Config {
        default,
        servers: servers.into_iter().map(|(name, server)| Some((name, Arc::new(server?)))).collect::<Option<_>>()?,
        buckets: buckets.into_iter().map(|(alias, bucket)| Some((alias, bucket?))).collect::<Option<_>>()?,
    })
}

fn check_default(default: Option<&str>, buckets: &[(String, Option<BucketConfig>)], problems: &mut Vec<String>) {
    if let Some(default) = default
        && !buckets.iter().any(|(alias, _)| alias == default)
    {
        let known: Vec<&str> = buckets.iter().map(|(alias, _)| alias.as_str()).collect();
        problems.push(format!("default: unknown bucket \"{}\"; known: {}", printable(default), list(&known)));
    }
}

fn check_server(
    alias: &str,
    bucket: Option<&BucketConfig>,
    servers: &[(String, Arc<ServerConfig>)],
    problems: &mut Vec<String>,
) {
    if let Some(bucket) = bucket {
        let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
        check_known_server(alias, bucket, &names, problems);
    }
}

fn check_known_server(alias: &str, bucket: &BucketConfig, names: &[&str], problems: &mut Vec<String>) {
    if !names.contains(&bucket.server.as_str()) {
        problems.push(format!(
            "buckets.{}.server: unknown server \"{}\"; known: {}",
            printable(alias),
            printable(&bucket.server),
            list(names)
        ));
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".into() } else { printable(&names.join(", ")) }
}

fn read_server(
    value: &Value,
    path: &str,
    variables: &dyn Variables,
    problems: &mut Vec<String>,
) -> Option<ServerConfig> {
    let mut section = Section::open(value, path, SERVER_KEYS, problems)?;
    if let Some(driver) = section.text("driver")
        && driver != "s3"
    {
        section.problem("driver", format!("unknown driver \"{}\"; known: s3", printable(&driver)));
    }
    let endpoint = url(&mut section, "endpoint");
    let proxy = url(&mut section, "proxy");
    if proxy.as_ref().is_some_and(|proxy| proxy.scheme() != "http" || proxy.path() != "/") {
        section.problem("proxy", "must be http://host:port");
    }
    let may_be_link_local = section.switch("allow_link_local").unwrap_or(false);
    for (key, url) in [("endpoint", &endpoint), ("proxy", &proxy)] {
        if !may_be_link_local && url.as_ref().is_some_and(is_link_local) {
            section.problem(
                key,
                "is a link-local address, such as cloud metadata services have; set allow_link_local if it is meant",
            );
        }
    }
    let public_endpoint = url(&mut section, "public_endpoint");
    let provider = provider(&mut section, endpoint.as_ref());
    let region = section.text("region");
    if region.as_deref().is_some_and(|region| !region.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))) {
        section.problem("region", "must be letters, digits, \"-\" and \"_\"");
    }
    let region = region.or_else(|| default_region(variables, provider, endpoint.is_some()));
    let path_style = section.switch("path_style").unwrap_or(endpoint.is_some());
    let connect_timeout = section.seconds("connect_timeout").unwrap_or(CONNECT_TIMEOUT);
    let read_timeout = section.seconds("read_timeout").unwrap_or(READ_TIMEOUT);
    let operation_timeout = section.seconds("operation_timeout");
    let minimum_rate = section.whole("minimum_rate", 0, u32::MAX).unwrap_or(MINIMUM_RATE);
    let max_attempts = section.whole("max_attempts", 1, 20).unwrap_or(MAX_ATTEMPTS);
    let ca_file = section.text("ca_file").and_then(|file| match variables.path(&file) {
        Ok(path) => Some(path),
        Err(why) => {
            section.problem("ca_file", why);
            None
        }
    });
    let credentials = match section.value("credentials") {
        Some(value) => {
            let path = section.path_of("credentials");
            Some(read_credentials(value, &path, section.problems())?)
        }
        None => chain::credentials(variables),
    };
    Some(ServerConfig {
        provider,
        region,
        endpoint: endpoint.map(|url| based(&url)),
        public_endpoint: public_endpoint.map(|url| based(&url)),
        path_style,
        environment: if credentials.is_none() { chain::environment(variables) } else { Vec::new() },
        credentials,
        confined: variables.confined(),
        may_run_programs: variables.may_run_programs(),
        connect_timeout,
        read_timeout,
        minimum_rate: Some(u64::from(minimum_rate)).filter(|rate| *rate > 0),
        operation_timeout,
        max_attempts,
        ca_file,
        proxy: proxy.map(|url| trimmed(&url)),
    })
}

fn provider(section: &mut Section<'_, '_>, endpoint: Option<&Url>) -> Provider {
    let inferred = endpoint.map_or(Provider::Aws, |url| Provider::of_host(url.host_str().unwrap_or_default()));
    let Some(name) = section.text("provider") else { return inferred };
    Provider::parse(&name).unwrap_or_else(|| {
        let known: Vec<&str> = Provider::ALL.iter().map(|(name, _)| *name).collect();
        section.problem("provider", format!("unknown provider \"{}\"; known: {}", printable(&name), known.join(", ")));
        inferred
    })
}

/// The AWS environment goes before a provider's default. `None` leaves it to the AWS profile.
fn default_region(variables: &dyn Variables, provider: Provider, has_endpoint: bool) -> Option<String> {
    chain::region(variables)
        .filter(|_| provider != Provider::R2)
        .or_else(|| has_endpoint.then(|| provider.default_region().to_owned()))
}

fn is_link_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_link_local(),
        Some(url::Host::Ipv6(address)) => {
            address.is_unicast_link_local() || address.to_ipv4_mapped().is_some_and(|address| address.is_link_local())
        }
        _ => false,
    }
}

fn read_credentials(value: &Value, path: &str, problems: &mut Vec<String>) -> Option<Credentials> {
    let mut section = Section::open(value, path, CREDENTIAL_KEYS, problems)?;
    let key = section.required_text("key");
    let secret = section.required_text("secret");
    let token = section.text("token");
    for (name, value) in [("key", &key), ("secret", &secret), ("token", &token)] {
        if value.as_deref().is_some_and(|value| !value.chars().all(|c| c.is_ascii_graphic())) {
            section.problem(name, "must be visible ASCII; a file it was read from may end with a line break");
        }
    }
    let token = token.map(Secret::new);
    Some(Credentials { key: Secret::new(key?), secret: Secret::new(secret?), token })
}

fn read_bucket(value: &Value, path: &str, problems: &mut Vec<String>) -> Option<BucketConfig> {
    let mut section = Section::open(value, path, BUCKET_KEYS, problems)?;
    let server = section.required_text("server");
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
    let url = url(&mut section, "url").map(|url| trimmed(&url));
    let max_concurrent_operations =
        section.whole("max_concurrent_operations", 1, 10_000).unwrap_or(MAX_CONCURRENT_OPERATIONS);
    let (server, bucket, prefix) = (server?, bucket?, prefix?);
    Some(BucketConfig { server, bucket, prefix, visibility, url, acl, max_concurrent_operations })
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

/// An http or https URL with a host and without user info, query and fragment.
fn url(section: &mut Section<'_, '_>, key: &str) -> Option<Url> {
    let text = section.text(key)?;
    let problem = match Url::parse(&text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => "must begin with http:// or https://",
        Ok(url) if url.host_str().is_none_or(str::is_empty) => "has no host",
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            "must not contain a user name or password; use credentials"
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => "must not contain a query or a fragment",
        Ok(url) => return Some(url),
        Err(_) => "is not a URL; it must begin with http:// or https://",
    };
    section.problem(key, problem);
    None
}

/// An endpoint: where it has a path, with the final slash that the SDK's rules count on when they append a bucket.
fn based(url: &Url) -> String {
    let trimmed = trimmed(url);
    if url.path().trim_end_matches('/').is_empty() { trimmed } else { format!("{trimmed}/") }
}

fn trimmed(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
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
