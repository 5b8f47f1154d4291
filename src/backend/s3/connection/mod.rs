//! What a server's requests share: addresses, credentials, clock, connections. One place each, for both planes.

mod clock;
mod credentials;
mod dial;
mod endpoint;
mod fault;
mod pool;
mod socket;

use aws_smithy_async::time::SharedTimeSource;

pub(super) use clock::Clock;
pub(super) use credentials::Cached;
use credentials::Environment;
#[cfg(any(test, fuzzing))]
pub(super) use credentials::parse_credentials;
pub(super) use credentials::{PLACES, Source};
pub(super) use dial::{Origin, Route};
pub(super) use endpoint::{Endpoints, Place};
pub(super) use fault::{TransportError, chain, find};
pub(super) use pool::{Pool, Receiving};

use super::{control::Connector, data::Signer, policy::Limits};
use crate::{
    config::ServerConfig,
    error::{Error, ErrorCode, Result},
};

/// One server as both planes see it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) endpoints: Endpoints,
    pub(super) credentials: Source,
    pub(super) signer: Signer,
    pub(super) clock: Clock,
    pub(super) pool: Pool,
    pub(super) limits: Limits,
    /// The configured region; a bucket may be known to be in another.
    pub(super) region: String,
}

impl Server {
    /// Prepares everything; connects nowhere.
    ///
    /// # Errors
    /// INVALID_CONFIG when no region is configured and the AWS profile has none either.
    pub(super) async fn of(server: &ServerConfig) -> Result<Self> {
        let limits =
            Limits { connect: server.connect_timeout, silence: server.read_timeout, minimum_rate: server.minimum_rate };
        let clock = Clock::default();
        let proxy = server.proxy.as_ref().and_then(|proxy| proxy.parse().ok());
        // Metadata services are on this machine's own network: no proxy, and no certificates of another server's.
        let metadata = Route { may_be_link_local: true, ..Route::default() };
        let chain = Connector::new(Pool::new(metadata), limits);
        let environment = Environment::of(server, chain, SharedTimeSource::new(clock.clone()));
        let region = match &server.region {
            Some(region) => region.clone(),
            None if server.confined => return Err(no_region()),
            None => environment.profile_region().await.ok_or_else(no_region)?,
        };
        Ok(Self {
            endpoints: Endpoints::new(server, region.clone()),
            credentials: Source::of(server, environment, &region),
            signer: Signer::default(),
            clock,
            pool: Pool::new(Route {
                ca_file: server.ca_file.clone(),
                proxy,
                may_be_link_local: server.may_be_link_local,
            }),
            limits,
            region,
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
