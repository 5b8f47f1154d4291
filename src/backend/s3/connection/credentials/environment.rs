//! What the chain runs in.
//!
//! aws-config reads variables and files through two shims, `Env` and `Fs`. Its feature `test-util` is what lets a caller
//! supply them; it adds two methods to the loader and nothing else. Without it the chain would see the process's
//! environment only, and two virtual hosts of one process would share what belongs to one of them (ADR 9).

use std::collections::HashMap;

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig,
    profile::{self, ProfileSet},
};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SharedTimeSource};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::{
    os_shim_internal::{Env, Fs},
    region::Region,
};

use crate::{
    backend::s3::control::Connector,
    config::ServerConfig,
    types::{Secret, Wiping},
};

/// Name a file, or belong to one that does. A program that is confined to some folders could have any file opened through
/// these, as it may change them; profile files are kept from it by a file system without files.
const OPENING_FILES: &[&str] = &["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];

/// An ECS token file that may not be read must not mean a request without the token.
const NEEDING_TOKEN_FILE: &[&str] = &["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];

/// Variables, files, HTTP client, time limits and clock of a server's chain.
#[derive(Clone)]
pub(in crate::backend::s3) struct Environment {
    variables: Vec<(String, Secret)>,
    fs: Fs,
    client: Connector,
    limits: TimeoutConfig,
    clock: SharedTimeSource,
    may_run_programs: bool,
}

/// Its variables may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment")
    }
}

impl Environment {
    /// The environment of a server. The clock says when credentials expire, and signs the chain's own requests.
    pub(in crate::backend::s3) fn of(server: &ServerConfig, client: Connector, clock: SharedTimeSource) -> Self {
        let variables = if server.confined { without_files(&server.environment) } else { server.environment.clone() };
        let limits = TimeoutConfig::builder().connect_timeout(server.connect_timeout).read_timeout(server.read_timeout);
        Self {
            variables,
            fs: if server.confined { Fs::from_slice(&[]) } else { Fs::real() },
            client,
            limits: limits.build(),
            clock,
            may_run_programs: server.may_run_programs,
        }
    }

    pub(super) fn clock(&self) -> SharedTimeSource {
        self.clock.clone()
    }

    pub(super) fn may_run_programs(&self) -> bool {
        self.may_run_programs
    }

    pub(super) fn variables(&self) -> &[(String, Secret)] {
        &self.variables
    }

    /// The variables as aws-config takes them, in plain texts: made whenever it is asked, so that they do not stay.
    fn env(&self) -> Env {
        let plain = self.variables.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        Env::from(plain.collect::<HashMap<_, _>>())
    }

    /// Reads the profile files.
    pub(super) async fn profiles(&self) -> Result<ProfileSet, profile::ProfileFileLoadError> {
        profiles(&self.fs, &self.env()).await
    }

    /// The region of the selected profile, or of the nearest one that it takes its credentials from.
    pub(in crate::backend::s3) async fn profile_region(&self) -> Option<String> {
        // The files hold keys beside the region.
        let _wiping = Wiping::begin();
        let profiles = self.profiles().await.ok()?;
        let mut name = profiles.selected_profile();
        let mut seen = Vec::new();
        while !seen.contains(&name) {
            let profile = profiles.get_profile(name)?;
            if let Some(region) = profile.get("region") {
                return Some(region.to_owned());
            }
            seen.push(name);
            name = profile.get("source_profile")?;
        }
        None
    }

    /// Everything that aws-config makes of it, the chain included. Reads the profile files anew.
    pub(super) async fn load(&self, region: &Region) -> SdkConfig {
        self.loader().region(region.clone()).load().await
    }

    fn loader(&self) -> ConfigLoader {
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .env(self.env())
            .fs(self.fs.clone())
            .http_client(self.client.clone())
            .sleep_impl(TokioSleep::new())
            .time_source(self.clock.clone())
            .timeout_config(self.limits.clone())
    }
}

/// Reads the profile files that the variables name.
#[allow(clippy::default_trait_access, reason = "the type is another crate's; aws-config's name for it is deprecated")]
pub(super) async fn profiles(fs: &Fs, env: &Env) -> Result<ProfileSet, profile::ProfileFileLoadError> {
    profile::load(fs, env, &Default::default(), None).await
}

fn without_files(variables: &[(String, Secret)]) -> Vec<(String, Secret)> {
    let has_token_file = variables.iter().any(|(name, _)| name == "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let left_out = |name: &str| OPENING_FILES.contains(&name) || has_token_file && NEEDING_TOKEN_FILE.contains(&name);
    variables.iter().filter(|(name, _)| !left_out(name)).cloned().collect()
}
