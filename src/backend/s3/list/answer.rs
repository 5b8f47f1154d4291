//! What the answer to `ListObjectsV2` says.
//! Source: Amazon S3 API reference, ListObjectsV2, "Response Syntax".

use aws_smithy_types::date_time::{DateTime, Format};

use crate::{
    backend::s3::{control::untrustworthy, xml::Xml},
    error::Result,
    types::ObjectInfo,
};

/// A page as it was sent: names may still be URL-encoded, since what says so may come behind them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) objects: Vec<ObjectInfo>,
    pub(super) prefixes: Vec<String>,
    pub(super) is_url_encoded: bool,
    pub(super) is_truncated: Option<bool>,
    pub(super) next_token: Option<String>,
}

impl Answer {
    /// Reads a whole answer. What is not known is passed over.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED for anything but a whole answer of this kind.
    pub(super) fn read(body: &[u8]) -> Result<Self> {
        let mut xml = Xml::of(body, "ListBucketResult")?;
        let mut answer = Self::default();
        while let Some(child) = xml.child()? {
            match child.local_name().as_ref() {
                b"Contents" => answer.objects.push(object(&mut xml)?),
                b"CommonPrefixes" => answer.common_prefixes(&mut xml)?,
                b"EncodingType" => answer.is_url_encoded = xml.text()? == "url",
                b"IsTruncated" => answer.is_truncated = Some(truth(&xml.text()?)?),
                b"NextContinuationToken" => answer.next_token = Some(xml.text()?.into_owned()),
                _ => xml.skip()?,
            }
        }
        xml.end()?;
        Ok(answer)
    }

    fn common_prefixes(&mut self, xml: &mut Xml<'_>) -> Result<()> {
        while let Some(child) = xml.child()? {
            match child.local_name().as_ref() {
                b"Prefix" => self.prefixes.push(xml.text()?.into_owned()),
                _ => xml.skip()?,
            }
        }
        Ok(())
    }
}

fn object(xml: &mut Xml<'_>) -> Result<ObjectInfo> {
    let mut info = ObjectInfo::default();
    let mut has_key = false;
    while let Some(child) = xml.child()? {
        match child.local_name().as_ref() {
            b"Key" => {
                info.name = xml.text()?.into_owned();
                has_key = true;
            }
            b"Size" => info.size = size(&xml.text()?)?,
            b"LastModified" => info.last_modified = Some(moment(&xml.text()?)?),
            b"ETag" => info.etag = Some(xml.text()?.into_owned()),
            b"StorageClass" => info.storage_class = Some(xml.text()?.into_owned()),
            _ => xml.skip()?,
        }
    }
    if has_key { Ok(info) } else { Err(untrustworthy("an entry has no key")) }
}

fn truth(text: &str) -> Result<bool> {
    text.parse().map_err(|_| untrustworthy("whether there is more is neither true nor false"))
}

/// A number of bytes; one below nothing tells nothing.
fn size(text: &str) -> Result<Option<u64>> {
    let size: i64 = text.parse().map_err(|_| untrustworthy("a size is no number"))?;
    Ok(u64::try_from(size).ok())
}

/// A point in time in Unix seconds.
fn moment(text: &str) -> Result<i64> {
    let moment = DateTime::from_str(text, Format::DateTimeWithOffset);
    moment.map(|moment| moment.secs()).map_err(|_| untrustworthy("a time of last change is no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
        <Name>b</Name><Prefix/><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated>\
        <Contents><Key>a%2Bb</Key><LastModified>2026-01-01T00:00:00.999Z</LastModified><ETag>&quot;e&quot;</ETag><Size>10</Size>\
        <Owner><ID>me</ID><Key>not this</Key></Owner><StorageClass>GLACIER</StorageClass></Contents>\
        <Contents><Unknown><Contents><Key>nor this</Key></Contents></Unknown><Key>\u{e9}</Key><Size>-1</Size></Contents>\
        <CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>e/</Prefix></CommonPrefixes>\
        <NextContinuationToken>t&amp;u</NextContinuationToken><EncodingType>url</EncodingType></ListBucketResult>";

    #[test]
    fn a_page_is_read_and_what_is_unknown_is_passed_over() {
        let expected = Answer {
            objects: vec![
                ObjectInfo {
                    name: "a%2Bb".into(),
                    size: Some(10),
                    last_modified: Some(1_767_225_600),
                    etag: Some("\"e\"".into()),
                    storage_class: Some("GLACIER".into()),
                    ..ObjectInfo::default()
                },
                ObjectInfo { name: "\u{e9}".into(), ..ObjectInfo::default() },
            ],
            prefixes: vec!["d/".into(), "e/".into()],
            is_url_encoded: true,
            is_truncated: Some(true),
            next_token: Some("t&u".into()),
        };
        assert_eq!(Answer::read(WHOLE.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_page_that_is_cut_anywhere_is_an_error() {
        for end in 0..WHOLE.len() {
            assert!(Answer::read(&WHOLE.as_bytes()[..end]).is_err(), "{}", WHOLE.get(..end).unwrap_or_default());
        }
    }

    /// Whatever one byte becomes: an error, or a page that still has all of its entries. Only what makes a name unknown, or markup
    /// a comment, may take an entry away; those are well-formed documents that say something else.
    #[test]
    fn a_byte_that_is_lost_is_never_a_panic_and_never_an_end() {
        let whole = Answer::read(WHOLE.as_bytes()).unwrap();
        for at in 0..WHOLE.len() {
            let mut bytes = WHOLE.as_bytes().to_vec();
            bytes.remove(at);
            if let Ok(answer) = Answer::read(&bytes) {
                assert_eq!(answer.objects.len(), whole.objects.len(), "without byte {at}");
                assert_eq!(answer.prefixes.len(), whole.prefixes.len(), "without byte {at}");
            }
        }
    }

    #[test]
    fn bytes_by_chance_are_never_a_panic() {
        let mut chance = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut bytes = WHOLE.as_bytes().to_vec();
            for _ in 0..chance.usize(1..4) {
                let at = chance.usize(..bytes.len());
                match chance.u8(..3) {
                    0 => bytes[at] = chance.u8(..),
                    1 => bytes.insert(at, *chance.choice(b"<>/&;!?[]-\"' ").unwrap()),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let _ = Answer::read(&bytes);
        }
    }

    #[test]
    fn values_that_are_none_are_errors() {
        for (from, to) in [
            ("<Size>10<", "<Size>ten<"),
            ("<Size>10<", "<Size><"),
            ("<Size>10<", "<Size>99999999999999999999<"),
            (">2026-01-01T00:00:00.999Z<", ">yesterday<"),
            (">2026-01-01T00:00:00.999Z<", ">2026-13-01T00:00:00Z<"),
            ("<IsTruncated>true<", "<IsTruncated>perhaps<"),
            ("<Key>a%2Bb</Key>", ""),
            ("<Key>a%2Bb</Key>", "<Key>a<b/></Key>"),
            ("<Key>a%2Bb</Key>", "<Key>a&b;</Key>"),
        ] {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE);
            assert!(Answer::read(text.as_bytes()).is_err(), "{to}");
        }
    }
}
