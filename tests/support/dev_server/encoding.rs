//! How keys travel: URL-encoded in listings, and inside continuation tokens.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::crypto::Crc32;
use s3s::dto::EncodingType;
use s3s::{S3Result, s3_error};

use super::store::hex;

/// What S3 leaves alone when it encodes keys for `encoding-type=url`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// Whether, and how, a listing encodes keys, prefixes and delimiters.
///
/// XML 1.0 cannot express most control characters, which is what `encoding-type=url` is for:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.
#[derive(Clone, Copy)]
pub(crate) struct KeyEncoding {
    url: bool,
}

impl KeyEncoding {
    pub(crate) fn parse(encoding_type: Option<&EncodingType>) -> S3Result<Self> {
        match encoding_type.map(EncodingType::as_str) {
            None | Some("") => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request")),
        }
    }

    /// Like S3, writes a space as `+` (and a plus sign as `%2B`).
    pub(crate) fn encode(self, text: &str) -> String {
        if self.url { utf8_percent_encode(text, ENCODED).to_string().replace("%20", "+") } else { text.to_owned() }
    }
}

/// Where a listing continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// After this key.
    AfterKey(String),
    /// After all keys that start with this common prefix.
    AfterPrefix(String),
}

impl Position {
    /// An opaque continuation token: hexadecimal digits, ending with a checksum that tells a token of ours from
    /// anything else.
    pub(crate) fn to_token(&self) -> String {
        let (kind, text) = match self {
            Self::AfterKey(key) => (b'k', key),
            Self::AfterPrefix(prefix) => (b'p', prefix),
        };
        let mut payload = vec![kind];
        payload.extend_from_slice(text.as_bytes());
        let checksum = Crc32::checksum_u32(&payload);
        payload.extend_from_slice(&checksum.to_be_bytes());
        hex(&payload)
    }

    pub(crate) fn from_token(token: &str) -> S3Result<Self> {
        Self::decode(token).ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
    }

    fn decode(token: &str) -> Option<Self> {
        let bytes: Vec<u8> = token
            .as_bytes()
            .chunks(2)
            .map(|digits| {
                let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 2)?;
                u8::from_str_radix(digits, 16).ok()
            })
            .collect::<Option<_>>()?;
        let (payload, checksum) = bytes.split_last_chunk::<4>()?;
        if Crc32::checksum_u32(payload).to_be_bytes() != *checksum {
            return None;
        }
        let (kind, text) = payload.split_first()?;
        let text = String::from_utf8(text.to_vec()).ok()?;
        match kind {
            b'k' => Some(Self::AfterKey(text)),
            b'p' => Some(Self::AfterPrefix(text)),
            _ => None,
        }
    }
}
