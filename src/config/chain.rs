//! What the AWS chain of credentials reads from variables. It is captured here, once, because PHP's variables are not only
//! the process's, and because it is part of the configuration: programs with other variables never share a client.

use super::{Credentials, Variables};
use crate::types::Secret;

/// The variables that decide which credentials there are, and from where they are fetched.
/// Source: AWS SDKs and Tools reference guide, "Settings reference"; `aws-config` reads no other for credentials.
const NAMES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCOUNT_ID",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MAX_ATTEMPTS",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SDK_UA_APP_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "HOME",
];

/// The variables of the chain that are set. An empty one counts as absent, as a script has no other way to hide one of the
/// process from `$_SERVER` or `$_ENV`.
pub(super) fn environment(variables: &dyn Variables) -> Vec<(String, Secret)> {
    NAMES.iter().filter_map(|name| Some(((*name).to_owned(), Secret::new(set(variables, name)?)))).collect()
}

/// The first place of the chain, which needs no asking.
pub(super) fn credentials(variables: &dyn Variables) -> Option<Credentials> {
    Some(Credentials {
        key: Secret::new(set(variables, "AWS_ACCESS_KEY_ID")?),
        secret: Secret::new(set(variables, "AWS_SECRET_ACCESS_KEY")?),
        token: set(variables, "AWS_SESSION_TOKEN").map(Secret::new),
    })
}

/// The region that the variables name.
pub(super) fn region(variables: &dyn Variables) -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| set(variables, name))
}

fn set(variables: &dyn Variables, name: &str) -> Option<String> {
    variables.get(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_are_set_are_captured_and_empty_ones_are_absent() {
        let variables = |name: &str| match name {
            "AWS_PROFILE" => Some("work".to_owned()),
            "AWS_ROLE_ARN" => Some(String::new()),
            "PATH" => Some("/bin".to_owned()),
            _ => None,
        };
        assert_eq!(environment(&variables), [("AWS_PROFILE".to_owned(), Secret::new("work"))]);
    }

    #[test]
    fn a_key_without_its_secret_is_no_credentials() {
        assert!(credentials(&|name: &str| (name == "AWS_ACCESS_KEY_ID").then(|| "key".to_owned())).is_none());
        let found = credentials(&|name: &str| Some(name.to_owned()));
        assert_eq!(found.map(|found| found.key), Some(Secret::new("AWS_ACCESS_KEY_ID")));
    }
}
