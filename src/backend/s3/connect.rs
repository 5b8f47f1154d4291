//! From a server's configuration to a client of it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use aws_sdk_s3::{
    Client, Config,
    config::{
        BehaviorVersion, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        SharedAsyncSleep, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use aws_smithy_async::{
    rt::sleep::TokioSleep,
    time::{SharedTimeSource, SystemTimeSource},
};

use super::{
    S3,
    acl::Proof,
    blank_key::BlankKeys,
    credentials::{Environment, Source},
    endpoint::Resolution,
    policy::Policy,
    transport::Transport,
};
use crate::{
    config::ServerConfig,
    error::{Error, ErrorCode, Result},
};

impl S3 {
    /// Prepares the clients of a server; connects nowhere.
    ///
    /// # Errors
    /// INVALID_CONFIG when no region is configured and the AWS profile has none either.
    pub async fn connect(server: &ServerConfig) -> Result<Self> {
        let transport = Transport::new(server.connect_timeout, server.minimum_rate);
        let clock = SharedTimeSource::new(SystemTimeSource::new());
        let environment = Environment::of(server, transport.clone(), clock.clone());
        let region = match &server.region {
            Some(region) => region.clone(),
            None if server.confined => return Err(no_region()),
            None => environment.profile_region().await.ok_or_else(no_region)?,
        };
        let credentials = Source::of(server, environment, &region);
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.clone()))
            .http_client(transport)
            .interceptor(BlankKeys)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(clock)
            .credentials_provider(credentials.provider())
            .identity_cache(IdentityCache::no_cache())
            .force_path_style(server.path_style)
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(server.connect_timeout)
                    .read_timeout(server.read_timeout)
                    .build(),
            )
            // Retries and the operation's time are the policy's; the SDK's own guard of bodies trips only under one byte a second; silences are watched where bodies are read.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(server.endpoint.clone());
        let config = if server.provider.default_checksums() {
            config
        } else {
            config
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        };
        let client = Client::from_conf(config.clone().build());
        let presigner = match &server.public_endpoint {
            Some(public) => Client::from_conf(config.endpoint_url(public).build()),
            None => client.clone(),
        };
        Ok(Self {
            client,
            presigner,
            provider: server.provider,
            resolution: Resolution::new(server, region),
            policy: Arc::new(Policy::of(server, credentials.cache())),
            seen_buckets: Mutex::new(HashSet::new()),
            acl_proof: Proof::default(),
        })
    }
}

fn no_region() -> Error {
    Error::new(
        ErrorCode::InvalidConfig,
        "no region: set `region` of the server, AWS_REGION, or a region in the AWS profile; for a server other than AWS set \
         `endpoint`",
    )
}
