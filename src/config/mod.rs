//! Configuration: one neutral tree of values in, a validated [`Config`] out.
//!
//! Every source (a PHP array today) becomes a [`serde_json::Value`]; variables are expanded in it, then the whole of it is
//! validated at once, so that a user sees every problem in one message.

mod chain;
mod env;
mod model;
mod provider;
mod section;
mod validate;

pub use env::Variables;
pub use model::{Acl, BucketConfig, Config, Credentials, Secret, ServerConfig};
pub use provider::Provider;
pub use validate::{bucket_from_parts, is_metadata_address, validate};
