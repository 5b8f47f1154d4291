//! What stands between an operation and the backend, whatever the backend is.

mod limit;

pub use limit::{Limit, Permit};
