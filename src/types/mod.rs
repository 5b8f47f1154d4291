//! The vocabulary: pathnames and keys, what is known of an object, what a listing page holds, what a call may ask for.

mod chain;
mod changes;
mod encryption;
pub mod environment;
pub(crate) mod forced;
mod grants;
mod key;
mod lock;
mod object_info;
mod options;
mod owned;
mod per_process;
mod post;
mod presigned;
pub mod process;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod range;
mod secret;
mod tags;
mod trace;
mod transfer;
mod version;
mod visibility;

pub use chain::Chain;
pub use changes::Changes;
pub use encryption::{CustomerKey, Encryption, ServerEncryption};
pub use grants::Grants;
pub use key::{Key, MAX_KEY_BYTES, Pathname, Prefix};
pub use lock::{ObjectLock, Retention, RetentionMode};
pub use object_info::{ListPage, ObjectInfo};
pub use options::{
    CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, MAX_PAGE, MAX_PUT_BYTES, PresignGetOptions,
    PresignPutOptions, PutOptions, check_header_value,
};
pub use owned::Owned;
pub use per_process::PerProcess;
pub use post::{FILENAME, PresignPostOptions, PresignedPost};
pub use presigned::{Expiry, MAX_EXPIRY_SECONDS, PresignedUrl};
pub use range::ByteRange;
pub use secret::{Secret, Wiping, is_wiping, wipe};
pub use tags::check_tags;
pub use trace::TraceContext;
pub use transfer::{CONCURRENCIES, PART_SIZES, TransferOptions};
pub use version::{ObjectVersion, VersionMarker, VersionPage};
pub use visibility::Visibility;
