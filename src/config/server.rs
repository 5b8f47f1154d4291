//! What a server's table says: where it is, who we are there, how long we wait.

use std::{net::IpAddr, time::Duration};

use serde_json::Value;
use url::Url;

use super::{Credentials, Driver, Provider, ServerConfig, Variables, chain, driver, section::Section};
use crate::{error::printable, types::Secret};

/// The keys of a server.
pub(super) const KEYS: &[&str] = &[
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
pub(super) const CREDENTIAL_KEYS: &[&str] = &["key", "secret", "token"];

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes a second.
const MINIMUM_RATE: u32 = 1024;
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// Reads one of `servers`.
pub(super) fn read(
    name: &str,
    value: &Value,
    path: &str,
    variables: &dyn Variables,
    problems: &mut Vec<String>,
) -> Option<ServerConfig> {
    let driver = driver::of(value);
    let problem = driver::problem(driver);
    if driver != driver::S3 && problem.is_none() {
        return driver::read(driver, name, value, path, variables, problems);
    }
    let mut section = Section::open(value, path, KEYS, problems)?;
    match problem {
        // Whatever else is wrong is told with it.
        Some(problem) => section.problem("driver", problem),
        // Something that is no name.
        None => drop(section.text("driver")),
    }
    let provider = section.text("provider");
    fields(&mut section, provider.as_deref(), variables)
}

/// Reads what a table says of a server, under a provider that is named or not.
pub(super) fn fields(
    section: &mut Section<'_, '_>,
    provider: Option<&str>,
    variables: &dyn Variables,
) -> Option<ServerConfig> {
    let endpoint = url(section, "endpoint");
    let proxy = url(section, "proxy");
    if proxy.as_ref().is_some_and(|proxy| proxy.scheme() != "http" || proxy.path() != "/") {
        section.problem("proxy", "must be http://host:port, without a path");
    }
    let may_be_link_local = section.switch("allow_link_local").unwrap_or(false);
    for (key, url) in [("endpoint", &endpoint), ("proxy", &proxy)] {
        if !may_be_link_local && url.as_ref().is_some_and(is_link_local) {
            section.problem(
                key,
                "is a link-local address, such as cloud metadata services have; set allow_link_local to true if it is meant",
            );
        }
    }
    let public_endpoint = url(section, "public_endpoint");
    let provider = profile(section, provider, endpoint.as_ref());
    let region = section.text("region");
    if region.as_deref().is_some_and(|region| !region.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))) {
        section.problem("region", "must be letters, digits, \"-\" and \"_\", such as eu-central-1");
    }
    let region = region.or_else(|| default_region(variables, provider, endpoint.is_some()));
    let path_style = section.switch("path_style").unwrap_or(endpoint.is_some());
    let connect_timeout = section.seconds("connect_timeout").unwrap_or(CONNECT_TIMEOUT);
    let read_timeout = section.seconds("read_timeout").unwrap_or(READ_TIMEOUT);
    let operation_timeout = section.seconds("operation_timeout");
    let minimum_rate = section.whole("minimum_rate", " of bytes a second", &(0..=u32::MAX)).unwrap_or(MINIMUM_RATE);
    let max_attempts = section.whole("max_attempts", "", &(1..=20)).unwrap_or(MAX_ATTEMPTS);
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
        driver: Driver::S3,
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
        may_be_link_local,
        ca_file,
        proxy: proxy.map(|url| trimmed(&url)),
    })
}

fn profile(section: &mut Section<'_, '_>, named: Option<&str>, endpoint: Option<&Url>) -> Provider {
    let inferred = endpoint.map_or(Provider::Aws, |url| Provider::of_host(url.host_str().unwrap_or_default()));
    let Some(name) = named else { return inferred };
    Provider::parse(name).unwrap_or_else(|| {
        let known: Vec<&str> = Provider::ALL.iter().map(|(name, _)| *name).collect();
        section.problem("provider", format!("unknown provider \"{}\"; known: {}", printable(name), known.join(", ")));
        inferred
    })
}

/// The AWS environment goes before a provider's default. `None` leaves it to the AWS profile.
fn default_region(variables: &dyn Variables, provider: Provider, has_endpoint: bool) -> Option<String> {
    chain::region(variables)
        .filter(|_| provider != Provider::R2)
        .or_else(|| has_endpoint.then(|| provider.default_region().to_owned()))
}

/// Whether an address is one of a cloud's metadata services, or could be.
/// Source: Amazon EC2 user guide, "Access instance metadata": 169.254.169.254 and fd00:ec2::254.
#[must_use]
pub fn is_metadata_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.segments()[..2] == [0xfd00, 0xec2]
                || address.to_ipv4_mapped().is_some_and(|address| address.is_link_local())
        }
    }
}

fn is_link_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => is_metadata_address(address.into()),
        Some(url::Host::Ipv6(address)) => is_metadata_address(address.into()),
        _ => false,
    }
}

fn read_credentials(value: &Value, path: &str, problems: &mut Vec<String>) -> Option<Credentials> {
    let mut section = Section::open(value, path, CREDENTIAL_KEYS, problems)?;
    let key = section.required_text("key").map(Secret::new);
    let secret = section.required_text("secret").map(Secret::new);
    let token = section.text("token").map(Secret::new);
    for (name, value) in [("key", &key), ("secret", &secret), ("token", &token)] {
        if value.as_ref().is_some_and(|value| !value.expose().chars().all(|c| c.is_ascii_graphic())) {
            section.problem(name, "must be visible ASCII; a file it was read from may end with a line break");
        }
    }
    Some(Credentials { key: key?, secret: secret?, token })
}

/// An http or https URL with a host and without user info, query and fragment.
pub(super) fn url(section: &mut Section<'_, '_>, key: &str) -> Option<Url> {
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

/// A URL as text without a final slash.
pub(super) fn trimmed(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
