//! The vocabulary: pathnames and keys, what is known of an object, what a listing page holds, what a call may ask for.

mod key;
mod object_info;
mod options;
mod owned;
mod post;
mod presigned;
mod range;
mod visibility;

pub use key::{Key, MAX_KEY_BYTES, Pathname, Prefix};
pub use object_info::{ListPage, ObjectInfo};
pub use options::{
    CopyOptions, GetOptions, ListOptions, MAX_PAGE, MAX_PUT_BYTES, PresignGetOptions, PresignPutOptions, PutOptions,
    check_header_value,
};
pub use owned::Owned;
pub use post::{FILENAME, PresignPostOptions, PresignedPost};
pub use presigned::{Expiry, MAX_EXPIRY_SECONDS, PresignedUrl};
pub use range::ByteRange;
pub use visibility::Visibility;
