//! The vocabulary: pathnames and keys, what is known of an object, what a listing page holds, what a call may ask for.

mod key;
mod object_info;
mod options;
mod presigned;
mod range;
mod transfer;
mod visibility;

pub use key::{Key, MAX_KEY_BYTES, Pathname, Prefix};
pub use object_info::{ListPage, ObjectInfo};
pub use options::{
    CopyOptions, GetOptions, ListOptions, MAX_PAGE, PresignGetOptions, PresignPutOptions, PutOptions,
    check_header_value,
};
pub use presigned::{Expiry, MAX_EXPIRY_SECONDS, PresignedUrl};
pub use range::ByteRange;
pub use transfer::{CONCURRENCIES, PART_SIZES, TransferOptions};
pub use visibility::Visibility;
