//! Configuration: one neutral tree of values in, a validated [`Config`] out.
//!
//! Every source (a PHP array, a YAML, TOML or JSON file) becomes a [`serde_json::Value`]; variables are expanded in it, then the whole of it is
//! validated at once, so that a user sees every problem in one message.

mod cache;
mod chain;
#[cfg(test)]
mod documents;
mod driver;
mod env;
mod file;
mod format;
mod given;
mod model;
mod place;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod provider;
mod section;
mod server;
mod short;
mod validate;
mod yaml;

pub use driver::{Driver, DriverOptions, know_driver};
pub use env::Variables;
pub use file::load;
pub use given::{Source, take};
pub use model::{Acl, Bucket, BucketConfig, Config, Credentials, ServerConfig};
pub use provider::Provider;
pub(crate) use server::MAX_ATTEMPTS;
pub use server::is_metadata_address;
pub use validate::{bucket_from_parts, validate};

/// How many configurations this thread keeps, so that handles of the same source need no validation again.
#[must_use]
pub fn configurations_kept() -> usize {
    file::kept() + given::kept()
}
