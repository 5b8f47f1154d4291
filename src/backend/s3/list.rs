//! `ListObjectsV2`, with keys that survive XML.

mod answer;

use http::Method;
use percent_encoding::percent_decode_str;

use super::{S3, control::untrustworthy, data::Request};
use crate::{
    error::Result,
    types::{ListOptions, ListPage, MAX_PAGE},
};
use answer::Answer;

impl S3 {
    pub(super) async fn list_objects(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        let request = request(prefix, options);
        let page = self.data.ask(bucket, &request, |body| read(body, options)).await?;
        self.saw(bucket);
        Ok(page)
    }
}

fn request(prefix: &str, options: &ListOptions) -> Request {
    let limit = options.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE).to_string();
    Request::new(Method::GET)
        .query("continuation-token", options.token.as_deref())
        .query("delimiter", (!options.recursive).then_some("/"))
        // Keys may hold characters that XML 1.0 cannot express.
        .query("encoding-type", Some("url"))
        .query("list-type", Some("2"))
        .query("max-keys", Some(&limit))
        .query("prefix", Some(prefix).filter(|prefix| !prefix.is_empty()))
        .query("start-after", options.start_after.as_deref())
}

/// The page that an answer holds.
///
/// # Errors
/// S3_OPERATION_FAILED for anything but a whole page that can be continued where there is more.
pub(super) fn read(body: &[u8], options: &ListOptions) -> Result<ListPage> {
    page(Answer::read(body)?, options)
}

fn page(answer: Answer, options: &ListOptions) -> Result<ListPage> {
    let Answer { mut objects, mut prefixes, is_url_encoded, is_truncated, next_token } = answer;
    if is_url_encoded {
        let names = objects.iter_mut().map(|object| &mut object.name).chain(&mut prefixes);
        for name in names.filter(|name| name.contains(['%', '+'])) {
            *name = decode(name, true)?;
        }
    }
    let is_truncated = is_truncated.ok_or_else(|| untrustworthy("it does not say whether there is more"))?;
    let next_token = match (is_truncated, next_token) {
        (false, _) => None,
        // A truncated page that cannot be continued would make a short listing look complete.
        (true, None) => return Err(untrustworthy("it says that there is more, but has no continuation token")),
        (true, token) if token == options.token => {
            return Err(untrustworthy("it repeats the continuation token that it was asked with"));
        }
        (true, token) => token,
    };
    Ok(ListPage { objects, prefixes, next_token })
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
        let truncated = |token: Option<&str>| Answer {
            is_truncated: Some(true),
            next_token: token.map(ToOwned::to_owned),
            ..Answer::default()
        };
        let asked = ListOptions { token: Some("t".into()), ..ListOptions::default() };
        assert!(page(truncated(None), &asked).is_err());
        assert!(page(truncated(Some("t")), &asked).is_err());
        assert!(page(Answer::default(), &asked).is_err());
        assert_eq!(page(truncated(Some("u")), &asked).unwrap().next_token.as_deref(), Some("u"));
    }
}
