//! What stands between an operation and the backend, whatever the backend is.

mod limit;
mod stats;

pub use limit::{Limit, Permit, Suspension};
pub use stats::{Counters, Stats};
