//! The validated configuration. Plain data: it can be shared, compared and kept across a fork.

use std::{sync::Arc, time::Duration};

use super::{Driver, Provider};
use crate::types::{Prefix, Secret, Visibility};

/// A validated configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Config {
    /// The alias of a new handle; `None` when there is no bucket, or several and no choice among them.
    pub default: Option<String>,
    /// Servers by name, in the order of the source.
    pub servers: Vec<(String, Arc<ServerConfig>)>,
    /// Buckets, in the order of the source.
    pub buckets: Vec<Arc<Bucket>>,
}

impl Config {
    /// The server of a name.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<&Arc<ServerConfig>> {
        self.servers.iter().find(|(known, _)| known == name).map(|(_, server)| server)
    }
}

/// An alias and what it stands for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// The caller's name.
    pub alias: String,
    /// Name on the server, prefix, visibility.
    pub config: BucketConfig,
    /// The server.
    pub server: Arc<ServerConfig>,
}

/// One server: where it is, how it wants to be spoken to, who we are, how long we wait.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each a key of the configuration")]
pub struct ServerConfig {
    /// What serves its buckets. What follows is of servers that speak S3, but for `operation_timeout`.
    pub driver: Driver,
    /// The profile of the server's peculiarities.
    pub provider: Provider,
    /// Region to sign for; `None` asks the AWS environment and profile.
    pub region: Option<String>,
    /// Base URL; `None` is AWS.
    pub endpoint: Option<String>,
    /// The base URL that public and presigned URLs are made for, when it is not the endpoint.
    pub public_endpoint: Option<String>,
    /// Whether the bucket is in the path rather than in the host name.
    pub path_style: bool,
    /// Fixed credentials; `None` asks the AWS chain.
    pub credentials: Option<Credentials>,
    /// The variables that the AWS chain reads; empty with fixed credentials.
    pub environment: Vec<(String, Secret)>,
    /// Whether the AWS chain must open no file, because the program is confined to some folders.
    pub confined: bool,
    /// Whether the AWS chain may start a program (`credential_process` of a profile).
    pub may_run_programs: bool,
    /// Limit for name look-up, connection and TLS handshake.
    pub connect_timeout: Duration,
    /// Limit for the first byte of an answer, and for each silence within its body.
    pub read_timeout: Duration,
    /// Bytes a second that an answer must bring on average over 30 seconds; `None` is no limit.
    pub minimum_rate: Option<u64>,
    /// Limit for a request, its retries and its content included; `None` is no limit.
    pub operation_timeout: Option<Duration>,
    /// Tries of one request, the first included.
    pub max_attempts: u32,
    /// Whether the endpoint may be a link-local address, such as cloud metadata services have.
    pub may_be_link_local: bool,
    /// A file with the TLS certificates to trust instead of the system's (PEM).
    pub ca_file: Option<String>,
    /// An HTTP proxy to reach the endpoint through.
    pub proxy: Option<String>,
}

impl ServerConfig {
    /// Host and port of the endpoint, nothing else of it; `None` where there is none.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let url = url::Url::parse(self.endpoint.as_deref()?).ok()?;
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }
}

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// Access key id.
    pub key: Secret,
    /// Secret access key.
    pub secret: Secret,
    /// Session token of temporary credentials.
    pub token: Option<Secret>,
}

/// One bucket of a server, and the names under which it is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketConfig {
    /// The server's name in the configuration.
    pub server: String,
    /// The bucket's name on the server.
    pub bucket: String,
    /// What every key of this alias begins with.
    pub prefix: Prefix,
    /// The visibility of objects that are written without one.
    pub visibility: Visibility,
    /// Base of permanent public URLs, such as a CDN in front of the bucket.
    pub url: Option<String>,
    /// When object ACLs are sent.
    pub acl: Acl,
    /// How many operations of this alias run at a time in a process.
    pub max_concurrent_operations: u32,
    /// The size of a part of an upload, in bytes; contents that fit into one are sent in one request.
    pub part_size: u64,
    /// Parts of one upload that are sent at once.
    pub concurrency: usize,
}

/// When object ACLs are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Acl {
    /// What a call asks for is sent; a bucket's default only where the provider has object ACLs.
    #[default]
    Auto,
    /// Always, the bucket's default included.
    On,
    /// Never: a call that asks for a visibility other than the bucket's default is refused.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let credentials = Credentials {
            key: Secret::new("CANARY-KEY"),
            secret: Secret::new("CANARY-SECRET"),
            token: Some(Secret::new("CANARY-TOKEN")),
        };
        assert!(!format!("{credentials:?} {credentials:#?}").contains("CANARY"));
    }
}
