//! Backends: the contract that each one keeps, and the implementations of it.

pub mod contract;
mod kept;
mod local;
mod memory;
mod open;
pub mod s3;

pub use contract::{
    Backend, Capability, Connections, Content, ContentStream, Copied, CopyLimit, CopyOrder, FileSlice, Location,
    Object, Part, PartPage, PendingUpload, Span, UploadMarker, UploadPage, Vouched,
};
#[cfg(any(test, fuzzing))]
pub(crate) use local::properties as local_properties;
pub use open::{Open, alone_in_memory, open, register};
