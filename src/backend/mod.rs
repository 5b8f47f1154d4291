//! Backends: the contract that each one keeps, and the S3 implementation of it.

pub mod contract;
mod open;
pub mod s3;

pub use contract::{Backend, Capability, ContentStream, Copied, CopyOrder, Location, Object, Part, Span};
pub use open::open;
