//! `ListMultipartUploads`, `ListParts`: what is there of uploads that have not ended.

use aws_sdk_s3::{
    operation::{list_multipart_uploads::ListMultipartUploadsOutput, list_parts::ListPartsOutput},
    types::EncodingType,
};

use super::{
    S3,
    blank_key::sdk_key,
    control::{send, untrustworthy},
    list::decode,
    seconds,
};
use crate::{
    backend::contract::{Location, Part, PartPage, PendingUpload, UploadMarker, UploadPage},
    error::Result,
};

impl S3 {
    pub(super) async fn list_multipart_uploads(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&UploadMarker>,
    ) -> Result<UploadPage> {
        let request = self
            .client()
            .list_multipart_uploads()
            .bucket(bucket)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_key_marker(after.map(|after| after.key.clone()))
            .set_upload_id_marker(after.and_then(|after| after.id.clone()))
            .encoding_type(EncodingType::Url);
        let output = send!(self, bucket, request)?;
        self.saw(bucket);
        page_of_uploads(&output, after)
    }

    pub(super) async fn list_upload_parts(
        &self,
        at: Location<'_>,
        upload: &str,
        after: Option<u32>,
    ) -> Result<PartPage> {
        let request = self
            .client()
            .list_parts()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .upload_id(upload)
            .set_part_number_marker(after.map(|number| number.to_string()));
        page_of_parts(&send!(self, at.bucket, request)?, after)
    }
}

fn page_of_uploads(output: &ListMultipartUploadsOutput, after: Option<&UploadMarker>) -> Result<UploadPage> {
    let encoded = output.encoding_type() == Some(&EncodingType::Url);
    let uploads = output.uploads().iter().map(|upload| {
        let key = upload.key().ok_or_else(|| untrustworthy("an upload has no key"))?;
        let id = upload.upload_id().ok_or_else(|| untrustworthy("an upload has no id"))?;
        let (key, id) = (decode(key, encoded)?, id.to_owned());
        Ok(PendingUpload { key, id, initiated: seconds(upload.initiated()) })
    });
    let uploads = uploads.collect::<Result<_>>()?;
    if output.is_truncated() != Some(true) {
        return Ok(UploadPage { uploads, next: None });
    }
    let key =
        output.next_key_marker().ok_or_else(|| untrustworthy("it says that there is more, but not behind what"))?;
    let id = output.next_upload_id_marker().filter(|id| !id.is_empty()).map(ToOwned::to_owned);
    let next = UploadMarker { key: decode(key, encoded)?, id };
    if Some(&next) == after {
        return Err(untrustworthy("it repeats the marker that it was asked with"));
    }
    Ok(UploadPage { uploads, next: Some(next) })
}

fn page_of_parts(output: &ListPartsOutput, after: Option<u32>) -> Result<PartPage> {
    let parts = output.parts().iter().map(|part| {
        let number = part.part_number().and_then(|number| u32::try_from(number).ok());
        let size = part.size().and_then(|size| u64::try_from(size).ok());
        match (number, part.e_tag(), size) {
            (Some(number), Some(etag), Some(size)) => Ok(Part { number, etag: etag.to_owned(), size }),
            _ => Err(untrustworthy("a part has no number, no ETag or no size")),
        }
    });
    let parts = parts.collect::<Result<_>>()?;
    if output.is_truncated() != Some(true) {
        return Ok(PartPage { parts, next: None });
    }
    let next = output.next_part_number_marker().and_then(|marker| marker.parse().ok());
    match next {
        Some(next) if after.is_none_or(|after| next > after) => Ok(PartPage { parts, next: Some(next) }),
        _ => Err(untrustworthy("it says that there are more parts, but not behind which")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_repeated_marker_is_an_error_not_a_short_list() {
        let page = |key: Option<&str>, id: Option<&str>| {
            let output = ListMultipartUploadsOutput::builder()
                .is_truncated(true)
                .set_next_key_marker(key.map(ToOwned::to_owned))
                .set_next_upload_id_marker(id.map(ToOwned::to_owned))
                .build();
            page_of_uploads(&output, Some(&UploadMarker { key: "k".into(), id: Some("1".into()) }))
        };
        assert!(page(None, None).is_err());
        assert!(page(Some("k"), Some("1")).is_err());
        assert_eq!(page(Some("k"), Some("2")).unwrap().next.unwrap().id.as_deref(), Some("2"));
        let parts = |next: Option<&str>| {
            let output = ListPartsOutput::builder().is_truncated(true);
            page_of_parts(&output.set_next_part_number_marker(next.map(ToOwned::to_owned)).build(), Some(7))
        };
        assert!(parts(None).is_err());
        assert!(parts(Some("7")).is_err());
        assert_eq!(parts(Some("8")).unwrap().next, Some(8));
    }
}
