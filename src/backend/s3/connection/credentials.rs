//! Where credentials come from.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_config::{
    default_provider::credentials::DefaultCredentialsChain, ecs::EcsCredentialsProvider,
    imds::credentials::ImdsCredentialsProvider, meta::credentials::CredentialsProviderChain,
    provider_config::ProviderConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, SharedCredentialsProvider},
};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_types::region::Region;

use crate::{backend::s3::policy::no_credentials, config::ServerConfig, error::Result};

/// Names a file that the ECS provider would read.
const ECS_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The places that are looked at, in order, for the message when none of them has any.
pub(in crate::backend::s3) const PLACES: &str = "credentials of the server, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the AWS profile files, \
                          SSO and web identity (these not under open_basedir), the ECS container and the EC2 instance";

/// The credentials of a server: its own, or those of the AWS chain behind a cache.
#[derive(Debug)]
pub(in crate::backend::s3) enum Source {
    Fixed(Credentials, Identity),
    Chain(Arc<Cached>),
}

impl Source {
    pub(in crate::backend::s3) async fn of(server: &ServerConfig, environment: ProviderConfig, region: &str) -> Self {
        if let Some(fixed) = &server.credentials {
            let token = fixed.token.as_ref().map(|token| token.expose().to_owned());
            let fixed = Credentials::new(fixed.key.expose(), fixed.secret.expose(), token, None, "configuration");
            return Self::Fixed(fixed.clone(), fixed.into());
        }
        let region = Region::new(region.to_owned());
        let environment = environment.with_region(Some(region.clone()));
        let chain = if server.confined {
            SharedCredentialsProvider::new(without_files(&environment))
        } else {
            let chain = DefaultCredentialsChain::builder().region(region).configure(environment);
            SharedCredentialsProvider::new(chain.build().await)
        };
        Self::Chain(Arc::new(Cached::new(chain)))
    }

    /// What the data plane signs with.
    ///
    /// # Errors
    /// PERMISSION_DENIED naming the places that were looked at.
    pub(in crate::backend::s3) async fn identity(&self) -> Result<Identity> {
        match self {
            Self::Fixed(_, identity) => Ok(identity.clone()),
            Self::Chain(cached) => match cached.fresh().await {
                Ok(credentials) => Ok(credentials.into()),
                Err(error) => Err(no_credentials(&error)),
            },
        }
    }

    /// What the control plane signs with.
    pub(in crate::backend::s3) fn provider(&self) -> SharedCredentialsProvider {
        match self {
            Self::Fixed(credentials, _) => SharedCredentialsProvider::new(credentials.clone()),
            Self::Chain(cached) => {
                let cached: Arc<dyn ProvideCredentials> = Arc::clone(cached) as _;
                SharedCredentialsProvider::new(cached)
            }
        }
    }

    /// The cache, where there is one.
    pub(in crate::backend::s3) fn cache(&self) -> Option<Arc<Cached>> {
        match self {
            Self::Fixed(..) => None,
            Self::Chain(cached) => Some(Arc::clone(cached)),
        }
    }
}

/// Credentials with less time left than this are replaced by the call that finds it out.
const REFRESH_BEFORE: Duration = Duration::from_mins(5);

/// The chain's credentials, kept until shortly before they expire. Nothing runs in the background: the call that finds
/// little time left asks the chain, calls that come meanwhile wait for it, and the old ones serve if it fails.
#[derive(Debug)]
pub(in crate::backend::s3) struct Cached {
    chain: SharedCredentialsProvider,
    held: Mutex<Option<Credentials>>,
    refreshing: tokio::sync::Mutex<()>,
}

impl Cached {
    fn new(chain: SharedCredentialsProvider) -> Self {
        Self { chain, held: Mutex::new(None), refreshing: tokio::sync::Mutex::new(()) }
    }

    /// Forgets the credentials, because a server says that they have expired.
    pub(in crate::backend::s3) fn invalidate(&self) {
        *self.lock() = None;
    }

