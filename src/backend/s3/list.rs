//! `ListObjectsV2`, with keys that survive XML.

use aws_sdk_s3::{
    operation::list_objects_v2::ListObjectsV2Output,
    types::{EncodingType, Object},
};
use percent_encoding::percent_decode_str;

use super::{
    S3,
    control::{send, untrustworthy},
    seconds,
};
use crate::{
    error::Result,
    types::{ListOptions, ListPage, MAX_PAGE, ObjectInfo},
};

impl S3 {
    pub(super) async fn list_objects(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        let limit = options.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let request = self
            .client()
            .list_objects_v2()
            .bucket(bucket)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_delimiter((!options.recursive).then(|| "/".to_owned()))
            .max_keys(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_start_after(options.start_after.clone())
            .set_continuation_token(options.token.clone())
            // Keys may hold characters that XML 1.0 cannot express.
            .encoding_type(EncodingType::Url);
        let output = send!(self, bucket, request)?;
        self.saw(bucket);
        page(&output, options)
    }
}

fn page(output: &ListObjectsV2Output, options: &ListOptions) -> Result<ListPage> {
    let encoded = output.encoding_type() == Some(&EncodingType::Url);
    let objects = output.contents().iter().map(|object| info(object, encoded)).collect::<Result<_>>()?;
    let prefixes = output
        .common_prefixes()
        .iter()
        .filter_map(|common| common.prefix())
        .map(|prefix| decode(prefix, encoded))
        .collect::<Result<_>>()?;
    let is_truncated = output.is_truncated().ok_or_else(|| untrustworthy("it does not say whether there is more"))?;
    let next_token = match (is_truncated, output.next_continuation_token()) {
        (false, _) => None,
        // A truncated page that cannot be continued would make a short listing look complete.
        (true, None) => return Err(untrustworthy("it says that there is more, but has no continuation token")),
        (true, Some(token)) if options.token.as_deref() == Some(token) => {
            return Err(untrustworthy("it repeats the continuation token that it was asked with"));
        }
        (true, Some(token)) => Some(token.to_owned()),
    };
    Ok(ListPage { objects, prefixes, next_token })
}

fn info(object: &Object, encoded: bool) -> Result<ObjectInfo> {
    let key = object.key().ok_or_else(|| untrustworthy("an entry has no key"))?;
    Ok(ObjectInfo {
        name: decode(key, encoded)?,
        size: object.size().and_then(|size| u64::try_from(size).ok()),
        last_modified: seconds(object.last_modified()),
        etag: object.e_tag().map(ToOwned::to_owned),
        storage_class: object.storage_class().map(|class| class.as_str().to_owned()),
        ..ObjectInfo::default()
    })
}

/// Undoes `encoding-type=url`, where a space is `+` (AWS, `MinIO`) or `%20` (others), and a plus always `%2B`.
pub(super) fn decode(text: &str, encoded: bool) -> Result<String> {
    if !encoded {
        return Ok(text.to_owned());
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| untrustworthy("a key is not UTF-8"))?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_encoding_is_undone_and_bytes_that_are_no_text_are_refused() {
        assert_eq!(decode("a+b%2Bc%252F%01", true).unwrap(), "a b+c%2F\u{1}");
        assert_eq!(decode("a+b%2B", false).unwrap(), "a+b%2B");
        assert!(decode("%FF", true).is_err());
    }

    #[test]
    fn a_missing_or_repeated_token_is_an_error_not_a_short_list() {
        let truncated = |token: Option<&str>| {
            ListObjectsV2Output::builder()
                .is_truncated(true)
                .set_next_continuation_token(token.map(ToOwned::to_owned))
                .build()
        };
        let asked = ListOptions { token: Some("t".into()), ..ListOptions::default() };
        assert!(page(&truncated(None), &asked).is_err());
        assert!(page(&truncated(Some("t")), &asked).is_err());
        assert_eq!(page(&truncated(Some("u")), &asked).unwrap().next_token.as_deref(), Some("u"));
    }
}
