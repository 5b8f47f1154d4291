//! The places that are asked, in order.
//!
//! aws-config's chain, with one place of our own: a profile's `credential_process` is run by us, because tokio's way of
//! waiting for a program fails where the PHP program reaps its children (ADR 8).

use aws_config::{
    profile::{Profile, ProfileSet},
    sts::AssumeRoleProvider,
};
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, error::CredentialsError},
};
use aws_types::{SdkConfig, region::Region};

use super::{environment::Environment, process};
use crate::types::Wiping;

/// Made anew of files and variables whenever it is asked: aws-config's own providers would remember a profile file for ever,
/// and so go on with the credentials that a server has just called expired.
#[derive(Debug)]
pub(super) struct Chain {
    environment: Environment,
    region: Region,
}

impl Chain {
    pub(super) fn new(environment: Environment, region: Region) -> Self {
        Self { environment, region }
    }

    async fn ask(&self) -> provider::Result {
        // Files, variables and answers are texts of aws-config's own meanwhile.
        let _wiping = Wiping::begin();
        let config = self.environment.load(&self.region).await;
        // Before the first place of aws-config's chain that is left: the variables with a key were looked at already.
        if let Ok(profiles) = self.environment.profiles().await
            && let Some(named) = Program::named_by(&profiles)
        {
            return self.run(named, config).await;
        }
        let chain = config.credentials_provider().ok_or_else(|| CredentialsError::not_loaded("no chain"))?;
        chain.provide_credentials().await
    }

    async fn run(&self, program: Program, config: SdkConfig) -> provider::Result {
        if !self.environment.may_run_programs() {
            let words = "credential_process of the AWS profile is not run, because proc_open is disabled";
            return Err(CredentialsError::invalid_configuration(words));
        }
        let mut credentials = process::run(&program.command, self.environment.variables()).await?;
        for role in program.roles {
            credentials = role.assumed(credentials, &config).await?;
        }
        Ok(credentials)
    }
}

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        provider::future::ProvideCredentials::new(self.ask())
    }
}

/// What comes before `credential_process` in a profile.
/// Source: aws-config, `profile/credentials/repr.rs`.
const BEFORE_PROGRAM: &[&str] = &[
    "credential_source",
    "web_identity_token_file",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_start_url",
    "sso_session",
    "login_session",
];

/// A program that answers with credentials, and the roles that these are exchanged for, in order.
#[derive(Debug, PartialEq)]
struct Program {
    command: String,
    roles: Vec<Role>,
}

#[derive(Debug, PartialEq)]
struct Role {
    arn: String,
    external_id: Option<String>,
    session_name: Option<String>,
}

impl Program {
    /// The program that the selected profile leads to. `None` is also what is wrong with the files: aws-config says it better.
    fn named_by(profiles: &ProfileSet) -> Option<Self> {
        let mut roles = Vec::new();
        let mut seen = Vec::new();
        let mut name = profiles.selected_profile();
        let profile = loop {
            let profile = profiles.get_profile(name)?;
            // Keys of a source profile go before whatever else it has.
            if seen.contains(&name) || !seen.is_empty() && profile.get("aws_access_key_id").is_some() {
                return None;
            }
            seen.push(name);
            let Some(role) = Role::of(profile) else { break profile };
            roles.push(role);
            let source = profile.get("source_profile").filter(|_| profile.get("credential_source").is_none())?;
            if source == name {
                break profile;
            }
            name = source;
        };
        if BEFORE_PROGRAM.iter().any(|key| profile.get(key).is_some()) {
            return None;
        }
        roles.reverse();
        Some(Self { command: profile.get("credential_process")?.to_owned(), roles })
    }
}

impl Role {
    fn of(profile: &Profile) -> Option<Self> {
        // With a token file it is a source of credentials, not an exchange.
        let arn = profile.get("role_arn").filter(|_| profile.get("web_identity_token_file").is_none())?;
        let text = |key| profile.get(key).map(ToOwned::to_owned);
        Some(Self { arn: arn.to_owned(), external_id: text("external_id"), session_name: text("role_session_name") })
    }

    async fn assumed(self, with: Credentials, config: &SdkConfig) -> provider::Result {
        let mut builder = AssumeRoleProvider::builder(self.arn).configure(config);
        if let Some(id) = self.external_id {
            builder = builder.external_id(id);
        }
        if let Some(name) = self.session_name {
            builder = builder.session_name(name);
        }
        builder.build_from_provider(with).await.provide_credentials().await
    }
}

#[cfg(test)]
mod tests {
    use aws_types::os_shim_internal::{Env, Fs};

    use super::{super::environment::profiles, *};

    async fn program(profile: &str, config: &str) -> Option<Program> {
        let env = Env::from_slice(&[("HOME", "/home"), ("AWS_PROFILE", profile)]);
        let fs = Fs::from_slice(&[("/home/.aws/config", config)]);
        Program::named_by(&profiles(&fs, &env).await.unwrap())
    }

    #[tokio::test]
    async fn a_profile_and_its_source_profiles_name_a_program_and_roles() {
        let config = "[profile a]\nrole_arn=outer\nsource_profile=b\n[profile b]\nrole_arn=inner\nexternal_id=x\n\
                      source_profile=c\n[profile c]\ncredential_process=run me\n[profile d]\nrole_arn=own\nsource_profile=d\n\
                      credential_process=run me too\n";
        let found = program("a", config).await.unwrap();
        assert_eq!(found.command, "run me");
        let arns: Vec<_> = found.roles.iter().map(|role| role.arn.as_str()).collect();
        assert_eq!(arns, ["inner", "outer"]);
        assert_eq!(found.roles[0].external_id.as_deref(), Some("x"));
        assert_eq!(program("c", config).await.unwrap().roles, []);
        assert_eq!(program("d", config).await.unwrap().command, "run me too");
    }

    #[tokio::test]
    async fn what_comes_before_a_program_and_what_is_wrong_is_left_to_aws_config() {
        for config in [
            "",
            "[profile b]\ncredential_process=x\n",
            "[profile a]\naws_access_key_id=k\naws_secret_access_key=s\n",
            "[profile a]\ncredential_process=x\nsso_session=y\n",
            "[profile a]\ncredential_process=x\nrole_arn=r\nweb_identity_token_file=/t\n",
            "[profile a]\nrole_arn=r\ncredential_source=Environment\ncredential_process=x\n",
            "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=s\nsource_profile=a\n",
            "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\ncredential_process=x\naws_access_key_id=k\n",
        ] {
            assert_eq!(program("a", config).await, None, "{config}");
        }
    }
}
