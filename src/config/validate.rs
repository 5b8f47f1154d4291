//! Validation of the whole tree: every problem at once, each with its path.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use url::Url;

use super::{
    Acl, BucketConfig, Config, Credentials, Provider, Secret, ServerConfig, Variables,
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
    "path_style",
    "credentials",
    "connect_timeout",
    "read_timeout",
    "operation_timeout",
    "max_attempts",
];
const CREDENTIAL_KEYS: &[&str] = &["key", "secret", "token"];
const BUCKET_KEYS: &[&str] = &["server", "bucket", "prefix", "visibility", "url", "acl"];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ATTEMPTS: u32 = 3;

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
    let public_endpoint = url(&mut section, "public_endpoint");
    let provider = provider(&mut section, endpoint.as_ref());
    let region = section.text("region").or_else(|| region(variables, provider, endpoint.is_some()));
    let path_style = section.switch("path_style").unwrap_or(endpoint.is_some());
    let connect_timeout = section.seconds("connect_timeout").unwrap_or(CONNECT_TIMEOUT);
    let read_timeout = section.seconds("read_timeout").unwrap_or(READ_TIMEOUT);
    let operation_timeout = section.seconds("operation_timeout");
    let max_attempts = section.whole("max_attempts", 1, 20).unwrap_or(MAX_ATTEMPTS);
    let credentials = match section.value("credentials") {
        Some(value) => {
            let path = section.path_of("credentials");
            Some(read_credentials(value, &path, section.problems())?)
        }
        None => from_environment(variables),
    };
    Some(ServerConfig {
        provider,
        region,
        endpoint: endpoint.map(|url| trimmed(&url)),
        public_endpoint: public_endpoint.map(|url| trimmed(&url)),
        path_style,
        credentials,
        confined: variables.confined(),
        connect_timeout,
        read_timeout,
        operation_timeout,
        max_attempts,
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
fn region(variables: &dyn Variables, provider: Provider, has_endpoint: bool) -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| variables.get(name).filter(|value| !value.is_empty()))
        .filter(|_| provider != Provider::R2)
        .or_else(|| has_endpoint.then(|| provider.default_region().to_owned()))
}

/// The first place of the AWS chain, read here because PHP's environment is not only the process's.
fn from_environment(variables: &dyn Variables) -> Option<Credentials> {
    let get = |name| variables.get(name).filter(|value| !value.is_empty()).map(Secret::new);
    Some(Credentials {
        key: get("AWS_ACCESS_KEY_ID")?,
        secret: get("AWS_SECRET_ACCESS_KEY")?,
        token: get("AWS_SESSION_TOKEN"),
    })
}

fn read_credentials(value: &Value, path: &str, problems: &mut Vec<String>) -> Option<Credentials> {
    let mut section = Section::open(value, path, CREDENTIAL_KEYS, problems)?;
    let key = section.required_text("key");
    let secret = section.required_text("secret");
    let token = section.text("token").map(Secret::new);
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
    Some(BucketConfig { server: server?, bucket: bucket?, prefix: prefix?, visibility, url, acl })
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

fn trimmed(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
