//! Where credentials come from.

use aws_config::{
    default_provider::credentials::DefaultCredentialsChain, ecs::EcsCredentialsProvider,
    imds::credentials::ImdsCredentialsProvider, meta::credentials::CredentialsProviderChain,
    provider_config::ProviderConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_types::region::Region;

use crate::config::ServerConfig;

/// Names a file that the ECS provider would read.
const ECS_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The places that are looked at, in order, for the message when none of them has any.
pub(super) const PLACES: &str = "credentials of the server, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the AWS profile files, \
                          SSO and web identity (these not under open_basedir), the ECS container and the EC2 instance";

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
    if server.confined {
        return SharedCredentialsProvider::new(without_files(&environment));
    }
    SharedCredentialsProvider::new(
        DefaultCredentialsChain::builder().region(region).configure(environment).build().await,
    )
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
