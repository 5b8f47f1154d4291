//! Where credentials come from: the configuration, or the AWS chain behind a cache of our own.
//!
//! - `cache`: how long credentials are kept, and who fetches new ones.
//! - `chain`: the places that are asked, in order.
//! - `environment`: what the chain runs in: variables, files, HTTP client, clock.
//! - `process`: the program that a profile may name.

mod cache;
mod chain;
mod environment;
mod process;

use std::sync::Arc;

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_types::region::Region;

pub(in crate::backend::s3) use self::cache::Cached;
pub(super) use self::environment::Environment;
#[cfg(any(test, fuzzing))]
pub(in crate::backend::s3) use self::process::parse as parse_credentials;
use crate::{backend::s3::policy::no_credentials, config::ServerConfig, error::Result};

/// The places that are looked at, in order, for the message when none of them has any.
pub(in crate::backend::s3) const PLACES: &str = "the server's key `credentials` in the configuration, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the AWS profile files, \
                          SSO and web identity (these not under open_basedir), the ECS container and the EC2 instance";

/// The credentials of a server: its own, or those of the AWS chain behind a cache.
#[derive(Debug)]
pub(in crate::backend::s3) enum Source {
    Fixed(Credentials),
    Chain(Arc<Cached>),
}

impl Source {
    /// Asks nobody yet.
    pub(in crate::backend::s3) fn of(server: &ServerConfig, environment: Environment, region: &str) -> Self {
        if let Some(fixed) = &server.credentials {
            let token = fixed.token.as_ref().map(|token| token.expose().to_owned());
            let (key, secret) = (fixed.key.expose(), fixed.secret.expose());
            return Self::Fixed(Credentials::new(key, secret, token, None, "configuration"));
        }
        let clock = environment.clock();
        let chain = chain::Chain::new(environment, Region::new(region.to_owned()));
        Self::Chain(Arc::new(Cached::new(SharedCredentialsProvider::new(chain), clock)))
    }

    /// What the data plane signs with.
    ///
    /// # Errors
    /// PERMISSION_DENIED naming the places that were looked at.
    pub(in crate::backend::s3) async fn get(&self) -> Result<Credentials> {
        match self {
            Self::Fixed(credentials) => Ok(credentials.clone()),
            Self::Chain(cached) => cached.fresh().await.map_err(|error| no_credentials(&error)),
        }
    }

    /// What the control plane signs with.
    pub(in crate::backend::s3) fn provider(&self) -> SharedCredentialsProvider {
        match self {
            Self::Fixed(credentials) => SharedCredentialsProvider::new(credentials.clone()),
            Self::Chain(cached) => {
                let cached: Arc<dyn ProvideCredentials> = Arc::clone(cached) as _;
                SharedCredentialsProvider::new(cached)
            }
        }
    }

    /// Those that a server may quote.
    pub(in crate::backend::s3) fn known(&self) -> Vec<Credentials> {
        match self {
            Self::Fixed(credentials) => vec![credentials.clone()],
            Self::Chain(cached) => cached.known(),
        }
    }

    /// The cache, where there is one.
    pub(in crate::backend::s3) fn cache(&self) -> Option<&Cached> {
        match self {
            Self::Fixed(_) => None,
            Self::Chain(cached) => Some(cached),
        }
    }
}