    async fn fresh(&self) -> provider::Result {
        if let Some(credentials) = self.held(REFRESH_BEFORE) {
            return Ok(credentials);
        }
        let _alone = self.refreshing.lock().await;
        if let Some(credentials) = self.held(REFRESH_BEFORE) {
            return Ok(credentials);
        }
        match self.chain.provide_credentials().await {
            Ok(credentials) => {
                *self.lock() = Some(credentials.clone());
                Ok(credentials)
            }
            Err(error) => self.held(Duration::ZERO).ok_or(error),
        }
    }

    /// The held credentials, if they last longer than that.
    fn held(&self, left: Duration) -> Option<Credentials> {
        let held = self.lock();
        held.as_ref().filter(|held| held.expiry().is_none_or(|end| end > SystemTime::now() + left)).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Credentials>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProvideCredentials for Cached {
    fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        provider::future::ProvideCredentials::new(self.fresh())
    }
}

/// The part of the chain that opens no file and starts no program: a script that is confined to some folders could name
/// any file through the environment, which it may change.
fn without_files(environment: &ProviderConfig) -> CredentialsProviderChain {
    let instance = ImdsCredentialsProvider::builder().configure(environment).build();
    if std::env::var_os(ECS_TOKEN_FILE).is_some() {
        return CredentialsProviderChain::first_try("Ec2InstanceMetadata", instance);
    }
    let container = EcsCredentialsProvider::builder().configure(environment).build();
    CredentialsProviderChain::first_try("EcsContainer", container).or_else("Ec2InstanceMetadata", instance)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Hands out credentials that last so long, and counts how often it was asked; the second time it fails on demand.
    #[derive(Debug)]
    struct Chain {
        asked: Arc<AtomicU32>,
        lasts: Duration,
        fails_later: bool,
    }

    impl ProvideCredentials for Chain {
        fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            provider::future::ProvideCredentials::new(async {
                tokio::task::yield_now().await;
                let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                if asked > 1 && self.fails_later {
                    return Err(provider::error::CredentialsError::not_loaded("gone"));
                }
                let end = SystemTime::now() + self.lasts;
                Ok(Credentials::new(format!("key{asked}"), "secret", None, Some(end), "test"))
            })
        }
    }

    fn cached(lasts: Duration, fails_later: bool) -> (Cached, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let chain = Chain { asked: Arc::clone(&asked), lasts, fails_later };
        (Cached::new(SharedCredentialsProvider::new(chain)), asked)
    }

    #[tokio::test]
    async fn calls_that_come_together_ask_the_chain_once() {
        let (cached, asked) = cached(Duration::from_hours(1), false);
        let (a, b, c) = tokio::join!(cached.fresh(), cached.fresh(), cached.fresh());
        assert_eq!(
            [a, b, c].map(|credentials| credentials.unwrap().access_key_id().to_owned()),
            ["key1", "key1", "key1"]
        );
        assert_eq!(cached.fresh().await.unwrap().access_key_id(), "key1");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn credentials_that_end_soon_are_replaced_and_serve_on_if_that_fails() {
        let (soon, _) = cached(Duration::from_mins(4), false);
        assert_eq!(soon.fresh().await.unwrap().access_key_id(), "key1");
        assert_eq!(soon.fresh().await.unwrap().access_key_id(), "key2");
        let (failing, _) = cached(Duration::from_mins(4), true);
        assert_eq!(failing.fresh().await.unwrap().access_key_id(), "key1");
        assert_eq!(failing.fresh().await.unwrap().access_key_id(), "key1");
        let (over, _) = cached(Duration::ZERO, true);
        assert!(over.fresh().await.is_ok());
        assert!(over.fresh().await.is_err());
    }

    #[tokio::test]
    async fn invalidated_credentials_are_asked_for_anew() {
        let (cached, _) = cached(Duration::from_hours(1), false);
        assert_eq!(cached.fresh().await.unwrap().access_key_id(), "key1");
        cached.invalidate();
        assert_eq!(cached.fresh().await.unwrap().access_key_id(), "key2");
    }
}
