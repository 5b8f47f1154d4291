//! Uploads by HTML forms, where `s3s` does not do what S3 does. It verifies signature and policy, and stores the file; it
//! leaves `${filename}` in the key as it is, and knows neither the field `acl` nor `tagging`.
//!
//! Unlike S3, which goes by the end of the policy alone, `s3s` refuses a form that was signed more than 15 minutes ago.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>.

use std::ops::Range;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Method};
use s3s::dto::{ObjectCannedACL, Tag, Tagging};
use s3s::xml::{Deserialize as _, Deserializer};
use s3s::{S3Result, s3_error};

use super::error::malformed_xml;
use super::tagging;

const FILENAME: &str = "${filename}";

/// What a form says besides what `s3s` reads. Goes along with the request, and counts only once the policy that covers every
/// field has been found to be right.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormFields {
    pub acl: Option<ObjectCannedACL>,
    tagging: Option<String>,
}

impl FormFields {
    /// The tags, if the form has any.
    pub(crate) fn tags(&self) -> S3Result<Option<Vec<Tag>>> {
        let Some(xml) = &self.tagging else { return Ok(None) };
        let tagging = Tagging::deserialize(&mut Deserializer::new(xml.as_bytes())).map_err(|_| malformed_xml())?;
        tagging::check(&tagging.tag_set)?;
        Ok(Some(tagging.tag_set))
    }
}

/// The boundary of a request that uploads by a form.
pub(crate) fn boundary(method: &Method, headers: &HeaderMap) -> Option<String> {
    let type_ = headers.get(CONTENT_TYPE)?.to_str().ok().filter(|_| method == Method::POST)?;
    let parameters = type_.strip_prefix("multipart/form-data;")?;
    let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"').to_owned())
}

/// Reads the form, and puts the name of the file in place of the variable of its key.
pub(crate) fn prepare(parts: &mut Parts, boundary: &str, body: Bytes) -> S3Result<Bytes> {
    let mut fields = FormFields::default();
    let (mut key, mut file_name) = (None, None);
    for part in split(&body, boundary) {
        let Some(part) = Part::of(&body, part) else { continue };
        let value = || String::from_utf8_lossy(&body[part.value.clone()]).into_owned();
        match part.name.to_ascii_lowercase().as_str() {
            "acl" => fields.acl = Some(value().into()),
            "tagging" => fields.tagging = Some(value()),
            "key" => key = Some(part.value.clone()),
            "file" => {
                // "If the browser or client provides a full or partial path to the file, only the text following the last
                // slash (/) or backslash (\) is used."
                file_name = part.file_name.rsplit(['/', '\\']).next().map(ToOwned::to_owned);
                // Fields behind the file do not count.
                break;
            }
            _ => {}
        }
    }
    parts.extensions.insert(fields);
    let Some(key) = key else { return Ok(body) };
    let value = std::str::from_utf8(&body[key.clone()]);
    let value = value.map_err(|_| s3_error!(InvalidArgument, "The key is not UTF-8"))?;
    if !value.contains(FILENAME) {
        return Ok(body);
    }
    let value = value.replace(FILENAME, file_name.as_deref().unwrap_or_default());
    Ok([&body[..key.start], value.as_bytes(), &body[key.end..]].concat().into())
}

/// The parts between the boundaries (RFC 2046 §5.1.1).
fn split(body: &[u8], boundary: &str) -> Vec<Range<usize>> {
    let delimiter = format!("--{boundary}");
    let mut starts = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&body[from..], delimiter.as_bytes()) {
        starts.push(from + at);
        from += at + delimiter.len();
    }
    starts.windows(2).map(|pair| pair[0] + delimiter.len() + 2..pair[1].saturating_sub(2)).collect()
}

struct Part {
    name: String,
    file_name: String,
    value: Range<usize>,
}

impl Part {
    fn of(body: &[u8], range: Range<usize>) -> Option<Self> {
        let part = body.get(range.clone())?;
        let end = find(part, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&part[..end]).into_owned();
        Some(Self {
            name: parameter(&head, " name=\"")?,
            file_name: parameter(&head, " filename=\"").unwrap_or_default(),
            value: range.start + end + 4..range.end,
        })
    }
}

fn parameter(head: &str, start: &str) -> Option<String> {
    let (_, rest) = head.split_once(start)?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
