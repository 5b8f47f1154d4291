//! Where credentials come from.

use aws_config::{default_provider::credentials::DefaultCredentialsChain, provider_config::ProviderConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_types::region::Region;

use crate::config::ServerConfig;

/// The places that are looked at, in order, for the message when none of them has any.
pub(super) const PLACES: &str = "credentials of the server, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the AWS profile files, \
                          SSO, web identity, the ECS container and the EC2 instance";

/// The credentials of a server: its own, or those of the AWS chain.
pub(super) async fn provider(
    server: &ServerConfig,
    environment: ProviderConfig,
    region: &str,
) -> SharedCredentialsProvider {
    if let Some(fixed) = &server.credentials {
        let token = fixed.token.as_ref().map(|token| token.expose().to_owned());
        let credentials = Credentials::new(fixed.key.expose(), fixed.secret.expose(), token, None, "configuration");
        return SharedCredentialsProvider::new(credentials);
    }
    let region = Region::new(region.to_owned());
    let environment = environment.with_region(Some(region.clone()));
    SharedCredentialsProvider::new(
        DefaultCredentialsChain::builder().region(region).configure(environment).build().await,
    )
}
